import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import fc from "fast-check";
import { exampleHosts, exampleResult } from "./example.build.js";
import { scanJson } from "./json.js";
import { JSON_DEPTH_MAX, readScanJson, SCAN_JSON_VALUES_MAX } from "./json-reader.js";

const HEAD = {
  technique: "syn",
  started: "2026-11-21T17:51:01.000Z",
  finished: "2026-11-21T17:51:02.000Z",
};
const HOST = { address: "192.0.2.1", names: [], state: "up", reason: "port-reply", ports: [], others: [] };
const PORT = { protocol: "tcp", port: 22, state: "open", reason: "syn-ack" };

const read = (fields: object) => readScanJson(JSON.stringify({ ...HEAD, hosts: [], ...fields }));
const readHost = (fields: object) => read({ hosts: [{ ...HOST, ...fields }] }).hosts[0]!;

function refusal(text: string): string {
  try {
    readScanJson(text);
  } catch (error) {
    assert.ok(error instanceof PalisadeError, String(error));
    assert.equal(error.code, "SCAN_JSON_MALFORMED");
    assert.doesNotMatch(error.message, /\p{Cc}/u);
    return error.message;
  }
  return assert.fail("it was read");
}

describe("readScanJson", () => {
  it("reads what scanJson writes", () => {
    const scan = readScanJson([...scanJson(exampleResult)].join(""));
    assert.equal(scan.startedMs, exampleResult.startedMs);
    assert.equal(scan.finishedMs, exampleResult.finishedMs);
    assert.deepEqual(scan.techniques, ["syn"]);
    assert.equal(scan.isStopped, false);
    assert.equal(scan.hasFailed, false);
    assert.equal(scan.hostsAsked, 2);
    assert.deepEqual(
      scan.hosts.map(({ address, names, state, reason }) => ({ address, names, state, reason })),
      exampleHosts.map(({ address, names, state, reason }) => ({ address, names, state, reason })),
    );
    const [host] = scan.hosts;
    assert.deepEqual(host!.ports[0], {
      protocol: "tcp",
      port: 22,
      state: "open",
      reason: "syn-ack",
      service: { name: "ssh", isProbed: true, product: "OpenSSH", version: "9.2p1" },
    });
    assert.equal(host!.ports[1]!.service, undefined);
    assert.deepEqual(
      host!.others.map(({ protocol, state, reason, count }) => ({ protocol, state, reason, count })),
      exampleHosts[0]!.others.map(({ protocol, state, reason, count }) => ({
        protocol,
        state,
        reason,
        count,
      })),
    );
  });

  it("reads what scanJson writes of a scan that nobody was up for", () => {
    const scan = readScanJson([...scanJson({ ...exampleResult, scans: [], hosts: [] })].join(""));
    assert.deepEqual(scan.techniques, ["syn"]);
    assert.deepEqual(scan.portsAsked, new Map([["tcp", [[1, 1_000]]]]));
  });

  it("knows nothing of what an older document does not say", () => {
    const { portsAsked, targets, excluded } = read({ ports_per_host: 3 });
    assert.deepEqual([portsAsked, targets, excluded], [undefined, undefined, undefined]);
  });

  it("reads which ports were asked, for all protocols or each", () => {
    const all = new Map([
      [
        "all",
        [
          [1, 3],
          [7, 7],
        ],
      ],
    ]);
    assert.deepEqual(read({ ports_asked: "1-3,7" }).portsAsked, all);
    assert.deepEqual(
      read({ ports_asked: { tcp: "80", udp: "" } }).portsAsked,
      new Map([
        ["tcp", [[80, 80]]],
        ["udp", []],
      ]),
    );
  });

  it("reads several techniques, what was asked and what was left out", () => {
    const scan = read({ techniques: ["syn", "udp"], targets: ["192.0.2.0/24"], excluded: ["192.0.2.9"] });
    assert.deepEqual(scan.techniques, ["syn", "udp"]);
    assert.deepEqual(scan.targets, ["192.0.2.0/24"]);
    assert.deepEqual(scan.excluded, ["192.0.2.9"]);
  });

  it("reads what was found out about a service, and passes over fields that it does not know", () => {
    const service = { name: "ssh", method: "probed", product: "OpenSSH", version: "9.2p1", cpe: ["x"] };
    assert.deepEqual(readHost({ ports: [{ ...PORT, service, more: {} }], os: [] }).ports[0]!.service, {
      name: "ssh",
      isProbed: true,
      product: "OpenSSH",
      version: "9.2p1",
    });
  });

  it("writes addresses as they are compared", () => {
    assert.equal(readHost({ address: "2001:DB8:0:0::7" }).address, "2001:db8::7");
  });

  it("says what is wrong and where, in one line", () => {
    const host = (fields: object): object => ({ hosts: [{ ...HOST, ...fields }] });
    const cases: [fields: object, message: RegExp][] = [
      [{ hosts: {} }, /: hosts should be a list$/],
      [{ hosts: [1] }, /hosts\[0\] should be an object/],
      [{ started: "yesterday" }, /started should be a time/],
      [{ finished: 5 }, /finished should be text/],
      [{ technique: undefined }, /technique should be text/],
      [{ techniques: [] }, /techniques should be a list with/],
      [{ techniques: ["syn", 1] }, /techniques\[1\] should be text/],
      [{ stopped: "no" }, /stopped should be true or false/],
      [{ hosts_asked: -1 }, /hosts_asked should be a whole number/],
      [{ hosts: [HOST], hosts_asked: 0 }, /hosts_asked should be no less/],
      [{ hosts: [HOST, { ...HOST, address: "192.0.2.1" }] }, /hosts\[1\]\.address should be there once/],
      [{ ports_asked: "3-1" }, /ports_asked should be ascending ports and ranges, as in 22,80-90, not "3-1"/],
      [{ ports_asked: "1,1" }, /ports_asked should be ascending/],
      [{ ports_asked: "65536" }, /ports_asked should be ascending/],
      [{ ports_asked: "1,\u001b[2J" }, /not "\?\[2J"$/],
      [{ ports_asked: { icmp: "1" } }, /ports_asked\.icmp should be one of tcp, udp/],
      [host({ address: "192.0.2.01" }), /hosts\[0\]\.address should be an IPv4 or IPv6 address/],
      [host({ state: "dead" }), /hosts\[0\]\.state should be one of up, down, unknown/],
      [host({ reason: "x".repeat(5_000) }), /hosts\[0\]\.reason should be no longer than 4096/],
      [host({ ports: undefined }), /hosts\[0\]\.ports should be a list/],
      [host({ ports: [{ ...PORT, port: 65_536 }] }), /hosts\[0\]\.ports\[0\]\.port should be a whole number/],
      [host({ ports: [{ ...PORT, state: "ajar" }] }), /ports\[0\]\.state should be one of open, /],
      [host({ ports: [{ ...PORT, protocol: "dccp" }] }), /ports\[0\]\.protocol should be one of/],
      [host({ ports: [{ ...PORT, service: {} }] }), /ports\[0\]\.service\.name should be text/],
      [host({ ports: [PORT, PORT] }), /ports\[1\] should be there once: port 22\/tcp/],
      [
        host({ others: [{ protocol: "tcp", state: "closed", reason: "reset", count: 3, ports: "1-2" }] }),
        /others\[0\]\.count should be the 2 ports that it has/,
      ],
    ];
    for (const [fields, message] of cases)
      assert.match(refusal(JSON.stringify({ ...HEAD, hosts: [], ...fields })), message);
    for (const text of ["", "null", "[]", "nmap", '{"hosts":'])
      assert.match(refusal(text), /the document should be /);
  });

  it("says how to write a whole scan where it is given lines of hosts", () => {
    const line = JSON.stringify(HOST);
    for (const text of [line, `${line}\n${line}\n`])
      assert.match(refusal(text), /with --format json, not jsonl/);
  });

  it("never fails otherwise than by saying so", () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(
        fc.constantFrom("hosts", "ports_asked", "technique", "started", "hosts_asked", "targets"),
        fc.constantFrom("address", "ports", "others", "state", "names"),
        value,
        value,
        (field, hostField, head, host) => {
          for (const fields of [{ [field]: head }, { hosts: [{ ...HOST, [hostField]: host }] }]) {
            try {
              readScanJson(JSON.stringify({ ...HEAD, hosts: [], ...fields }));
            } catch (error) {
              assert.ok(
                error instanceof PalisadeError && error.code === "SCAN_JSON_MALFORMED",
                String(error),
              );
            }
          }
        },
      ),
    );
  });

  it("refuses what is nested deeper, or has more techniques, than any scan, and tells no long name in full", () => {
    const nested = (depth: number): string => `{"x":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    assert.match(
      refusal(nested(JSON_DEPTH_MAX)),
      /the document should be of no more than .* nested no deeper/,
    );
    assert.doesNotMatch(refusal(nested(JSON_DEPTH_MAX - 1)), /nested/);
    const techniques = Array.from({ length: 65 }, () => "syn");
    assert.match(refusal(JSON.stringify({ ...HEAD, hosts: [], techniques })), /techniques should be a list/);
    const long = refusal(JSON.stringify({ ...HEAD, hosts: [], ports_asked: { ["x".repeat(1e6)]: "1" } }));
    assert.ok(long.length < 200, long.slice(0, 300));
  });

  it("refuses a document of more values than it may have, before it is parsed", () => {
    const many = SCAN_JSON_VALUES_MAX + 1;
    assert.match(refusal(`[${"{},".repeat(many)}0]`), /no more than 16777216 values/);
    assert.match(refusal("[".repeat(many)), /no more than 16777216 values/);
    // Commas and brackets within a text are none.
    assert.match(refusal(`["${',[{\\"'.repeat(many / 5)}"]`), /should be an object/);
  });
});
