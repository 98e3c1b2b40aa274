import { ipMatch, ipMatchF, ipMatchFromDataset, ipMatchFromFile } from "./addresses.js";
import { validateNid, verifyCC, verifyCPF, verifySSN, verifySVNR } from "./checked-numbers.js";
import { noMatch, unconditionalMatch } from "./constant.js";
import { validateByteRange, validateUrlEncoding, validateUtf8Encoding } from "./encodings.js";
import { detectSQLi, detectXSS } from "./injections.js";
import { eq, ge, gt, le, lt } from "./numeric.js";
import type { OperatorKind } from "./operator.js";
import { pm, pmFromDataset, pmFromFile, pmf } from "./phrases.js";
import { restpath } from "./rest-path.js";
import { rx } from "./rx.js";
import { beginsWith, contains, containsWord, endsWith, streq, strmatch, within } from "./text.js";

/** All operators. Those that are refused are known to the language (`OPERATORS.refused`), which says why when rules are loaded. */
export const operators: readonly OperatorKind[] = [
  beginsWith,
  contains,
  containsWord,
  detectSQLi,
  detectXSS,
  endsWith,
  eq,
  ge,
  gt,
  ipMatch,
  ipMatchF,
  ipMatchFromDataset,
  ipMatchFromFile,
  le,
  lt,
  noMatch,
  pm,
  pmf,
  pmFromDataset,
  pmFromFile,
  restpath,
  rx,
  streq,
  strmatch,
  unconditionalMatch,
  validateByteRange,
  validateNid,
  validateUrlEncoding,
  validateUtf8Encoding,
  verifyCC,
  verifyCPF,
  verifySSN,
  verifySVNR,
  within,
];

const byName: ReadonlyMap<string, OperatorKind> = new Map(
  operators.map((operator) => [operator.name.toLowerCase(), operator]),
);

/** The operator of a name without its `@`, in any case. */
export function operatorOf(name: string): OperatorKind | undefined {
  return byName.get(name.toLowerCase());
}
