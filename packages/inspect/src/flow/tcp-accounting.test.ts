import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CLIENT,
  CLIENT_PORT,
  type Frame,
  runEngine,
  SERVER,
  SERVER_PORT,
  START_US,
  talk,
} from "../engine.build.js";
import type { FlowRecord, TcpRecord } from "./flow-record.js";

const SHAKE = ["> S", "< SA", "> A"];

function flowOf(frames: readonly Frame[]): FlowRecord {
  const { records } = runEngine(frames);
  assert.equal(records.length, 1, "one flow");
  return records[0]!;
}

function tcpOf(...steps: readonly string[]): TcpRecord {
  return flowOf(talk([...SHAKE, ...steps])).tcp!;
}

/** Zeek's states (documentation of conn.log), with the history that our rules give. */
const states: readonly (readonly [string, string, string, readonly string[]])[] = [
  ["S0", "S", "an attempt without a reply", ["> S"]],
  ["S0", "S", "an attempt, repeated", ["> S", "> S @0 at 1000", "> S @0 at 3000"]],
  ["REJ", "Sr", "an attempt that is refused", ["> S", "< RA"]],
  ["RSTOS0", "SR", "an attempt that the originator takes back", ["> S", "> R"]],
  ["SH", "SF", "a SYN, then a FIN, as scans send", ["> S", "> F"]],
  ["S1", "Sh", "a SYN that is answered", ["> S", "< SA"]],
  ["S1", "ShA", "an open connection", SHAKE],
  ["S1", "ShADa", "an open connection with data", [...SHAKE, "> PA +10", "< A"]],
  ["S2", "ShAFa", "closed by the originator alone", [...SHAKE, "> FA", "< A"]],
  ["S3", "ShAf", "closed by the responder alone", [...SHAKE, "< FA", "> A"]],
  [
    "SF",
    "ShADadFf",
    "a whole connection",
    [...SHAKE, "> PA +10", "< A", "< PA +20", "> A", "> FA", "< FA", "> A"],
  ],
  ["SF", "ShAFfR", "reset after both have closed", [...SHAKE, "> FA", "< FA", "> R"]],
  ["RSTO", "ShADR", "reset by the originator", [...SHAKE, "> PA +10", "> R"]],
  ["RSTR", "ShADr", "reset by the responder", [...SHAKE, "> PA +10", "< RA"]],
  ["RSTRH", "^hr", "a SYN-ACK without a SYN, then a reset", ["< SA", "< R"]],
  ["SHR", "^hf", "a SYN-ACK without a SYN, then a FIN", ["< SA", "< FA"]],
  ["OTH", "^h", "a SYN-ACK alone", ["< SA"]],
  ["OTH", "DdAa", "met midstream", ["> PA +10", "< PA +10", "> A", "< A"]],
  ["SH", "QSF", "SYN and FIN in one segment", ["> SF"]],
];

describe("connection states", () => {
  for (const [state, history, what, steps] of states) {
    it(`${state}: ${what}`, () => {
      const flow = flowOf(talk(steps));
      assert.equal(flow.connState, state);
      assert.equal(flow.history, history);
      assert.deepEqual(
        [flow.src, flow.sport, flow.dst, flow.dport],
        [CLIENT, CLIENT_PORT, SERVER, SERVER_PORT],
      );
    });
  }

  it("covers every state that Zeek documents", () => {
    const shown = new Set(states.map(([state]) => state));
    const documented = [
      "S0",
      "S1",
      "SF",
      "REJ",
      "S2",
      "S3",
      "RSTO",
      "RSTR",
      "RSTOS0",
      "RSTRH",
      "SH",
      "SHR",
      "OTH",
    ];
    assert.deepEqual([...shown].sort(), documented.sort());
  });
});

