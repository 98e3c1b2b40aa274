import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CaptureReader, u8 } from "@palisade/wire";
import { attribute } from "../attribute.js";
import { MATCH, NO, type Protocol } from "../dissector.js";
import { examples } from "../protocols/examples.js";
import { protocols } from "../protocols/index.js";
import { campaign, captureOf } from "./campaign.js";
import { examine } from "./examine.js";
import { type FrameLog, frameOf } from "./frames.js";
import { minimise } from "./minimise.js";
import { FRAMES_PER_LIFE, type Life, makeLife } from "./plan.js";

const material = { protocols, examples, captures: [] };

/** A protocol of which only the datagram dissector matters here. */
function faulty(dissect: NonNullable<Protocol["datagram"]>["dissect"]): Protocol {
  return {
    name: "faulty",
    title: "A protocol with a fault",
    spec: "this test",
    category: "network",
    attributes: [FAULTY],
    malformed: [],
    recognises: "Anything.",
    omits: "Nothing.",
    datagram: { ports: [], dissect },
  };
}

const FAULTY = attribute("faulty.octet", "number");

/** A life whose engine is plain, with the oracles that are asked for. */
function lifeOf(options: { readonly repeat?: boolean; readonly share?: boolean } = {}): Life {
  const { plan, log } = makeLife(11, 3, 600, material);
  return {
    log,
    plan: {
      ...plan,
      options: {},
      handlers: false,
      registerAt: -1,
      unregisterAt: -1,
      repeat: options.repeat === true,
      share: options.share === true,
    },
  };
}

function octetsOf(log: FrameLog): Uint8Array {
  return log.octets.subarray(0, log.starts[log.count]!);
}

describe("the fuzzer", () => {
  it("finds nothing in 20,000 executions", () => {
    const lives = [...campaign({ seed: 7, runs: 2 * FRAMES_PER_LIFE, worker: 0, workers: 1, captures: [] })];
    assert.deepEqual(
      lives.flatMap(({ failed }) => (failed === undefined ? [] : [failed.failure])),
      [],
    );
    assert.deepEqual(
      lives.map(({ life, executions }) => [life, executions]),
      [
        [0, FRAMES_PER_LIFE],
        [1, FRAMES_PER_LIFE],
      ],
    );
    for (const { flows } of lives) assert.ok(flows > 1_000, `${flows} flows`);
  });

  it("lives a life the same way whoever lives it, and another one for another number or seed", () => {
    const one = makeLife(5, 8, 300, material);
    const again = makeLife(5, 8, 300, material);
    assert.deepEqual(again.plan, one.plan);
    assert.deepEqual(octetsOf(again.log), octetsOf(one.log));
    assert.deepEqual(again.log.timesUs, one.log.timesUs);
    for (const other of [makeLife(5, 9, 300, material), makeLife(6, 8, 300, material)]) {
      assert.notDeepEqual(octetsOf(other.log), octetsOf(one.log));
    }
  });

  it("divides the lives of a run between its workers", () => {
    const lives = [0, 1].flatMap((worker) => [
      ...campaign({ seed: 1, runs: FRAMES_PER_LIFE + 50, worker, workers: 2, life: undefined, captures: [] }),
    ]);
    assert.deepEqual(
      lives.map(({ life, executions }) => [life, executions]),
      [
        [0, FRAMES_PER_LIFE],
        [1, 50],
      ],
    );
  });

  it("starts from the frames of captures", () => {
    const marked = Uint8Array.from({ length: 60 }, (_, at) => at ^ 0x5c);
    const captures = [[frameOf(marked, 1)]];
    const { log } = makeLife(1, 0, 500, { ...material, captures });
    assert.ok(Buffer.from(octetsOf(log)).includes(Buffer.from(marked)));
  });

  it("notices a dissector that throws, and keeps the one frame that shows it", () => {
    const throwing = faulty((octets, offset) => {
      if ((u8(octets, offset) & 0x0f) === 0x01) throw new TypeError("octet of ill omen");
      return NO;
    });
    const list = [throwing, ...protocols];
    const life = lifeOf();
    const { failure } = examine(life, list);
    assert.equal(failure?.kind, "throws");
    assert.match(failure.detail, /ill omen/);
    const left = minimise(life, failure, list);
    assert.equal(left.count, 1);
    let frames = 0;
    const reader = new CaptureReader({
      packet(octets, offset, capturedBytes) {
        frames += 1;
        assert.deepEqual([...octets.subarray(offset, offset + capturedBytes)], [...octetsOf(left)]);
      },
    });
    reader.push(captureOf(left).octets);
    assert.equal(reader.end().malformed, undefined);
    assert.equal(frames, 1);
  });

  it("notices a dissector that reads behind its payload", () => {
    const reading = faulty((octets, _, end, flow) => {
      flow.set(FAULTY, octets[end] ?? 0);
      return MATCH;
    });
    assert.equal(examine(lifeOf({ repeat: true }), [reading]).failure?.kind, "not-repeatable");
  });

  it("notices what one flow does to another that may be another worker's", () => {
    let calls = 0;
    const counting = faulty((_, __, ___, flow) => {
      calls += 1;
      flow.set(FAULTY, calls);
      return MATCH;
    });
    assert.equal(examine(lifeOf({ share: true }), [counting]).failure?.kind, "depends-on-workers");
  });

  it("notices a dissector that does not come back in time", () => {
    let nowMs = 0;
    const waiting = faulty((octets, offset) => {
      nowMs += (u8(octets, offset) & 0x03) === 0x01 ? 60 : 0.1;
      return NO;
    });
    const watch = () => {
      const startedMs = nowMs;
      return () => nowMs - startedMs;
    };
    assert.equal(examine(lifeOf(), [waiting], watch).failure?.kind, "slow");
  });

  it("leaves alone what took long once: a collector had its day", () => {
    let nowMs = 0;
    let calls = 0;
    const resting = faulty(() => {
      calls += 1;
      nowMs += calls === 20 ? 80 : 0.1;
      return NO;
    });
    const watch = () => {
      const startedMs = nowMs;
      return () => nowMs - startedMs;
    };
    assert.equal(examine(lifeOf(), [resting], watch).failure, undefined);
    assert.ok(calls > 20);
  });

  it("notices a record that breaks its promise", () => {
    const promising = faulty((_, __, ___, flow) => {
      flow.set(FAULTY, Number.NaN);
      return MATCH;
    });
    const { failure } = examine(lifeOf(), [promising]);
    assert.equal(failure?.kind, "record");
    assert.match(failure.detail, /faulty\.octet is NaN/);
  });
});
