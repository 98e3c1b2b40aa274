/** Characters, references and the declaration of XML 1.0 (Fifth Edition), as far as a body's reading needs them. */
import { hexDigit } from "./urlencoded.js";

const predefined: ReadonlyArray<readonly [Uint8Array, number]> = [
  ["lt", 0x3c] as const,
  ["gt", 0x3e] as const,
  ["amp", 0x26] as const,
  ["quot", 0x22] as const,
  ["apos", 0x27] as const,
].map(([name, code]) => [new TextEncoder().encode(name), code] as const);

/** Encodings in which ASCII's octets are ASCII's characters (names of IANA's registry). */
const ASCII_ENCODING = /^(?:utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin1|windows-125\d)$/i;
const ENCODING = /\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/;

/** Whether a processing instruction, without its brackets, is the XML declaration (§2.8). */
export function isXmlDeclaration(text: string): boolean {
  return /^xml\s/i.test(text);
}

/** Whether an XML declaration names no encoding but one that holds ASCII; one that cannot be read counts as another. */
export function declaresAscii(text: string): boolean {
  if (!/encoding/i.test(text)) return true;
  const found = ENCODING.exec(text);
  return ASCII_ENCODING.test(found?.[1] ?? found?.[2] ?? "");
}

/** White space (§2.3 S). */
export function isXmlWhite(octet: number): boolean {
  return octet === 0x20 || octet === 0x0a || octet === 0x0d || octet === 0x09;
}

/** Octets that a name cannot have, control characters among them. */
export const notInName: Uint8Array = new Uint8Array(256).fill(1, 0, 0x21);
for (const character of "<>&/='\"!?;,(){}[]*+%$#@^`|~\\") notInName[character.charCodeAt(0)] = 1;
/** Octets that it cannot begin with. */
export const notFirst: Uint8Array = notInName.slice().fill(1, 0x30, 0x3a);
notFirst[0x2d] = notFirst[0x2e] = 1;

/**
 * The code point that a reference stands for (§4.1, §4.6); -1: none that is known.
 *
 * @param octets what stands between `&` and `;`, `octets[0 … length)`
 */
export function referencedCodePoint(octets: Uint8Array, length: number): number {
  if (length === 0) return -1;
  if (octets[0] !== 0x23) {
    for (const [name, code] of predefined) {
      let same = name.length === length;
      for (let n = 0; same && n < length; n += 1) same = name[n] === octets[n];
      if (same) return code;
    }
    return -1;
  }
  const hexadecimal = length > 1 && octets[1] === 0x78;
  const first = hexadecimal ? 2 : 1;
  let code = 0;
  for (let n = first; n < length; n += 1) {
    const digit = hexDigit(octets[n]!);
    if (digit < 0 || (!hexadecimal && digit > 9)) return -1;
    code = Math.min(code * (hexadecimal ? 16 : 10) + digit, 0x110000);
  }
  return length > first && isCharacter(code) ? code : -1;
}

/** §2.2 Char. */
function isCharacter(code: number): boolean {
  return (
    code === 0x09 ||
    code === 0x0a ||
    code === 0x0d ||
    (code >= 0x20 && code < 0xd800) ||
    (code >= 0xe000 && code < 0xfffe) ||
    (code >= 0x10000 && code < 0x110000)
  );
}
