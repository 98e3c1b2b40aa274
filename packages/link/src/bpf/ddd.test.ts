import assert from "node:assert/strict";
import { test } from "node:test";
import { PalisadeError } from "@palisade/base";
import fc from "fast-check";
import { formatDdd, parseDdd } from "./ddd.js";
import { compileExpression } from "./expression.js";
import { BPF_INSTRUCTIONS_MAX, bpf, instruction } from "./program.js";

test("a listing is a count and a line of four numbers for each instruction", () => {
  assert.deepEqual(parseDdd("4\n40 0 0 12\n21 0 1 2054\n6 0 0 262144\n6 0 0 0\n"), [
    instruction(bpf.loadHalf, 12),
    instruction(bpf.jumpEqual, 0x0806, 0, 1),
    instruction(bpf.returnConstant, 262144),
    instruction(bpf.returnConstant, 0),
  ]);
});

test("blanks around numbers, other line ends and blank lines at the end are no matter", () => {
  assert.deepEqual(parseDdd(" 1 \r\n 6\t0  0 1 \r\n\r\n\n"), [instruction(bpf.returnConstant, 1)]);
});

test("a bad listing is refused with the line that is wrong", () => {
  const table: readonly [string, string][] = [
    ["line 1: expected the number", ""],
    ["line 1: expected the number", "tcpdump: no such device"],
    ["line 1: expected the number", "0\n"],
    ["line 1: expected the number", `${BPF_INSTRUCTIONS_MAX + 1}\n`],
    ["line 2: expected four numbers", "1\n6 0 0\n"],
    ["line 2: expected four numbers", "1\n6 0 0 1 2\n"],
    ["line 2: expected code as a decimal number (0 … 65535)", "1\n65536 0 0 1\n"],
    ["line 2: expected jt as a decimal number (0 … 255)", "1\n6 256 0 1\n"],
    ["line 2: expected jf", "1\n6 0 x 1\n"],
    ["line 2: expected k", "1\n6 0 0 -1\n"],
    ["line 2: expected k", "1\n6 0 0 4294967296\n"],
    ["line 3: expected 2 instructions, the text ends after 1", "2\n6 0 0 1\n"],
    ["line 3: expected nothing after 1 instructions", "1\n6 0 0 1\n6 0 0 1\n"],
    ["line 1: the text is longer", "1".repeat(300_000)],
  ];
  for (const [reason, text] of table) {
    assert.throws(
      () => parseDdd(text),
      (error) =>
        error instanceof PalisadeError &&
        error.code === "FILTER_BAD_LISTING" &&
        error.message.includes(reason),
      reason,
    );
  }
});

test("a well-formed listing of a program that cannot run is refused", () => {
  assert.throws(() => parseDdd("1\n40 0 0 12\n"), { code: "FILTER_INVALID" });
});

test("a compiled program comes back from its listing", () => {
  for (const text of ["tcp port 80", "not (host 2001:db8::1 or vlan 5)", ""]) {
    const program = compileExpression(text);
    assert.deepEqual(parseDdd(formatDdd(program)), program);
  }
});

test("any text is read or refused, never anything else", () => {
  const line = fc.array(fc.constantFrom("0", "6", "40", "21", "-1", "x", "4294967295", ""), { maxLength: 5 });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      try {
        assert.ok(parseDdd(lines.map((fields) => fields.join(" ")).join("\n")).length > 0);
      } catch (error) {
        assert.ok(error instanceof PalisadeError, `${error}`);
      }
    }),
  );
});
