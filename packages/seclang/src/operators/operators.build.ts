import assert from "node:assert/strict";
import { PalisadeError } from "@palisade/base";
import { latin1 } from "@palisade/wire";
import { operatorOf } from "./index.js";
import { Captures, type Operator, type OperatorFiles } from "./operator.js";

/** Files and datasets that are there for tests; characters are octets. */
export function filesOf(
  files: Readonly<Record<string, string>>,
  datasets: Readonly<Record<string, readonly string[]>> = {},
): OperatorFiles {
  return {
    read(name) {
      const content = files[name];
      if (content === undefined) throw new PalisadeError("TEST_NO_FILE", `no file ${name}`);
      return latin1(content);
    },
    dataset: (name) => datasets[name]?.map(latin1),
  };
}

export function compiled(name: string, argument: string, files: OperatorFiles = filesOf({})): Operator {
  const kind = operatorOf(name);
  assert.ok(kind, name);
  return kind.compile(latin1(argument), files);
}

/** Whether an operator holds for a value, whose characters are octets, and which stands between others. */
export function holdsFor(operator: Operator, value: string, around = "Z0%\xff"): boolean {
  const octets = latin1(around + value + around);
  return operator.test(octets, around.length, around.length + value.length, undefined);
}

/** What an operator captures of a value, undefined for groups that took no part; undefined where it does not hold. */
export function capturesOf(operator: Operator, value: string): readonly (string | undefined)[] | undefined {
  const captures = new Captures();
  const octets = latin1(`((${value}))`);
  if (!operator.test(octets, 2, 2 + value.length, captures)) return undefined;
  return Array.from({ length: captures.count }, (_, group) => {
    const [start, end] = [captures.starts[group]!, captures.ends[group]!];
    return start < 0 ? undefined : String.fromCharCode(...captures.octets.subarray(start, end));
  });
}

export function refusal(compile: () => unknown): PalisadeError {
  try {
    compile();
  } catch (error) {
    assert.ok(error instanceof PalisadeError);
    assert.ok(!error.message.includes("\n"), "one line");
    return error;
  }
  return assert.fail("taken");
}
