import { removeNulls, replaceNulls } from "./nulls.js";
import { testVectors } from "./vectors.build.js";

testVectors(removeNulls, [
  ["", ""],
  ["plain", "plain"],
  ["\0", ""],
  ["\0\0\0", ""],
  ["a\0b", "ab"],
  ["\0a", "a"],
  ["a\0", "a"],
  ["\0\xff\0\x010\0", "\xff\x010"],
]);

testVectors(replaceNulls, [
  ["", ""],
  ["plain", "plain"],
  ["\0", " "],
  ["\0\0\0", "   "],
  ["a\0b", "a b"],
  ["\0a", " a"],
  ["a\0", "a "],
  ["\0\xff\0\x010\0", " \xff \x010 "],
]);
