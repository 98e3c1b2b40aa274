/**
 * Writes the shapes of SQL injections, packages/seclang/src/detect/sql/shapes.ts, from the grammar below.
 *
 *   node tools/sql-shapes.mjs            writes them
 *   node tools/sql-shapes.mjs --check    exit status 1 where the file is not what would be written
 *   node tools/sql-shapes.mjs --list     prints each shape with the injection that it came from
 *
 * The grammar is of texts: places where a value breaks out of a statement, and what it goes on with. Each text is cut into tokens
 * and folded by the built detector itself, in the place that it is written for, so lexer and shapes cannot disagree. Where `…`
 * ends a text, what stands there is enough: anything may follow. Else the injection ends there.
 *
 * What prose and code also are is left out on purpose: `1 or 2`, `foo and bar = baz`, `dogs' and cats' …`. The kinds of
 * injections are described in the OWASP Web Security Testing Guide 4.2 §4.7.5 and the statements' syntax in the manuals that words.ts names.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { FOLD_TOKENS_MAX, SqlFolder } from "../packages/seclang/dist/detect/sql/folder.js";
import { KIND_LETTERS } from "../packages/seclang/dist/detect/sql/kinds.js";
import { SqlLexer } from "../packages/seclang/dist/detect/sql/lexer.js";

const file = new URL("../packages/seclang/src/detect/sql/shapes.ts", import.meta.url);

// Values, one of each kind.
const NUMBER = "1";
const WORD = "abc";
const NAME = "a_b";
const STRING = "'a'";
const CALL = "ascii('a')";
const GRAVE = "sleep(5)";
const QUERY = "(select 1,2)";
const ANY = [NUMBER, WORD, NAME, STRING, CALL, GRAVE, QUERY];
const LITERAL = [NUMBER, STRING];
/** Values that prose does not have. */
const TECHNICAL = [NUMBER, NAME, STRING, CALL, GRAVE, QUERY, "'a"];

const TAUTOLOGY = ["1=1", "'a'='a'", "'a'='a"];
const WORDY = ["like", "between"];

/**
 * What may stand before an injection, each with what may follow it.
 *
 * `quoted`: the value was put between quotes, and begins with the end of the string. `plain`: it was put where a number or a name
 * is expected.
 */
const quoted = "x'";
const numbers = ["1"];
const stops = ["1", QUERY, "1=1"];
const others = [NAME, STRING, CALL, QUERY, "1=1"];

