import { compilingPattern } from "@palisade/match";
import { argumentError, quoted, textOf } from "./argument.js";
import { CAPTURES_MAX, type OperatorKind, slicedKind } from "./operator.js";
import { searching } from "./rx.js";

const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * `@restpath`: the path is somewhere in the value, where `{name}` stands for as many octets as it can, none and slashes included, as
 * in Coraza. What stands for the names are the groups from 1 on, in their order; there is no ARGS_PATH.
 *
 * SecRule REQUEST_FILENAME "@restpath /users/{id}/posts/{post}" "id:103,phase:1,pass"
 */
export const restpath: OperatorKind = slicedKind("restpath", function* (argument) {
  const names: string[] = [];
  let source = "";
  for (let at = 0; at < argument.length; at += 1) {
    const octet = argument[at]!;
    if (octet !== OPEN && octet !== CLOSE) {
      source += `\\x${octet.toString(16).padStart(2, "0")}`;
      continue;
    }
    const close = octet === OPEN ? argument.indexOf(CLOSE, at) : -1;
    const name = argument.subarray(at + 1, Math.max(at + 1, close));
    if (name.length === 0 || name.includes(OPEN)) {
      throw argumentError(
        "restpath",
        `a brace that is not part of a {name} in ${quoted(argument)}; write as in /users/{id}`,
      );
    }
    names.push(textOf(name));
    source += "(.*)";
    at = close;
  }
  if (names.length >= CAPTURES_MAX)
    throw argumentError("restpath", `more than ${CAPTURES_MAX - 1} names; write a shorter path`);
  if (new Set(names).size < names.length)
    throw argumentError("restpath", `two parts have one name in ${quoted(argument)}; rename one`);
  return searching(yield* compilingPattern(source, "s"));
});
