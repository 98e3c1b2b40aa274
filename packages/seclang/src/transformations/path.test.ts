import { normalizePath, normalizePathWin } from "./path.js";
import { testVectors, type Vector } from "./vectors.build.js";

/** What both do. */
const common: readonly Vector[] = [
  ["", ""],
  ["name", "name"],
  ["/usr/share/doc", "/usr/share/doc"],
  ["/usr//share///doc", "/usr/share/doc"],
  ["usr/./share/.", "usr/share"],
  ["usr/./share/./", "usr/share/"],
  ["/usr/bin/../share", "/usr/share"],
  ["usr/bin/..", "usr"],
  ["usr/bin/../", "usr/"],
  ["a/b/c/../../../d", "d"],
  ["a/../../../d", "../../d", "leads out of a relative path"],
  ["../../etc/passwd", "../../etc/passwd"],
  ["./../a", "../a"],
  ["../a/../..", "../.."],
  ["../.", ".."],
  [".././", "../"],
  ["/../../etc/passwd", "/etc/passwd", "the root has no parent"],
  ["/a/../..", "/"],
  ["/..", "/"],
  ["/./", "/"],
  ["//", "/"],
  ["/", "/"],
  [".", ""],
  ["./", ""],
  ["..", ".."],
  ["a/..", ""],
  ["a/../", ""],
  ["/a/.../b", "/a/.../b", "three dots are a name"],
  ["a../..b/.c/d.", "a../..b/.c/d.", "dots in names"],
  ["/a/b\0/../c", "/a/c"],
  ["..//..//a", "../../a"],
  ["//host/share", "/host/share"],
];

testVectors(normalizePath, [...common, ["a\\..\\b", "a\\..\\b"], ["a\\/../b", "b"]]);

testVectors(normalizePathWin, [
  ...common,
  ["a\\..\\b", "b"],
  ["C:\\Windows\\.\\System32\\..\\x", "C:/Windows/x"],
  ["..\\../a\\", "../../a/"],
  ["\\\\host\\share", "/host/share"],
  ["\\", "/"],
]);
