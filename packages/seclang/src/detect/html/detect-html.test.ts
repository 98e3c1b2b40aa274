import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { harmless, knownFalsePositives, runs } from "./detect-html.examples.js";
import { detectHtml } from "./detect-html.js";

const detect = (text: string) => {
  const octets = Buffer.from(`?${text}>`, "latin1");
  // Between other octets, which must not be read.
  return detectHtml(octets, 1, octets.length - 1);
};

describe("detectHtml", () => {
  it("has examples", () => {
    assert.ok(runs.length > 50 && harmless.length > 100);
  });

  for (const text of runs) it(`finds ${JSON.stringify(text)}`, () => assert.equal(detect(text), true));
  for (const text of harmless) it(`passes ${JSON.stringify(text)}`, () => assert.equal(detect(text), false));

  it("takes for markup what is written like it, as documented", () => {
    assert.deepEqual(
      knownFalsePositives.filter((text) => !detect(text)),
      [],
    );
  });

  it("ends with a value on any octets, and says the same twice", () => {
    const pieces = fc.constantFrom(
      ...[
        "<",
        ">",
        "=",
        "'",
        '"',
        "`",
        "/",
        " ",
        "!",
        "--",
        "?",
        "[",
        "&",
        "#",
        "&#x",
        ";",
        ":",
        "on",
        "style",
        "href",
        "script",
        "\0",
        "ÿ",
        "a",
      ],
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(pieces, { maxLength: 40 }).map((p) => p.join("")),
        ),
        (text) => {
          const octets = Buffer.from(text);
          const copy = Buffer.from(octets);
          assert.equal(detectHtml(octets, 0, octets.length), detectHtml(octets, 0, octets.length));
          assert.deepEqual(octets, copy);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("finds a script element whatever harmless text stands around it", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w .,;]*$/), fc.stringMatching(/^[\w .,;]*$/), (before, after) => {
        assert.equal(detect(`${before}<script>${after}`), true);
      }),
    );
  });

  it("reads hostile input without end tags, quotes or semicolons", () => {
    for (const piece of [
      "<",
      "<a ",
      "<!--",
      "<a b='",
      "&#0",
      "<?",
      "='",
      "on",
      "<a style=/*",
      "=\"`'",
      "<a href=&#0",
    ]) {
      const octets = Buffer.from(piece.repeat(50_000));
      assert.equal(typeof detectHtml(octets, 0, octets.length), "boolean");
    }
  });
});

const crsTests = fileURLToPath(
  new URL("../../../../../../shared/corpus/crs-tests/REQUEST-941-APPLICATION-ATTACK-XSS/", import.meta.url),
);

describe("detectHtml and the Core Rule Set's tests of rule 941100", () => {
  const skip = existsSync(crsTests) ? false : "the Core Rule Set's tests are not beside the repository";
  it("finds what the tests say it finds", { skip }, () => {
    assert.ok(readdirSync(crsTests).length > 0);
    const text = readFileSync(`${crsTests}941100.yaml`, "utf8");
    const wrong: string[] = [];
    let stages = 0;
    for (const test of text.split("- test_id:").slice(1)) {
      const expected = !test.includes("no_expect_ids");
      // Rule 941100 reads arguments, attributes of XML and User-Agent; its Referer tests expect silence for that reason alone.
      const uri = /uri: (['"])(.*)\1/.exec(test)?.[2] ?? "";
      const values = [
        ...(uri
          .split("?")[1]
          ?.split("&")
          .map((pair) => pair.replace(/^[^=]*=/, "")) ?? []),
      ];
      values.push(/User-Agent: '(.*)'/.exec(test)?.[1] ?? "", /data: foo=(.*)/.exec(test)?.[1] ?? "");
      values.push(
        /probe="(.*)">/
          .exec(test)?.[1]
          ?.replaceAll("&lt;", "<")
          .replaceAll("&gt;", ">")
          .replaceAll("&quot;", '"') ?? "",
      );
      const found = values.some((value) => detect(decodeURIComponent(value.replaceAll("+", " "))));
      if (found !== expected) wrong.push(`${test.slice(0, 100)}: ${found}`);
      stages += 1;
    }
    assert.ok(stages > 0);
    assert.deepEqual(wrong, []);
  });
});
