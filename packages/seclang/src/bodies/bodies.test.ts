import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Collected, collect } from "./body.build.js";
import { BODY_BYTES_MAX, type BodySink } from "./body.js";
import { bodyProcessorOf } from "./index.js";

const contentType = Buffer.from("multipart/form-data; boundary=b");

const pieces: Record<string, readonly string[]> = {
  URLENCODED: ["a", "=", "&", "%", "%4", "%41", "+", "%zz", "ÿ", "\0"],
  MULTIPART: [
    ...[
      "--b",
      "--b--",
      "--",
      "-",
      "\r",
      "\n",
      "\r\n",
      "\r\n--b\r\n",
      'Content-Disposition: form-data; name="a"',
    ],
    ...[
      '; filename="f"',
      ":",
      ";",
      '"',
      "'",
      " ",
      "\t",
      "x",
      "\0",
      "\r\n\r\n",
      "\r\n--b--\r\n",
      "Content-Type: a/b\r\n",
    ],
  ],
  JSON: [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    '\\"',
    "\\u00",
    "\\ud83d",
    "\\ude00",
    "a",
    "0",
    "-1",
    ".5",
    "e+",
    "1",
    "true",
    "nul",
    "null",
    " ",
    "ÿ",
    "\x01",
    '"a":',
  ],
  XML: [
    "<",
    ">",
    "/",
    "<a",
    "<a>",
    "</a>",
    "<b c='",
    "'",
    '"',
    "=",
    " ",
    "&",
    "&lt;",
    "&#x41;",
    ";",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "]",
    "<?",
    "?>",
    "x",
    "\r\n",
    "ÿ",
    "\0",
    "<!DOCTYPE",
    '<?xml version="1.0"?>',
  ],
  RAW: ["a", "\0"],
};

describe("every body processor", () => {
  for (const [name, parts] of Object.entries(pieces)) {
    const make = (sink: BodySink) => bodyProcessorOf(name.toLowerCase(), contentType, sink)!;
    const bodies = fc.oneof(
      fc.array(fc.constantFrom(...parts), { maxLength: 40 }).map((texts) => texts.join("")),
      fc.string({ unit: "binary" }),
    );
    it(`${name} says the same however a body is cut, and never throws`, () => {
      fc.assert(
        fc.property(bodies, fc.array(fc.nat(60), { maxLength: 5 }), (body, cuts) => {
          const whole = collect(make, body);
          const everywhere = collect(
            make,
            body,
            [...body].map((_, n) => n),
          );
          const cut = collect(make, body, cuts);
          for (const key of [
            "arguments",
            "files",
            "partHeaders",
            "xmlTexts",
            "xmlAttributes",
            "errors",
          ] as const) {
            assert.deepEqual(everywhere[key], whole[key]);
            assert.deepEqual(cut[key], whole[key]);
          }
        }),
        { numRuns: 1500 },
      );
    });
    it(`${name} has its name`, () => assert.equal(make(new Collected()).name, name));
    it(`${name} has nothing to say of an empty body`, () => {
      const { errors, xmlTexts, files } = collect(make, "");
      assert.deepEqual([errors, xmlTexts, files], [[], [], []]);
    });
  }

  it("reads a body up to its bound and no further", () => {
    const collected = new Collected();
    const raw = bodyProcessorOf("RAW", contentType, collected)!;
    const piece = new Uint8Array(BODY_BYTES_MAX / 2);
    raw.feed(piece, 0, piece.length);
    raw.feed(piece, 0, piece.length);
    assert.deepEqual(collected.errors, []);
    raw.feed(piece, 0, 1);
    assert.deepEqual(collected.errors, [`body.too-long@${BODY_BYTES_MAX}`]);
  });

  it("knows no other names", () => {
    assert.equal(bodyProcessorOf("YAML", contentType, new Collected()), undefined);
  });
});
