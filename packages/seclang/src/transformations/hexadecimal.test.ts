import { hexDecode, hexEncode, sqlHexDecode } from "./hexadecimal.js";
import { testVectors } from "./vectors.build.js";

testVectors(hexEncode, [
  ["", ""],
  ["A", "41"],
  ["AZ", "415a"],
  ["\0", "00"],
  ["\xff", "ff"],
  ["\x0f\xf0", "0ff0"],
  ["\xc3\xa9", "c3a9"],
  ["a b", "612062"],
]);

testVectors(hexDecode, [
  ["", ""],
  ["41", "A"],
  ["415a", "AZ"],
  ["6F6f", "oo"],
  ["00ff", "\0\xff"],
  ["414", "A", "a digit alone is no octet"],
  ["4", ""],
  ["41zz42", "A", "ends at what is not hexadecimal"],
  ["4 1", ""],
  ["0x41", ""],
]);

testVectors(sqlHexDecode, [
  ["", ""],
  ["plain", "plain"],
  ["0x41", "A"],
  ["0X4a4B", "JK"],
  ["a=0x41 or b=0x42", "a=A or b=B"],
  ["10x41", "1A"],
  ["0x414", "A4", "a digit alone is no octet"],
  ["0x4", "0x4", "cut"],
  ["0x", "0x", "cut"],
  ["0", "0", "cut"],
  ["0xg1", "0xg1"],
  ["0x0x41", "0xA"],
  ["0x410x42", "A0x42", "the zero belongs to the first"],
  ["x'41'", "x'41'"],
  ["0x00", "\0"],
]);
