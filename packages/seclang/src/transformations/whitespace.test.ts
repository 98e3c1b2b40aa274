import { testVectors } from "./vectors.build.js";
import { compressWhitespace, removeWhitespace, trim, trimLeft, trimRight } from "./whitespace.js";

testVectors(removeWhitespace, [
  ["", ""],
  ["plain", "plain"],
  [" a b ", "ab"],
  ["a\t\n\v\f\rb", "ab"],
  ["a\xa0b", "ab", "the no-break space"],
  ["a\xc2\xa0b", "ab", "the no-break space in UTF-8"],
  ["\xc2\xa3\xc2", "\xc2\xa3\xc2", "other characters that begin alike"],
  [" \xc2", "\xc2", "cut"],
  ["\xe0 la", "\xe0la"],
  ["a\0\x85b", "a\0\x85b"],
  [" \t ", ""],
]);

testVectors(compressWhitespace, [
  ["", ""],
  ["plain", "plain"],
  ["a b", "a b"],
  ["a   b", "a b"],
  ["a\tb", "a b"],
  [" \t\n\v\f\r", " "],
  ["  a  b  ", " a b "],
  ["a\xa0\xa0b", "a b", "the no-break space"],
  ["a \xc2\xa0\xc2\xa0 b", "a b", "the no-break space in UTF-8"],
  ["\xc2\xa3\xc2", "\xc2\xa3\xc2", "other characters that begin alike"],
  ["a\0b", "a\0b"],
]);

testVectors(trim, [
  ["", ""],
  ["plain", "plain"],
  ["   ", ""],
  ["  a  b  ", "a  b"],
  [" \t\n\v\f\ra\r\f\v\n\t ", "a"],
  ["a ", "a"],
  [" a", "a"],
  ["\xa0a\xa0", "\xa0a\xa0"],
  ["\0 a \0", "\0 a \0"],
]);

testVectors(trimLeft, [
  ["", ""],
  ["plain", "plain"],
  ["   ", ""],
  ["  a  b  ", "a  b  "],
  [" \t\n\v\f\ra\t", "a\t"],
  ["a ", "a "],
  [" a", "a"],
  ["\xa0a", "\xa0a"],
  ["\0 a", "\0 a"],
]);

testVectors(trimRight, [
  ["", ""],
  ["plain", "plain"],
  ["   ", ""],
  ["  a  b  ", "  a  b"],
  ["\ta\r\f\v\n\t ", "\ta"],
  ["a ", "a"],
  [" a", " a"],
  ["a\xa0", "a\xa0"],
  ["a \0", "a \0"],
]);
