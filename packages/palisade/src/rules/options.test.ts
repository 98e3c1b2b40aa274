import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { version } from "../version.js";
import { parseRulesOptions } from "./options.js";
import { checkHelp, rulesHelp } from "./options-help.js";

describe("the options of rules check", () => {
  it("have defaults", () => {
    assert.deepEqual(parseRulesOptions(["check", "a.conf", "b.conf"]), {
      answer: undefined,
      files: ["a.conf", "b.conf"],
      format: "table",
      all: false,
    });
  });

  it("are read before and behind files", () => {
    const { files, format, all } = parseRulesOptions(["check", "--all", "a.conf", "-f", "json", "b.conf"]);
    assert.deepEqual([files, format, all], [["a.conf", "b.conf"], "json", true]);
  });

  it("have a file that begins with a dash behind two", () => {
    assert.deepEqual(parseRulesOptions(["check", "--", "-a.conf"]).files, ["-a.conf"]);
  });

  for (const [words, answer] of [
    [["--help"], rulesHelp],
    [["-h"], rulesHelp],
    [["help"], rulesHelp],
    [["--version"], `palisade ${version}\n`],
    [["check", "--help"], checkHelp],
    [["check", "-h", "a.conf"], checkHelp],
    [["check", "-V"], `palisade ${version}\n`],
  ] as const) {
    it(`answer ${words.join(" ")}`, () => assert.equal(parseRulesOptions(words).answer, answer));
  }

  for (const [words, message] of [
    [[], /^say what to do with rules: `palisade rules check FILE…`/],
    [["chekc"], /^there is no `palisade rules chekc`: did you mean check\?$/],
    [["nothing-near"], /^there is no `palisade rules nothing-near`; `palisade rules --help` shows/],
    [["a b"], /^there is no `palisade rules "a b"`/],
    [["check"], /^give a file of rules; `palisade rules check --help` shows examples$/],
    [["check", ""], /^"": the name of a file is missing$/],
    [["check", "a.conf", "--al"], /^Unknown option '--al': did you mean --all\?$/],
    [["check", "a.conf", "--xyzzy"], /^Unknown option '--xyzzy'; `palisade rules check --help` shows/],
    [["check", "a.conf", "--format", "jsn"], /^--format jsn: did you mean json\?$/],
    [["check", "a.conf", "--format", "xml"], /^--format xml: there are table and json$/],
    [["check", "a.conf", "-f", "json", "-f", "table"], /^--format is given as json and as table/],
    [["check", "a.conf", "--all=yes"], /--all/],
  ] as const) {
    it(`are refused: ${words.join(" ") || "nothing at all"}`, () => {
      assert.throws(() => parseRulesOptions(words), { code: "USAGE", message });
    });
  }
});
