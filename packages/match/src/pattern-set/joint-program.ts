import { OCTETS } from "../pattern/octet-set.js";
import { MATCH, type Program, SET } from "../pattern/program.js";

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

export function jointProgram(programs: readonly Program[]): JointProgram {
  const { classOf, sample } = jointClasses(programs);
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
      sets.push(Uint8Array.from(sample, (octet) => has(octet) | has(otherCase(octet))));
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
  }
  const setHas = new Uint8Array(sets.length * classes);
  for (const [number, set] of sets.entries()) setHas.set(set, number * classes);
  return { ...joint, states, starts, classOf, classes, setHas };
}

/** Octets that no pattern tells apart are of one class, and both cases of a letter; `sample` has an octet of each. */
function jointClasses(programs: readonly Program[]): {
  readonly classOf: Uint8Array;
  readonly sample: readonly number[];
} {
  const classOf = new Uint8Array(OCTETS);
  const sample: number[] = [];
  const known = new Map<string, number>();
  for (let octet = 0; octet < OCTETS; octet += 1) {
    const [one, other] = [Math.min(octet, otherCase(octet)), Math.max(octet, otherCase(octet))];
    const key = programs.map(({ classOf: own }) => `${own[one]} ${own[other]}`).join();
    let number = known.get(key);
    if (number === undefined) {
      number = sample.length;
      known.set(key, number);
      sample.push(octet);
    }
    classOf[octet] = number;
  }
  return { classOf, sample };
}

/** Of letters of ASCII; other octets have none. */
function otherCase(octet: number): number {
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x7a ? octet ^ 0x20 : octet;
}
