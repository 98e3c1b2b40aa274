/** What operators cost, counted by themselves: the same on every machine. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import fc from "fast-check";
import { hostileValues, STEPS_PER_OCTET_MAX } from "./hostile.build.js";
import { operators } from "./index.js";
import { Captures, type Operator } from "./operator.js";
import { compiled, filesOf } from "./operators.build.js";

const BYTES = 4_096;
const files = filesOf(
  { words: "select\nunion\n<script\n", addresses: "192.0.2.0/24\n" },
  { words: ["select", "<script"], addresses: ["192.0.2.0/24"] },
);
/** Of each operator that takes one: arguments that make much to do. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  rx: [
    "(a+)+$",
    "(?:\\w+\\s?)+=$",
    "(.*)(.*)(.*)(.*)x",
    "[ab]*a[ab]{12}c",
    "(?i)(?:select|union|insert).{0,40}?(?:from|into).{0,40}?(?:where|values)",
    "<[^>]*\\bon\\w{3,20}\\s*=",
    "\\b(\\d{4})[ -]?(\\d{4})[ -]?(\\d{4})[ -]?(\\d{4})\\b",
  ],
  pm: ["select union < on cat"],
  pmFromFile: ["words"],
  pmf: ["words"],
  pmFromDataset: ["words"],
  ipMatchFromFile: ["addresses"],
  ipMatchF: ["addresses"],
  ipMatchFromDataset: ["addresses"],
  ipMatch: ["192.0.2.0/24,2001:db8::/32"],
  beginsWith: ["<<<<"],
  endsWith: [">>>>"],
  contains: ["a".repeat(500), "aaaab"],
  strmatch: ["a".repeat(500)],
  containsWord: ["a".repeat(500), "a ".repeat(500), "select"],
  within: ["a".repeat(BYTES)],
  restpath: ["/{a}/{b}/{c}"],
  validateByteRange: ["0-255"],
  validateNid: ["cl [0-9.]{7,10}-?[\\dkK]"],
  verifyCC: ["\\d{13,16}"],
  verifyCPF: ["\\d{3}\\.?\\d{3}\\.?\\d{3}-?\\d{2}"],
  verifySSN: ["\\d{3}-?\\d{2}-?\\d{4}"],
  verifySVNR: ["\\d{4} ?\\d{6}"],
};

const captures = new Captures();

/** Steps of one test. */
function stepsOf(operator: Operator, octets: Uint8Array): number {
  const before = operator.work.steps;
  operator.test(octets, 0, octets.length, captures);
  return operator.work.steps - before;
}

describe("the work of an operator", () => {
  const values = hostileValues(BYTES);

  for (const { name } of operators) {
    it(`@${name} is below the bound for each octet of hostile values, whether it is new or not`, () => {
      for (const argument of ARGUMENTS[name] ?? [""]) {
        let worked = 0;
        for (const value of values) {
          const operator = compiled(name, argument, files);
          for (const which of ["first", "second"]) {
            const steps = stepsOf(operator, value.octets);
            worked += steps;
            const told = `${which} test of ${argument.slice(0, 60)} on ${value.name}: ${steps} steps`;
            assert.ok(steps <= STEPS_PER_OCTET_MAX * BYTES, told);
          }
        }
        const looks = compiled(name, argument, files).engine !== "constant" && name !== "streq";
        // What is longer than any address is not read at all, nor is what can hold no argument.
        if (looks && !name.startsWith("ipMatch")) assert.ok(worked > 0, "it counts");
      }
    });
  }

  it("grows with the octets alone, whatever is repeated", () => {
    const pieces = fc.array(fc.constantFrom(..."a1 <>'\"()[]{}=/*-$@&#;:.,\\\n"), {
      minLength: 1,
      maxLength: 8,
    });
    const some = ["rx", "detectSQLi", "detectXSS", "containsWord", "verifyCC"].flatMap((name) =>
      (ARGUMENTS[name] ?? [""]).map((argument) => compiled(name, argument)),
    );
    fc.assert(
      fc.property(pieces, (piece) => {
        const text = piece.join("");
        const octets = latin1(text.repeat(Math.ceil(BYTES / text.length)).slice(0, BYTES));
        for (const operator of some)
          assert.ok(stepsOf(operator, octets) <= STEPS_PER_OCTET_MAX * BYTES, operator.engine);
      }),
    );
  });
});
