/** The OWASP Core Rule Set in an engine, where it lies beside the checkout. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { loadRules } from "../language/load-rules.js";
import { operatorOf } from "../operators/index.js";
import { exchange, FORM, hitsOf } from "../transaction/transaction.build.js";
import { Engine } from "./engine.js";

const { PALISADE_SHARED } = process.env;
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const crs = join(PALISADE_SHARED ?? join(root, "../shared"), "corpus/crs");
const missing = ["detectSQLi", "detectXSS"].filter((name) => operatorOf(name) === undefined);
const skip = !existsSync(crs)
  ? `no rule set at ${crs}`
  : missing.length > 0
    ? `operators that are not there yet: ${missing.join(", ")}`
    : false;

const SETUP = `SecRuleEngine DetectionOnly
SecResponseBodyAccess On
SecAction "id:900005,phase:1,nolog,pass,setvar:tx.blocking_paranoia_level=1"`;

describe("the Core Rule Set in an engine", { skip }, () => {
  const engine = () => {
    const rules = join(crs, "rules");
    const names = readdirSync(rules).filter((name) => name.endsWith(".conf"));
    const files = [join(crs, "crs-setup.conf.example"), ...names.sort().map((name) => join(rules, name))];
    const read = (path: string) => (path === "setup.conf" ? Buffer.from(SETUP) : readFileSync(path));
    const loaded = loadRules(["setup.conf", ...files], { read, list: (path) => readdirSync(path) });
    return Engine.of(loaded, {
      readData: (name, file) => readFileSync(join(dirname(file), name)),
      clock: Date.now,
    });
  };
  const headers: [string, string][] = [
    ["Host", "localhost"],
    ["User-Agent", "test"],
    ["Accept", "*/*"],
  ];

  it("loads, finds attacks in arguments, and nothing in an ordinary request", () => {
    const loaded = engine();
    assert.deepEqual(exchange(loaded, { target: "/index.html?page=2", headers }).hits, []);
    const attack = exchange(loaded, {
      method: "POST",
      headers: [...headers, FORM, ["Content-Length", "42"]],
      body: ["a=%3Cscript%3Ealert(1)%3C/script%3E&b=..%2f", "..%2fetc%2fpasswd"],
    });
    const ids = attack.transaction.hits.map(({ rule }) => rule.id);
    for (const id of [930120, 941110, 949110])
      assert.ok(ids.includes(id), hitsOf(attack.transaction).join("\n"));
  });
});
