import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { latin1 } from "@palisade/wire";
import { operatorOf } from "./index.js";
import { Captures } from "./operator.js";

const files = {
  read: () => assert.fail("reads no file"),
  dataset: () => assert.fail("asks for no dataset"),
};

/** Whether an operator holds for a text in the middle of others, and what it captures. */
function tested(name: string, text: string): { readonly holds: boolean; readonly captured: string[] } {
  const operator = operatorOf(name)!.compile(latin1(""), files);
  const octets = latin1(`<script>${text}<script>`);
  const captures = new Captures();
  const holds = operator.test(octets, 8, 8 + text.length, captures);
  const captured = Array.from({ length: captures.count }, (_, group) =>
    String.fromCharCode(...captures.octets.subarray(captures.starts[group], captures.ends[group])),
  );
  assert.equal(operator.test(octets, 8, 8 + text.length, undefined), holds);
  return { holds, captured };
}

describe("operators of injections", () => {
  test("SQL is told by its shape, which is the first group", () => {
    const { holds, captured } = tested("detectSQLi", "1' UNION SELECT name, 2 FROM members-- ");
    assert.equal(holds, true);
    assert.equal(captured.length, 1);
    assert.match(captured[0]!, /^\S{1,6}$/);
    assert.deepEqual(tested("detectSQLi", "O'Brien, the union's select few"), { holds: false, captured: [] });
  });

  test("markup that runs is told, and is the first group", () => {
    const text = '"><img src=x onerror=alert(1)>';
    assert.deepEqual(tested("detectXSS", text), { holds: true, captured: [text] });
    assert.deepEqual(tested("detectXSS", "a < b and b > c"), { holds: false, captured: [] });
  });
});
