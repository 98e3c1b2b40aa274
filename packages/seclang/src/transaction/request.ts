/** What a request's line and headers say: its path, query and arguments, cookies, host, user. Octets as they were sent. */
import { base64Decode } from "../transformations/base64.js";
import { isName, lower, nameOf } from "./names.js";
import type { State } from "./state.js";

const SPACE = 0x20;
const PERCENT = 0x25;
const PLUS = 0x2b;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUESTION = 0x3f;
const BRACKET = 0x5d;

/** The request line (RFC 9112 §3): `REQUEST_…`, `QUERY_STRING`, `ARGS_GET`. */
export function takeRequestLine(
  state: State,
  method: Uint8Array,
  target: Uint8Array,
  protocol: Uint8Array,
): void {
  const { arena } = state.values;
  const start = arena.append(method, 0, method.length);
  arena.push(SPACE);
  const targetStart = arena.append(target, 0, target.length);
  arena.push(SPACE);
  const protocolStart = arena.append(protocol, 0, protocol.length);
  state.setSpan("REQUEST_LINE", start, arena.length);
  state.setSpan("REQUEST_METHOD", start, start + method.length);
  state.setSpan("REQUEST_PROTOCOL", protocolStart, arena.length);
  const targetEnd = targetStart + target.length;
  state.setSpan("REQUEST_URI_RAW", targetStart, targetEnd);
  const pathStart = targetStart + originStart(target);
  state.setSpan("REQUEST_URI", pathStart, targetEnd);
  let query = pathStart;
  while (query < targetEnd && arena.octets[query] !== QUESTION) query += 1;
  takePath(state, pathStart, query);
  const queryStart = Math.min(query + 1, targetEnd);
  state.setSpan("QUERY_STRING", queryStart, targetEnd);
  takeQuery(state, queryStart, targetEnd);
}

/** Where the path begins of a target that may have a scheme and an authority (RFC 9112 §3.2.2). */
function originStart(target: Uint8Array): number {
  let at = 0;
  while (at < target.length && isSchemeOctet(target[at]!)) at += 1;
  if (at === 0 || target[at] !== COLON || target[at + 1] !== SLASH || target[at + 2] !== SLASH) return 0;
  at += 3;
  while (at < target.length && target[at] !== SLASH && target[at] !== QUESTION) at += 1;
  return at;
}

function isSchemeOctet(octet: number): boolean {
  const letter = lower(octet);
  return (letter >= 0x61 && letter <= 0x7a) || (octet >= 0x30 && octet <= 0x39) || octet === PLUS;
}

/** `REQUEST_FILENAME` and the like: the path with its escapes decoded once, as ModSecurity 3 and Coraza have it. */
function takePath(state: State, start: number, end: number): void {
  const { arena } = state.values;
  const at = arena.reserve(end - start);
  const { octets } = arena;
  let to = at;
  for (let from = start; from < end; from += 1) {
    const octet = octets[from]!;
    const value = octet === PERCENT && from + 2 < end ? escapeAt(octets, from + 1) : -1;
    octets[to] = value >= 0 ? value : octet;
    to += 1;
    if (value >= 0) from += 2;
  }
  arena.length = to;
  state.setSpan("REQUEST_FILENAME", at, to);
  state.setSpan("PATH_INFO", at, to);
  let base = to;
  while (base > at && octets[base - 1] !== SLASH && octets[base - 1] !== BACKSLASH) base -= 1;
  state.setSpan("REQUEST_BASENAME", base, to);
}

/** Arguments of a query string, as those of a form (WHATWG URL §5.1); what is no escape stays and is told. */
function takeQuery(state: State, start: number, end: number): void {
  const { arena } = state.values;
  const { separator, argumentsMax } = state.program.settings;
  let taken = 0;
  for (let at = start; at < end; ) {
    const from = at;
    let equals = -1;
    for (; at < end && arena.octets[at] !== separator; at += 1)
      if (equals < 0 && arena.octets[at] === EQUALS) equals = at;
    const to = at;
    at += 1;
    if (to === from) continue;
    if (taken === argumentsMax) {
      state.setNumber("URLENCODED_ERROR", 1);
      state.setNumber("REQBODY_ERROR", 1);
      state.error("Query string: more arguments than are taken");
      return;
    }
    taken += 1;
    const nameEnd = equals < 0 ? to : equals;
    const name = arena.reserve(to - from);
    const value = decode(state, from, nameEnd, name);
    const last = decode(state, equals < 0 ? to : equals + 1, to, value);
    arena.length = last;
    const record = state.values.addSpan(name, value, value, last);
    if (record < 0) {
      state.error("Query string: more arguments than a transaction holds");
      state.setNumber("REQBODY_ERROR", 1);
      return;
    }
    state.list("argumentsGet").push(record);
    state.addNumber("ARGS_COMBINED_SIZE", last - name);
  }
}

/** Writes the decoded octets of `start … end` to `at`, in the same arena. Returns where they end. */
function decode(state: State, start: number, end: number, at: number): number {
  const { octets } = state.values.arena;
  let to = at;
  for (let from = start; from < end; from += 1) {
    const octet = octets[from]!;
    if (octet !== PERCENT) octets[to] = octet === PLUS ? SPACE : octet;
    else {
      const value = from + 2 < end ? escapeAt(octets, from + 1) : -1;
      if (value < 0) {
        octets[to] = PERCENT;
        state.setNumber("URLENCODED_ERROR", 1);
      } else {
        octets[to] = value;
        from += 2;
      }
    }
    to += 1;
  }
  return to;
}

