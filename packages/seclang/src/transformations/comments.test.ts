import { removeComments, removeCommentsChar, replaceComments } from "./comments.js";
import { testVectors } from "./vectors.build.js";

testVectors(replaceComments, [
  ["", ""],
  ["plain", "plain"],
  ["UNION/**/SELECT", "UNION SELECT"],
  ["UNION/* x */SELECT", "UNION SELECT"],
  ["/*!50000SELECT*/", " ", "a conditional comment of MySQL is a comment"],
  ["a/*b*//*c*/d", "a  d", "spaces are not compressed"],
  ["a/*b", "a ", "not closed"],
  ["a/*b*", "a ", "not closed"],
  ["a/*/b", "a ", "the asterisk that opens does not close"],
  ["a/*b**/c", "a c"],
  ["a/*/**/*/b", "a */b", "comments do not nest"],
  ["a*/b", "a*/b", "a lone end"],
  ["a/", "a/"],
  ["a/ *b", "a/ *b"],
  ["-- a # b <!-- c -->", "-- a # b <!-- c -->"],
]);

testVectors(removeComments, [
  ["", ""],
  ["plain", "plain"],
  ["UN/**/ION", "UNION"],
  ["a/*b*//*c*/d", "ad"],
  ["a<!-- b -->c", "ac"],
  ["a<!-- b -- c -->d", "ad"],
  ["a/*b", "a ", "not closed"],
  ["a/*/b", "a ", "the asterisk that opens does not close"],
  ["a<!--b--", "a ", "not closed"],
  ["a -- b\nc", "a "],
  ["a # b\nc", "a "],
  ["/*a*/#b", "", "comments that touch"],
  ["a/*#*/b", "ab", "a mark in a comment"],
  ["a-b*c/d<!-e", "a-b*c/d<!-e"],
  ["a*/b", "a*/b", "a lone end"],
  ["a-", "a-"],
]);

testVectors(removeCommentsChar, [
  ["", ""],
  ["plain", "plain"],
  ["/*a*/", "a"],
  ["a--b", "ab"],
  ["a#b", "ab"],
  ["<!--a-->", "a"],
  ["a-->b", "ab"],
  ["a--->b", "a->b", "from left to right"],
  ["---", "-"],
  ["//**", "/*", "what comes together is not taken away again"],
  ["/*/", "/"],
  ["a-b*c/d<!-e", "a-b*c/d<!-e"],
  ["<!", "<!", "cut"],
  ["a/", "a/", "cut"],
]);
