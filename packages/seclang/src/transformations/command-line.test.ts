import { cmdLine } from "./command-line.js";
import { testVectors } from "./vectors.build.js";

testVectors(cmdLine, [
  ["", ""],
  ["plain", "plain"],
  ["NeT UsEr", "net user"],
  ["n^e\\t 'u\"ser\"'", "net user"],
  ["dir,c:;type", "dir c: type"],
  ["a \t\r\n b", "a b"],
  ["net  /all", "net/all"],
  ["echo (1", "echo(1"],
  ["a;/b,(c", "a/b(c"],
  ['a \\"/b', "a/b", "what goes does not end the run"],
  ["a ^ b", "a b"],
  [" /", "/"],
  ["(  (", "(("],
  ["  a  ", " a "],
  ["a\v\fb", "a\v\fb"],
  ["\xc9\0\xa0", "\xc9\0\xa0"],
]);
