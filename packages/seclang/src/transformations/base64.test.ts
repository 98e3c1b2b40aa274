import { base64Decode, base64DecodeExt, base64Encode } from "./base64.js";
import { testVectors, type Vector } from "./vectors.build.js";

/** RFC 4648 §10, without the empty one. */
const standard: readonly Vector[] = [
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg=="],
  ["fooba", "Zm9vYmE="],
  ["foobar", "Zm9vYmFy"],
];
const decoded: readonly Vector[] = [
  ["", ""],
  ...standard.map(([plain, encoded]): Vector => [encoded, plain]),
  ["Zm9vYg", "foob", "without padding"],
  ["Zm9vYmE", "fooba", "without padding"],
  ["Zm9vY", "foo", "a digit alone is no octet"],
  ["Z", ""],
  ["+/+/", "\xfb\xff\xbf"],
  ["AAAA", "\0\0\0"],
  ["Zm9v\r\nYmFy", "foobar", "line ends"],
  ["Zh==", "f", "bits that padding covers"],
];

testVectors(base64Decode, [
  ...decoded,
  ["Zm9v YmFy", "foo", "ends at what is not of the alphabet"],
  ["Zm9vYm.Fy", "foob"],
  ["Zg==Zg==", "f", "ends at the padding"],
  ["Zm-_", "f", "not the alphabet for URLs"],
  ["=Zm9v", ""],
  ["!", ""],
]);

testVectors(base64DecodeExt, [
  ...decoded,
  ["Zm9v YmFy", "foobar"],
  ["Z.m9v!", "foo"],
  ["=Zm9v", "foo"],
  ["Zm==9v", "foo"],
  ["Zm-_9v", "foo"],
  ["!\0\xff", ""],
]);

testVectors(base64Encode, [
  ["", ""],
  ...standard,
  ["\0\0\0", "AAAA"],
  ["\xfb\xff\xbf", "+/+/"],
  ["\xff", "/w=="],
]);
