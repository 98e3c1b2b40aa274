import { OCTETS } from "../pattern/octet-set.js";
import { MATCH, type Program, SET } from "../pattern/program.js";
import type { Pace, Sliced } from "../slices.js";

/** What it takes to copy a state, and to find an octet's class, in units of work. */
const STATE_UNITS = 4;
const CLASSED_UNITS = 8;

/** Many patterns' machines as one: states numbered through, over classes of octets that suit all. A letter is read as either case. */
export interface JointProgram {
  readonly states: number;
  readonly op: Uint8Array;
  /** Of assertions their number, of `MATCH` which pattern it is. */
  readonly operand: Int32Array;
  readonly out: Int32Array;
  readonly other: Int32Array;
  /** By pattern. */
  readonly starts: Int32Array;
  readonly classOf: Uint8Array;
  readonly classes: number;
  /** 1 at `set * classes + class`, `set` being what `operand` says of a state that reads. */
  readonly setHas: Uint8Array;
}

/** May be interrupted. */
export function* jointProgram(programs: readonly Program[], pace: Pace): Sliced<JointProgram> {
  const { classOf, sample } = yield* jointClasses(programs, pace);
  const classes = sample.length;
  const states = programs.reduce((sum, program) => sum + program.states, 0);
  const joint = {
    op: new Uint8Array(states),
    operand: new Int32Array(states),
    out: new Int32Array(states),
    other: new Int32Array(states),
  };
  const starts = new Int32Array(programs.length);
  const sets: Uint8Array[] = [];
  let base = 0;
  for (const [pattern, program] of programs.entries()) {
    const firstSet = sets.length;
    const programSets = program.setHas.length / program.classes;
    for (let set = 0; set < programSets; set += 1) {
      const has = (octet: number) => program.setHas[set * program.classes + program.classOf[octet]!]!;
      sets.push(sample.map((octet) => has(octet) | has(otherCase(octet))));
      if (pace.isDue(CLASSED_UNITS * classes)) yield pace.turn();
    }
    for (let state = 0; state < program.states; state += 1) {
      const op = program.op[state]!;
      const at = base + state;
      joint.op[at] = op;
      joint.operand[at] =
        op === SET ? firstSet + program.operand[state]! : op === MATCH ? pattern : program.operand[state]!;
      joint.out[at] = program.out[state]! < 0 ? -1 : base + program.out[state]!;
      joint.other[at] = program.other[state]! < 0 ? -1 : base + program.other[state]!;
    }
    starts[pattern] = base + program.start;
    base += program.states;
    if (pace.isDue(STATE_UNITS * program.states)) yield pace.turn();
  }
  const setHas = new Uint8Array(sets.length * classes);
  for (const [number, set] of sets.entries()) {
    setHas.set(set, number * classes);
    if (pace.isDue(classes)) yield pace.turn();
  }
  return { ...joint, states, starts, classOf, classes, setHas };
}

/** Octets that no pattern tells apart are of one class, and both cases of a letter; `sample` has an octet of each. */
function* jointClasses(
  programs: readonly Program[],
  pace: Pace,
): Sliced<{ readonly classOf: Uint8Array; readonly sample: Uint8Array }> {
  let classOf = new Uint8Array(OCTETS);
  let sample: number[] = [0];
  for (const { classOf: own } of programs) {
    const finer = new Uint8Array(OCTETS);
    const known = new Map<number, number>();
    sample = [];
    for (let octet = 0; octet < OCTETS; octet += 1) {
      const [one, other] = [Math.min(octet, otherCase(octet)), Math.max(octet, otherCase(octet))];
      const key = (classOf[octet]! * OCTETS + own[one]!) * OCTETS + own[other]!;
      let number = known.get(key);
      if (number === undefined) {
        number = sample.length;
        known.set(key, number);
        sample.push(octet);
      }
      finer[octet] = number;
    }
    classOf = finer;
    if (pace.isDue(CLASSED_UNITS * OCTETS)) yield pace.turn();
  }
  return { classOf, sample: Uint8Array.from(sample) };
}

/** Of letters of ASCII; other octets have none. */
function otherCase(octet: number): number {
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x7a ? octet ^ 0x20 : octet;
}
