import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { transformationOf } from "../transformations/index.js";
import { OctetClasses } from "./octet-classes.js";
import { type RuleChain, stepTree } from "./step-tree.js";

const NAMES = ["urlDecodeUni", "htmlEntityDecode", "cssDecode", "removeNulls", "sha1"];

/** A tree of a chain of one step each, by the order of `NAMES`; and the mask of a text's octets. */
function treeOf(names: readonly string[]) {
  const chains: RuleChain[] = names.map((name, bit) => ({
    bit,
    steps: [{ id: bit + 1, transformation: transformationOf(name)! }],
    multiMatch: false,
  }));
  const sets = chains.flatMap(({ steps }) => steps.map(({ transformation }) => transformation.actsOn ?? []));
  const rare = [1, 2, 3, 4, 5, 6].map((octet) =>
    Uint8Array.from({ length: 256 }, (_, at) => Number(at === octet)),
  );
  const classes = new OctetClasses([...sets.filter((set) => set.length > 0), ...rare] as Uint8Array[]);
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
