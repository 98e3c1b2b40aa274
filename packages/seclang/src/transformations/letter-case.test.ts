import { lowercase, uppercase } from "./letter-case.js";
import { testVectors } from "./vectors.build.js";

testVectors(lowercase, [
  ["", ""],
  ["plain", "plain"],
  ["SELECT", "select"],
  ["AZ", "az"],
  ["@[`{", "@[`{", "beside the letters"],
  ["09 _", "09 _"],
  ["A\0B", "a\0b"],
  ["\xc3\x89", "\xc3\x89", "ASCII only"],
]);

testVectors(uppercase, [
  ["", ""],
  ["PLAIN", "PLAIN"],
  ["select", "SELECT"],
  ["az", "AZ"],
  ["@[`{", "@[`{", "beside the letters"],
  ["09 _", "09 _"],
  ["a\0b", "A\0B"],
  ["\xc3\xa9", "\xc3\xa9", "ASCII only"],
]);
