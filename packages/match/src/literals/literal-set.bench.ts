import { latin1 } from "@palisade/wire";
import { Bench } from "tinybench";
import { LiteralSet } from "./literal-set.js";

/** A megabyte searched for some hundred words: text where little begins a word, and text where all does. */
export const literalBench = new Bench({ name: "literals in 1 MB", time: 300 });

const BYTES = 1_000_000;
const stems = "union select insert update delete passwd shadow script onload eval exec system proc".split(
  " ",
);
const words = stems.flatMap((stem) => [
  stem,
  `${stem}_all`,
  `<${stem}`,
  `x-${stem}`,
  `${stem}(`,
  `/${stem}/`,
]);
const prose = "Quick brown foxes jump over lazy dogs, and 42 of them rest by the quiet old mill. ";
const near = "unio selec inser updat delet passw shado scrip onloa eva exe syste pro ";

const fill = (text: string): Uint8Array =>
  latin1(text.repeat(Math.ceil(BYTES / text.length)).slice(0, BYTES));
const some = LiteralSet.of(words.map(latin1), { ignoreCase: true });
const few = LiteralSet.of(["<script", "<iframe", "<?php"].map(latin1), { ignoreCase: true });
const found = new Int32Array(words.length);

for (const [name, octets] of [
  ["prose", fill(prose)],
  ["words cut short", fill(near)],
] as const) {
  literalBench
    .add(`${name}, ${words.length} words: find`, () => {
      some.find(octets);
    })
    .add(`${name}, ${words.length} words: collect`, () => {
      some.collect(octets, 0, octets.length, found);
    })
    .add(`${name}, 3 words: find`, () => {
      few.find(octets);
    });
}
const hits = fill("union select ");
literalBench.add(`words, ${words.length} words: collect`, () => {
  some.collect(hits, 0, hits.length, found);
});
