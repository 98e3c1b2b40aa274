import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { transformationOf } from "../transformations/index.js";
import { OctetClasses } from "./octet-classes.js";
import { type RuleChain, stepTree } from "./step-tree.js";

const NAMES = ["urlDecodeUni", "htmlEntityDecode", "cssDecode", "removeNulls", "sha1"];

/** A set of each mark of ASCII: with so many, classes of octets that are rare in text lie in the second word. */
const MARKS = Array.from({ length: 0x7f - 0x21 }, (_, at) => at + 0x21).filter(
  (octet) => !/[0-9A-Za-z]/.test(String.fromCharCode(octet)),
);

/** What a text reaches in a tree of these chains, steps of each apart by commas; the bit of a rule is its place. */
function treeOf(names: readonly string[]) {
  const chains: RuleChain[] = names.map((chain, bit) => ({
    bit,
    steps: chain
      .split(",")
      .map((name) => ({ id: NAMES.indexOf(name), transformation: transformationOf(name)! })),
    multiMatch: false,
  }));
  const sets = chains.flatMap(({ steps }) => steps.map(({ transformation }) => transformation.actsOn ?? []));
  const others = [...MARKS, 1, 2, 3, 4, 5, 6].map((octet) =>
    Uint8Array.from({ length: 256 }, (_, at) => Number(at === octet)),
  );
  const classes = new OctetClasses([...sets.filter((set) => set.length > 0), ...others] as Uint8Array[]);
  const tree = stepTree(chains, 1, classes);
  return (text: string) => {
    let low = 1 << 2;
    let high = 0;
    for (const octet of Buffer.from(text, "latin1")) {
      low |= classes.low[octet]!;
      high |= classes.high[octet]!;
    }
    return tree.reaches.of(tree, low, high);
  };
}

describe("a tree of steps", () => {
  it("does the steps that may change a value, and sees at once which rules get it as it is", () => {
    const reach = treeOf(NAMES);
    assert.deepEqual(
      reach("plain").next.map(({ transformation }) => transformation!.name),
      ["sha1"],
    );
    assert.deepEqual([...reach("plain").rules], [0b01111]);
    assert.deepEqual([...reach("").rules], [0b01111]);
    assert.deepEqual(
      reach("100%").next.map(({ transformation }) => transformation!.name),
      ["urlDecodeUni", "sha1"],
    );
    assert.deepEqual([...reach("100%").rules], [0b01110]);
  });

  it("asks what the further steps of a chain act on, where the first leave a value as it is", () => {
    for (const [first, second, text] of [
      ["urlDecodeUni", "htmlEntityDecode", "&"],
      ["htmlEntityDecode", "removeNulls", "\0"],
    ] as const) {
      const reach = treeOf([`${first},${second}`]);
      assert.deepEqual([...reach("plain").rules], [1]);
      assert.deepEqual(
        reach(text).next.map(({ transformation }) => transformation!.name),
        [second],
      );
      assert.deepEqual([...reach(text).rules], [0]);
    }
  });

  it("makes nothing anew for values that differ in octets that no step asks about", () => {
    const reach = treeOf(NAMES);
    const kept = reach("plain");
    for (const text of ["", "42", "plain 42", "\x01", "\x02\x03", "\x04 x \x05\x06"])
      assert.equal(reach(text), kept, text);
  });

  it("keeps ways of several values side by side", () => {
    const reach = treeOf(NAMES);
    const texts = ["plain", "%", "&", "\\", "\0", "%&", "%\\", "&\\", "%&\\", "%\0"];
    const kept = texts.map(reach);
    for (const [index, text] of texts.entries()) assert.equal(reach(text), kept[index], JSON.stringify(text));
    assert.equal(new Set(kept).size, texts.length);
  });
});