const grammar = [
  // Tautologies, and conditions that decide what the page shows.
  ...each([quoted, ...numbers, WORD, ...others.slice(0, 4)], ["or"], TAUTOLOGY, ["…"]),
  ...each(["abc=1", "abc='a'", "a_b=1", "a_b='a'"], ["or"], TAUTOLOGY, ["…"]),
  ...each([quoted], ["or"], ANY, ["="], ["…"]),
  ...each([quoted], ["or"], ANY, WORDY, TECHNICAL, ["…"]),
  ...each([quoted], ["or"], [WORD, NAME, CALL], WORDY, [WORD], ["", "--", ";"]),
  ...each([quoted], ["or"], [WORD, NAME, CALL], ["is null…", "is not null…"]),
  ...each([quoted], ["or"], [GRAVE, QUERY], ["…"]),
  ...each([quoted], ["or"], ["?--", "abc is ?--", "like 1--"]),
  ...each(
    [quoted],
    ["or"],
    [NUMBER, STRING, NAME, CALL],
    ["--", "or '", "union…", "order by…", "having…", "limit…", ";…"],
  ),
  ...each(
    [quoted],
    ["or"],
    [NUMBER, STRING, NAME, CALL],
    ["or 1=1…", "or sleep(5)…", "or abc=…", "or (select 1,2)…"],
  ),
  ...each([quoted], ["or"], [NUMBER, NAME, CALL], ["or 'a"]),
  ...each([quoted], ["or"], [NUMBER, STRING], ["or 1--", "or abc--", "or 1 or…"]),
  ...each([quoted], ["or 'a", "='a", "like 'a", "<>'a"]),
  ...each(
    numbers,
    ["or"],
    ["1=abc…", "1=a_b…", "1=ascii('a')…", "1=sleep(5)…", "1=(select 1,2)…", "'a'=abc…", "'a'=a_b…"],
  ),
  ...each(numbers, ["or"], ["'a'=ascii('a')…", "'a'=sleep(5)…", "'a'=(select 1,2)…"]),
  ...each(numbers, ["or"], [WORD, NAME], ["="], TECHNICAL, ["…"]),
  ...each(numbers, ["or"], [CALL, QUERY, GRAVE], ["=…", "like…"]),
  ...each(numbers, ["or"], [NUMBER, STRING, NAME], ["like"], TECHNICAL, ["…"]),
  ...each(numbers, ["or"], [WORD], ["like"], [STRING, "'a", GRAVE, QUERY], ["…"]),
  ...each(numbers, ["or"], [NUMBER, WORD, NAME], ["is null--", "is null or…"]),
  ...each([...numbers, STRING, "1=1"], ["or"], [GRAVE, QUERY], ["…"]),
  ...each(numbers, ["or"], [NUMBER, NAME, STRING, CALL], ["--"]),

  // The value follows what the application has of the condition.
  ...each(["or"], [...TAUTOLOGY, GRAVE, QUERY], ["…"]),

  // Comparisons of the value itself.
  ...each([quoted], ["=", "like"], [GRAVE, QUERY], ["…"]),
  ...each([quoted], ["=", "like"], [NUMBER, NAME, CALL], ["--", "or…", "union select…", ";…"]),
  ...each([quoted], ["=", "like"], [STRING], ["or…", "union select…"]),
  ...each(numbers, ["=", "like"], [GRAVE, QUERY], ["…"]),
  ...each(numbers, ["in"], ["(select 1,2)…", "(sleep(5)…"]),
  ...each([quoted], ["+", ","], [GRAVE, QUERY], ["…"]),
  ...each([quoted], ["+"], [CALL], ["--", "+'", "+'a"]),
  ...each([","], [GRAVE, QUERY], ["", "--"]),

  // The rest of the statement is cut off.
  `${quoted}--`,

  // Queries put together.
  ...each(
    [quoted],
    [
      "union select…",
      "union values (1)…",
      "union table abc…",
      "union (select 1,2)…",
      "union (select * from abc)…",
    ],
  ),
  ...each([...numbers, ...others, WORD, ""], ["union (select 1,2)…", "union (select * from abc)…"]),
  ...each([...numbers, ...others], ["union select", "union values"], ANY, ["…"]),
  ...each([...numbers, ...others], ["union select *…"]),
  ...each(["", WORD, "1, abc"], ["union select"], [NUMBER, NAME, STRING, GRAVE, QUERY, CALL, "*"], ["…"]),

  // A second statement. Programs have semicolons too, so behind a name, a string or a call only whole statements count.
  ...each([quoted], [";"], ["drop…", "select…", "sleep(5)…", "set…", "--…", "values(1)…"]),
  ...each([quoted], [";"], [CALL], ["--"]),
  ...each(stops, [";"], ["drop"], ["table…", `${NAME}…`, `${STRING}…`, `${GRAVE}…`, `${CALL}…`, "--…"]),
  ...each(stops, [";"], ["drop"], ["--", "abc --", "abc ;--"]),
  ...each([...stops, ""], [";"], ["select"], [NUMBER, NAME, STRING, CALL, GRAVE, QUERY, "*"], ["…"]),
  ...each(stops, [";"], ["select abc from…", "select abc, abc…"]),
  ...each([...stops, ""], [";"], ["sleep(5)…", "if 1=1…", "set a_b=…", "set @a…"]),
  ...each(stops, [";"], ["ascii('a')--"]),
  ...each([...numbers, ""], [";"], ["(select 1,2)…", "(select * from abc)…"]),
  ...each(
    [NAME, STRING, CALL, WORD],
    [";"],
    ["drop table abc", "drop table abc --", "drop table abc ;…", "drop table a_b --"],
  ),
  ...each(
    [NAME, STRING, CALL, WORD],
    [";"],
    ["select * from…", "select a_b from…", "select sleep(5)…", "drop sleep(5)…"],
  ),
  ...each(
    [NAME, STRING, CALL, WORD],
    [";"],
    ["drop table abc values(1)…", "drop table abc values('a')…", "drop a_b ascii('a')…"],
  ),
  ...each([quoted, ...stops], ["; if (1=1) sleep(5)…"]),
  ...each(stops, [";"], ["create or replace function…"]),
  ...each([...stops, CALL, ""], [";"], ["drop ascii('a') values(1)…", "drop ascii('a') values('a')…"]),
  ...each(["", "1=1"], [";"], ["drop table…", "drop a_b…", "drop sleep(5)…"]),

  // Clauses behind the condition.
  ...each(
    [quoted],
    ["order by"],
    ["1…", "abc--", "a_b…", "'a'--", "ascii('a')…", "sleep(5)…", "(select 1,2)…"],
  ),
  ...each([quoted], ["order by abc", "order by abc, abc"], ["--", "having 1=1…", "having abc=…"]),
  ...each([quoted], ["having"], ["1=1…", "abc=…", "ascii('a')=…"]),
  ...each(
    [...numbers, ...others],
    ["order by"],
    ["1", "1--", "1 ;--", "abc--", "a_b--", "1=1…", "sleep(5)…", "(select 1,2)…"],
  ),
  ...each(
    [...numbers, ...others],
    ["order by"],
    ["abc having…", "1 having…", "1 into…", "1 union…", "1=abc…", "abc=1…"],
  ),
  ...each([...numbers, "1 or 1"], ["order by"], ["ascii('a')…", "sleep(5)…", "(select 1,2)…"]),
  ...each(["", WORD], ["order by"], ["1--", "1=1…", "sleep(5)…", "(select 1,2)…"]),
  ...each([quoted, ...numbers, STRING], ["where"], ["1=1…", "sleep(5)…"]),
  ...each([quoted, ...numbers, STRING], ["as abc where"], ["1=1…", "sleep(5)…"]),
  ...each([quoted], ["where"], [WORD, NAME], ["="], LITERAL, ["--"]),
  ...each(
    [quoted],
    ["in boolean mode)"],
    ["and…", "or…", "sleep(5)…", "(select 1,2)…", "like…", "having…", "union…"],
  ),
  ...each([quoted, ...numbers, ...others], ["into outfile"], [STRING, "'a"], ["…"]),
  ...each([...numbers, quoted], ["waitfor…"]),
  ...each(["waitfor delay"], [STRING, "'a"], ["…"]),

  // Calls and queries in the place of the value.
  GRAVE,
  "(select * from abc)",
  ...each([GRAVE], ["+", "--"]),
  ...each(numbers, ["] - (select * from abc)…", "] - sleep(5)…", "] - (select 1,2)…"]),
  ...each([GRAVE], ["="], [NUMBER, STRING], ["", "--"]),
  ...each([GRAVE], ["or"], TAUTOLOGY, ["…"]),
  ...each([GRAVE], ["union select", "; select", "; drop"], ["…"]),

  // Whole statements.
  "if (select * from abc) sleep(5)…",
  "select abc order by abc having ascii('a')…",
  ...each(["select 'a' ||"], [GRAVE, QUERY, CALL], ["…"]),
  ...each(["select"], ["* from…", "a_b from…", "sleep(5)…", "(select 1,2)…", "ascii('a') from…", "@@a"]),
  ...each(
    ["select"],
    [
      "1 union…",
      "1 from abc where…",
      "1 from abc --",
      "1 from abc ;…",
      "1 from a_b…",
      "1 where…",
      "ascii('a')--",
    ],
  ),
  ...each(["exec"], ["xp_cmdshell…"]),
  ...each(["insert into"], [WORD, NAME, "abc(abc)"], ["values(1)…", "values('a')…", "values(abc,1)…"]),
  ...each(["update"], [WORD, NAME], ["set abc=…", "set a_b=…"]),
  ...each(
    ["delete from"],
    [WORD, NAME],
    ["where abc=…", "where 1=1…", "where a_b=…", "where abc like 'a…", "--", ";--"],
  ),
  ...each(["drop table"], [WORD, NAME], ["--"]),
  "drop table abc ;…",
];

