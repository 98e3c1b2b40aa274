import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hostsFrom, octetsOf } from "../hosts.build.js";
import { newPart, pairsNotAsked } from "../part.js";
import type { Shard } from "../permutation.js";
import { ScanPlan } from "../scan-plan.js";
import type { PortState, Verdict } from "../technique.js";
import { type AskedPart, type HostResultOptions, hostResult } from "./host-results.js";
import { nothingMore } from "./nothing-more.build.js";
import type { HostResult } from "./result.js";

const OPEN: Verdict = { state: "open", reason: "syn-ack" };
const CLOSED: Verdict = { state: "closed", reason: "reset" };
const PROHIBITED: Verdict = { state: "filtered", reason: "admin-prohibited" };
const SILENT: Verdict = { state: "filtered", reason: "no-response" };

interface Setting {
  readonly hosts?: number;
  readonly ports?: readonly number[];
  /** By `host:port`. */
  readonly answers?: Readonly<Record<string, Verdict>>;
  readonly shard?: Shard;
  readonly silence?: Verdict;
  readonly isTimedOut?: boolean;
  /** How far the part came before it was stopped. Default: to its end. */
  readonly stoppedAt?: { readonly pass: number; readonly place: number };
  readonly options?: Partial<HostResultOptions>;
}

function resultsOf({
  hosts = 1,
  ports = [22, 80, 443],
  answers = {},
  shard,
  silence = SILENT,
  isTimedOut = false,
  stoppedAt,
  options,
}: Setting): HostResult[] {
  const plan = new ScanPlan(hostsFrom("192.0.2.0", hosts), ports, 3, shard);
  const part = newPart("ipv4 syn", "syn", plan.pairs, 61_111);
  Object.assign(part, { startedMs: 1, finishedMs: 2, isTimedOut, isDone: stoppedAt === undefined });
  if (stoppedAt !== undefined) part.position = { ...stoppedAt, answers: 0 };
  for (let pair = 0; pair < plan.pairs; pair += 1) {
    const verdict = answers[`${plan.hostOf(pair)}:${plan.portOf(pair)}`];
    if (verdict === undefined || !plan.isOurs(pair)) continue;
    part.table.set(pair, part.codes.codeOf(verdict));
    part.ttls.set(pair, 60 + pair);
  }
  return Array.from({ length: hosts }, (_, host) =>
    hostResult(octetsOf(`192.0.2.${host}`), [{ part, plan, protocol: "tcp", silence }], undefined, {
      ...nothingMore,
      lists: (state) => state === "open",
      serviceOf: (_, port) => (port === 22 ? "ssh" : undefined),
      namesOf: (address) => (address === "192.0.2.1" ? ["www.example.com"] : []),
      ...options,
    }),
  );
}

