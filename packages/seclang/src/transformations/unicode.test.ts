import { utf8toUnicode } from "./unicode.js";
import { testVectors } from "./vectors.build.js";

testVectors(utf8toUnicode, [
  ["", ""],
  ["plain %u0041", "plain %u0041"],
  ["na\xc3\xafve", "na%u00efve", "two octets"],
  ["\xe2\x82\xac5", "%u20ac5", "three octets"],
  ["\xf0\x9f\x9a\x80!", "%u1f680!", "four octets"],
  ["\xf4\x8f\xbf\xbf", "%u10ffff", "the last code point"],
  ["\xf4\x90\x80\x80", "\xf4\x90\x80\x80", "above the last code point"],
  ["\xef\xbc\x9cscript\xef\xbc\x9e", "%uff1cscript%uff1e", "full-width forms"],
  ["\xc0\xaf", "%u002f", "over-long"],
  ["\xe0\x80\xaf", "%u002f", "over-long"],
  ["\xf0\x80\x80\xaf", "%u002f", "over-long"],
  ["\xed\xa0\x80", "%ud800", "a surrogate"],
  ["\x80\xbf", "\x80\xbf", "no lead"],
  ["\xc3", "\xc3", "cut"],
  ["\xe2\x82", "\xe2\x82", "cut"],
  ["\xf0\x9f\x9a", "\xf0\x9f\x9a", "cut"],
  ["\xc3\xc3\xaf", "\xc3%u00ef", "a lead before a sequence"],
  ["\xe2\x82(", "\xe2\x82("],
  ["\xf5\x80\x80\x80\xff", "\xf5\x80\x80\x80\xff", "no leads"],
  ["a\0b", "a\0b"],
]);
