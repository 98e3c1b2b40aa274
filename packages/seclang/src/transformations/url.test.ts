import { urlDecode, urlDecodeUni, urlEncode } from "./url.js";
import { testVectors, type Vector } from "./vectors.build.js";

/** What both decoders do. */
const common: readonly Vector[] = [
  ["", ""],
  ["%3Cp%3e", "<p>", "digits in either case"],
  ["one+two", "one two"],
  ["%2B", "+", "what was decoded is not decoded again"],
  ["%2541", "%41"],
  ["a%00b", "a\0b"],
  ["%FF", "\xff"],
  ["caf\xc3\xa9", "caf\xc3\xa9"],
  ["100%", "100%", "an escape cut after the sign"],
  ["100%4", "100%4", "an escape cut after one digit"],
  ["%4x%x4", "%4x%x4", "not hexadecimal"],
  ["%%41", "%A"],
  ["%4%41", "%4A"],
];

testVectors(urlDecode, [...common, ["%u0041", "%u0041"], ["%u%41", "%uA"]]);

testVectors(urlDecodeUni, [
  ...common,
  ["%u0041%U0042", "AB"],
  ["%uff1cb%uFF1E", "<b>", "full-width forms"],
  ["%uff01%uff5e", "!~", "the first and the last full-width form"],
  ["%uff00%uff5f", "\0_", "beside the full-width forms"],
  ["%u1241", "A", "the lowest octet is left"],
  ["%u0000", "\0"],
  ["%u", "%u", "cut"],
  ["%u0", "%u0", "cut"],
  ["%u004", "%u004", "cut"],
  ["%u00+1", "%u00 1"],
  ["%u00%41", "%u00A"],
  ["%u00g1", "%u00g1"],
  ["%uu0041", "%uu0041"],
  ["%u00411", "A1"],
]);

testVectors(urlEncode, [
  ["", ""],
  ["azAZ09", "azAZ09"],
  ["a b", "a+b"],
  ["a+b", "a%2bb"],
  ["*", "*"],
  ["-._~", "%2d%2e%5f%7e"],
  ["\0\xff", "%00%ff"],
  ["50%", "50%25"],
  ["/?&=", "%2f%3f%26%3d"],
]);
