/** Operators that judge whether a value is code where data was expected (packages/seclang/src/detect/). */
import { latin1 } from "@palisade/wire";
import { detectHtml, HTML_SIGNS } from "../detect/html/detect-html.js";
import { htmlWork } from "../detect/html/work.js";
import { detectSql, SQL_SIGNS, sqlWork } from "../detect/sql/index.js";
import type { Captures, OperatorKind } from "./operator.js";

/** `@detectSQLi`: holds for what reads as an injection of SQL; its shape is TX.0. */
export const detectSQLi: OperatorKind = {
  name: "detectSQLi",
  compile: () => ({
    engine: "detector",
    work: sqlWork,
    requiredOctets: [SQL_SIGNS],
    test(octets, start, end, captures) {
      const shape = detectSql(octets, start, end);
      if (shape === undefined) return false;
      if (captures !== undefined) capture(captures, latin1(shape), 0, shape.length);
      return true;
    },
  }),
};

/** `@detectXSS`: holds for what a browser could run as script; the value is TX.0. */
export const detectXSS: OperatorKind = {
  name: "detectXSS",
  compile: () => ({
    engine: "detector",
    work: htmlWork,
    requiredOctets: [HTML_SIGNS],
    test(octets, start, end, captures) {
      if (!detectHtml(octets, start, end)) return false;
      if (captures !== undefined) capture(captures, octets, start, end);
      return true;
    },
  }),
};

function capture(captures: Captures, octets: Uint8Array, start: number, end: number): void {
  captures.octets = octets;
  captures.count = 1;
  captures.starts[0] = start;
  captures.ends[0] = end;
}
