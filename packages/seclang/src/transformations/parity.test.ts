import { parityEven7bit, parityOdd7bit, parityZero7bit } from "./parity.js";
import { testVectors } from "./vectors.build.js";

testVectors(parityEven7bit, [
  ["", ""],
  ["a", "\xe1"],
  ["A", "A"],
  ["\0", "\0"],
  ["\x01", "\x81"],
  ["\x7f", "\xff"],
  ["\xe1", "\xe1", "has its parity"],
  ["\xc1", "A", "had the other parity"],
  ["\x80", "\0"],
]);

testVectors(parityOdd7bit, [
  ["", ""],
  ["a", "a"],
  ["A", "\xc1"],
  ["\0", "\x80"],
  ["\x01", "\x01"],
  ["\x7f", "\x7f"],
  ["\xc1", "\xc1", "has its parity"],
  ["\xe1", "a", "had the other parity"],
  ["\x80", "\x80"],
]);

testVectors(parityZero7bit, [
  ["", ""],
  ["a", "a"],
  ["\xe1", "a"],
  ["\xc1", "A"],
  ["\0", "\0"],
  ["\x80", "\0"],
  ["\xff", "\x7f"],
  ["\x7f", "\x7f"],
]);
