import { length } from "./length.js";
import { none } from "./none.js";
import { testVectors } from "./vectors.build.js";

testVectors(length, [
  ["", "0"],
  ["a", "1"],
  ["ABCDE", "5"],
  ["\0\0", "2"],
  ["\xc3\xa9", "2", "octets, not characters"],
  ["x".repeat(9), "9"],
  ["x".repeat(10), "10"],
  ["x".repeat(99_999), "99999"],
  ["x".repeat(100_000), "100000"],
]);

testVectors(none, [
  ["", ""],
  ["plain", "plain"],
  ["%41", "%41"],
  ["\\x41", "\\x41"],
  [" A ", " A "],
  ["\0", "\0"],
  ["\xff", "\xff"],
  ["/*a*/", "/*a*/"],
]);