/** What two hexadecimal digits say; -1 where they are none. */
function escapeAt(octets: Uint8Array, at: number): number {
  const high = digit(octets[at]!);
  const low = digit(octets[at + 1]!);
  return high < 0 || low < 0 ? -1 : (high << 4) | low;
}

function digit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const HOST = nameOf(Buffer.from("host"));
const COOKIE = nameOf(Buffer.from("cookie"));
const CONTENT_TYPE = nameOf(Buffer.from("content-type"));
const AUTHORIZATION = nameOf(Buffer.from("authorization"));

/** A header of the request, and the variables that it makes. */
export function takeRequestHeader(
  state: State,
  name: Uint8Array,
  nameStart: number,
  nameEnd: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
): void {
  const record = state.values.add(name, nameStart, nameEnd, value, valueStart, valueEnd);
  if (record < 0) {
    state.error("Request: more headers than a transaction holds");
    return;
  }
  state.list("requestHeaders").push(record);
  switch (nameEnd - nameStart) {
    case 4:
      if (isName(HOST, name, nameStart, nameEnd)) takeHost(state, record);
      return;
    case 6:
      if (isName(COOKIE, name, nameStart, nameEnd)) takeCookies(state, record);
      return;
    case 12:
      if (isName(CONTENT_TYPE, name, nameStart, nameEnd))
        chooseProcessor(state, value.subarray(valueStart, valueEnd));
      return;
    case 13:
      if (isName(AUTHORIZATION, name, nameStart, nameEnd))
        takeUser(state, value.subarray(valueStart, valueEnd));
      return;
  }
}

function takeHost(state: State, record: number): void {
  const { octets } = state.values.arena;
  const [start, end] = [state.values.valueStart(record), state.values.valueEnd(record)];
  let colon = end;
  for (let at = end - 1; at >= start && octets[at] !== BRACKET; at -= 1) if (octets[at] === COLON) colon = at;
  state.setSpan("SERVER_NAME", start, colon);
}

/** Pairs between semicolons (RFC 6265 §4.2.1), not decoded; a name alone has an empty value. */
function takeCookies(state: State, header: number): void {
  const { values } = state;
  const { octets } = values.arena;
  const end = values.valueEnd(header);
  for (let at = values.valueStart(header); at < end; at += 1) {
    while (at < end && (octets[at] === SPACE || octets[at] === 0x09)) at += 1;
    const from = at;
    let equals = -1;
    for (; at < end && octets[at] !== SEMICOLON; at += 1)
      if (equals < 0 && octets[at] === EQUALS) equals = at;
    if (at === from) continue;
    const nameEnd = equals < 0 ? at : equals;
    const record = values.addSpan(from, nameEnd, equals < 0 ? at : equals + 1, at);
    if (record >= 0) state.list("cookies").push(record);
    else state.error("Request: more cookies than a transaction holds");
  }
}

/** Media types and the processor that reads them. Rules choose another by `ctl:requestBodyProcessor`. */
const PROCESSORS: readonly (readonly [type: string, processor: string])[] = [
  ["application/x-www-form-urlencoded", "URLENCODED"],
  ["multipart/form-data", "MULTIPART"],
  ["application/json", "JSON"],
  ["application/xml", "XML"],
  ["text/xml", "XML"],
];

function chooseProcessor(state: State, value: Uint8Array): void {
  const type = mediaType(value);
  const found = PROCESSORS.find(([known]) => known === type)?.[1];
  const suffix = type.endsWith("+json") ? "JSON" : type.endsWith("+xml") ? "XML" : undefined;
  const processor = found ?? suffix;
  if (processor !== undefined) state.setTextOf("REQBODY_PROCESSOR", processor);
}

/** Most octets of a media type; a longer one is none that is known. */
export const MEDIA_TYPE_BYTES_MAX = 256;

/** In small letters, without parameters. */
export function mediaType(value: Uint8Array): string {
  let end = 0;
  while (end < value.length && end < MEDIA_TYPE_BYTES_MAX && value[end] !== SEMICOLON && value[end] !== 0x2c)
    end += 1;
  return Buffer.from(value.subarray(0, end)).toString("latin1").trim().toLowerCase();
}

/** `AUTH_TYPE`, and `REMOTE_USER` of the Basic scheme (RFC 7617 §2). */
function takeUser(state: State, value: Uint8Array): void {
  let space = 0;
  while (space < value.length && value[space] !== SPACE) space += 1;
  state.setText("AUTH_TYPE", value, 0, space);
  if (
    Buffer.from(value.subarray(0, Math.min(space, 6)))
      .toString("latin1")
      .toLowerCase() !== "basic"
  )
    return;
  const { arena } = state.values;
  const at = arena.reserve(base64Decode.bytesMax(value.length - space));
  const length = base64Decode.apply(value, Math.min(space + 1, value.length), value.length, arena.octets, at);
  let end = at;
  while (end < at + length && arena.octets[end] !== COLON) end += 1;
  arena.length = end;
  state.setSpan("REMOTE_USER", at, end);
}