describe("a connection whose SYN-ACK comes first", () => {
  it("has the one that it was sent to as its originator, and counts accordingly", () => {
    const flow = flowOf(talk(["< SA", "> A", "> PA +10", "< A", "< PA +7"]));
    assert.deepEqual([flow.src, flow.dst], [CLIENT, SERVER]);
    assert.deepEqual([flow.originator.packets, flow.originator.payloadBytes], [2, 10]);
    assert.deepEqual([flow.responder.packets, flow.responder.payloadBytes], [3, 7]);
    assert.match(flow.history, /^\^h/);
    assert.equal(flow.tcp!.responderFlags, "SPA");
  });
});

describe("history", () => {
  it("marks flags that make no sense together", () => {
    assert.match(flowOf(talk(["> SR"])).history, /Q/);
    assert.match(flowOf(talk([...SHAKE, "< FR"])).history, /i/);
  });

  it("marks a closed window, at the first and the tenth time", () => {
    const closed = Array.from({ length: 12 }, () => "< A w0");
    assert.equal(flowOf(talk([...SHAKE, ...closed])).history, "ShAaww");
  });

  it("marks retransmissions at the first, tenth and hundredth time", () => {
    const again = Array.from({ length: 100 }, () => "> PA @1 +10");
    const flow = flowOf(talk([...SHAKE, "> PA +10", ...again]));
    assert.equal(flow.history, "ShADTTT");
    assert.deepEqual(flow.tcp!.retransmissions, [100, 0]);
  });

  it("marks a gap", () => {
    assert.equal(flowOf(talk([...SHAKE, "> PA @11 +10"])).history, "ShAGD");
    assert.equal(flowOf(talk([...SHAKE, "< PA @11 +10"])).history, "ShAgd");
  });
});

describe("sequence numbers", () => {
  it("tell octets that are sent again", () => {
    const { retransmissions, outOfOrder, missedBytes } = tcpOf(
      "> PA +10",
      "> PA +10",
      "> PA @1 +10",
      "> PA @11 +10",
      "< A",
    );
    assert.deepEqual(
      { retransmissions, outOfOrder, missedBytes },
      { retransmissions: [2, 0], outOfOrder: [0, 0], missedBytes: [0, 0] },
    );
  });

  it("tell octets that come late from octets that come again", () => {
    const late = tcpOf("< PA +10", "< PA @21 +10", "< PA @11 +10");
    assert.deepEqual(
      [late.outOfOrder, late.retransmissions, late.missedBytes],
      [
        [0, 1],
        [0, 0],
        [0, 0],
      ],
    );
  });

  it("tell how much was never seen", () => {
    assert.deepEqual(tcpOf("> PA +10", "> PA @111 +10").missedBytes, [100, 0]);
    assert.deepEqual(tcpOf("> PA +10", "> PA @111 +10", "> PA @51 +20").missedBytes, [80, 0]);
    assert.deepEqual(tcpOf("> PA +10", "> PA @111 +10", "> PA @51 +60", "> PA @11 +40").missedBytes, [0, 0]);
  });

  it("are followed past their end, where they start from zero", () => {
    const flow = flowOf(
      talk([...SHAKE, "> PA +10", "> PA +10", "> PA @11 +10", "< PA +40"], {
        clientSequence: 0xffff_fff5,
        serverSequence: 0x7fff_fffe,
      }),
    );
    assert.deepEqual(flow.tcp!.missedBytes, [0, 0]);
    assert.deepEqual(flow.tcp!.retransmissions, [1, 0]);
    assert.equal(flow.originator.payloadBytes, 30);
  });

  it("that leap are no hole of gigabytes", () => {
    assert.deepEqual(tcpOf("> PA +10", "> PA @1000000000 +10").missedBytes, [0, 0]);
  });

  it("of a repeated SYN or FIN are no retransmissions of payload", () => {
    assert.deepEqual(flowOf(talk(["> S", "> S @0", "< SA", "> A"])).tcp!.retransmissions, [0, 0]);
    assert.deepEqual(tcpOf("> FA", "> FA @1").retransmissions, [0, 0]);
  });
});

