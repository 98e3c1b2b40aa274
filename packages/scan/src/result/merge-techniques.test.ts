import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { PortState, Reason } from "../technique.js";
import { mergeTechniques, otherAnswers, type TechniquePorts } from "./merge-techniques.js";
import { type PortResult, rangesOf } from "./result.js";

type Said = readonly [state: PortState, reason: Reason];

const isListed = (state: PortState): boolean => state === "open" || state === "open|filtered";

/** What a technique says of ports, as a host's part of it has that. */
function saying(technique: string, said: Readonly<Record<number, Said>>): TechniquePorts {
  const ports: PortResult[] = [];
  const groups = new Map<string, { said: Said; ports: number[] }>();
  for (const [text, [state, reason]] of Object.entries(said)) {
    const port = Number(text);
    if (isListed(state)) {
      ports.push({ protocol: "tcp", port, state, reason, replyTtl: 64, service: undefined });
      continue;
    }
    const group = groups.get(`${state} ${reason}`) ?? { said: [state, reason], ports: [] };
    groups.set(`${state} ${reason}`, group);
    group.ports.push(port);
  }
  const others = [...groups.values()].map(({ said: [state, reason], ports: some }) => ({
    protocol: "tcp" as const,
    state,
    reason,
    count: some.length,
    ports: rangesOf(some),
  }));
  return { technique, protocol: "tcp", ports, others };
}

const OPEN: Said = ["open", "syn-ack"];
const RESET: Said = ["closed", "reset"];
const REFUSED: Said = ["closed", "conn-refused"];
const SILENT: Said = ["filtered", "no-response"];
const PROHIBITED: Said = ["filtered", "admin-prohibited"];

describe("ports that several techniques asked", () => {
  for (const [what, first, second, wanted] of [
    ["a reply before silence", ["syn", SILENT], ["connect", REFUSED], REFUSED],
    ["a reply of any technique before silence", ["syn", SILENT], ["fin", RESET], RESET],
    ["a handshake before what infers", ["window", ["open", "reset"]], ["syn", RESET], RESET],
    [
      "a handshake that was refused before what infers",
      ["ack", ["unfiltered", "reset"]],
      ["syn", PROHIBITED],
      PROHIBITED,
    ],
    ["open before closed", ["syn", RESET], ["connect", OPEN], OPEN],
    [
      "the handshake's silence before another's",
      ["fin", ["open|filtered", "no-response"]],
      ["syn", SILENT],
      SILENT,
    ],
    ["the first of two that say the same", ["syn", RESET], ["connect", REFUSED], RESET],
    ["what was not asked, never", ["syn", undefined], ["connect", SILENT], SILENT],
  ] as const satisfies readonly (readonly [
    string,
    readonly [string, Said | undefined],
    readonly [string, Said],
    Said,
  ])[]) {
    it(`take ${what}`, () => {
      const asked = [first, second].map(([technique, said]) =>
        saying(technique, said === undefined ? {} : { 80: said }),
      );
      const { ports, others } = mergeTechniques(asked);
      assert.deepEqual(
        [...ports, ...others].map(({ state, reason }) => [state, reason]),
        [wanted],
      );
    });
  }

  it("have what each said, and the service of the answer that is taken", () => {
    const service = { name: "http", method: "table", confidence: 3, cpe: [], details: {} } as const;
    const connect = saying("connect", { 80: OPEN });
    const { ports } = mergeTechniques([
      saying("syn", { 80: SILENT }),
      { ...connect, ports: connect.ports.map((port) => ({ ...port, service })) },
    ]);
    assert.deepEqual(ports, [
      {
        protocol: "tcp",
        port: 80,
        state: "open",
        reason: "syn-ack",
        replyTtl: 64,
        service,
        answers: [
          { technique: "syn", state: "filtered", reason: "no-response", replyTtl: 0 },
          { technique: "connect", state: "open", reason: "syn-ack", replyTtl: 64 },
        ],
      },
    ]);
    assert.equal(otherAnswers(ports[0]!), "syn: filtered (no-response)");
  });

  it("are counted apart where another technique said something else of them", () => {
    const { ports, others } = mergeTechniques([
      saying("syn", { 80: RESET, 81: RESET, 82: RESET }),
      saying("connect", { 80: REFUSED, 81: SILENT, 82: REFUSED }),
    ]);
    assert.deepEqual(ports, []);
    assert.deepEqual(
      others.map((other) => [other.state, other.count, other.ports, otherAnswers(other)]),
      [
        ["closed", 2, "80,82", undefined],
        ["closed", 1, "81", "connect: filtered (no-response)"],
      ],
    );
  });

  it("of other protocols stay as they are", () => {
    const tcp = saying("syn", { 53: OPEN, 54: RESET });
    const udp: TechniquePorts = {
      technique: "udp",
      protocol: "udp",
      ports: tcp.ports.map((port) => ({ ...port, protocol: "udp" })),
      others: [],
    };
    assert.deepEqual(mergeTechniques([tcp, udp]), {
      ports: [...tcp.ports, ...udp.ports],
      others: tcp.others,
    });
  });

  it("are there once, each, whoever asked them", () => {
    const answer = fc.constantFrom(OPEN, RESET, SILENT, PROHIBITED);
    const answers = fc.dictionary(fc.integer({ min: 1, max: 40 }).map(String), answer, { maxKeys: 40 });
    fc.assert(
      fc.property(answers, answers, (syn, connect) => {
        const { ports, others } = mergeTechniques([saying("syn", syn), saying("connect", connect)]);
        const told = [...ports.map(({ port }) => port), ...others.flatMap((other) => numbersIn(other.ports))];
        const asked = [...new Set([...Object.keys(syn), ...Object.keys(connect)].map(Number))];
        assert.deepEqual(
          told.sort((a, b) => a - b),
          asked.sort((a, b) => a - b),
        );
        for (const { count, ports: ranges } of others) assert.equal(numbersIn(ranges).length, count);
        for (const port of ports) assert.ok(isListed(port.state));
      }),
    );
  });
});

function numbersIn(ranges: string): number[] {
  return ranges.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number) as [number, number?];
    return Array.from({ length: last! - first + 1 }, (_, at) => first + at);
  });
}
