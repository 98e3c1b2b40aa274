import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { asksOf } from "./asks.js";
import { parseScanOptions } from "./options.js";

/** By technique, the ports that are asked. */
const asked = (words: string) =>
  Object.fromEntries(
    asksOf(parseScanOptions(`192.0.2.1 ${words}`.split(" "))).map(({ technique, ports }) => [
      technique === "connect" ? technique : technique.name,
      [...ports],
    ]),
  );

describe("what is asked of every host", () => {
  for (const [words, wanted] of [
    ["-sS -p 80,22", { syn: [22, 80] }],
    ["-sS -p 80,22 --exclude-ports 22", { syn: [80] }],
    ["-sS -sU -p T:80,81,U:53 --exclude-ports T:81", { syn: [80], udp: [53] }],
    ["-sS -sU -p T:80,U:53 --exclude-ports U:53", { syn: [80] }],
    ["-sS -p 80 --exclude-ports [65500-65501]", { syn: [80] }],
  ] as const) {
    it(`${words}`, () => assert.deepEqual(asked(words), wanted));
  }
});
