import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HostResult, PortResult, ScanResult } from "@palisade/scan";
import { renderScan } from "./result-table.js";

const SSH: PortResult = {
  protocol: "tcp",
  port: 22,
  state: "open",
  reason: "syn-ack",
  replyTtl: 64,
  service: "ssh",
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
  ports: [],
  others: [],
  startedMs: 0,
  finishedMs: 0,
  ...host,
});

const resultOf = (result: Partial<ScanResult>): ScanResult => ({
  engine: "packet",
  because: undefined,
  technique: "syn",
  protocol: "tcp",
  ports: "1-1000",
  portsPerHost: 1_000,
  seed: "42",
  arguments: [],
  startedMs: 1_000,
  finishedMs: 3_500,
  probes: 1_009,
  losses: { ringDrops: 0, sendRefusals: 0 },
  stopped: false,
  failure: undefined,
  hostsAsked: result.hosts?.length ?? 0,
  hosts: [],
  ...result,
});

const lines = (result: Partial<ScanResult>, width?: number): string[] => {
  const text = renderScan(resultOf(result), width);
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

  it("leaves out a time to live and a service that are not known", () => {
    const host = hostOf({ ports: [{ ...SSH, replyTtl: 0, service: undefined }] });
    assert.match(lines({ hosts: [host] })[2]!, /^22\/tcp +open +syn-ack *$/);
  });

  it("says why no better way was taken, what was lost and that it was stopped", () => {
    const text = lines({
      because: "raw sockets need root",
      stopped: true,
      losses: { ringDrops: 3, sendRefusals: 0 },
    }).join("\n");
    assert.match(text, /^syn by packet \(raw sockets need root\), seed 42$/m);
    assert.match(text, /^3 packets lost by ourselves; what they answered was asked again$/m);
    assert.match(text, /^stopped before its end: what is not listed may not have been asked$/m);
  });

  it("names hosts without a listed port while they are few, and counts them when they are many", () => {
    const hosts = (count: number, state: "up" | "unknown"): HostResult[] =>
      Array.from({ length: count }, (_, host) =>
        hostOf({ address: `192.0.2.${host}`, state, others: [state === "up" ? CLOSED : SILENT] }),
      );
    assert.equal(lines({ hosts: hosts(1, "up") })[0], "192.0.2.0: 990 closed (reset)");
    assert.equal(lines({ hosts: hosts(1, "unknown") })[0], "192.0.2.0: no answer; 9 filtered (no-response)");
    const up = lines({ hosts: hosts(12, "up") });
    assert.equal(up.filter((line) => line.startsWith("192.0.2.")).length, 8);
    assert.equal(up[8], "4 more hosts with no port to list");
    assert.equal(lines({ hosts: hosts(9, "unknown") })[0], "9 hosts without any answer");
    assert.equal(
      lines({ hosts: hosts(8, "unknown") }).filter((line) => line.includes("no answer")).length,
      8,
    );
  });

  it("counts what answered among all hosts", () => {
    const hosts = [hostOf({}), hostOf({ state: "unknown" }), hostOf({ state: "unknown" })];
    assert.match(lines({ hosts }).at(-2)!, /^3 hosts, 1 answered; /);
  });

  it("speaks of protocols where those were asked about", () => {
    assert.match(lines({ protocol: "ip", portsPerHost: 1 }).at(-2)!, /; 1 protocol each /);
  });

  it("keeps a hostile name from commanding the terminal", () => {
    const name = "\x1b[31mred\nfile";
    const host = hostOf({ names: [name], ports: [{ ...SSH, service: name }] });
    const text = renderScan(resultOf({ hosts: [host] }));
    assert.equal(text.includes("\x1b"), false);
    assert.equal(text.includes("red\nfile"), false);
  });

  it("keeps lines within the width", () => {
    const host = hostOf({ ports: [{ ...SSH, service: "s".repeat(200) }] });
    for (const line of lines({ hosts: [host] }, 60).slice(0, 3)) assert.ok(line.length <= 60, line);
  });
});
