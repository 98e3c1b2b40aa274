/**
 * The requests of the OWASP Core Rule Set's regression tests, where somebody has them beside the repository, and whether a rule has to
 * match them. The files are in go-ftw's format, which is YAML; only as much of it is read as they use: block mappings and sequences,
 * plain and quoted scalars, `|` and `>` blocks, flow sequences of scalars, comments.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { utf8 } from "./base-rules.build.js";
import type { Exchange } from "./transaction/transaction.build.js";

const { PALISADE_SHARED } = process.env;

/** Where the tests are, if they are. */
export const CRS_TESTS: string = join(
  PALISADE_SHARED ?? fileURLToPath(new URL("../../../../shared/", import.meta.url)),
  "corpus/crs-tests",
);

export interface CrsRequest {
  /** 942100-3 */
  readonly id: string;
  /** The folder: `REQUEST-942-APPLICATION-ATTACK-SQLI`. */
  readonly family: string;
  /** Whether a rule has to match it; otherwise one has not to. */
  readonly attack: boolean;
  readonly request: Exchange & { readonly bare: true };
}

/** All requests of tests that say which rules match, or which do not. */
export function crsRequests(folder: string = CRS_TESTS): readonly CrsRequest[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((family) => family.startsWith("REQUEST-"))
    .sort()
    .flatMap((family) =>
      readdirSync(join(folder, family))
        .filter((name) => name.endsWith(".yaml"))
        .sort()
        .flatMap((name) => requestsOf(family, readFileSync(join(folder, family, name), "utf8"))),
    );
}

export function requestsOf(family: string, text: string): readonly CrsRequest[] {
  const file = new Lines(text).node(0);
  return list(field(file, "tests")).flatMap((test) =>
    list(field(test, "stages")).flatMap((stage) => {
      const log = field(field(stage, "output"), "log");
      const attack = list(field(log, "expect_ids")).length > 0;
      if (!attack && list(field(log, "no_expect_ids")).length === 0) return [];
      const request = requestOf(field(stage, "input"));
      const id = `${scalar(field(file, "rule_id"))}-${scalar(field(test, "test_id"))}`;
      return [{ id, family, attack, request: { ...request, bare: true as const } }];
    }),
  );
}

function requestOf(input: Node): Exchange {
  const encoded = scalar(field(input, "encoded_request"));
  if (encoded !== undefined) return sent(Buffer.from(encoded, "base64").toString("latin1"));
  const headers = field(input, "headers");
  const pairs =
    headers instanceof Map
      ? [...headers].map(([name, value]) => [name, utf8(scalar(value) ?? "")] as const)
      : [];
  const named = (name: string) => pairs.find(([other]) => other.toLowerCase() === name)?.[1];
  let body = utf8(scalar(field(input, "data")) ?? "");
  const coded = scalar(field(input, "encoded_data"));
  if (coded !== undefined) body = Buffer.from(coded, "base64").toString("latin1");
  const type = named("content-type") ?? "application/x-www-form-urlencoded";
  if (type.includes("multipart/form-data;")) body = body.replaceAll("\n", "\r\n");
  // go-ftw codes form data that nothing in it shows to be coded already.
  else if (type.toLowerCase() === "application/x-www-form-urlencoded" && !/[%+]/.test(body))
    body = body.replaceAll(/[^\w.~&=-]/g, (octet) => `%${octet.charCodeAt(0).toString(16).padStart(2, "0")}`);
  const added: (readonly [string, string])[] = [];
  if (body !== "" && named("content-type") === undefined) added.push(["Content-Type", type]);
  if (body !== "" && named("content-length") === undefined) added.push(["Content-Length", `${body.length}`]);
  return {
    method: utf8(scalar(field(input, "method")) ?? "GET"),
    target: utf8(scalar(field(input, "uri")) ?? "/"),
    headers: [...pairs, ...added],
    body: body === "" ? [] : [body],
  };
}

/** A request as it goes over the wire. */
function sent(text: string): Exchange {
  const end = text.search(/\r?\n\r?\n/);
  const head = end < 0 ? text : text.slice(0, end);
  const [line = "", ...fields] = head.split(/\r?\n/);
  const [method = "", ...rest] = line.split(" ");
  const body = end < 0 ? "" : text.slice(end).replace(/^\r?\n\r?\n/, "");
  const headers = fields.map((one) => {
    const colon = one.indexOf(":");
    return [one.slice(0, Math.max(colon, 0)), one.slice(colon + 1).trim()] as const;
  });
  return { method, target: rest.slice(0, -1).join(" "), headers, body: body === "" ? [] : [body] };
}

type Node = string | readonly Node[] | ReadonlyMap<string, Node> | undefined;

function field(node: Node, name: string): Node {
  return node instanceof Map ? node.get(name) : undefined;
}
function list(node: Node): readonly Node[] {
  return Array.isArray(node) ? node : [];
}
function scalar(node: Node): string | undefined {
  return typeof node === "string" ? node : undefined;
}

