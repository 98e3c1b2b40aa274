import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { exampleResult } from "../report/example.build.js";
import { scanJson } from "../report/json.js";
import { type RecordedScan, readScanJson } from "../report/json-reader.js";
import { compareScans } from "./compare.js";
import type { PortChange, ScanDifference } from "./difference.js";
import { differenceJson } from "./difference-json.js";

type Ports = Readonly<Record<number, string | { readonly state: string; readonly service?: object }>>;

const REASONS: Readonly<Record<string, string>> = {
  open: "syn-ack",
  closed: "reset",
  filtered: "no-response",
};

/** Listed ports; the rest of `ports_asked` is closed. */
const hostOf = (address: string, ports: Ports, fields: object = {}): object => ({
  address,
  names: [],
  state: "up",
  reason: "port-reply",
  ports: Object.entries(ports).map(([port, value]) => {
    const { state, service } = typeof value === "string" ? { state: value, service: undefined } : value;
    return { protocol: "tcp", port: Number(port), state, reason: REASONS[state] ?? "no-response", service };
  }),
  others: [{ protocol: "tcp", state: "closed", reason: "reset", count: 1_000 - Object.keys(ports).length }],
  ...fields,
});

const scanOf = (hosts: readonly object[], fields: object = {}): RecordedScan =>
  readScanJson(
    JSON.stringify({
      technique: "syn",
      started: "2026-11-21T17:51:01.000Z",
      finished: "2026-11-21T17:51:02.000Z",
      stopped: false,
      ports_asked: "1-1000",
      hosts_asked: hosts.length,
      hosts,
      ...fields,
    }),
  );

const silentHost = (address: string): object =>
  hostOf(
    address,
    {},
    {
      state: "unknown",
      reason: "user-set",
      others: [{ protocol: "tcp", state: "filtered", reason: "no-response", count: 1_000 }],
    },
  );

const A = "192.0.2.1";
const B = "192.0.2.2";

/** As in "192.0.2.1 22 closed>open". */
const brief = (changes: readonly PortChange[]): string[] =>
  changes.map(
    ({ address, port, before, after }) =>
      `${address} ${port} ${before.states.join("/")}>${after.states.join("/")}`,
  );

const notCompared = ({ notCompared: list }: ScanDifference): string[] =>
  list.map(
    ({ address, seenBy, because, open }) =>
      `${address} ${seenBy} ${because} ${open.map(({ port }) => port).join(",")}`,
  );

/** Nothing has changed, as far as was compared. */
const assertSame = (difference: ScanDifference): void => {
  const { opened, closed, changed, services, appeared, gone } = difference;
  assert.deepEqual([opened, closed, changed, services, appeared, gone], [[], [], [], [], [], []]);
};

describe("compareScans, of link-local addresses", () => {
  const on = (zone: string | undefined, state: string): RecordedScan =>
    scanOf([hostOf("fe80::2", { 22: state }, { zone })]);

  it("compares hosts on the same link, and those of which only one scan says the link", () => {
    for (const [older, newer] of [
      ["eth0", "eth0"],
      [undefined, "eth0"],
      ["eth0", undefined],
    ]) {
      const { opened, notCompared: left } = compareScans(on(older, "closed"), on(newer, "open"));
      assert.deepEqual([brief(opened), left], [["fe80::2 22 closed>open"], []]);
    }
    const [change] = compareScans(on("eth0", "closed"), on("eth0", "open")).opened;
    assert.equal(change?.zone, "eth0");
  });

  it("compares nothing of hosts on two links, which are two", () => {
    const difference = compareScans(on("eth0", "open"), on("eth1", "open"));
    assertSame(difference);
    assert.deepEqual(notCompared(difference), [
      "fe80::2 older host-not-asked 22",
      "fe80::2 newer host-not-asked 22",
    ]);
    const { not_compared: left } = JSON.parse(differenceJson(difference));
    assert.deepEqual([left[0].zone, left[1].zone], ["eth0", "eth1"]);
  });
});

