/**
 * The decimal listing of a filter program that `tcpdump -ddd EXPRESSION` prints: a line with the number of instructions,
 * then a line `code jt jf k` for each. It is how a filter compiled elsewhere is brought in.
 */
import { PalisadeError } from "@palisade/base";
import { BPF_INSTRUCTIONS_MAX, type BpfInstruction, type BpfProgram, verifyProgram } from "./program.js";

/** Longest listing that is looked at: the most instructions, each with four numbers of at most ten digits. */
const DDD_TEXT_MAX = (BPF_INSTRUCTIONS_MAX + 1) * 48;

/**
 * The program that a listing holds, verified.
 *
 * @throws {PalisadeError} `FILTER_BAD_LISTING` naming the line, `FILTER_INVALID` where the listing is well formed and the
 *   program it lists could not run
 */
export function parseDdd(text: string): BpfProgram {
  if (text.length > DDD_TEXT_MAX) throw bad(1, `the text is longer than ${DDD_TEXT_MAX} characters`);
  const lines = text.split(/\r?\n/);
  while (lines.length > 1 && lines.at(-1)!.trim() === "") lines.pop();
  const count = number(lines[0]!.trim(), BPF_INSTRUCTIONS_MAX);
  if (count === undefined || count === 0) {
    throw bad(1, `expected the number of instructions (1 … ${BPF_INSTRUCTIONS_MAX})`);
  }
  const program: BpfInstruction[] = [];
  for (let index = 1; index <= count; index += 1) {
    const line = lines[index];
    if (line === undefined)
      throw bad(index + 1, `expected ${count} instructions, the text ends after ${index - 1}`);
    const fields = line.trim().split(/[ \t]+/);
    if (fields.length !== 4) throw bad(index + 1, "expected four numbers: code jt jf k");
    program.push({
      code: field(fields[0]!, "code", 0xffff, index + 1),
      jt: field(fields[1]!, "jt", 0xff, index + 1),
      jf: field(fields[2]!, "jf", 0xff, index + 1),
      k: field(fields[3]!, "k", 0xffff_ffff, index + 1),
    });
  }
  if (lines.length > count + 1) throw bad(count + 2, `expected nothing after ${count} instructions`);
  verifyProgram(program);
  return program;
}

/** The listing of a program, as `tcpdump -ddd` would print it; ends with a line end. */
export function formatDdd(program: BpfProgram): string {
  return `${program.length}\n${program.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}\n`).join("")}`;
}

function field(text: string, name: string, max: number, line: number): number {
  const value = number(text, max);
  if (value === undefined) throw bad(line, `expected ${name} as a decimal number (0 … ${max})`);
  return value;
}

function number(text: string, max: number): number | undefined {
  if (!/^[0-9]{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

function bad(line: number, reason: string): PalisadeError {
  return new PalisadeError("FILTER_BAD_LISTING", `filter listing, line ${line}: ${reason}`);
}
