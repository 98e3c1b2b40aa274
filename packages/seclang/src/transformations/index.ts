/**
 * All transformations: those of ModSecurity 3's reference manual, which Coraza's are too. Where manual and engines leave a case open,
 * the transformation's comment says what it does and after whom.
 */
import { base64Decode, base64DecodeExt, base64Encode } from "./base64.js";
import { cmdLine } from "./command-line.js";
import { removeComments, removeCommentsChar, replaceComments } from "./comments.js";
import { md5, sha1 } from "./digest.js";
import { cssDecode, escapeSeqDecode, jsDecode } from "./escapes.js";
import { hexDecode, hexEncode, sqlHexDecode } from "./hexadecimal.js";
import { htmlEntityDecode } from "./html.js";
import { length } from "./length.js";
import { lowercase, uppercase } from "./letter-case.js";
import { none } from "./none.js";
import { removeNulls, replaceNulls } from "./nulls.js";
import { parityEven7bit, parityOdd7bit, parityZero7bit } from "./parity.js";
import { normalizePath, normalizePathWin } from "./path.js";
import type { Transformation } from "./transformation.js";
import { utf8toUnicode } from "./unicode.js";
import { urlDecode, urlDecodeUni, urlEncode } from "./url.js";
import { compressWhitespace, removeWhitespace, trim, trimLeft, trimRight } from "./whitespace.js";

/** All, by name. */
export const transformations: readonly Transformation[] = [
  base64Decode,
  base64DecodeExt,
  base64Encode,
  cmdLine,
  compressWhitespace,
  cssDecode,
  escapeSeqDecode,
  hexDecode,
  hexEncode,
  htmlEntityDecode,
  jsDecode,
  length,
  lowercase,
  md5,
  none,
  normalizePath,
  normalizePathWin,
  parityEven7bit,
  parityOdd7bit,
  parityZero7bit,
  removeComments,
  removeCommentsChar,
  removeNulls,
  removeWhitespace,
  replaceComments,
  replaceNulls,
  sha1,
  sqlHexDecode,
  trim,
  trimLeft,
  trimRight,
  uppercase,
  urlDecode,
  urlDecodeUni,
  urlEncode,
  utf8toUnicode,
];

const byName = new Map(transformations.map((each) => [each.name.toLowerCase(), each]));
// The manual's older names of these two.
byName.set("normalisepath", normalizePath);
byName.set("normalisepathwin", normalizePathWin);

/** The transformation that rules name so after `t:`, in any case; undefined where there is none. */
export function transformationOf(name: string): Transformation | undefined {
  return byName.get(name.toLowerCase());
}
