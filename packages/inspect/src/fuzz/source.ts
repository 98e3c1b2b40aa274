/**
 * Where the fuzzer's frames come from: a few scripts that are played at once, each an exchange by grammar or a stretch
 * of a capture, rearranged and mutated now and then.
 */
import type { Frame } from "./frames.js";
import type { Grammar } from "./grammar.js";
import { mutated, rearranged } from "./mutate.js";
import type { Random } from "./random.js";

/** Scripts played at once: flows that meet each other in the engine's tables. */
const SCRIPTS = 8;
/** Frames of a capture played in one go. */
const STRETCH_FRAMES_MAX = 48;
const REARRANGED = 0.35;
/** Share of scripts that are played as they are; of the others every frame is mutated with its own probability. */
const UNTOUCHED = 0.25;

interface Script {
  readonly frames: readonly Frame[];
  next: number;
  readonly mutations: number;
}

export class FrameSource {
  readonly #random: Random;
  readonly #grammar: Grammar;
  readonly #captures: readonly (readonly Frame[])[];
  readonly #scripts: Script[] = [];
  /** A frame made before, whose octets splices borrow. */
  #other: Frame | undefined;

  /** @param captures frames of each capture that seeds the run; none of them empty */
  constructor(random: Random, grammar: Grammar, captures: readonly (readonly Frame[])[]) {
    this.#random = random;
    this.#grammar = grammar;
    this.#captures = captures;
    for (let script = 0; script < SCRIPTS; script += 1) this.#scripts.push(this.#script());
  }

  next(): Frame {
    const random = this.#random;
    const at = random.below(SCRIPTS);
    const script = this.#scripts[at]!;
    const frame = script.frames[script.next]!;
    script.next += 1;
    if (script.next >= script.frames.length) this.#scripts[at] = this.#script();
    const made =
      script.mutations > 0 && random.chance(script.mutations)
        ? mutated(frame, this.#other ?? frame, random)
        : frame;
    this.#other = frame;
    return made;
  }

  #script(): Script {
    const random = this.#random;
    let frames = this.#frames();
    if (random.chance(REARRANGED)) frames = rearranged(frames, random);
    const mutations = random.chance(UNTOUCHED) ? 0 : random.pick([0.05, 0.2, 0.5, 1]);
    return { frames, next: 0, mutations };
  }

  #frames(): readonly Frame[] {
    const random = this.#random;
    if (this.#captures.length === 0 || random.chance(0.4)) return this.#grammar.exchange();
    const capture = random.pick(this.#captures);
    const length = random.between(1, STRETCH_FRAMES_MAX);
    const start = random.chance(0.5) ? 0 : random.below(capture.length);
    return capture.slice(start, start + length);
  }
}
