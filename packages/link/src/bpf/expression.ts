/**
 * Filter expressions: a subset of the language of pcap-filter(7), compiled to a classic BPF program.
 *
 *     expression  = operand { ("and" | "&&" | "or" | "||") operand }
 *     operand     = ("not" | "!") operand | "(" expression ")" | primitive
 *     primitive   = [protocol] [direction] [kind] value          tcp dst port 80, net 192.0.2.0/24, src 192.0.2.1
 *                 | protocol                                     arp, ip, ip6, rarp, tcp, udp, sctp, icmp, icmp6
 *                 | ["ether"] ("broadcast" | "multicast") | ("ip" | "ip6") "multicast"
 *                 | "vlan" [id] | "less" octets | "greater" octets
 *     direction   = "src" | "dst" | "src or dst" | "src and dst"
 *     kind        = "host" | "net" | "port" | "portrange" | "proto"
 *     value       = address | prefix | number | range | "(" value { ("and" | "or") value } ")"
 *
 * As there, `and` and `or` bind equally and from the left (`a or b and c` is `(a or b) and c`); a value alone takes
 * the words of the primitive before it (`port 80 or 443`); the first `vlan` moves what follows behind the tag, to the end
 * of the text; `tcp` over IPv6 looks behind a fragment header and `port` does not; neither follows other extension
 * headers. Names of hosts, services and networks are not looked up, and `tcp[13] & 2 != 0` is not read.
 */
import { PalisadeError } from "@palisade/base";
import { LINKTYPE_ETHERNET } from "@palisade/wire";
import { type Decision, lower, type Test } from "./expression-lowering.js";
import { type Expression, parseText } from "./expression-parser.js";
import {
  BPF_ACCEPT_BYTES,
  BPF_INSTRUCTIONS_MAX,
  type BpfInstruction,
  type BpfProgram,
  bpf,
  instruction,
  verifyProgram,
} from "./program.js";

export { FILTER_COOKED_IN_KERNEL } from "./expression-lowering.js";
export { EXPRESSION_DEPTH_MAX, EXPRESSION_PRIMITIVES_MAX, EXPRESSION_TEXT_MAX } from "./expression-parser.js";

/** A parsed expression, not yet bound to a link type. */
export interface FilterExpression {
  readonly text: string;
  /** `undefined` for an empty text, which accepts every frame. */
  readonly root: Expression | undefined;
}

/**
 * Reads the text; `compileExpression` makes the program. An empty text is an expression that accepts every frame.
 *
 * @throws {PalisadeError} `FILTER_SYNTAX`: the message names the column, what was expected and what is there
 */
export function parseExpression(text: string): FilterExpression {
  return { text, root: parseText(text) };
}

/** What the program is to be run over. */
export interface CompileOptions {
  /** A LINKTYPE_ number: how frames begin. Default Ethernet. */
  readonly linkType?: number;
  /** Most octets of an accepted frame to keep. Default `BPF_ACCEPT_BYTES`. */
  readonly snaplenBytes?: number;
}

/**
 * The program that accepts what the expression holds for.
 *
 * @throws {PalisadeError} `FILTER_SYNTAX`; `FILTER_LINK_TYPE` where frames of the link type cannot be asked, or have nothing of
 *   what a primitive asks for; `FILTER_TOO_LONG` where the program would be longer than the kernel takes
 */
export function compileExpression(
  expression: string | FilterExpression,
  options: CompileOptions = {},
): BpfProgram {
  const parsed = typeof expression === "string" ? parseExpression(expression) : expression;
  const keep = options.snaplenBytes ?? BPF_ACCEPT_BYTES;
  const program = emit(lower(parsed.root, options.linkType ?? LINKTYPE_ETHERNET), keep);
  if (program.length > BPF_INSTRUCTIONS_MAX) {
    throw new PalisadeError(
      "FILTER_TOO_LONG",
      `filter: the expression needs ${program.length} instructions, the kernel takes ${BPF_INSTRUCTIONS_MAX}; ` +
        "join addresses to networks and ports to ranges",
    );
  }
  verifyProgram(program);
  return program;
}

/** Most instructions that a conditional jump can skip: its offsets have eight bits. */
const JUMP_MAX = 0xff;

/**
 * Writes the program from its end to its beginning, so that the distance to every jump's target is known when the jump is
 * written. Positions count instructions from the end.
 */
class Emitter {
  /** The program, last instruction first. */
  readonly #reversed: BpfInstruction[] = [];
  /** The last unconditional jump to a position that is far away. */
  readonly #relays = new Map<number, number>();