describe("compareScans", () => {
  it("finds nothing between a scan and itself", () => {
    const scan = readScanJson([...scanJson(exampleResult)].join(""));
    const difference = compareScans(scan, scan);
    assertSame(difference);
    assert.deepEqual(difference.notCompared, []);
    assert.equal(difference.stillOpen, 2);
  });

  it("says which ports opened and closed, what they were and why", () => {
    const difference = compareScans(
      scanOf([hostOf(A, { 22: "open", 80: "open" })]),
      scanOf([hostOf(A, { 22: "open", 443: "open" })]),
    );
    assert.deepEqual(brief(difference.opened), [`${A} 443 closed>open`]);
    assert.deepEqual(brief(difference.closed), [`${A} 80 open>closed`]);
    assert.equal(difference.opened[0]!.before.reason, "reset");
    assert.equal(difference.opened[0]!.after.reason, "syn-ack");
    assert.equal(difference.stillOpen, 1);
    assert.deepEqual(difference.notCompared, []);
  });

  it("says of a port that is only counted which states it may have", () => {
    const others = [
      { protocol: "tcp", state: "closed", reason: "reset", count: 900 },
      { protocol: "tcp", state: "filtered", reason: "no-response", count: 99 },
    ];
    const difference = compareScans(
      scanOf([hostOf(A, { 22: "open" }, { others })]),
      scanOf([hostOf(A, { 22: "open", 80: "open" })]),
    );
    assert.deepEqual(brief(difference.opened), [`${A} 80 closed/filtered>open`]);
    assert.equal(difference.opened[0]!.before.reason, undefined);
  });

  it("knows the state of a counted port where the record says which they are", () => {
    const others = [
      { protocol: "tcp", state: "closed", reason: "reset", count: 79, ports: "1-79" },
      { protocol: "tcp", state: "filtered", reason: "admin-prohibited", count: 921, ports: "80-1000" },
    ];
    const difference = compareScans(
      scanOf([hostOf(A, {}, { others })]),
      scanOf([hostOf(A, { 79: "open", 80: "open" })]),
    );
    assert.deepEqual(brief(difference.opened), [`${A} 79 closed>open`, `${A} 80 filtered>open`]);
  });

  it("takes time by the length of the records, however many groups of ports one has", () => {
    const ports = Object.fromEntries(Array.from({ length: 6_000 }, (_, at) => [at + 1, "closed"]));
    const asked = { ports_asked: "1-65532", hosts_asked: 1 };
    const group = { protocol: "tcp", state: "closed", reason: "reset", count: 1 };
    const listed = scanOf([hostOf(A, ports, { others: [] })], asked);
    const startedMs = performance.now();
    for (const one of [{ ...group, ports: "65535" }, group]) {
      const others = Array.from({ length: 60_000 }, () => one);
      compareScans(scanOf([hostOf(A, {}, { others })], asked), listed);
    }
    // Of a host that is silent now: every group may be one that answered.
    const odd = Array.from({ length: 32_767 }, (_, at) => 2 * at + 1).join();
    const others = Array.from({ length: 60_000 }, () => group);
    compareScans(
      scanOf([hostOf(A, {}, { others })], { ...asked, ports_asked: odd }),
      scanOf([silentHost(A)], asked),
    );
    // A group at a time it would be minutes.
    assert.ok(performance.now() - startedMs < 5_000);
  });

  it("says which listed ports are in another state than before", () => {
    const difference = compareScans(
      scanOf([hostOf(A, { 22: "filtered", 23: "closed" })]),
      scanOf([hostOf(A, { 22: "closed", 23: "closed" })]),
    );
    assert.deepEqual(brief(difference.changed), [`${A} 22 filtered>closed`]);
    assert.deepEqual([difference.opened, difference.closed], [[], []]);
  });

  it("does not call opened what may have been open before", () => {
    const udp = { technique: "udp" };
    const udpHost = (state: string): object => ({
      ...hostOf(A, {}),
      ports: [
        { protocol: "udp", port: 53, state, reason: state === "open" ? "udp-response" : "no-response" },
      ],
      others: [{ protocol: "udp", state: "closed", reason: "port-unreach", count: 999 }],
    });
    const difference = compareScans(scanOf([udpHost("open|filtered")], udp), scanOf([udpHost("open")], udp));
    assert.deepEqual(difference.opened, []);
    assert.deepEqual(brief(difference.changed), [`${A} 53 open|filtered>open`]);
    assert.deepEqual(
      brief(compareScans(scanOf([udpHost("open")], udp), scanOf([udpHost("open|filtered")], udp)).closed),
      [],
    );
  });

  it("tells services that both scans asked, and only those", () => {
    const ssh = (version: string | undefined, method = "probed"): Ports => ({
      22: { state: "open", service: { name: "ssh", method, product: "OpenSSH", version } },
    });
    const services = (before: Ports, after: Ports) =>
      compareScans(scanOf([hostOf(A, before)]), scanOf([hostOf(A, after)])).services;
    const [change, ...rest] = services(ssh("9.2"), ssh("9.6"));
    assert.deepEqual(
      [change!.address, change!.port, change!.before.version, change!.after.version],
      [A, 22, "9.2", "9.6"],
    );
    assert.deepEqual(rest, []);
    assert.deepEqual(services(ssh("9.2"), ssh("9.2")), []);
    assert.deepEqual(services(ssh("9.2", "table"), ssh("9.6")), []);
    assert.deepEqual(services(ssh("9.2"), ssh(undefined, "table")), []);
    assert.deepEqual(services(ssh("9.2"), { 22: "open" }), []);
  });

  it("says which hosts appeared and went away, with their open ports", () => {
    const difference = compareScans(
      scanOf([silentHost(A), hostOf(B, { 22: "open" })]),
      scanOf([hostOf(A, { 80: "open" }), silentHost(B)]),
    );
    assert.deepEqual(
      difference.appeared.map(({ address, open }) => [address, open.map(({ port }) => port)]),
      [[A, [80]]],
    );
    assert.deepEqual(
      difference.gone.map(({ address, open }) => [address, open.map(({ port }) => port)]),
      [[B, [22]]],
    );
    assert.deepEqual(brief(difference.opened), [`${A} 80 filtered>open`]);
    assert.deepEqual(difference.closed, []);
    assert.deepEqual(difference.changed, []);
  });

  it("takes a host for gone whose closed ports answered and do not", () => {
    const gone = compareScans(scanOf([hostOf(A, {})]), scanOf([silentHost(A)])).gone;
    assert.deepEqual(
      gone.map(({ address }) => address),
      [A],
    );
  });

  it("takes a host for gone only where something that answered was asked again", () => {
    const other = { ports_asked: "2000-2999" };
    const difference = compareScans(scanOf([hostOf(A, { 22: "open" })]), scanOf([silentHost(A)], other));
    assertSame(difference);
    assert.deepEqual(notCompared(difference), [`${A} older port-not-asked 22`]);
  });

  it("does not believe that a host is down which only one scan tried to discover", () => {
    const down = hostOf(A, {}, { state: "down", reason: "no-response", others: [] });
    const before = hostOf(A, { 22: "open" });
    const difference = compareScans(scanOf([before]), scanOf([down]));
    assertSame(difference);
    assert.deepEqual(notCompared(difference), [`${A} older host-down 22`]);
    const discovered = hostOf(A, { 22: "open" }, { reason: "echo-reply" });
    assert.deepEqual(
      compareScans(scanOf([discovered]), scanOf([down])).gone.map(({ address }) => address),
      [A],
    );
  });

  describe("never calls closed", () => {
    const open = hostOf(A, { 22: "open" });
    const without = hostOf(A, {});
    const cases: [title: string, newer: RecordedScan, expected: string][] = [
      ["a port that was not asked", scanOf([without], { ports_asked: "80-1079" }), "older port-not-asked 22"],
      [
        "a port of which nobody knows",
        scanOf([without], { ports_asked: undefined }),
        "older port-unknown 22",
      ],
      ["a port of another shard", scanOf([without], { ports_asked: "1-2000" }), "older port-unknown 22"],
      [
        "a port that is in no group of those that are named",
        scanOf([
          hostOf(
            A,
            {},
            { others: [{ protocol: "tcp", state: "closed", reason: "reset", count: 1, ports: "1" }] },
          ),
        ]),
        "older port-not-asked 22",
      ],
      ["a port of another technique", scanOf([without], { technique: "ack" }), "older other-technique 22"],
      ["a port of another protocol", scanOf([without], { technique: "udp" }), "older port-not-asked 22"],
      ["a port of an unknown technique", scanOf([without], { technique: "new" }), "older other-technique 22"],
      ["a port of a host that was not asked", scanOf([hostOf(B, {})]), "older host-not-asked 22"],
      [
        "a port of a host that nobody knows to have been asked",
        scanOf([hostOf(B, {})], { hosts_asked: 5_000 }),
        "older host-unknown 22",
      ],
      ["a port of a host that a stopped scan lacks", scanOf([], { stopped: true }), "older unfinished 22"],
      [
        "a port of a family that failed",
        scanOf([], { failure: "no route", hosts_asked: 1 }),
        "older unfinished 22",
      ],
      ["silence in a stopped scan", scanOf([silentHost(A)], { stopped: true }), "older unfinished 22"],
      [
        "a silent port of a host that answered a stopped scan",
        scanOf(
          [
            hostOf(
              A,
              { 80: "open" },
              { others: [{ protocol: "tcp", state: "filtered", reason: "no-response", count: 999 }] },
            ),
          ],
          { stopped: true },
        ),
        "older unfinished 22",
      ],
    ];
    for (const [title, newer, expected] of cases) {
      it(title, () => {
        const difference = compareScans(scanOf([open]), newer);
        assert.deepEqual([difference.closed, difference.gone, difference.changed], [[], [], []]);
        assert.ok(notCompared(difference).includes(`${A} ${expected}`), notCompared(difference).join("; "));
        // And the other way round it is not opened.
        const back = compareScans(newer, scanOf([open]));
        assert.deepEqual(
          brief(back.opened).filter((line) => line.includes(" 22 ")),
          [],
        );
        assert.ok(notCompared(back).includes(`${A} ${expected.replace("older", "newer")}`));
      });
    }

    it("but believes a reset in a stopped scan", () => {
      const difference = compareScans(scanOf([open]), scanOf([without], { stopped: true }));
      assert.deepEqual(brief(difference.closed), [`${A} 22 open>closed`]);
    });
  });

  it("compares connections with SYN scans", () => {
    const difference = compareScans(
      scanOf([hostOf(A, { 22: "open" })], { technique: "connect" }),
      scanOf([hostOf(A, {})], { techniques: ["syn"] }),
    );
    assert.deepEqual(brief(difference.closed), [`${A} 22 open>closed`]);
  });

  it("takes a host for silent that is not listed where the record says that it was asked", () => {
    const many = { hosts_asked: 65_536, targets: ["192.0.0.0/16"], excluded: [] };
    const seen = scanOf([hostOf(A, { 22: "open" })], many);
    const unseen = (fields: object) => scanOf([hostOf(B, {})], { ...many, ...fields });
    assert.deepEqual(
      compareScans(seen, unseen({})).gone.map(({ address }) => address),
      [A],
    );
    assert.deepEqual(brief(compareScans(unseen({}), seen).opened), [`${A} 22 filtered>open`]);
    const unsure: [fields: object, because: string][] = [
      [{ excluded: [A] }, "host-not-asked"],
      [{ excluded: ["192.0.2.0-9"] }, "host-not-asked"],
      [{ targets: ["198.51.100.0/24", "2001:db8::/64"] }, "host-not-asked"],
      [{ targets: ["www.example.com"] }, "host-unknown"],
      [{ excluded: ["www.example.com"] }, "host-unknown"],
      [{ excluded: undefined }, "host-unknown"],
      [{ targets: ["192.0.0.0/33"] }, "host-unknown"],
    ];
    for (const [fields, because] of unsure) {
      const difference = compareScans(seen, unseen(fields));
      assert.deepEqual(difference.gone, []);
      assert.ok(notCompared(difference).includes(`${A} older ${because} 22`), JSON.stringify(fields));
    }
  });

  it("lists by address, and a host's ports by number", () => {
    const addresses = ["2001:db8::1", "192.0.2.10", "192.0.2.9"];
    const difference = compareScans(
      scanOf(addresses.map((address) => hostOf(address, {}))),
      scanOf(addresses.map((address) => hostOf(address, { 443: "open", 80: "open" }))),
    );
    assert.deepEqual(
      difference.opened.map(({ address, port }) => `${address} ${port}`),
      addresses.toReversed().flatMap((address) => [`${address} 80`, `${address} 443`]),
    );
  });

  const state = fc.constantFrom("open", "closed", "filtered");
  const ports = fc.dictionary(fc.integer({ min: 1, max: 12 }).map(String), state, { maxKeys: 8 });
  const scans = fc.record({
    hosts: fc.dictionary(fc.constantFrom(A, B, "2001:db8::1"), ports, { maxKeys: 3 }),
    asked: fc.constantFrom("1-1000", "5-1004", undefined),
    stopped: fc.boolean(),
    technique: fc.constantFrom("syn", "connect", "fin"),
  });
  const built = ({ hosts, asked, stopped, technique }: ReturnType<typeof scans.generate>["value"]) =>
    scanOf(
      Object.entries(hosts).map(([address, list]) => hostOf(address, list)),
      { ports_asked: asked, stopped, technique },
    );

  it("tells the other way round when the scans change places", () => {
    fc.assert(
      fc.property(scans, scans, (one, other) => {
        const there = compareScans(built(one), built(other));
        const back = compareScans(built(other), built(one));
        const turned = (changes: readonly PortChange[]) =>
          changes.map((change) => ({
            ...change,
            before: change.after,
            after: change.before,
            service: undefined,
          }));
        const plain = (changes: readonly PortChange[]) =>
          changes.map((change) => ({ ...change, service: undefined }));
        assert.deepEqual(turned(there.opened), plain(back.closed));
        assert.deepEqual(turned(there.closed), plain(back.opened));
        assert.deepEqual(turned(there.changed), plain(back.changed));
        assert.deepEqual(there.appeared, back.gone);
        assert.equal(there.stillOpen, back.stillOpen);
        assert.equal(there.notCompared.length, back.notCompared.length);
      }),
    );
  });

  it("gives account of every open port, once", () => {
    fc.assert(
      fc.property(scans, scans, (one, other) => {
        const difference = compareScans(built(one), built(other));
        const open = Object.entries(other.hosts).flatMap(([address, list]) =>
          Object.entries(list)
            .filter(([, value]) => value === "open")
            .map(([port]) => `${address} ${port}`),
        );
        const told = [
          ...difference.opened.map(({ address, port }) => `${address} ${port}`),
          ...difference.notCompared
            .filter(({ seenBy }) => seenBy === "newer")
            .flatMap(({ address, open: list }) => list.map(({ port }) => `${address} ${port}`)),
        ];
        assert.equal(new Set(told).size, told.length);
        for (const line of told) assert.ok(open.includes(line), line);
        assert.equal(told.length + difference.stillOpen, open.length);
      }),
    );
  });
});

