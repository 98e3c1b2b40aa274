/**
 * Values that the OWASP Core Rule Set's regression tests send where a rule that calls `@detectSQLi` must match, or must not, read
 * from their files where somebody has them beside the repository: uris and bodies, taken apart and decoded.
 *
 * Only as much of YAML is read as those files use: block mappings, plain and quoted scalars, `|` and `>` blocks, flow lists of
 * numbers.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The tests of the rules on SQL injections, where they are there. */
export const CRS_TESTS: string = fileURLToPath(
  new URL("../../../../../../shared/corpus/crs-tests/REQUEST-942-APPLICATION-ATTACK-SQLI", import.meta.url),
);

/** Rules that do nothing but call `@detectSQLi`. */
const RULES: readonly number[] = [942100, 942101];

export interface CrsTest {
  /** 942100-3 */
  readonly id: string;
  readonly expected: boolean;
  /** Everything in the request that the rules look at. */
  readonly values: readonly Uint8Array[];
}

/** The tests that say something about `@detectSQLi`; none where the files are not there. */
export function crsTests(folder: string = CRS_TESTS): readonly CrsTest[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .flatMap((name) => testsOf(name.replace(".yaml", ""), readFileSync(join(folder, name), "utf8")));
}

/** The tests of one file. */
export function testsOf(rule: string, yaml: string): readonly CrsTest[] {
  return yaml
    .split(/^ *- test_id: */m)
    .slice(1)
    .flatMap((test) => {
      const expected = listed(test, "expect_ids");
      const refused = listed(test, "no_expect_ids");
      if (!RULES.some((id) => expected.includes(id) || refused.includes(id))) return [];
      const uri = scalar(test, "uri") ?? "/";
      const query = uri.indexOf("?");
      const values = [query < 0 ? uri : uri.slice(0, query)];
      if (query >= 0) values.push(...argumentsOf(uri.slice(query + 1)));
      values.push(
        ...argumentsOf(scalar(test, "data") ?? ""),
        ...argumentsOf(scalar(test, "Cookie") ?? "", ";"),
      );
      values.push(scalar(test, "User-Agent") ?? "", scalar(test, "Referer") ?? "");
      return [
        {
          id: `${rule}-${Number.parseInt(test, 10)}`,
          expected: RULES.some((id) => expected.includes(id)),
          values: values.map(decoded),
        },
      ];
    });
}

/** Ids of a list, in one line or in several. */
function listed(test: string, key: string): readonly number[] {
  const match = new RegExp(`^ *${key}: *(\\[[^\\]]*\\]|(?:\\s*- *\\d+)+)`, "m").exec(test);
  return (match?.[1]?.match(/\d+/g) ?? []).map(Number);
}

function scalar(test: string, key: string): string | undefined {
  const lines = test.split("\n");
  const at = lines.findIndex((line) => new RegExp(`^ *["']?${key}["']?: `, "i").test(`${line} `));
  if (at < 0) return undefined;
  const line = lines[at]!;
  const indent = line.search(/\S/);
  const text = line.slice(line.indexOf(":") + 1).trim();
  if (/^[|>][-+]?$/.test(text)) {
    const block: string[] = [];
    for (const next of lines.slice(at + 1)) {
      if (next.trim() !== "" && next.search(/\S/) <= indent) break;
      block.push(next.trim());
    }
    return block.join(text[0] === ">" ? " " : "\n").trim();
  }
  // A scalar goes on in deeper lines until its quote is closed.
  let whole = text;
  const quote = text[0];
  if (quote === '"' || quote === "'") {
    const closed = quote === '"' ? /^"(?:[^"\\]|\\.)*"/s : /^'(?:[^']|'')*'/s;
    for (let next = at + 1; !closed.test(whole) && next < lines.length; next += 1)
      whole += ` ${lines[next]!.trim()}`;
    const inside = closed.exec(whole)?.[0].slice(1, -1) ?? whole.slice(1);
    return quote === "'" ? inside.replaceAll("''", "'") : unescaped(inside);
  }
  return text.replace(/ #.*$/, "");
}

/** The escapes of double-quoted scalars. */
function unescaped(text: string): string {
  const letters: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "0": "\0", " ": " " };
  return text.replaceAll(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|(.))/gs, (_all, two, four, letter) =>
    letter === undefined
      ? String.fromCharCode(Number.parseInt(two ?? four, 16))
      : (letters[letter] ?? letter),
  );
}

/** Names and values, still encoded. A body that is no form is one value; of JSON each string. */
function argumentsOf(text: string, separator = "&"): readonly string[] {
  if (/^\s*[[{]/.test(text))
    return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => unescaped(match[1]!));
  if (/^\s*</.test(text))
    return [text, ...[...text.matchAll(/>([^<]+)<|="([^"]*)"/g)].map((match) => match[1] ?? match[2]!)];
  return text.split(separator).flatMap((pair) => {
    const equals = pair.indexOf("=");
    return equals < 0 ? [pair] : [pair.slice(0, equals), pair.slice(equals + 1)];
  });
}

/** `%41`, `%u0041` and `+`, as t:urlDecodeUni has them; then without NUL, as t:removeNulls. */
function decoded(text: string): Uint8Array {
  const octets = Buffer.from(
    text.replaceAll("+", " ").replaceAll(/%u00([\da-fA-F]{2})/g, "%$1"),
    "utf8",
  ).toString("latin1");
  const plain = octets.replaceAll(/%([\da-fA-F]{2})/g, (_all, digits) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(plain.replaceAll("\0", ""), "latin1");
}