  get length(): number {
    return this.#reversed.length;
  }

  program(): BpfProgram {
    return this.#reversed.toReversed();
  }

  push(step: BpfInstruction): number {
    this.#reversed.push(step);
    return this.#reversed.length;
  }

  /** @returns the position where the decision begins, given those of what follows it */
  decide(decision: Decision, yes: number, no: number): number {
    if (typeof decision === "boolean") return decision ? yes : no;
    switch (decision.op) {
      case "and":
        return this.decide(decision.left, this.decide(decision.right, yes, no), no);
      case "or":
        return this.decide(decision.left, yes, this.decide(decision.right, yes, no));
      case "not":
        return this.decide(decision.operand, no, yes);
      case "test":
        return this.#test(decision, yes, no);
    }
  }

  #test({ load, jump, k }: Test, yes: number, no: number): number {
    const taken = this.#reachable(this.#shortcut(yes, load, jump === bpf.jumpEqual ? k : undefined, true));
    const missed = this.#reachable(
      this.#shortcut(no, load, jump === bpf.jumpEqual ? k : undefined, false),
      1,
    );
    const here = this.#reversed.length;
    // `reachable` left room for its own jump: the distances fit whatever it wrote.
    this.push(instruction(jump, k, here - taken, here - missed));
    for (const step of load.toReversed()) this.push(step);
    return this.#reversed.length;
  }

  /**
   * A is loaded already when a jump arrives where the same load comes next: the jump goes behind it. Where then the
   * comparison's outcome is known, because A was compared for equality before, it goes on to that.
   *
   * @param equals what A was compared with, `undefined` where it was no comparison for equality
   */
  #shortcut(
    target: number,
    load: readonly BpfInstruction[],
    equals: number | undefined,
    held: boolean,
  ): number {
    let at = target;
    for (;;) {
      if (at <= load.length) return at;
      for (const [index, step] of load.entries()) {
        const there = this.#reversed[at - 1 - index]!;
        if (there.code !== step.code || there.k !== step.k) return at;
      }
      at -= load.length;
      const next = this.#reversed[at - 1]!;
      if (next.code !== bpf.jumpEqual || equals === undefined) return at;
      if (held) at = at - 1 - (next.k === equals ? next.jt : next.jf);
      else if (next.k === equals) at = at - 1 - next.jf;
      else return at;
    }
  }

  /**
   * A position from which `target` is reached by a conditional jump that is written after `more` further instructions:
   * the target itself, or an unconditional jump to it.
   */
  #reachable(target: number, more = 0): number {
    const from = this.#reversed.length + more;
    if (from - target < JUMP_MAX) return target;
    const relay = this.#relays.get(target);
    if (relay !== undefined && from - relay < JUMP_MAX) return relay;
    const position = this.push(instruction(bpf.jump, this.#reversed.length - target));
    this.#relays.set(target, position);
    return position;
  }
}

function emit(decision: Decision, keep: number): BpfProgram {
  const emitter = new Emitter();
  const refuse = emitter.push(instruction(bpf.returnConstant, 0));
  const accept = emitter.push(instruction(bpf.returnConstant, keep));
  const entry = emitter.decide(decision, accept, refuse);
  if (entry < emitter.length) emitter.push(instruction(bpf.jump, emitter.length - entry));
  return withoutUnreachable(emitter.program());
}

/** Leaves out the loads that every jump goes past. Jumps become shorter by that, never longer. */
function withoutUnreachable(program: BpfProgram): BpfProgram {
  const reached = new Uint8Array(program.length);
  reached[0] = 1;
  /** Reached instructions before each one. */
  const before = new Int32Array(program.length + 1);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    before[index + 1] = before[index]! + reached[index]!;
    if (reached[index] === 0 || code === bpf.returnConstant) continue;
    reached[index + 1 + (code === bpf.jump ? k : jt)] = 1;
    reached[index + 1 + (code === bpf.jump ? k : jf)] = 1;
  }
  const skipped = (index: number, count: number) => before[index + 1 + count]! - before[index + 1]!;
  const kept: BpfInstruction[] = [];
  for (const [index, step] of program.entries()) {
    if (reached[index] === 0) continue;
    const { code, jt, jf, k } = step;
    if (code === bpf.jump) kept.push(instruction(code, skipped(index, k)));
    else kept.push(instruction(code, k, skipped(index, jt), skipped(index, jf)));
  }
  return kept;
}