describe("differenceJson", () => {
  it("says everything in one line", () => {
    const service = (version: string): object => ({
      name: "ssh",
      method: "probed",
      product: "OpenSSH",
      version,
    });
    const line = differenceJson(
      compareScans(
        scanOf([hostOf(A, { 22: { state: "open", service: service("1") }, 80: "open" }), silentHost(B)]),
        scanOf([
          hostOf(A, { 22: { state: "open", service: service("2") } }),
          hostOf(B, { 443: "open" }),
          hostOf("192.0.2.3", { 25: "open" }),
        ]),
      ),
    );
    assert.equal(line.includes("\n"), false);
    const json = JSON.parse(line);
    assert.deepEqual(json.older, {
      started: "2026-11-21T17:51:01.000Z",
      finished: "2026-11-21T17:51:02.000Z",
      techniques: ["syn"],
      stopped: false,
      hosts_asked: 2,
    });
    assert.deepEqual(json.opened, [
      {
        address: B,
        names: [],
        protocol: "tcp",
        port: 443,
        before: { state: "filtered", reason: "no-response" },
        after: { state: "open", reason: "syn-ack" },
      },
    ]);
    assert.equal(json.closed[0].port, 80);
    assert.deepEqual(json.services[0].after, service("2"));
    assert.deepEqual(json.appeared, [{ address: B, names: [], open: [{ protocol: "tcp", port: 443 }] }]);
    assert.deepEqual(json.not_compared, [
      {
        address: "192.0.2.3",
        names: [],
        seen_by: "newer",
        because: "host-not-asked",
        open: [{ protocol: "tcp", port: 25 }],
      },
    ]);
    assert.equal(json.still_open, 1);
  });
});
