/**
 * `--filter` and `--bpf`, checked before anything is read: what cannot be understood, and names that nothing has.
 */
import { nearest, PalisadeError } from "@palisade/base";
import {
  applicationEntries,
  builtInRegistry,
  compileFlowFilter,
  type FlowFilterTerm,
  flowFilterFields,
  flowFilterTerms,
  networkProtocols,
} from "@palisade/inspect";
import { compileExpression } from "@palisade/link";
import { attributes } from "./options-help.js";

/**
 * The fields and attributes that a filter asks for.
 *
 * @throws {PalisadeError} `INSPECT_FILTER_INVALID`, also for fields, protocols, applications and categories that there are not
 */
export function checkFilter(text: string): readonly string[] {
  return named("--filter", () => {
    const terms = flowFilterTerms(text);
    for (const term of terms) checkField(term);
    for (const term of terms) {
      checkAttribute(term);
      checkValue(term);
    }
    compileFlowFilter(text);
    return terms.map(({ field }) => field);
  });
}

/** @throws {PalisadeError} `FILTER_SYNTAX`, `FILTER_TOO_LONG` */
export function checkBpf(text: string): void {
  named("--bpf", () => compileExpression(text));
}

/** Has what is wrong with a filter begin with the name of its option, and end with what to do. */
function named<T>(option: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof PalisadeError)) throw error;
    const message = error.message
      .replace(/^filter\b/, option)
      .replace(/tcpdump -ddd$/, "$& and give --bpf-ddd");
    throw new PalisadeError(error.code, message, { cause: error });
  }
}

function checkField({ field, column }: FlowFilterTerm): void {
  const fields = flowFilterFields.map(({ name }) => name);
  if (fields.includes(field)) return;
  const names = attributes().map(({ name }) => name);
  if (names.includes(field)) return;
  throw unknown(
    column,
    `there is no field "${field}"`,
    nearest(field, [...fields, ...names]),
    "`--filter help` lists them",
  );
}

/** Fields whose values are names of a list, what one of them is called, and the list. */
const NAMED: ReadonlyMap<string, readonly [what: string, names: () => readonly string[]]> = new Map([
  ["app_proto", ["protocol", protocolNames]],
  ["app", ["application", () => applicationEntries.map(({ name }) => name)]],
  ["category", ["category", categoryNames]],
]);
/** What people write for what is not known. */
const NOTHING: ReadonlySet<string> = new Set(["", "?", "-", "null", "none", "unknown", "undefined"]);

const NUMBER = /^-?\d+(?:\.\d+)?[kMG]?$/;

/** Refuses to compare an attribute with what it can never be. */
function checkAttribute({ field, operator, value, valueColumn }: FlowFilterTerm): void {
  const type = attributes().find(({ name }) => name === field)?.type;
  if (type === undefined || value === undefined || operator === "contains") return;
  const equality = operator === "==" || operator === "!=";
  if (!equality && type !== "number")
    throw invalid(valueColumn, `${field} is no number: compare it with ==, != or contains`);
  if (type === "number" && !NUMBER.test(value))
    throw invalid(valueColumn, `${field} is a number, and "${value}" is none`);
  if (type === "flag" && !/^(?:true|false)$/i.test(value))
    throw invalid(valueColumn, `${field} is true or false, never "${value}"`);
}

function checkValue({ field, operator, value, valueColumn }: FlowFilterTerm): void {
  const [what, list] = NAMED.get(field) ?? [];
  if (list === undefined || value === undefined || (operator !== "==" && operator !== "!=")) return;
  const names = list();
  if (names.includes(value.toLowerCase())) return;
  if (NOTHING.has(value.toLowerCase())) {
    const instead = operator === "==" ? `not ${field}` : field;
    throw invalid(valueColumn, `no ${what} is called "${value}": write ${instead}`);
  }
  const documents = field === "app" ? "docs/applications.md" : "docs/protocols.md";
  throw unknown(
    valueColumn,
    `no ${what} is called ${value}`,
    nearest(value, names),
    `${documents} lists them`,
  );
}

function protocolNames(): readonly string[] {
  return [...builtInRegistry().protocols.map(({ name }) => name), ...networkProtocols];
}

function categoryNames(): readonly string[] {
  return [
    ...new Set([...builtInRegistry().protocols, ...applicationEntries].map(({ category }) => category)),
    "network",
  ];
}

function unknown(
  column: number | undefined,
  what: string,
  near: string | undefined,
  otherwise: string,
): PalisadeError {
  return invalid(column, near === undefined ? `${what}; ${otherwise}` : `${what}: did you mean ${near}?`);
}

function invalid(column: number | undefined, what: string): PalisadeError {
  return new PalisadeError("INSPECT_FILTER_INVALID", `filter, column ${column}: ${what}`);
}
