/** Text with what the groups of a pattern took: the product, version and so on that a match says. */

import { isUtf8 } from "node:buffer";

/** What is done to a group's octets before they become text. */
export type Filter =
  | { readonly kind: "be" | "le" | "hex" | "utf16" | "lower" | "upper" }
  | { readonly kind: "replace"; readonly from: string; readonly to: string };

/** Text as it stands, or a group's: number 1 …, filters in order. */
export type TemplatePart = string | { readonly group: number; readonly filters: readonly Filter[] };
export type Template = readonly TemplatePart[];

/** A field keeps as many characters; the rest is cut off. */
export const SERVICE_FIELD_CHARACTERS_MAX = 256;
/** Of a group no more octets are looked at: several to a character, and what is not printable between them. */
const GROUP_BYTES_MAX = 16 * SERVICE_FIELD_CHARACTERS_MAX;
/** A text is not put together beyond as many characters. */
const TEXT_CHARACTERS_MAX = 16 * SERVICE_FIELD_CHARACTERS_MAX;

const GROUP = /\$(?:(\$)|(\d)|\{(\d{1,2})((?:\|[^|{}]+)*)\})/y;

/**
 * Reads `protocol $1`: `$1` … `$9`, `${12}`, `${1|filter|…}`, and `$$` for a dollar sign.
 *
 * @returns the template, or what is wrong and at which character of the text, from 0
 */
export function parseTemplate(text: string): Template | { readonly at: number; readonly wrong: string } {
  const parts: TemplatePart[] = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    if (text[at] !== "$") {
      plain += text[at];
      at += 1;
      continue;
    }
    GROUP.lastIndex = at;
    const found = GROUP.exec(text);
    if (found === null) return { at, wrong: "$ needs a group behind it, as in $1; $$ is a dollar sign" };
    at = GROUP.lastIndex;
    if (found[1] !== undefined) {
      plain += "$";
      continue;
    }
    const filters: Filter[] = [];
    for (const word of (found[4] ?? "").split("|").slice(1)) {
      const filter = filterOf(word);
      if (filter === undefined) {
        return {
          at: found.index,
          wrong: `"${word}" is no filter: be, le, hex, utf16, lower, upper, replace:FROM:TO`,
        };
      }
      filters.push(filter);
    }
    if (plain !== "") parts.push(plain);
    plain = "";
    parts.push({ group: Number(found[2] ?? found[3]), filters });
  }
  if (plain !== "") parts.push(plain);
  return parts;
}

function filterOf(word: string): Filter | undefined {
  switch (word) {
    case "be":
    case "le":
    case "hex":
    case "utf16":
    case "lower":
    case "upper":
      return { kind: word };
    default: {
      const [, from, to] = /^replace:([^:]+):([^:]*)$/.exec(word) ?? [];
      return from === undefined ? undefined : { kind: "replace", from, to: to ?? "" };
    }
  }
}

/** The highest group that a template names; 0 where it names none. */
export function groupsUsed(template: Template): number {
  let most = 0;
  for (const part of template) if (typeof part !== "string") most = Math.max(most, part.group);
  return most;
}

/**
 * The template's text, printable and cut to `SERVICE_FIELD_CHARACTERS_MAX`; a group that took no part is empty text.
 *
 * @param groups starts and ends as `Pattern.exec` returns them
 * @returns undefined where nothing but space is left
 */
export function expandTemplate(
  template: Template,
  octets: Uint8Array,
  groups: Int32Array,
  encode: (text: string) => string = (text) => text,
): string | undefined {
  let text = "";
  for (const part of template) {
    if (text.length > TEXT_CHARACTERS_MAX) break;
    if (typeof part === "string") text += part;
    else {
      const start = groups[2 * part.group] ?? -1;
      const end = groups[2 * part.group + 1] ?? -1;
      if (start >= 0) text += encode(filtered(head(octets.subarray(start, end)), part.filters));
    }
  }
  const shown = shortened(text, SERVICE_FIELD_CHARACTERS_MAX);
  return shown === "" ? undefined : shown;
}

/** The first octets of a group, and no part of a character of UTF-8 behind them. */
function head(octets: Uint8Array): Uint8Array {
  if (octets.length <= GROUP_BYTES_MAX) return octets;
  let end = GROUP_BYTES_MAX;
  // At most three octets follow the first of a character (RFC 3629 §3).
  for (let back = 0; back < 3 && (octets[end]! & 0xc0) === 0x80; back += 1) end -= 1;
  return octets.subarray(0, end);
}

/** Printable text of at most so many UTF-16 code units, and no half of a character at its end. */
export function shortened(text: string, charactersMax: number): string {
  const shown = printable(text).trim();
  if (shown.length <= charactersMax) return shown;
  const last = shown.charCodeAt(charactersMax - 1);
  return shown.slice(0, last >= 0xd800 && last < 0xdc00 ? charactersMax - 1 : charactersMax);
}

const INTEGER_BYTES = 8;

function filtered(octets: Uint8Array, filters: readonly Filter[]): string {
  const first = filters[0]?.kind;
  let text: string;
  if (first === "be" || first === "le") {
    if (octets.length === 0 || octets.length > INTEGER_BYTES) return "";
    // Buffer.slice would not copy, and the answer is read more than once.
    const ordered = first === "be" ? octets : Uint8Array.from(octets).reverse();
    text = BigInt(`0x${hexOf(ordered)}`).toString();
  } else if (first === "hex") text = hexOf(octets);
  else if (first === "utf16") text = utf16.decode(octets);
  else text = textOf(octets);
  for (const filter of filters) {
    if (filter.kind === "lower") text = text.toLowerCase();
    else if (filter.kind === "upper") text = text.toUpperCase();
    else if (filter.kind === "replace") text = text.replaceAll(filter.from, () => filter.to);
  }
  return text;
}

const utf8 = new TextDecoder("utf-8");
const utf16 = new TextDecoder("utf-16le");

/** Octets as text: UTF-8 where they are, else an octet a character (ISO 8859-1). */
export function textOf(octets: Uint8Array): string {
  // Asked first, as a decoder that throws takes 20 times as long, and hosts choose what it meets.
  if (isUtf8(octets)) return utf8.decode(octets);
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");
}

export function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("hex");
}

/**
 * Without control and format characters and what is no character, which a terminal or a reader could be misled by: Unicode's
 * general category C, and the separators of lines and paragraphs. Space of any kind becomes a blank.
 */
export function printable(text: string): string {
  return text.replace(/\s+/gu, " ").replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "");
}

/**
 * A value within a CPE URI (CPE 2.2, "Syntax"): lower case, blanks as `_`, and what separates parts or is neither letter, digit, `.`, `-`
 * nor `_` as `%hh`.
 */
export function cpeValue(text: string): string {
  return printable(text)
    .trim()
    .toLowerCase()
    .replaceAll(" ", "_")
    .replace(/[^a-z0-9._~-]/gu, (character) =>
      [...new TextEncoder().encode(character)]
        .map((octet) => `%${octet.toString(16).padStart(2, "0")}`)
        .join(""),
    );
}
