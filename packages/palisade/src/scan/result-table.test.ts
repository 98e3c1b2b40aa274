import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HostResult, PortResult, ScanResult, ScanSummary } from "@palisade/scan";
import { renderScan } from "./result-table.js";

const SSH: PortResult = {
  protocol: "tcp",
  port: 22,
  state: "open",
  reason: "syn-ack",
  replyTtl: 64,
  service: { name: "ssh", method: "table", confidence: 3, cpe: [], details: {} },
};
const CLOSED = { protocol: "tcp", state: "closed", reason: "reset", count: 990, ports: "1-990" } as const;
const SILENT = {
  protocol: "tcp",
  state: "filtered",
  reason: "no-response",
  count: 9,
  ports: "991-999",
} as const;

const hostOf = (host: Partial<HostResult>): HostResult => ({
  address: "192.0.2.7",
  names: [],
  state: "up",
  reason: "port-reply",
  replyTtl: 0,
  roundTripUs: undefined,
  linkAddress: undefined,
  provider: undefined,
  verdict: undefined,
  ports: [],
  others: [],
  notAsked: 0,
  isTimedOut: false,
  startedMs: 0,
  finishedMs: 0,
  ...host,
});

const SYN: ScanSummary = {
  family: "ipv4",
  technique: "syn",
  protocol: "tcp",
  engine: "packet",
  because: undefined,
  ports: "1-1000",
  portsPerHost: 1_000,
  probes: 1_009,
  limitedHosts: 0,
};

const resultOf = (result: Partial<ScanResult>): ScanResult => ({
  discoveries: [],
  asks: [],
  evasion: [],
  scans: [SYN],
  seed: "42",
  arguments: [],
  targets: [],
  excluded: [],
  startedMs: 1_000,
  finishedMs: 3_500,
  probes: 1_009,
  losses: { ringDrops: 0, sendRefusals: 0, firewalled: 0 },
  stopped: false,
  notAsked: { hosts: 0, ports: 0 },
  failure: undefined,
  hostsAsked: [...(result.hosts ?? [])].length,
  hosts: [],
  ...result,
});

const lines = (result: Partial<ScanResult>, width?: number): string[] => {
  const text = [...renderScan(resultOf(result), width)].join("");
  assert.ok(text.endsWith("\n") && !text.endsWith("\n\n"));
  return text.trimEnd().split("\n");
};

