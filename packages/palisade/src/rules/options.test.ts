import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { version } from "../version.js";
import { parseRulesOptions } from "./options.js";
import {
  checkHelp,
  EXAMPLES_SHOWN,
  excludeHelp,
  explainHelp,
  replayHelp,
  rulesHelp,
} from "./options-help.js";

describe("the options of rules check", () => {
  it("have defaults", () => {
    assert.deepEqual(parseRulesOptions(["check", "a.conf", "b.conf"]), {
      verb: "check",
      files: ["a.conf", "b.conf"],
      format: "table",
      all: false,
    });
  });

  it("are read before and behind files", () => {
    assert.deepEqual(parseRulesOptions(["check", "--all", "a.conf", "-f", "json", "b.conf"]), {
      verb: "check",
      files: ["a.conf", "b.conf"],
      format: "json",
      all: true,
    });
  });

  it("have a file that begins with a dash behind two", () => {
    const options = parseRulesOptions(["check", "--", "-a.conf"]);
    assert.deepEqual(options.verb === "check" && options.files, ["-a.conf"]);
  });

  for (const [words, answer] of [
    [["--help"], rulesHelp],
    [["-h"], rulesHelp],
    [["help"], rulesHelp],
    [["--version"], `palisade ${version}\n`],
    [["check", "--help"], checkHelp],
    [["check", "-h", "a.conf"], checkHelp],
    [["check", "-V"], `palisade ${version}\n`],
    [["replay", "--help"], replayHelp],
    [["exclude", "-h"], excludeHelp],
    [["explain", "-h"], explainHelp],
    [["replay", "-V"], `palisade ${version}\n`],
  ] as const) {
    it(`answer ${words.join(" ")}`, () =>
      assert.deepEqual(parseRulesOptions(words), { verb: "answer", answer }));
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

describe("the options of rules replay", () => {
  it("have defaults", () => {
    assert.deepEqual(parseRulesOptions(["replay", "a.jsonl", "--with", "a.conf"]), {
      verb: "replay",
      log: "a.jsonl",
      with: ["a.conf"],
      against: undefined,
      format: "text",
      examples: EXAMPLES_SHOWN,
      all: false,
      progress: true,
    });
  });

  it("have an id that begins with a hyphen, as one in 64 does, but no option for one", () => {
    const id = "-bQNg2FW1yHXfwhvEo-0";
    for (const verb of ["exclude", "explain"]) {
      const options = parseRulesOptions([verb, "--from", "a.jsonl", "--id", id, "--with", "a.conf"]);
      assert.equal(
        options.verb === "exclude"
          ? options.id
          : options.verb === "explain" && "id" in options.from && options.from.id,
        id,
      );
      assert.throws(() => parseRulesOptions([verb, "--from", "a.jsonl", "--id", "--all"]), { code: "USAGE" });
    }
  });

  it("have lists of files, as a shell makes them", () => {
    const words =
      "replay --examples 9 - --with a b --with c -f json d --against e f --all --no-progress".split(" ");
    assert.deepEqual(parseRulesOptions(words), {
      verb: "replay",
      log: "-",
      with: ["a", "b", "c", "d"],
      against: ["e", "f"],
      format: "json",
      examples: 9,
      all: true,
      progress: false,
    });
  });

  for (const [words, message] of [
    ["", /^give an audit log before --with; `palisade rules replay --help`/],
    ["--with a.conf a.jsonl", /^give an audit log before --with/],
    ["a.jsonl", /^--with is missing: give the files of rules to replay the log with$/],
    ["a.jsonl b.jsonl --with a", /^b\.jsonl: give one audit log, and the files of rules behind --with$/],
    ["a.jsonl --with a --examples many", /^--examples many: give a whole number from 0 to 10000$/],
    ["a.jsonl --with a --format table", /^--format table: there are text and json$/],
    ["a.jsonl --against a", /^--with is missing/],
    ["a.jsonl --with a --agianst b", /^Unknown option '--agianst': did you mean --against\?$/],
  ] as const) {
    it(`are refused: ${words || "nothing at all"}`, () => {
      const given = words === "" ? [] : words.split(" ");
      assert.throws(() => parseRulesOptions(["replay", ...given]), { code: "USAGE", message });
    });
  }
});

describe("the options of rules exclude", () => {
  it("are read", () => {
    const words = "exclude --from a.jsonl --id r1 --rule 942100 --wider --with a b".split(" ");
    assert.deepEqual(parseRulesOptions(words), {
      verb: "exclude",
      log: "a.jsonl",
      with: ["a", "b"],
      id: "r1",
      rule: 942100,
      wider: true,
      format: "text",
      progress: true,
    });
  });

  for (const [words, message] of [
    ["--id r --with a", /^--from is missing: give the audit log/],
    ["--from a --with a", /^--id is missing: give the id of the record to silence$/],
    ["--from a --id r", /^--with is missing: give the files of rules that were served$/],
    ["--from - --id r --with a", /^--from -: give a file: the log is read more than once$/],
    ["a.jsonl --id r --with a", /^a\.jsonl: give the audit log with --from/],
    ["--from a --id r --rule x --with a", /^--rule x: give a whole number from 1 to/],
  ] as const) {
    it(`are refused: ${words}`, () => {
      assert.throws(() => parseRulesOptions(["exclude", ...words.split(" ")]), { code: "USAGE", message });
    });
  }
});
