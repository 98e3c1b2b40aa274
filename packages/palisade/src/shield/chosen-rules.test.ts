import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { RuleSet } from "@palisade/shield";
import { fileOf, temporaryFolder } from "../command.build.js";
import { defaultRules } from "../rules/default-rules.js";
import { readRuleData, ruleFiles } from "../rules/rule-files.js";
import { chosenRules } from "./chosen-rules.js";

const folder = temporaryFolder();
const nowhere = join(folder, "nowhere");
const base = defaultRules().files;
const [settings] = base;
const bodies = base.at(-1)!;

const SETUP = "etc/modsecurity/crs/crs-setup.conf";
const RULES = "usr/share/modsecurity-crs/rules/REQUEST-901-INITIALIZATION.conf";

/** A root with a Core Rule Set of a version, of two rules. */
function rootWith(version: number): string {
  const root = join(folder, `${version}`);
  for (const path of [SETUP, RULES]) mkdirSync(dirname(join(root, path)), { recursive: true });
  fileOf(
    root,
    SETUP,
    `SecAction "id:900990,phase:1,pass,t:none,nolog,setvar:tx.crs_setup_version=${version}"\n`,
  );
  fileOf(root, RULES, 'SecRule ARGS "@contains evil" "id:901001,phase:2,deny,status:403"\n');
  return root;
}

describe("the rules of a proxy", () => {
  it("are the base rule set where none are named", () => {
    const { files, from, advice } = chosenRules([], nowhere);
    assert.deepEqual(files, base);
    assert.equal(from, ` (base rules in ${dirname(settings!)})`);
    assert.equal(advice, undefined);
  });

  it("are the files that are named, with nothing to add", () => {
    const root = rootWith(4280);
    assert.deepEqual(chosenRules(["a.conf", "./crs", "./base"], root), {
      files: ["a.conf", "./crs", "./base"],
      from: "",
      advice: undefined,
    });
  });

  it("have the base rule set where its word stands", () => {
    const { files } = chosenRules(["before.conf", "base", "after.conf"], nowhere);
    assert.deepEqual(files, ["before.conf", ...base, "after.conf"]);
  });

  it("have the Core Rule Set where its word stands, behind what settles bodies and the engine", () => {
    const root = rootWith(4280);
    const core = [join(root, SETUP), join(root, RULES)];
    assert.deepEqual(chosenRules(["crs"], root).files, [settings, ...core, bodies]);
    assert.deepEqual(chosenRules(["crs", "after.conf"], root).files, [
      settings,
      ...core,
      bodies,
      "after.conf",
    ]);
    assert.deepEqual(chosenRules(["engine.conf", "crs"], root).files, ["engine.conf", ...core]);
  });

  it("load as the Core Rule Set with the engine on and bodies read", () => {
    const { files } = chosenRules(["crs"], rootWith(4280));
    const rules = new RuleSet({
      files,
      reader: ruleFiles,
      readData: readRuleData,
    });
    const transaction = rules.current.engine.begin("one");
    transaction.endRequestHeaders();
    assert.equal(rules.current.mode, "On");
    assert.equal(transaction.readsRequestBody, true);
    transaction.finish();
  });

  it("refuse bodies that cannot be read, with the Core Rule Set as well", () => {
    const { files } = chosenRules(["crs"], rootWith(4280));
    const { engine } = new RuleSet({
      files,
      reader: ruleFiles,
      readData: readRuleData,
    }).current;
    const status = (body: string): number | undefined => {
      const transaction = engine.begin("one");
      transaction.requestLine(Buffer.from("POST"), Buffer.from("/"), Buffer.from("HTTP/1.1"));
      transaction.requestHeader(Buffer.from("Content-Type"), Buffer.from("application/json"));
      transaction.endRequestHeaders();
      transaction.requestBody(Buffer.from(body));
      const decided = transaction.endRequestBody();
      transaction.finish();
      return decided?.status;
    };
    assert.equal(status('{"a":"good"}'), undefined);
    assert.equal(status('{"a":"evil"}'), 403);
    for (const unread of ['{}{"a":"evil"}', '/**/{"a":"evil"}', '\ufeff{"a":"evil"}', "['evil']"])
      assert.equal(status(unread), 400, unread);
  });

  it("come with advice where a Core Rule Set that loads could be had", () => {
    assert.match(chosenRules([], rootWith(4280)).advice!, /`--rules crs`/);
    assert.equal(chosenRules([], rootWith(330)).advice, undefined);
    assert.equal(chosenRules(["crs"], rootWith(4280)).advice, undefined);
  });

  it("are refused in one line where the Core Rule Set is meant and is not there, or is too old", () => {
    assert.throws(() => chosenRules(["crs"], nowhere), {
      code: "RULES_MISSING",
      message: /^crs: no Core Rule Set is in .*: install .*, or name its files instead of this word$/,
    });
    assert.throws(() => chosenRules(["crs"], rootWith(330)), {
      code: "RULES_MISSING",
      message: /^crs: .* is older than version 4, .*: install .*, or name its files instead of this word$/,
    });
  });
});
