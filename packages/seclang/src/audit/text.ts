/**
 * Octets of users as text of an audit record, without loss: UTF-8 stays readable, everything else is escaped, and `auditOctets` gives
 * back what was there.
 */

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const HEX = "0123456789abcdef";

/**
 * Printable ASCII and characters of valid UTF-8 (RFC 3629) as they are, a backslash as two, and any other octet as `\xhh`. Control
 * characters (C0, DEL, C1), line and paragraph separators and characters that are invisible or turn the direction of text are escaped
 * as well, octet by octet: a record is one line, and is shown on terminals.
 */
export function auditText(octets: Uint8Array, start = 0, end = octets.length): string {
  return escaped(octets, start, end, "\\\\");
}

/** `auditText` as JSON has it, in its quotes. */
export function auditJson(octets: Uint8Array, start = 0, end = octets.length): string {
  for (let at = start; at < end; at += 1)
    if (PLAIN[octets[at]!] === 0) return JSON.stringify(auditText(octets, start, end));
  return `"${LATIN1.call(octets, start, end)}"`;
}

/** Octets that neither audit text nor JSON escapes. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x20 && octet < 0x7f && octet !== BACKSLASH && octet !== QUOTE ? 1 : 0,
);

/** What `Buffer.toString("latin1")` calls; the way to it is longer than most fields. */
const LATIN1 = (
  Buffer.prototype as unknown as { latin1Slice(this: Uint8Array, start: number, end: number): string }
).latin1Slice;

/**
 * As `auditText`, but a backslash stays one: for messages, which people read and patterns of tests are matched against. It cannot be
 * turned back.
 */
export function auditMessage(octets: Uint8Array, start = 0, end = octets.length): string {
  return escaped(octets, start, end, "\\");
}

/** The octets that a text stands for; undefined where it is not text of `auditText`: a backslash that escapes nothing. */
export function auditOctets(text: string): Uint8Array | undefined {
  if (!text.includes("\\")) return LONE_SURROGATE.test(text) ? undefined : Buffer.from(text, "utf8");
  if (!isEscaped(text) || LONE_SURROGATE.test(text)) return undefined;
  const octets = Buffer.from(text, "utf8");
  let to = 0;
  for (let from = 0; from < octets.length; to += 1) {
    if (octets[from] !== BACKSLASH) {
      octets[to] = octets[from]!;
      from += 1;
    } else if (octets[from + 1] === BACKSLASH) {
      octets[to] = BACKSLASH;
      from += 2;
    } else {
      octets[to] = (digit(octets[from + 2]!) << 4) | digit(octets[from + 3]!);
      from += 4;
    }
  }
  return octets.subarray(0, to);
}

const LONE_SURROGATE = /\p{Surrogate}/u;

const ESCAPE = /\\(?:\\|x[0-9a-f]{2})/y;

/** Whether each backslash escapes something. One by one: a pattern over all of a long text takes more stack than there is. */
function isEscaped(text: string): boolean {
  for (let at = text.indexOf("\\"); at >= 0; at = text.indexOf("\\", ESCAPE.lastIndex)) {
    ESCAPE.lastIndex = at;
    if (!ESCAPE.test(text)) return false;
  }
  return true;
}

function digit(octet: number): number {
  return octet <= 0x39 ? octet - 0x30 : octet - 0x57;
}

function escaped(octets: Uint8Array, start: number, end: number, backslash: string): string {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  let text = "";
  let kept = start;
  for (let at = start; at < end; ) {
    const octet = octets[at]!;
    if (octet >= 0x20 && octet < 0x7f && octet !== BACKSLASH) {
      at += 1;
      continue;
    }
    const length = octet < 0x80 ? 0 : characterAt(octets, at, end);
    if (length > 0) {
      at += length;
      continue;
    }
    text += buffer.toString("utf8", kept, at);
    text += octet === BACKSLASH ? backslash : `\\x${HEX[octet >> 4]}${HEX[octet & 15]}`;
    at += 1;
    kept = at;
  }
  return text + buffer.toString("utf8", kept, end);
}

/** How many octets a character has that is shown as it is; 0 where none begins, or one that is escaped. RFC 3629 §4. */
function characterAt(octets: Uint8Array, at: number, end: number): number {
  const first = octets[at]!;
  const length = first >= 0xf5 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length === 0 || at + length > end) return 0;
  let code = first & (0x7f >> length);
  for (let next = at + 1; next < at + length; next += 1) {
    const octet = octets[next]!;
    if ((octet & 0xc0) !== 0x80) return 0;
    code = (code << 6) | (octet & 0x3f);
  }
  const least = length === 3 ? 0x800 : length === 4 ? 0x10000 : 0x80;
  if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return 0;
  return isHidden(code) ? 0 : length;
}

/** C1 controls, U+2028 and U+2029, which some readers take for the end of a line, and UAX #9, table 4, and its like. */
function isHidden(code: number): boolean {
  return (
    code < 0xa0 ||
    code === 0x61c ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069) ||
    code === 0xfeff
  );
}
