import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import {
  contains,
  isReplyContinued,
  isWord,
  LINE_NOT_TEXT,
  LINE_OCTETS_MAX,
  LINE_OPEN,
  lineStop,
  magicAt,
  replyCode,
  textLine,
} from "./text-line.js";

describe("text lines", () => {
  const line = (text: string) => textLine(latin1(text), 0, text.length);

  it("end at LF, with or without CR", () => {
    assert.equal(line("USER a\r\nPASS"), 7);
    assert.equal(lineStop(latin1("USER a\r\n"), 0, 7), 6);
    assert.equal(line("\n"), 0);
    assert.equal(lineStop(latin1("\n"), 0, 0), 0);
    assert.equal(lineStop(latin1("\r\n"), 0, 1), 0);
    assert.equal(lineStop(latin1("a\r\r\n"), 0, 3), 2);
  });

  it("are open until then, and no text with control characters or beyond the bound", () => {
    assert.equal(line("USER a"), LINE_OPEN);
    assert.equal(line("USER \x01\r\n"), LINE_NOT_TEXT);
    assert.equal(line("x".repeat(LINE_OCTETS_MAX - 1)), LINE_OPEN);
    assert.equal(line("x".repeat(LINE_OCTETS_MAX)), LINE_NOT_TEXT);
  });

  it("hold whole words in any case", () => {
    const octets = latin1("ehlo Host");
    assert.ok(isWord(octets, 0, 9, "ehlo"));
    assert.ok(isWord(octets, 5, 9, "host"));
    assert.ok(!isWord(octets, 0, 9, "ehl"));
    assert.ok(contains(octets, 0, 9, "host"));
    assert.ok(!contains(octets, 0, 8, "host"));
  });

  it("begin with a word, as far as they go", () => {
    const magic = (text: string) => magicAt(latin1(text), 0, text.length, "SSH-");
    assert.deepEqual(["SSH-2.0", "SSH-", "SS", "", "ssh-", "SX"].map(magic), [1, 1, 0, 0, -1, -1]);
  });

  it("begin with reply codes", () => {
    const code = (text: string) => replyCode(latin1(text), 0, text.length);
    assert.deepEqual(
      ["220 x", "220-x", "220", "22", "2200", "abc ", "020 x"].map(code),
      [220, 220, 220, -1, -1, -1, -1],
    );
    assert.ok(isReplyContinued(latin1("250-SIZE"), 0, 8));
    assert.ok(!isReplyContinued(latin1("250 SIZE"), 0, 8));
  });
});