describe("a host's result", () => {
  it("lists what is to be listed, and counts the rest by state and reason", () => {
    const [host] = resultsOf({
      ports: [22, 80, 81, 82, 90],
      answers: { "0:22": OPEN, "0:80": CLOSED, "0:81": CLOSED, "0:90": PROHIBITED },
    });
    assert.deepEqual(host, {
      address: "192.0.2.0",
      zone: undefined,
      names: [],
      reverseNames: undefined,
      state: "up",
      reason: "port-reply",
      replyTtl: 0,
      roundTripUs: undefined,
      linkAddress: undefined,
      provider: undefined,
      verdict: undefined,
      ports: [
        {
          protocol: "tcp",
          port: 22,
          ...OPEN,
          replyTtl: 60,
          service: { name: "ssh", method: "table", confidence: 3, cpe: [], details: {} },
        },
      ],
      others: [
        { protocol: "tcp", ...CLOSED, count: 2, ports: "80-81" },
        { protocol: "tcp", ...SILENT, count: 1, ports: "82" },
        { protocol: "tcp", ...PROHIBITED, count: 1, ports: "90" },
      ],
      notAsked: 0,
      isTimedOut: false,
      startedMs: 1,
      finishedMs: 2,
    });
  });

  it("is unknown where nothing answered: nobody asked whether the host is up", () => {
    const [host] = resultsOf({});
    assert.deepEqual([host!.state, host!.reason], ["unknown", "user-set"]);
    assert.deepEqual(host!.others, [{ protocol: "tcp", ...SILENT, count: 3, ports: "22,80,443" }]);
  });

  it("has the names that the user gave, and each host its own answers", () => {
    const hosts = resultsOf({ hosts: 3, answers: { "1:80": OPEN } });
    assert.deepEqual(
      hosts.map(({ address, names, state, ports }) => [address, names, state, ports.map(({ port }) => port)]),
      [
        ["192.0.2.0", [], "unknown", []],
        ["192.0.2.1", ["www.example.com"], "up", [80]],
        ["192.0.2.2", [], "unknown", []],
      ],
    );
  });

  it("lists silence where that state is listed", () => {
    const silence: Verdict = { state: "open|filtered", reason: "no-response" };
    const [host] = resultsOf({ silence, options: { lists: (state) => state === "open|filtered" } });
    assert.deepEqual(
      host!.ports.map(({ port, state, reason }) => [port, state, reason]),
      [22, 80, 443].map((port) => [port, "open|filtered", "no-response"]),
    );
    assert.deepEqual([host!.state, host!.others], ["unknown", []]);
  });

  it("counts ports that are alike where there are more than a list is for, but open ones never", () => {
    const ports = [1, 2, 3, 4, 5, 6];
    const answers = { "0:1": OPEN, "0:2": OPEN, "0:3": OPEN, "0:4": CLOSED };
    const options = { lists: () => true, alikeListedMax: 1 };
    const [host] = resultsOf({ ports, answers, options });
    assert.deepEqual(
      host!.ports.map(({ port, state }) => [port, state]),
      [
        [1, "open"],
        [2, "open"],
        [3, "open"],
        [4, "closed"],
      ],
    );
    assert.deepEqual(host!.others, [{ protocol: "tcp", ...SILENT, count: 2, ports: "5-6" }]);
    const [all] = resultsOf({ ports, answers, options: { ...options, alikeListedMax: 2 } });
    assert.deepEqual([all!.ports.length, all!.others], [6, []]);
  });

  it("says that its time was over only where a port stayed silent", () => {
    const [silent, answered] = resultsOf({
      hosts: 2,
      ports: [22],
      answers: { "1:22": CLOSED },
      isTimedOut: true,
    });
    assert.deepEqual([silent!.isTimedOut, answered!.isTimedOut], [true, false]);
  });

  it("counts ports that were not asked before a stop, and calls silent only those that were", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 6 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        (place, listsSilence, count) => {
          const ports = [22, 80, 81, 82, 443, 8080];
          const shard = { index: count - 1, count };
          const plan = new ScanPlan(hostsFrom("192.0.2.0", 1), ports, 3, shard);
          const order = Array.from({ length: plan.size }, (_, nth) => plan.portOf(plan.pairAt(nth)));
          const asked = order.slice(0, place);
          const late = order[place];
          // One that answered though its silence would not count yet.
          const answers = late === undefined ? {} : { [`0:${late}`]: OPEN };
          const [host] = resultsOf({
            ports,
            answers,
            shard,
            stoppedAt: { pass: 0, place },
            options: { lists: (state) => state === "open" || (listsSilence && state === "filtered") },
          });
          const listed = host!.ports.filter(({ state }) => state === "filtered").map(({ port }) => port);
          const counted = ports.filter((port) =>
            host!.others.some(({ state, ports }) => state === "filtered" && isWithin(port, ports)),
          );
          assert.deepEqual(
            listsSilence ? listed : counted,
            asked.toSorted((a, b) => a - b),
          );
          assert.equal(host!.notAsked, Math.max(0, order.length - place - 1));
        },
      ),
    );
  });

  it("calls ports filtered that were asked once, though they were to be asked again", () => {
    const [host] = resultsOf({ stoppedAt: { pass: 1, place: 0 } });
    assert.deepEqual(
      [host!.others, host!.notAsked],
      [[{ protocol: "tcp", ...SILENT, count: 3, ports: "22,80,443" }], 0],
    );
  });

  it("does not call ports filtered that the time for hosts did not suffice for", () => {
    const plan = new ScanPlan(hostsFrom("192.0.2.0", 1), [22, 80, 443], 3);
    const part = newPart("ipv4 syn", "syn", plan.pairs, 61_111);
    Object.assign(part, {
      isDone: true,
      isTimedOut: true,
      startedMs: 1,
      position: { pass: 0, place: 1, answers: 0 },
    });
    assert.equal(pairsNotAsked(part, plan), 2);
    part.table.set(plan.pairAt(2), part.codes.codeOf(OPEN));
    assert.equal(pairsNotAsked(part, plan), 1);
    const [host] = resultsOf({ options: { hasTimedOut: () => true } });
    assert.equal(host!.isTimedOut, true);
  });

  it("has the ports of all techniques, by protocol and number", () => {
    const tcp = new ScanPlan(hostsFrom("192.0.2.0", 1), [53, 80], 3);
    const udp = new ScanPlan(hostsFrom("192.0.2.0", 1), [53, 161], 3);
    const parts = [
      { plan: udp, protocol: "udp", silence: { state: "open|filtered", reason: "no-response" } },
      { plan: tcp, protocol: "tcp", silence: SILENT },
    ] as const;
    const asked = parts.map((one) => ({ ...one, part: newPart(one.protocol, "", one.plan.pairs, 61_111) }));
    for (const { part } of asked) part.isDone = true;
    asked[1]!.part.table.set(0, asked[1]!.part.codes.codeOf(OPEN));
    const host = hostResult(octetsOf("192.0.2.0"), asked, undefined, {
      ...nothingMore,
      lists: (state) => state !== "filtered",
    });
    assert.deepEqual(
      host.ports.map(({ protocol, port, state }) => [protocol, port, state]),
      [
        ["tcp", 53, "open"],
        ["udp", 53, "open|filtered"],
        ["udp", 161, "open|filtered"],
      ],
    );
    assert.deepEqual(host.others, [{ protocol: "tcp", ...SILENT, count: 1, ports: "80" }]);
    assert.equal(host.state, "up");
  });

  it("says what was found out of the host before, and leaves out parts that did not ask it", () => {
    const plan = new ScanPlan(hostsFrom("192.0.2.0", 1), [80], 3);
    const part = newPart("ipv4 syn", "syn", plan.pairs, 61_111);
    const facts = {
      state: "up",
      reason: "echo-reply",
      replyTtl: 63,
      roundTripUs: 250,
      linkAddress: undefined,
    } as const;
    const asked: AskedPart = { part, plan, protocol: "tcp", silence: SILENT };
    const host = hostResult(octetsOf("192.0.2.7"), [asked], facts, {
      ...nothingMore,
      verdictOf: (address) => (address === "192.0.2.7" ? "all-open" : undefined),
      startedMs: 5,
    });
    const { address, state, reason, replyTtl, roundTripUs, verdict, ports, startedMs } = host;
    assert.deepEqual(
      [address, state, reason, replyTtl, roundTripUs, verdict, ports, startedMs],
      ["192.0.2.7", "up", "echo-reply", 63, 250, "all-open", [], 5],
    );
  });

  it("keeps apart a state that a reply gave from the same that silence gives", () => {
    const [host] = resultsOf({ answers: { "0:80": PROHIBITED } });
    assert.deepEqual(
      host!.others.map(({ reason, ports }) => [reason, ports]),
      [
        ["no-response", "22,443"],
        ["admin-prohibited", "80"],
      ],
    );
  });

  it("accounts for each port once, whatever is listed and however it is cut into shards", () => {
    const states: readonly PortState[] = ["open", "closed", "filtered"];
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 65_535 }), { minLength: 1, maxLength: 30 }),
        fc.array(fc.constantFrom(OPEN, CLOSED, PROHIBITED, undefined), { minLength: 30, maxLength: 30 }),
        fc.subarray([...states]),
        fc.integer({ min: 1, max: 4 }),
        (unsorted, verdicts, listed, count) => {
          const ports = unsorted.sort((a, b) => a - b);
          const answers = Object.fromEntries(
            ports.flatMap((port, place) =>
              verdicts[place] === undefined ? [] : [[`0:${port}`, verdicts[place]]],
            ),
          );
          const seen = new Map<number, string>();
          const note = (port: number, state: string): void => {
            assert.equal(seen.has(port), false, `port ${port} is told twice`);
            seen.set(port, state);
          };
          for (let index = 0; index < count; index += 1) {
            const lists = (state: PortState): boolean => listed.includes(state);
            const [host] = resultsOf({ ports, answers, shard: { index, count }, options: { lists } });
            for (const { port, state } of host!.ports) {
              assert.ok(listed.includes(state));
              note(port, state);
            }
            for (const other of host!.others) {
              assert.ok(!listed.includes(other.state));
              const inRanges = ports.filter((port) => isWithin(port, other.ports));
              assert.equal(inRanges.length, other.count);
              for (const port of inRanges) note(port, other.state);
            }
          }
          assert.deepEqual(
            ports.map((port) => seen.get(port)),
            ports.map((port) => (answers[`0:${port}`] ?? SILENT).state),
          );
        },
      ),
    );
  });
});

function isWithin(port: number, ranges: string): boolean {
  return ranges.split(",").some((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return port >= first! && port <= last!;
  });
}
