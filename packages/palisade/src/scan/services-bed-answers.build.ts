/** What Palisade and nmap say of the bed's ports, in one shape, and which of them says more. */
import assert from "node:assert/strict";
import type { ServiceResult } from "@palisade/scan";
import { COMMAND, run } from "../command.build.js";
import type { Bed, BedPort } from "./services-bed.build.js";

/** `127.0.0.1 22/tcp`. */
export type PortName = string;

/** What is said of a port; texts that are not said are empty. */
export interface Answer {
  readonly name: string;
  readonly product: string;
  readonly version: string;
  readonly info: string;
  readonly tls: boolean;
  /** From what the service said; else from the registry of ports. */
  readonly probed: boolean;
}

export const portName = ({
  address,
  port,
  protocol,
}: Pick<BedPort, "address" | "port" | "protocol">): PortName => `${address} ${port}/${protocol}`;

function portWords(ports: readonly BedPort[]): string {
  const of = (protocol: string): string =>
    [...new Set(ports.filter((one) => one.protocol === protocol).map(({ port }) => port))].join(",");
  return [
    ["T", of("tcp")],
    ["U", of("udp")],
  ]
    .filter(([, list]) => list !== "")
    .map(([letter, list]) => `${letter}:${list}`)
    .join(",");
}

function techniquesOf(ports: readonly BedPort[]): string[] {
  return [
    ...(ports.some(({ protocol }) => protocol === "tcp") ? ["-sT"] : []),
    ...(ports.some(({ protocol }) => protocol === "udp") ? ["-sU"] : []),
  ];
}

/** Should a daemon not let go of nmap. */
const NMAP_HOST_TIME = "180s";

/** nmap asking ports of the bed what serves them, with its report in XML. */
export function nmapCommand(ports: readonly BedPort[]): string[] {
  const addresses = new Set(ports.map(({ address }) => address));
  const how = ["-n", "-Pn", ...techniquesOf(ports), "-sV", "--host-timeout", NMAP_HOST_TIME];
  return ["nmap", ...how, "-p", portWords(ports), ...addresses, "-oX", "-"];
}

function runBeside(bed: Bed, words: readonly string[]): string {
  const [program = "", ...rest] = bed.beside(words);
  const { status, stdout, stderr } = run(program, rest);
  assert.equal(status, 0, stderr);
  return stdout;
}

/** nmap's answers, from its XML. */
export function byNmap(bed: Bed, ports: readonly BedPort[]): Map<PortName, Answer> {
  return nmapAnswers(runBeside(bed, nmapCommand(ports)));
}

export function nmapAnswers(xml: string): Map<PortName, Answer> {
  const answers = new Map<PortName, Answer>();
  for (const [host] of xml.matchAll(/<host .*?<\/host>/gs)) {
    const address = /<address addr="([^"]+)"/.exec(host)?.[1];
    for (const [, protocol, port, rest = ""] of host.matchAll(
      /<port protocol="(\w+)" portid="(\d+)"><state state="open"(.*?)<\/port>/gs,
    )) {
      const of = (name: string): string =>
        unescapeXml(new RegExp(`<service [^>]*?\\b${name}="([^"]*)"`).exec(rest)?.[1] ?? "");
      answers.set(`${address} ${port}/${protocol}`, {
        name: of("name"),
        product: of("product"),
        version: of("version"),
        info: of("extrainfo"),
        tls: of("tunnel") === "ssl",
        probed: of("method") === "probed",
      });
    }
  }
  return answers;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(x?)([\da-f]+)|(\w+));/gi, (whole, isHex, digits, name) =>
    digits === undefined
      ? (ENTITIES[name] ?? whole)
      : String.fromCodePoint(Number.parseInt(digits, isHex === "" ? 10 : 16)),
  );
}

/** A service as a report of Palisade's has it. */
export type Service = Omit<ServiceResult, "address" | "port" | "protocol">;

/** Palisade asking ports of the bed what serves them, with its report in JSON. */
export function palisadeCommand(ports: readonly BedPort[]): string[] {
  const addresses = new Set(ports.map(({ address }) => address));
  const how = ["scan", ...techniquesOf(ports), "-sV", "-p", portWords(ports), "--format", "json"];
  return [process.execPath, COMMAND, ...how, ...addresses];
}

interface Report {
  readonly hosts: readonly {
    readonly address: string;
    readonly ports: readonly (Pick<ServiceResult, "port" | "protocol"> & { readonly service?: Service })[];
  }[];
}

export function palisadeAnswers(json: string): Map<PortName, Service> {
  const answers = new Map<PortName, Service>();
  for (const { address, ports } of (JSON.parse(json) as Report).hosts) {
    for (const { port, protocol, service } of ports) {
      if (service !== undefined) answers.set(portName({ address, port, protocol }), service);
    }
  }
  return answers;
}

/** Palisade's answers. */
export function byPalisade(bed: Bed, ports: readonly BedPort[]): Map<PortName, Service> {
  return palisadeAnswers(runBeside(bed, palisadeCommand(ports)));
}

export function answerOf({
  name,
  product = "",
  version = "",
  info = "",
  os = "",
  tunnel,
  method,
}: Service): Answer {
  return {
    name,
    product,
    version,
    info: [info, os].filter((text) => text !== "").join("; "),
    tls: tunnel === "tls",
    probed: method === "probed",
  };
}