const KEY = /^(?:"([^"]*)"|'([^']*)'|([^\s"'#\-[{][^:]*|-[^\s:][^:]*)):(?:\s+|$)/;

class Lines {
  readonly #lines: string[];
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  }

  /** What stands at an indentation of `least` characters or more. */
  node(least: number): Node {
    const indent = this.#indent();
    if (indent < least) return undefined;
    return /^-(?:\s|$)/.test(this.#lines[this.#at]!.trimStart())
      ? this.#sequence(indent)
      : this.#mapping(indent);
  }

  /** Indentation of the next line that says something; -1 at the end. */
  #indent(): number {
    for (; this.#at < this.#lines.length; this.#at += 1) {
      const line = this.#lines[this.#at]!;
      const text = line.trimStart();
      if (text !== "" && !text.startsWith("#") && text !== "---") return line.length - text.length;
    }
    return -1;
  }

  #sequence(indent: number): Node {
    const items: Node[] = [];
    while (this.#indent() === indent && /^-(?:\s|$)/.test(this.#lines[this.#at]!.trimStart())) {
      const line = this.#lines[this.#at]!;
      const rest = line.slice(indent + 1);
      if (KEY.test(rest.trimStart())) {
        // The mapping's first key stands behind the dash: put it in a line of its own.
        this.#lines[this.#at] = `${" ".repeat(indent + 1)}${rest}`;
        items.push(this.node(indent + 1));
      } else {
        this.#at += 1;
        items.push(this.#value(rest.trim(), indent));
      }
    }
    return items;
  }

  #mapping(indent: number): Node {
    const map = new Map<string, Node>();
    while (this.#indent() === indent) {
      const text = this.#lines[this.#at]!.slice(indent);
      const match = KEY.exec(text);
      if (match === null) throw new Error(`no key in: ${text}`);
      this.#at += 1;
      map.set(match[1] ?? match[2] ?? match[3]!, this.#value(text.slice(match[0].length).trim(), indent));
    }
    return map;
  }

  /** A value whose first line is `text`, behind a key or a dash at `indent`. */
  #value(text: string, indent: number): Node {
    if (text === "" || text.startsWith("#")) {
      const next = this.#indent();
      // A sequence may stand as far left as its key.
      const least = next === indent && /^\s*-\s/.test(this.#lines[this.#at] ?? "") ? indent : indent + 1;
      return next < least ? "" : this.node(least);
    }
    if (/^[|>][-+\d]*(?:\s+#.*)?$/.test(text)) return this.#block(text, indent);
    if (text.startsWith("[")) return this.#flow(text);
    if (text.startsWith('"') || text.startsWith("'")) return this.#quoted(text);
    let whole = text.replace(/\s+#.*$/, "");
    while (this.#indent() > indent) {
      whole += ` ${this.#lines[this.#at]!.trim()}`;
      this.#at += 1;
    }
    return whole;
  }

  #block(header: string, indent: number): string {
    const lines: string[] = [];
    const digits = /\d/.exec(header)?.[0];
    let margin = digits === undefined ? -1 : indent + Number(digits);
    for (; this.#at < this.#lines.length; this.#at += 1) {
      const line = this.#lines[this.#at]!;
      const depth = line.length - line.trimStart().length;
      if (line.trim() !== "") {
        if (depth <= indent) break;
        if (margin < 0) margin = depth;
      }
      lines.push(line.slice(Math.max(margin, 0)));
    }
    while (lines.at(-1) === "") lines.pop();
    const text = lines.join(header.startsWith(">") ? " " : "\n");
    return header.includes("-") ? text : `${text}\n`;
  }

  #flow(first: string): Node {
    let text = first;
    while (!text.includes("]") && this.#at < this.#lines.length) {
      text += this.#lines[this.#at]!;
      this.#at += 1;
    }
    return text
      .slice(1, text.indexOf("]"))
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  }

  /** In lines that follow, an end of line is a space, an empty line an end of line; a backslash before it takes it away. */
  #quoted(first: string): string {
    const closed = first.startsWith('"') ? /^"((?:[^"\\]|\\.)*)"/s : /^'((?:[^']|'')*)'/s;
    let text = first;
    while (!closed.test(text) && this.#at < this.#lines.length) {
      const next = this.#lines[this.#at]!.trim();
      this.#at += 1;
      if (next === "") text += "\n";
      else if (/(?:^|[^\\])(?:\\\\)*\\$/.test(text) && first.startsWith('"')) text = text.slice(0, -1) + next;
      else text += text.endsWith("\n") ? next : ` ${next}`;
    }
    const inside = closed.exec(text)?.[1] ?? text.slice(1);
    return first.startsWith("'") ? inside.replaceAll("''", "'") : unescaped(inside);
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  "0": "\0",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  v: "\v",
};

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/gs,
    (_all, two, four, eight, letter) => {
      const digits = two ?? four ?? eight;
      return digits === undefined
        ? (ESCAPES[letter] ?? letter)
        : String.fromCodePoint(Number.parseInt(digits, 16));
    },
  );
}
