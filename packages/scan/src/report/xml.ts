/**
 * XML by nmap's document type (`nmap.dtd`, version 1.05 of its output), so that what reads nmap's reads this. The type says
 * `scanner="nmap"` for every document; `args` begins with the program that it was.
 */
import { otherAnswers } from "../result/merge-techniques.js";
import type {
  HostResult,
  PortCount,
  PortResult,
  PortService,
  ScanResult,
  ScanSummary,
} from "../result/result.js";
import { addressesText, familyOf, secondsOf, timeText } from "./text.js";

/** The document type's names of techniques. */
const SCAN_TYPES: Readonly<Record<string, string>> = {
  "sctp-init": "sctpinit",
  "ip-protocol": "ipproto",
};

/** The whole document, in pieces. `version` is the program's own. */
export function* scanXml(result: ScanResult, version: string): Generator<string> {
  const elapsed = secondsOf(result.finishedMs - result.startedMs);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun SYSTEM "nmap.dtd">\n';
  const attributes = {
    scanner: "nmap",
    args: result.arguments.join(" "),
    start: Math.floor(result.startedMs / 1000),
    startstr: timeText(result.startedMs),
    version: `palisade ${version}`,
    xmloutputversion: "1.05",
  };
  yield `${startTag("nmaprun", attributes)}>\n`;
  for (const info of scanInfos(result)) yield `${info}\n`;
  yield `${element("verbose", { level: 0 })}\n${element("debugging", { level: 0 })}\n`;
  let up = 0;
  for (const host of result.hosts) {
    if (host.state === "up") up += 1;
    yield `${hostElement(host)}\n`;
  }
  const error = result.stopped ? "stopped before its end" : result.failure?.message;
  const ended = element("runstats", {}, [
    element("finished", {
      time: Math.floor(result.finishedMs / 1000),
      timestr: timeText(result.finishedMs),
      elapsed,
      summary: `palisade done at ${timeText(result.finishedMs)}; ${addressesText(result.hostsAsked, up)} scanned in ${elapsed} seconds`,
      exit: error === undefined ? "success" : "error",
      errormsg: error,
    }),
    element("hosts", { up, down: result.hostsAsked - up, total: result.hostsAsked }),
  ]);
  yield `${ended}\n</nmaprun>\n`;
}

/** An element for each technique, with the most ports that any host was asked: who was asked less is not told apart there. */
function scanInfos({ scans }: ScanResult): string[] {
  const most = new Map<string, ScanSummary>();
  for (const scan of scans) {
    if (scan.portsPerHost > (most.get(scan.technique)?.portsPerHost ?? 0)) most.set(scan.technique, scan);
  }
  return [...most.values()].map(({ technique, protocol, portsPerHost, ports }) =>
    element("scaninfo", {
      type: SCAN_TYPES[technique] ?? technique,
      protocol,
      numservices: portsPerHost,
      services: ports,
    }),
  );
}

function hostElement(host: HostResult): string {
  const parts = [
    element("status", { state: host.state, reason: host.reason, reason_ttl: host.replyTtl }),
    element("address", { addr: host.address, addrtype: familyOf(host.address) }),
    ...(host.linkAddress === undefined
      ? []
      : [element("address", { addr: host.linkAddress.toUpperCase(), addrtype: "mac" })]),
    element("hostnames", {}, [
      ...host.names.map((name) => element("hostname", { name, type: "user" })),
      ...(host.reverseNames ?? []).map((name) => element("hostname", { name, type: "PTR" })),
    ]),
  ];
  if (host.ports.length + host.others.length > 0)
    parts.push(element("ports", {}, [...extraPorts(host.others), ...host.ports.map(portElement)]));
  return element(
    "host",
    {
      starttime: Math.floor(host.startedMs / 1000),
      endtime: Math.floor(host.finishedMs / 1000),
      timedout: host.isTimedOut ? "true" : undefined,
    },
    parts,
  );
}

/** An element for each state, with its reasons inside. */
function extraPorts(others: readonly PortCount[]): string[] {
  const states = [...new Set(others.map(({ state }) => state))];
  return states.map((state) => {
    const same = others.filter((other) => other.state === state);
    return element(
      "extraports",
      { state, count: same.reduce((sum, { count }) => sum + count, 0) },
      same.map(({ reason, count, protocol, ports }) =>
        element("extrareasons", { reason, count, proto: protocol, ports }),
      ),
    );
  });
}

function portElement(port: PortResult): string {
  const parts = [element("state", { state: port.state, reason: port.reason, reason_ttl: port.replyTtl })];
  if (port.service !== undefined) parts.push(serviceElement(port.service));
  const others = otherAnswers(port);
  // The document type has no other place for what is known of a port besides.
  if (others !== undefined) parts.push(element("script", { id: "other-techniques", output: others }));
  return element("port", { protocol: port.protocol, portid: port.port }, parts);
}

function serviceElement(service: PortService): string {
  const { name, product, version, info, hostname, os, device, tunnel, method, confidence, cpe } = service;
  return element(
    "service",
    {
      name,
      product,
      version,
      extrainfo: info,
      tunnel: tunnel === undefined ? undefined : "ssl",
      hostname,
      ostype: os,
      devicetype: device,
      method,
      conf: confidence,
    },
    cpe.map((uri) => `<cpe>${escapeXml(uri)}</cpe>`),
  );
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** All but its end, `>` or `/>`. */
function startTag(name: string, attributes: Attributes): string {
  const words = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  return `<${name}${words.join("")}`;
}

function element(name: string, attributes: Attributes, children?: readonly string[]): string {
  const start = startTag(name, attributes);
  if (children === undefined || children.length === 0) return `${start}/>`;
  return `${start}>\n${children.join("\n")}\n</${name}>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Text as the value of an attribute; what XML 1.0 §2.2 has no room for becomes U+FFFD. */
function escapeXml(text: string): string {
  let safe = "";
  for (const character of text)
    safe += ESCAPES[character] ?? (isXmlCharacter(character) ? character : "\ufffd");
  return safe;
}

function isXmlCharacter(character: string): boolean {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return false;
  return (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff;
}
