/** The base rule set in an engine, and requests as clients send them: for its tests. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { latin1 } from "@palisade/wire";
import { Engine } from "./engine/engine.js";
import { loadRules } from "./language/load-rules.js";
import { type Exchange, exchange, FORM } from "./transaction/transaction.build.js";

/** Where the rule files are. */
export const BASE_RULES: string = fileURLToPath(new URL("../../../rules/", import.meta.url));

/** The rule files, in the order in which they are loaded. */
export const baseFiles: readonly string[] = readdirSync(BASE_RULES)
  .filter((name) => name.endsWith(".conf"))
  .sort();

const WITHOUT = "X-Test-Without";
const SET = "X-Test-Set";

/** What a request changes about the rule set, in headers that only these tests' rules read: compiling a rule set takes long. */
export interface Change {
  /** A rule that does not run. */
  readonly without?: number;
  /** Variables of TX that a site's own file would set: `base_threshold=6`. */
  readonly set?: readonly string[];
}

const SWITCHES = [
  `SecRule REQUEST_HEADERS:${SET} "@rx ^(\\w+)=(.*)$" "id:1,phase:1,nolog,pass,capture,setvar:tx.%{tx.1}=%{tx.2}"`,
  ...baseIds().map(
    (id) =>
      `SecRule REQUEST_HEADERS:${WITHOUT} "@streq ${id}" "id:${id - 449_000},phase:1,nolog,pass,ctl:ruleRemoveById=${id}"`,
  ),
].join("\n");

/** Ids of the rule files, as they are written there. */
export function baseIds(): readonly number[] {
  return baseFiles.flatMap((name) =>
    [...readFileSync(`${BASE_RULES}${name}`, "utf8").matchAll(/^[^#\n]*\bid:(\d+)/gm)].map(([, id]) =>
      Number(id),
    ),
  );
}

/** The rule set, behind rules that do what `Change` says. */
export function baseEngine(): Engine {
  const files = ["switches.conf", ...baseFiles.map((name) => `${BASE_RULES}${name}`)];
  const read = (path: string) => (path === "switches.conf" ? latin1(SWITCHES) : readFileSync(path));
  return Engine.of(loadRules(files, { read, list: () => [] }), {
    readData: () => new Uint8Array(0),
    clock: () => 1_700_000_000_000,
  });
}

/** A value of an argument in a query, or a request. What a request leaves out is as a browser has it. */
export type Sample = string | (Exchange & { readonly bare?: true });

type Header = readonly [name: string, value: string];

const BROWSER: readonly Header[] = [
  ["Host", "www.example.com"],
  ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"],
  ["Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"],
  ["Accept-Language", "en-GB,en;q=0.7,de;q=0.3"],
  ["Accept-Encoding", "gzip, deflate, br"],
  ["Connection", "keep-alive"],
];

/** Text as octets of UTF-8, one a character. */
export function utf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Headers of the request replace those of the browser. `bare`: these alone. */
export function requestOf(sample: Sample): Exchange {
  if (typeof sample === "string")
    return { target: `/search?q=${encodeURIComponent(sample)}`, headers: BROWSER };
  const { bare, headers = [], ...rest } = sample;
  if (bare) return { ...rest, headers };
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const kept = BROWSER.filter(([name]) => !named.has(name.toLowerCase()));
  const length = rest.body?.join("").length ?? 0;
  const framing: readonly Header[] =
    length === 0 || named.has("content-length") || named.has("transfer-encoding")
      ? []
      : [["Content-Length", `${length}`]];
  return { ...rest, headers: [...kept, ...headers, ...framing] };
}

export interface Verdict {
  /** Of the refusal; undefined where the message goes on. */
  readonly status: number | undefined;
  /** Rules that matched and log. */
  readonly hits: readonly number[];
  /** As a line for people. */
  readonly text: string;
}

export function verdictOf(engine: Engine, sample: Sample, { without, set = [] }: Change = {}): Verdict {
  const request = requestOf(sample);
  const switches: readonly Header[] = [
    ...set.map((variable): Header => [SET, variable]),
    ...(without === undefined ? [] : [[WITHOUT, `${without}`] as const]),
  ];
  const headers = [...(request.headers ?? []), ...switches];
  const { transaction, hits } = exchange(engine, { ...request, headers });
  const status = transaction.interruption?.status;
  return {
    status,
    hits: transaction.hits.map(({ rule }) => rule.id),
    text: `${status ?? "passes"}: ${typeof sample === "string" ? sample : JSON.stringify(sample)}\n${hits.join("\n")}`,
  };
}

export function post(type: string, body: string, target = "/api"): Sample {
  return { method: "POST", target, headers: [["Content-Type", type]], body: body === "" ? [] : [body] };
}

/** A form with the fields that are given. */
export function form(fields: Readonly<Record<string, string>>): Sample {
  const pairs = Object.entries(fields).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value).replaceAll("%20", "+")}`,
  );
  return post(FORM[1], pairs.join("&"), "/form");
}

export function json(value: unknown): Sample {
  return post("application/json", utf8(JSON.stringify(value)));
}

export function header(name: string, value: string): Sample {
  return { headers: [[name, value]] };
}

interface Upload {
  readonly fields?: Readonly<Record<string, string>>;
  readonly file?: string;
  readonly content?: string;
}

/** A form with a file (RFC 7578). */
export function upload({ fields = {}, file, content = "" }: Upload): Sample {
  const parts = Object.entries(fields).map(
    ([name, value]) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${utf8(value)}`,
  );
  if (file !== undefined)
    parts.push(
      `Content-Disposition: form-data; name="file"; filename="${utf8(file)}"\r\nContent-Type: application/octet-stream\r\n\r\n${content}`,
    );
  return multipart(`${parts.map((part) => `--limit\r\n${part}\r\n`).join("")}--limit--\r\n`);
}

export function multipart(body: string): Sample {
  return post("multipart/form-data; boundary=limit", body, "/upload");
}
