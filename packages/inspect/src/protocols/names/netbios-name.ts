/**
 * NetBIOS names as they stand in packets: first-level encoding, RFC 1001 §14.1 and RFC 1002 §4.1.
 *
 * Sixteen octets (fifteen of name, padded with blanks, and a suffix that tells the kind of service) become 32 letters `A` … `P`,
 * a nibble each, in a label of length 32; the labels of a scope may follow, then the root.
 */
import { u8 } from "@palisade/wire";
import { decodeText } from "../../flow-context.js";

/** The label with its length octet. */
const ENCODED_BYTES = 33;
const ENCODED_LENGTH = 32;
const NAME_BYTES = 16;
const LETTER_A = 0x41;
const LETTER_P = 0x50;
const BLANK = 0x20;

/** Whether a first-level encoded label stands at `at`, whole before `end`. */
export function isNetbiosLabel(octets: Uint8Array, at: number, end: number): boolean {
  if (end - at < ENCODED_BYTES || u8(octets, at) !== ENCODED_LENGTH) return false;
  for (let index = at + 1; index < at + ENCODED_BYTES; index += 1) {
    const letter = u8(octets, index);
    if (letter < LETTER_A || letter > LETTER_P) return false;
  }
  return true;
}

const decoded = new Uint8Array(NAME_BYTES);

/** The name in the label at `at` with its suffix in hexadecimal digits: `FILESERVER<20>`. */
export function netbiosLabelText(octets: Uint8Array, at: number): string {
  for (let index = 0; index < NAME_BYTES; index += 1) {
    const letters = at + 1 + index * 2;
    decoded[index] = ((u8(octets, letters) - LETTER_A) << 4) | (u8(octets, letters + 1) - LETTER_A);
  }
  return netbiosText(decoded, 0);
}

/** As `netbiosLabelText`, for the sixteen octets of a name that is not encoded, as in a node status response. */
export function netbiosText(octets: Uint8Array, at: number): string {
  let length = NAME_BYTES - 1;
  while (length > 0 && (octets[at + length - 1] === BLANK || octets[at + length - 1] === 0)) length -= 1;
  const suffix = u8(octets, at + NAME_BYTES - 1)
    .toString(16)
    .padStart(2, "0");
  return `${decodeText(octets, at, at + length)}<${suffix}>`;
}
