/**
 * Requests that sqlmap would send, made from the payloads that Debian's package installs, for tests: each payload within each
 * boundary that sqlmap allows for it (their `clause` and `where`), at every level, with the placeholders filled in.
 *
 * sqlmap's data stays where it is installed; this file knows only its format, which the heads of its files describe.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where Debian's sqlmap has its data. */
export const SQLMAP_DATA = "/usr/share/sqlmap/data/xml";

/** Whether sqlmap is installed. */
export function hasSqlmap(): boolean {
  return existsSync(join(SQLMAP_DATA, "boundaries.xml"));
}

/** A value of a parameter that sqlmap would send. */
export interface SqlmapRequest {
  readonly title: string;
  /** boolean_blind, union_query … */
  readonly technique: string;
  /** The value with the payload in its boundary. */
  readonly value: string;
}

function text(xml: string): string {
  return xml
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}

function elements(xml: string, name: string): readonly string[] {
  const plain = xml.replaceAll(/<!--.*?-->/gs, "");
  return [...plain.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"))].map((match) => match[1]!);
}

function element(xml: string, name: string): string {
  return text(elements(xml, name)[0] ?? "");
}

const ORIGINAL = "42";

/** Constants in the place of what sqlmap draws at random. */
function filled(template: string): string {
  const words: Readonly<Record<string, string>> = {
    RANDNUM: "7391",
    RANDNUM1: "2648",
    RANDNUM2: "5513",
    RANDNUM3: "8820",
    RANDNUM4: "1947",
    RANDNUM5: "6071",
    RANDSTR: "kWqz",
    RANDSTR1: "pLmA",
    RANDSTR2: "xTrE",
    SLEEPTIME: "5",
    DELAYED: "5",
    DELIMITER_START: "qzvkq",
    DELIMITER_STOP: "qjbpq",
    ORIGVALUE: ORIGINAL,
    ORIGINAL,
    GENERIC_SQL_COMMENT: "-- kWqz",
    SPACE_REPLACE: "q",
    HASH_REPLACE: "w",
    AT_REPLACE: "e",
    DOLLAR_REPLACE: "r",
    INFERENCE: "7391=7391",
    CHAR: "NULL",
    COLSTART: "1",
    COLSTOP: "10",
  };
  return template.replaceAll(/\[([A-Z_0-9]+)\]/g, (all, name: string) => words[name] ?? all);
}

const numbersOf = (list: string): readonly string[] => list.split(",").map((item) => item.trim());

/** Every request of every payload, boundary and place; empty where sqlmap is not installed. */
export function sqlmapRequests(): readonly SqlmapRequest[] {
  if (!hasSqlmap()) return [];
  const boundaries = elements(readFileSync(join(SQLMAP_DATA, "boundaries.xml"), "utf8"), "boundary").map(
    (xml) => ({
      clauses: numbersOf(element(xml, "clause")),
      places: numbersOf(element(xml, "where")),
      prefix: element(xml, "prefix"),
      suffix: element(xml, "suffix"),
    }),
  );
  const requests = new Map<string, SqlmapRequest>();
  for (const file of readdirSync(join(SQLMAP_DATA, "payloads")).sort()) {
    for (const test of elements(readFileSync(join(SQLMAP_DATA, "payloads", file), "utf8"), "test")) {
      const request = elements(test, "request")[0] ?? "";
      const clauses = numbersOf(element(test, "clause"));
      const char = element(request, "char");
      const columns = element(request, "columns");
      const payload =
        columns === ""
          ? element(request, "payload")
          : `UNION ALL SELECT ${[char, char, char].map((value) => (value === "[RANDNUM]" ? value : "NULL")).join(",")}`;
      if (payload === "") continue;
      for (const place of numbersOf(element(test, "where"))) {
        for (const boundary of boundaries) {
          const fits =
            clauses.includes("0") ||
            boundary.clauses.includes("0") ||
            clauses.some((clause) => boundary.clauses.includes(clause));
          if (!fits || !boundary.places.includes(place)) continue;
          const comment = element(request, "comment");
          const blank =
            boundary.prefix === "" || /[;,'")]$/.test(boundary.prefix) || place === "3" ? "" : " ";
          const gap = /^[;,]/.test(payload) || place === "3" ? "" : blank === "" ? " " : blank;
          const before = place === "1" ? ORIGINAL : place === "2" ? "-7391" : "";
          // A comment of the payload takes the boundary's end away.
          const suffix = comment === "" ? boundary.suffix : "";
          const value = filled(`${before}${boundary.prefix}${gap}${payload}${comment}${suffix}`);
          if (!requests.has(value)) {
            requests.set(value, {
              title: element(test, "title"),
              technique: file.replace(".xml", ""),
              value,
            });
          }
        }
      }
    }
  }
  return [...requests.values()];
}
