/** Rule sets that are found, and the base rule set in the command. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { COMMAND, fileOf, palisade, temporaryFolder } from "../command.build.js";
import { coreRules, defaultRules } from "./default-rules.js";

const repository = fileURLToPath(new URL("../../../../rules/", import.meta.url));
const folder = temporaryFolder();

describe("the base rule set", () => {
  it("is found, its files in the order of their numbers", () => {
    const { files } = defaultRules();
    assert.deepEqual(
      files,
      readdirSync(repository)
        .sort()
        .map((name) => join(repository, name)),
    );
    assert.match(files[0]!, /\/base-1-setup\.conf$/);
  });

  it("has nothing that the command's check minds", () => {
    const { status, stdout, stderr } = palisade(["rules", "check", ...defaultRules().files]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^7 files, \d\d rules/);
  });

  it("stands beside the bundled command, as it is in the repository", () => {
    const bundled = join(dirname(COMMAND), "../dist/bundle/rules");
    assert.ok(existsSync(bundled));
    assert.deepEqual(readdirSync(bundled).sort(), readdirSync(repository).sort());
    for (const name of readdirSync(repository))
      assert.deepEqual(readFileSync(join(bundled, name)), readFileSync(join(repository, name)), name);
  });
});

describe("the Core Rule Set of Debian's package", () => {
  const lay = (root: string, ...paths: readonly string[]) => {
    for (const path of paths) {
      mkdirSync(dirname(join(folder, root, path)), { recursive: true });
      fileOf(join(folder, root), path, "");
    }
    return join(folder, root);
  };
  const etc = "etc/modsecurity/crs";
  const share = "usr/share/modsecurity-crs";

  it("is its settings, early exclusions, rules, late exclusions", () => {
    const root = lay(
      "whole",
      `${etc}/crs-setup.conf`,
      `${etc}/REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf`,
      `${etc}/RESPONSE-999-EXCLUSION-RULES-AFTER-CRS.conf`,
      `${share}/rules/REQUEST-949-BLOCKING-EVALUATION.conf`,
      `${share}/rules/REQUEST-901-INITIALIZATION.conf`,
      `${share}/rules/sql-errors.data`,
      `${share}/owasp-crs.load`,
    );
    assert.deepEqual(
      coreRules(root)?.files.map((file) => file.slice(root.length + 1)),
      [
        `${etc}/crs-setup.conf`,
        `${etc}/REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf`,
        `${share}/rules/REQUEST-901-INITIALIZATION.conf`,
        `${share}/rules/REQUEST-949-BLOCKING-EVALUATION.conf`,
        `${etc}/RESPONSE-999-EXCLUSION-RULES-AFTER-CRS.conf`,
      ],
    );
  });

  it("loads from version 4 on", () => {
    const root = lay("versions", `${etc}/crs-setup.conf`, `${share}/rules/REQUEST-901-INITIALIZATION.conf`);
    for (const [version, loads] of [
      ["tx.crs_setup_version=330", false],
      ["tx.crs_setup_version=4000", true],
      ["tx.crs_setup_version=4290", true],
      ["tx.other=4290", false],
    ] as const) {
      fileOf(root, `${etc}/crs-setup.conf`, `SecAction "id:900990,phase:1,pass,nolog,setvar:${version}"\n`);
      assert.equal(coreRules(root)?.loads, loads, version);
    }
  });

  it("is not there without its settings or without its rules", () => {
    assert.equal(coreRules(lay("rules", `${share}/rules/REQUEST-901-INITIALIZATION.conf`)), undefined);
    assert.equal(coreRules(lay("settings", `${etc}/crs-setup.conf`)), undefined);
    assert.equal(coreRules(join(folder, "nowhere")), undefined);
  });
});