describe("the round-trip time", () => {
  it("is that of the handshake", () => {
    assert.equal(flowOf(talk(["> S at 0", "< SA at 10", "> A at 25"])).tcp!.rttUs, 25_000);
    assert.equal(flowOf(talk(["> S at 0", "< SA at 10", "> PA +5 at 31"])).tcp!.rttUs, 31_000);
  });

  it("is unknown when the SYN was repeated, since nobody can tell which one is answered", () => {
    assert.equal(
      flowOf(talk(["> S at 0", "> S @0 at 1000", "< SA at 1010", "> A at 1020"])).tcp!.rttUs,
      undefined,
    );
  });

  it("is unknown without a whole handshake", () => {
    assert.equal(flowOf(talk(["> S", "< SA"])).tcp!.rttUs, undefined);
    assert.equal(flowOf(talk(["> PA +1", "< A", "> A"])).tcp!.rttUs, undefined);
    assert.equal(flowOf(talk(["< SA", "> A"])).tcp!.rttUs, undefined);
  });

  it("is never negative where the clock is set back", () => {
    assert.equal(flowOf(talk(["> S at 50", "< SA at 60", "> A at 10"])).tcp!.rttUs, 0);
  });
});

describe("ports that are used again", () => {
  const closings: readonly (readonly [string, readonly string[]])[] = [
    ["two FINs", [...SHAKE, "> FA", "< FA", "> A"]],
    ["a reset", [...SHAKE, "< RA"]],
    ["a refusal", ["> S", "< RA"]],
  ];
  for (const [what, steps] of closings) {
    it(`are two connections after ${what}`, () => {
      const again = talk([...SHAKE, "> PA +3"], { clientSequence: 77_000, startUs: START_US + 2_000_000 });
      const { records } = runEngine([...talk(steps), ...again]);
      assert.deepEqual(
        records.map(({ end, firstPacket, connState }) => [end, firstPacket, connState]),
        [
          ["closed", 1, flowOf(talk(steps)).connState],
          ["end-of-capture", steps.length + 1, "S1"],
        ],
      );
      assert.equal(records[1]!.originator.payloadBytes, 3);
    });
  }

  it("are one connection while it is open", () => {
    assert.equal(runEngine(talk([...SHAKE, "> S @0", "> PA +3"])).records.length, 1);
  });

  it("belong to the closed connection as long as no SYN comes", () => {
    assert.equal(runEngine(talk([...SHAKE, "> FA", "< FA", "> A", "> A", "< R"])).records.length, 1);
  });
});

describe("what is counted of a connection", () => {
  it("is packets, octets of frames and octets of payload, by who sent them", () => {
    const frames = talk([...SHAKE, "> PA +10", "< A", "< PA +1000", "> A"]);
    const flow = flowOf(frames);
    assert.deepEqual(flow.originator, { packets: 4, bytes: 4 * 54 + 10, payloadBytes: 10 });
    assert.deepEqual(flow.responder, { packets: 3, bytes: 3 * 54 + 1000, payloadBytes: 1000 });
    assert.equal(flow.firstUs, frames[0]!.timeUs);
    assert.equal(flow.lastUs, frames.at(-1)!.timeUs);
    assert.deepEqual([flow.tcp!.originatorFlags, flow.tcp!.responderFlags], ["SPA", "SPA"]);
  });

  it("is payload by the length fields where the snap length cut it", () => {
    const frames = talk([...SHAKE, "> PA +1000"]).map((frame) => ({
      ...frame,
      capturedBytes: Math.min(64, frame.octets.length),
    }));
    const flow = flowOf(frames);
    assert.equal(flow.originator.payloadBytes, 1000);
    assert.equal(flow.originator.bytes, 54 + 54 + 64);
    assert.deepEqual(flow.tcp!.missedBytes, [0, 0]);
  });
});
