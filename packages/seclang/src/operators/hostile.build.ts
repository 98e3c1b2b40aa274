/** Values that cost a matcher much, for tests and the fuzzer: what is repeated without end, and what nearly is what rules look for. */
import { latin1 } from "@palisade/wire";

/**
 * Steps that an octet of a value may take, whatever the value and the rule. A step takes from 5 ns, an octet in a table, to 20 ns, a state
 * that is tried for captures (bench/record/rule-cost.md), so that 4 KiB stay below 5 ms. A pattern can be written that takes more: as many
 * steps as it has states.
 */
export const STEPS_PER_OCTET_MAX = 56;

/** Repeated alone: 941160 of the Core Rule Set takes seconds on the first in a matcher that goes back, 942251 on the second. */
const REPEATED: readonly string[] = [
  "<",
  " ",
  ..."\t\n\r\0aAz019_'\"`()[]{}\\/;:&%$#@!?*+-.,=>|~^\xa0\xff",
  "a ",
  "a1",
  "aA",
  "a\n",
  "a.",
  "a/",
  "a=",
  "a(",
  "<a",
  "<a ",
  "/*",
  "*/",
  "--",
  "''",
  "\"'",
  "''\"",
  "()",
  "(())",
  "[[",
  "a[",
  "f(a[)",
  "::",
  "$$",
  "$a$",
  "${",
  "{{",
  "%00",
  "%u0",
  "&#",
  "&#x",
  "&tab",
  "\\x",
  "\\u00",
  "../",
  "..\\",
  "c'a't ",
  "c\\a\\t ",
  "1e",
  "1.e",
  "1,",
  "1-1 ",
  " or ",
  " or 1=1",
  "select ",
  "union select ",
  "select*from",
  " in ",
  "case when ",
  "<script ",
  "<svg onload=",
  " onx=",
  "on x=",
  "style=",
  "javascript:",
  "data:",
  "exec(eval(system(",
  "<?php $_GET['a'](",
  "java.lang.Runtime",
  "http://",
  "QWxhZGRpbjpvcGVuIHNlc2FtZQ",
];
/** Put together at random: what most rules look for, cut short. */
const PIECES: readonly string[] = [
  ...REPEATED,
  ..."select union from where and or not in insert into drop table sleep( benchmark( @@version 0x <script alert( on error src href".split(
    " ",
  ),
  ..."cat /etc/passwd bash curl wget nc ping whoami ; | & ` $( eval( system( exec( passthru( php:// expect:// java. runtime".split(
    " ",
  ),
];

/** Values of `bytes` octets each, the same every time. */
export function hostileValues(
  bytes: number,
): readonly { readonly name: string; readonly octets: Uint8Array }[] {
  const repeated = REPEATED.map((piece) => ({
    name: JSON.stringify(piece),
    octets: latin1(piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes)),
  }));
  let state = 1;
  const below = (bound: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % bound;
  };
  const drawn = (name: string, of: readonly string[], between: string) => {
    let text = "";
    while (text.length < bytes) text += of[below(of.length)]! + (below(3) === 0 ? between : "");
    return { name, octets: latin1(text.slice(0, bytes)) };
  };
  return [
    ...repeated,
    drawn("two letters", ["a", "b"], ""),
    drawn("letters and digits", [..."abcdefghijklmnopqrstuvwxyz0123456789 "], ""),
    drawn("signs", [..."<>'\"`()[]{}\\/;:&%$#@!?*+-.,=|~^ "], ""),
    drawn(
      "ASCII",
      Array.from({ length: 95 }, (_, at) => String.fromCharCode(0x20 + at)),
      "",
    ),
    drawn(
      "octets",
      Array.from({ length: 256 }, (_, at) => String.fromCharCode(at)),
      "",
    ),
    drawn("pieces", PIECES, ""),
    drawn("pieces and blanks", PIECES, " "),
    drawn("pieces and quotes", PIECES, "'"),
  ];
}
