/**
 * A life: one engine from its making to its end, with everything that decides it drawn from the run's seed and the
 * life's number. So any life is run alone, in any process, and gives the same.
 */
import type { Protocol } from "../dissector.js";
import type { Example } from "../example.js";
import { type EngineOptions, engineDefaults } from "../options.js";
import { type Frame, FrameLog } from "./frames.js";
import { Grammar, vocabularyOf } from "./grammar.js";
import { Random } from "./random.js";
import { FrameSource } from "./source.js";

/** Frames fed to one engine. */
export const FRAMES_PER_LIFE = 10_000;
/** 2023-11-14T22:13:20Z. */
const START_US = 1_700_000_000_000_000;

/** How the frames' clock moves: as in a capture; with pauses and steps back; to the ends of what a capture can say. */
export type Clock = "plain" | "jumping" | "wild";

export interface Plan {
  readonly options: Partial<EngineOptions>;
  /** Handlers on all attributes, which keep dissectors reading past their budget; else the attributes are recorded. */
  readonly handlers: boolean;
  readonly clock: Clock;
  /** Frame before which a protocol of the user is registered, and the one before which it is removed; -1 for never. */
  readonly registerAt: number;
  readonly unregisterAt: number;
  /** Fed again, between other octets: the same records must come. */
  readonly repeat: boolean;
  /** Fed to two engines that share the shards: together the same records must come. */
  readonly share: boolean;
}

/** What a run draws from. */
export interface Material {
  readonly protocols: readonly Protocol[];
  readonly examples: readonly Example[];
  readonly captures: readonly (readonly Frame[])[];
}

export interface Life {
  readonly plan: Plan;
  readonly log: FrameLog;
}

/** The life of that number in the run of that seed, with at most `framesMax` frames. */
export function makeLife(seed: number, number: number, framesMax: number, material: Material): Life {
  const random = new Random(seed, number);
  const plan = makePlan(random);
  const grammar = new Grammar(random, vocabularyOf(material.protocols, material.examples));
  const source = new FrameSource(random, grammar, material.captures);
  const log = new FrameLog();
  let timeUs = START_US;
  for (let frame = 0; frame < Math.min(framesMax, FRAMES_PER_LIFE); frame += 1) {
    timeUs = nextTimeUs(timeUs, plan.clock, random);
    log.add(source.next(), timeUs);
  }
  return { plan, log };
}

function makePlan(random: Random): Plan {
  const tiny = random.chance(0.3);
  const registers = random.chance(0.2);
  const registerAt = registers ? random.below(FRAMES_PER_LIFE / 2) : -1;
  return {
    options: {
      flowsMax: tiny ? random.pick([64, 128, 256]) : random.pick([4_096, engineDefaults.flowsMax]),
      vlans: random.chance(0.8),
      explain: random.chance(0.3),
      communityIds: random.chance(0.5),
      seed: random.word(),
      ...(random.chance(0.2) && { timeoutSeconds: { default: 1, short: 1, long: 2, live: 3 } }),
    },
    handlers: random.chance(0.25),
    clock: random.pick(["plain", "plain", "jumping", "jumping", "wild"] as const),
    registerAt,
    unregisterAt: registers && random.chance(0.7) ? registerAt + random.below(FRAMES_PER_LIFE / 2) : -1,
    repeat: random.chance(0.15),
    share: random.chance(0.15),
  };
}

/** Ends and turning points of what pcap and pcapng can say: before the epoch, 32 and 64 bits of seconds, microseconds and more. */
const WILD_TIMES_US = [
  0,
  1,
  -1,
  -5_000_000,
  -9.3e24,
  0x7fff_ffff * 1e6,
  0xffff_ffff * 1e6,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  2 ** 64,
  2 ** 64 * 1e6,
];

function nextTimeUs(timeUs: number, clock: Clock, random: Random): number {
  if (clock !== "plain" && random.chance(0.002)) {
    if (clock === "wild" && random.chance(0.3)) return random.pick(WILD_TIMES_US);
    return timeUs + random.pick([-3_600e6, -1e6, 1e6, 16e6, 31e6, 61e6, 601e6, 1_501e6, 3_000e6, 86_400e6]);
  }
  return timeUs + random.small(20_000);
}