/** All ways to take one of each, with blanks between. */
function each(...parts) {
  return parts.reduce(
    (before, part) => before.flatMap((text) => part.map((next) => `${text} ${next}`)),
    [""],
  );
}

const lexer = new SqlLexer();
const folder = new SqlFolder();

function shapeOf(text) {
  const injection = text.trim();
  const open = injection.endsWith("…");
  const octets = new TextEncoder().encode(injection.replace("…", "").trim());
  lexer.reset(octets, 0, octets.length, injection.startsWith(quoted) ? 0x27 : 0, false);
  folder.fold(lexer);
  if (folder.count === 0 || folder.count > FOLD_TOKENS_MAX) throw new Error(`no shape: ${text}`);
  const letters = [...folder.kinds.subarray(0, folder.count)].map((kind) => KIND_LETTERS[kind]).join("");
  return open ? `${letters}+` : letters;
}

const sources = new Map();
for (const text of grammar) {
  const shape = shapeOf(text);
  if (!sources.has(shape)) sources.set(shape, text.trim());
}
/** What an open shape covers already need not be there. */
const covered = (shape) => {
  const letters = shape.replace("+", "");
  for (let length = 1; length <= letters.length; length += 1) {
    const open = `${letters.slice(0, length)}+`;
    if (open !== shape && sources.has(open)) return true;
  }
  return false;
};
const shapes = [...sources.keys()].filter((shape) => !covered(shape)).sort();

/** As `readShapes` reads it. */
function packed() {
  let last = "";
  const entries = shapes.map((shape) => {
    let same = 0;
    while (same < last.length && same < shape.length && last[same] === shape[same]) same += 1;
    last = shape;
    return `${same}${shape.slice(same)}`;
  });
  const lines = [""];
  for (const entry of entries) {
    if (lines.at(-1).length + entry.length > 96) lines.push("");
    lines.push(`${lines.pop()}${entry} `);
  }
  return lines.map((line, index) => (index === lines.length - 1 ? line.trimEnd() : line));
}

const source = `/**
 * Written by tools/sql-shapes.mjs from its grammar of injections; do not edit: ${shapes.length} shapes, as \`readShapes\` of
 * shape-set.ts reads them.
 */
export const SHAPES: string =
${packed()
  .map((line) => `  ${JSON.stringify(line)}`)
  .join(" +\n")};
`;

if (process.argv.includes("--list")) {
  for (const shape of shapes) process.stdout.write(`${shape.padEnd(8)} ${sources.get(shape)}\n`);
} else if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== source) {
    process.stderr.write(
      "sql-shapes: shapes.ts is not what the grammar says; run `node tools/sql-shapes.mjs`\n",
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, source);
  process.stdout.write(`${shapes.length} shapes of ${grammar.length} injections\n`);
}
