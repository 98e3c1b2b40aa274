/** Actions that change variables: `setvar`, `expirevar`, `initcol`, `setsid`, `setuid`, `setrsc`, `setenv`. */
import type { Effect, Macro } from "./ast.js";
import { macroChars, parseMacro } from "./macro.js";
import { ruleError, shown } from "./place.js";
import { charsOfName, type Text } from "./text.js";
import { number, oneOf } from "./values.js";
import { PERSISTENT_COLLECTIONS, WRITABLE_COLLECTIONS } from "./variables.js";

/** The longest time that a variable can be told to last, in seconds: 68 years. */
export const EXPIRY_SECONDS_MAX = 2_147_483_647;

/** `collection.name=value`, `=+`, `=-`, `!collection.name`; without a value: 1. */
export function parseSetvar(text: Text): Effect {
  const unset = text.chars.startsWith("!");
  const body = unset ? text.slice(1) : text;
  const equals = outsideMacros(body.chars, "=");
  if (unset && equals >= 0)
    throw ruleError("SECLANG_SYNTAX", body.place(equals), "a value behind !, expected the variable alone");
  const { collection, name } = parseTargetOf(equals < 0 ? body : body.slice(0, equals), WRITABLE_COLLECTIONS);
  const base = { place: text.place(), kind: "setvar", collection, name } as const;
  if (unset) return { ...base, operation: "unset", value: [] };
  if (equals < 0) return { ...base, operation: "set", value: [{ kind: "octets", octets: ONE }] };
  const sign = body.chars[equals + 1];
  if (sign !== "+" && sign !== "-")
    return { ...base, operation: "set", value: parseMacro(body.slice(equals + 1)) };
  const amount = body.slice(equals + 2);
  const value = parseMacro(amount);
  const number = value.every(({ kind }) => kind === "variable") || /^[+-]?[0-9]+$/.test(amount.chars);
  if (value.length === 0 || (!number && value.every(({ kind }) => kind === "octets")))
    throw ruleError(
      "SECLANG_VALUE",
      amount.place(),
      `${shown(amount.chars)} behind =${sign}, expected a number`,
    );
  return { ...base, operation: sign === "+" ? "add" : "subtract", value };
}

const ONE = Uint8Array.of(0x31);

/** `collection.name=seconds` */
export function parseExpirevar(text: Text): Effect {
  const equals = outsideMacros(text.chars, "=");
  if (equals < 0) throw ruleError("SECLANG_SYNTAX", text.place(text.length), "no time, expected =SECONDS");
  const { collection, name } = parseTargetOf(text.slice(0, equals), PERSISTENT_COLLECTIONS);
  const seconds = number(text.slice(equals + 1), "seconds", 0, EXPIRY_SECONDS_MAX);
  return { place: text.place(), kind: "expirevar", collection, name, seconds };
}

/** `collection=key` */
export function parseInitcol(text: Text): Effect {
  const equals = text.chars.indexOf("=");
  if (equals < 0)
    throw ruleError("SECLANG_SYNTAX", text.place(text.length), "no key, expected COLLECTION=KEY");
  const collection = oneOf(text.slice(0, equals), "collection", PERSISTENT_COLLECTIONS);
  return {
    place: text.place(),
    kind: "initcol",
    collection,
    key: neededMacro(text.slice(equals + 1), "key"),
  };
}

/** The key behind `setsid:`, `setuid:` and `setrsc:`. @throws {PalisadeError} `SECLANG_SYNTAX` where it is empty */
export function parseOwner(kind: "setsid" | "setuid" | "setrsc", text: Text): Effect {
  return { place: text.place(), kind, key: neededMacro(text, "key") };
}

/** `NAME=value`, `NAME` (1), `!NAME` */
export function parseSetenv(text: Text): Effect {
  const unset = text.chars.startsWith("!");
  const body = unset ? text.slice(1) : text;
  const equals = body.chars.indexOf("=");
  const written = equals < 0 ? body : body.slice(0, equals);
  if (!/^[A-Za-z_][\w.-]*$/.test(written.chars))
    throw ruleError(
      "SECLANG_VALUE",
      written.place(),
      `name ${shown(written.chars)}, expected letters, digits and _`,
    );
  if (unset && equals >= 0)
    throw ruleError("SECLANG_SYNTAX", body.place(equals), "a value behind !, expected the name alone");
  const base = { place: text.place(), kind: "setenv", name: written.chars } as const;
  if (unset) return { ...base, value: undefined };
  if (equals < 0) return { ...base, value: [{ kind: "octets", octets: ONE }] };
  return { ...base, value: parseMacro(body.slice(equals + 1)) };
}

/** The argument of an effect other than `ctl`, one octet a character. */
export function effectChars(effect: Exclude<Effect, { readonly kind: "ctl" }>): string {
  switch (effect.kind) {
    case "setvar": {
      const name = `${effect.collection.toLowerCase()}.${macroChars(effect.name)}`;
      if (effect.operation === "unset") return `!${name}`;
      const sign = { set: "", add: "+", subtract: "-" }[effect.operation];
      return `${name}=${sign}${macroChars(effect.value)}`;
    }
    case "expirevar":
      return `${effect.collection.toLowerCase()}.${macroChars(effect.name)}=${effect.seconds}`;
    case "initcol":
      return `${effect.collection.toLowerCase()}=${macroChars(effect.key)}`;
    case "setenv":
      return effect.value === undefined
        ? `!${charsOfName(effect.name)}`
        : `${charsOfName(effect.name)}=${macroChars(effect.value)}`;
    default:
      return macroChars(effect.key);
  }
}

function parseTargetOf<T extends string>(text: Text, collections: readonly T[]) {
  const dot = text.chars.indexOf(".");
  const collection = oneOf(dot < 0 ? text : text.slice(0, dot), "collection", collections);
  if (dot < 0 || dot + 1 === text.length)
    throw ruleError(
      "SECLANG_SYNTAX",
      text.place(text.length),
      `no name, expected ${collection.toLowerCase()}.NAME`,
    );
  return { collection, name: parseMacro(text.slice(dot + 1)) };
}

/** @throws {PalisadeError} `SECLANG_SYNTAX` where it is empty */
export function neededMacro(text: Text, what: string): Macro {
  if (text.length > 0) return parseMacro(text);
  throw ruleError("SECLANG_SYNTAX", text.place(), `no ${what}, expected one`);
}

/** The first index of a character that stands in no macro; -1 where there is none. */
function outsideMacros(chars: string, wanted: string): number {
  for (let at = 0; at < chars.length; at += 1) {
    if (chars[at] === wanted) return at;
    if (chars[at] !== "%" || chars[at + 1] !== "{") continue;
    const close = chars.indexOf("}", at);
    if (close < 0) return chars.indexOf(wanted, at);
    at = close;
  }
  return -1;
}