describe("the table of a scan", () => {
  it("shows listed ports, what the others are, and how it was obtained", () => {
    const host = hostOf({ names: ["www.example.com"], ports: [SSH], others: [CLOSED, SILENT] });
    const [title, head, port, others, blank, summary, how, ...rest] = lines({ hosts: [host] });
    assert.equal(title, "192.0.2.7 (www.example.com)");
    assert.match(head!, /^ *PORT +STATE +SERVICE +REASON +TTL$/);
    assert.match(port!, /^22\/tcp +open +ssh +syn-ack +64$/);
    assert.equal(others, "990 closed (reset), 9 filtered (no-response)");
    assert.equal(blank, "");
    assert.match(summary!, /^1 host, 1 answered; 1,?000 ports each in 2\.5 s, 1,?009 probes$/);
    assert.equal(how, "syn by packet, seed 42");
    assert.deepEqual(rest, []);
  });

  it("tells of hosts that limit what they refuse and were not waited for", () => {
    const udp = { ...SYN, technique: "udp", protocol: "udp" } as const;
    const hint = (limitedHosts: number, more: readonly Partial<ScanSummary>[] = []) =>
      lines({
        scans: [{ ...udp, limitedHosts }, ...more.map((other) => ({ ...udp, ...other }))],
      }).slice(-1)[0]!;
    assert.match(hint(1), /^1 host limits how often ICMP .* was not asked to the end: .* may be closed$/);
    assert.match(hint(3), /^3 hosts limit how often ICMP .* were not asked to the end: /);
    assert.equal(hint(0), "udp by packet, seed 42");
    // Those of another technique may be the same hosts, those of another family are not.
    assert.match(hint(3, [{ technique: "ip-protocol", protocol: "ip", limitedHosts: 4 }]), /^4 hosts limit /);
    assert.match(hint(3, [{ family: "ipv6", limitedHosts: 4 }]), /^7 hosts limit /);
  });

  it("leaves out a time to live and a service that are not known", () => {
    const host = hostOf({ ports: [{ ...SSH, replyTtl: 0, service: undefined }] });
    const [, head, port] = lines({ hosts: [host] });
    assert.match(head!, /^ *PORT +STATE +REASON$/);
    assert.match(port!, /^22\/tcp +open +syn-ack$/);
  });

  it("tells what was not asked before a stop, and does not call it silent", () => {
    const others = [
      { protocol: "tcp", state: "filtered", reason: "no-response", count: 3, ports: "1-3" },
    ] as const;
    const hosts = [
      hostOf({ address: "192.0.2.1", state: "unknown", reason: "user-set", others, notAsked: 7 }),
      hostOf({ address: "192.0.2.2", state: "unknown", reason: "user-set", notAsked: 1_000 }),
      hostOf({ address: "192.0.2.3", state: "unknown", reason: "not-asked" }),
      hostOf({ address: "192.0.2.4", notAsked: 5 }),
    ];
    const stopped = { stopped: true, notAsked: { hosts: 1, ports: 1_012 } };
    const told = lines({ ...stopped, hosts, hostsAsked: 10 });
    for (const line of [
      "192.0.2.1: no answer; 3 filtered (no-response), 7 not asked",
      "192.0.2.2: 1,000 not asked",
      "192.0.2.3: not asked",
      "192.0.2.4: 5 not asked",
      "6 hosts without any answer so far",
      "stopped before its end: 1,012 ports and 1 host not asked",
    ])
      assert.ok(told.includes(line), `${line} in ${told.join("\n")}`);
  });

  it("has a port once, with what another technique said of it, and numbers that add up", () => {
    const syn = { technique: "syn", state: "open", reason: "syn-ack", replyTtl: 64 } as const;
    const connect = { technique: "connect", state: "filtered", reason: "no-response", replyTtl: 0 } as const;
    const host = hostOf({
      address: "fe80::2",
      zone: "eth0",
      ports: [{ ...SSH, answers: [syn, connect] }],
      others: [
        { ...CLOSED, count: 65_530 },
        { ...CLOSED, count: 4, answers: [{ ...syn, state: "closed", reason: "reset" }, connect] },
      ],
    });
    const [title, head, port, others] = lines({ hosts: [host] });
    assert.equal(title, "fe80::2%eth0");
    assert.match(head!, /REASON +TTL +OTHER ANSWERS$/);
    assert.match(port!, /^22\/tcp +open +ssh +syn-ack +64 +connect: filtered \(no-response\)$/);
    assert.equal(others, "65,530 closed (reset), 4 closed (reset; but connect: filtered (no-response))");
  });

  it("says why no better way was taken, what was lost and that it was stopped", () => {
    const text = lines({
      scans: [{ ...SYN, because: "raw sockets need root" }],
      stopped: true,
      losses: { ringDrops: 3, sendRefusals: 0, firewalled: 1_204 },
    }).join("\n");
    assert.match(text, /^syn by packet \(raw sockets need root\), seed 42$/m);
    assert.match(text, /^3 packets lost by ourselves; what they answered was asked again$/m);
    assert.match(text, /^1,204 packets were refused by this machine's own firewall: what is /m);
    assert.match(text, /^stopped before its end: what was silent may not have been asked again$/m);
  });

  it("has one table for several hosts, and says once what is true of many", () => {
    const hosts = Array.from({ length: 3 }, (_, host) =>
      hostOf({ address: `192.0.2.${host}`, ports: host < 2 ? [SSH] : [], others: [CLOSED] }),
    );
    const [head, first, second, blank, rest] = lines({ hosts });
    assert.match(head!, /^HOST +PORT +STATE +SERVICE +REASON +TTL$/);
    assert.match(first!, /^192\.0\.2\.0 +22\/tcp +open/);
    assert.match(second!, /^192\.0\.2\.1 +22\/tcp +open/);
    assert.equal(blank, "");
    assert.equal(rest, "192.0.2.0, 192.0.2.1, 192.0.2.2: 990 closed (reset)");
  });

  it("names hosts without a listed port while they are few, and counts them when they are many", () => {
    const hosts = (count: number, state: "up" | "unknown"): HostResult[] =>
      Array.from({ length: count }, (_, host) =>
        hostOf({ address: `192.0.2.${host}`, state, others: [state === "up" ? CLOSED : SILENT] }),
      );
    assert.equal(lines({ hosts: hosts(1, "up") })[0], "192.0.2.0: 990 closed (reset)");
    assert.equal(lines({ hosts: hosts(1, "unknown") })[0], "192.0.2.0: no answer; 9 filtered (no-response)");
    assert.equal(lines({ hosts: hosts(8, "up") })[0]!.split(", ").length, 8);
    assert.equal(lines({ hosts: hosts(12, "up") })[0], "12 hosts: 990 closed (reset)");
    assert.equal(lines({ hosts: [], hostsAsked: 9 })[0], "9 hosts without any answer");
  });

  it("does not fill the screen with what few hosts share", () => {
    const hosts = Array.from({ length: 40 }, (_, host) =>
      hostOf({ address: `192.0.2.${host}`, others: [{ ...CLOSED, count: 100 + host }] }),
    );
    const text = lines({ hosts });
    assert.equal(text[12], "28 more hosts with other numbers of such ports");
    assert.equal(text.length, 16);
  });

  it("says of a host that its time was over", () => {
    const host = hostOf({ others: [SILENT], isTimedOut: true });
    assert.equal(lines({ hosts: [host] })[0], "192.0.2.7: 9 filtered (no-response); its time was over");
  });

  it("tells techniques apart, and address families where they were asked in other ways", () => {
    const udp = { ...SYN, technique: "udp", protocol: "udp", engine: "raw-ip", portsPerHost: 100 } as const;
    const how = (scans: readonly ScanSummary[]): string[] => lines({ hosts: [hostOf({})], scans }).slice(-2);
    assert.match(how([SYN, udp])[0]!, /; 1,000 ports and 100 udp ports each /);
    assert.equal(how([SYN, udp])[1], "syn by packet, udp by raw-ip, seed 42");
    assert.equal(how([SYN, { ...SYN, family: "ipv6" }])[1], "syn by packet, seed 42");
    assert.equal(
      how([SYN, { ...SYN, family: "ipv6", engine: "raw-ip" }])[1],
      "syn by packet for IPv4, syn by raw-ip for IPv6, seed 42",
    );
  });

  it("names techniques that ask ports of the same protocol, and says once why no better way was taken", () => {
    const because = "raw sockets need root";
    const connect = { ...SYN, technique: "connect", engine: "epoll", because } as const;
    const discoveries = [{ family: "ipv4", engine: "epoll", because, probes: 4, up: 1 }] as const;
    const [asked, how] = lines({ hosts: [hostOf({})], scans: [SYN, connect], discoveries }).slice(-2);
    assert.match(asked!, /; 1,000 ports by syn and 1,000 ports by connect each /);
    assert.equal(how, "hosts by epoll, syn by packet, connect by epoll (raw sockets need root), seed 42");
  });

  it("counts what answered among all hosts", () => {
    const hosts = [hostOf({}), hostOf({ state: "unknown" }), hostOf({ state: "unknown" })];
    assert.match(lines({ hosts }).at(-2)!, /^3 hosts, 1 answered; /);
  });

  it("speaks of protocols where those were asked about", () => {
    assert.match(
      lines({ scans: [{ ...SYN, protocol: "ip", portsPerHost: 1 }] }).at(-2)!,
      /; 1 protocol each /,
    );
  });

  it("shows the version of services, and below what else they said", () => {
    const service = {
      ...SSH.service!,
      product: "OpenSSH",
      version: "9.2p1",
      info: "protocol 2.0",
      method: "probed",
      details: { "ssh-hostkey": ["ed25519 SHA256:abc", "rsa SHA256:def"] },
    } as const;
    const text = lines({ hosts: [hostOf({ ports: [{ ...SSH, service }] })] });
    assert.match(text[1]!, /^ *PORT +STATE +SERVICE +VERSION +REASON +TTL$/);
    assert.match(text[2]!, /^22\/tcp +open +ssh +OpenSSH 9\.2p1 \(protocol 2\.0\) +syn-ack +64$/);
    assert.deepEqual(text.slice(4, 6), [
      "192.0.2.7:22/tcp",
      "    ssh-hostkey  ed25519 SHA256:abc, rsa SHA256:def",
    ]);
  });

  it("shows who is up where no port was asked", () => {
    const discoveries = [{ family: "ipv4", engine: "packet", because: undefined, probes: 4, up: 1 }] as const;
    const up = hostOf({ reason: "arp-response", roundTripUs: 250, linkAddress: "02:77:00:00:00:02" });
    const down = hostOf({ address: "192.0.2.8", state: "down", reason: "no-response" });
    const [head, first, blank, rest, between, last] = lines({ scans: [], discoveries, hosts: [up, down] });
    assert.match(head!, /^HOST +STATE +REASON +RTT +MAC$/);
    assert.match(first!, /^192\.0\.2\.7 +up +arp-response +250 µs +02:77:00:00:00:02$/);
    assert.deepEqual([blank, rest, between], ["", "192.0.2.8: down", ""]);
    assert.match(last!, /^2 hosts, 1 up; in 2\.5 s/);
  });

  it("lists targets alone where nothing was asked", () => {
    const hosts = [1, 2].map((host) =>
      hostOf({ address: `192.0.2.${host}`, state: "unknown", reason: "user-set" }),
    );
    assert.deepEqual(lines({ scans: [], hosts, probes: 0 }), [
      "192.0.2.1",
      "192.0.2.2",
      "",
      "2 hosts, none was asked",
    ]);
  });

  it("says how hosts were looked for, and what was done to probes", () => {
    const discoveries = [{ family: "ipv4", engine: "raw-ip", because: undefined, probes: 4, up: 1 }] as const;
    const text = lines({ hosts: [hostOf({})], discoveries, evasion: ["decoys", "wrong checksums"] });
    assert.equal(text.at(-2), "hosts by raw-ip, syn by packet, seed 42");
    assert.equal(text.at(-1), "probes were disguised: decoys, wrong checksums");
  });

  it("warns of a host that answers as if every port were open", () => {
    const host = hostOf({ ports: [SSH], verdict: "all-open" });
    assert.match(lines({ hosts: [host] })[3]!, /^answers as if every port were open/);
  });

  it("keeps a hostile name from commanding the terminal", () => {
    const name = "\x1b[31mred\nfile";
    const host = hostOf({ names: [name], ports: [{ ...SSH, service: { ...SSH.service!, name } }] });
    const text = [...renderScan(resultOf({ hosts: [host] }))].join("");
    assert.equal(text.includes("\x1b"), false);
    assert.equal(text.includes("red\nfile"), false);
  });

  it("keeps lines within the width", () => {
    const service = {
      ...SSH.service!,
      name: "s".repeat(200),
      details: { "ssh-kex": Array.from({ length: 12 }, (_, at) => `algorithm-${at}`) },
    };
    const host = hostOf({ ports: [{ ...SSH, service }] });
    const text = lines({ hosts: [host] }, 60);
    for (const line of text.slice(0, 6)) assert.ok(line.length <= 60, line);
    assert.match(text[5]!, /^ {4}ssh-kex {2}algorithm-0, algorithm-1, .*…$/);
    assert.match(lines({ hosts: [host] })[5]!, / algorithm-11$/);
  });

  it("names whose ports they are where only one of several hosts has any that are listed", () => {
    const first = hostOf({ ports: [SSH], others: [CLOSED] });
    const second = hostOf({ address: "192.0.2.8", others: [{ ...CLOSED, count: 3 }] });
    const text = lines({ hosts: [first, second] });
    assert.deepEqual(text.slice(3, 6), ["", "192.0.2.7: 990 closed (reset)", "192.0.2.8: 3 closed (reset)"]);
  });

  it("has what services said of each host, though the last has said nothing", () => {
    const service = { ...SSH.service!, banner: "hello" };
    const hosts = [hostOf({ ports: [{ ...SSH, service }] }), hostOf({ address: "192.0.2.8", ports: [SSH] })];
    assert.ok(lines({ hosts }).includes("    banner  hello"));
  });

  it("names an address as the user did, and by the first of its own names where that is another", () => {
    const titleOf = (host: Partial<HostResult>) => lines({ hosts: [hostOf({ ...host, ports: [SSH] })] })[0];
    const reverseNames = ["a.example", "b.example"];
    assert.equal(titleOf({ reverseNames }), "192.0.2.7 (a.example)");
    assert.equal(titleOf({ names: ["a.example"], reverseNames }), "192.0.2.7 (a.example)");
    assert.equal(titleOf({ names: ["www.example"], reverseNames }), "192.0.2.7 (www.example, a.example)");
  });

  it("makes several tables of many hosts, so that none has to be held as a whole", () => {
    const hosts = Array.from({ length: 20_000 }, (_, at) =>
      hostOf({ address: `10.0.${at >> 8}.${at & 255}`, ports: [SSH] }),
    );
    const text = lines({ hosts });
    assert.equal(text.filter((line) => line.startsWith("HOST ")).length, 3);
    assert.equal(text.filter((line) => / 22\/tcp +open /.test(line)).length, 20_000);
    assert.equal(text.at(-2), "20,000 hosts, 20,000 answered; 1,000 ports each in 2.5 s, 1,009 probes");
  });

  it("has the ports of one host that has most of them open in one table, and below it what the others are", () => {
    const ports = Array.from({ length: 60_000 }, (_, at) => ({ ...SSH, port: at + 1 }));
    const shown = lines({ hosts: [hostOf({ ports, others: [CLOSED] })] });
    assert.deepEqual(shown.slice(0, 2).concat(shown.slice(60_001, 60_004)), [
      "192.0.2.7",
      "     PORT  STATE  SERVICE  REASON   TTL",
      "60000/tcp  open   ssh      syn-ack   64",
      "990 closed (reset)",
      "",
    ]);
  });

  it("lists targets as they come", () => {
    let made = 0;
    function* hosts(): Generator<HostResult> {
      for (made = 1; made <= 1_000; made += 1) yield hostOf({ address: `10.1.${made >> 8}.${made & 255}` });
    }
    const result = { ...resultOf({ scans: [] }), hostsAsked: 1_000, hosts: { [Symbol.iterator]: hosts } };
    const pieces = renderScan(result);
    assert.equal(pieces.next().value, "10.1.0.1\n");
    assert.equal(made, 1);
    assert.equal([...pieces].at(-1), "\n1,000 hosts, none was asked\n");
  });
});
