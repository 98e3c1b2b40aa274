/** Audit records read back, each checked as a whole: what a field is not is told with the line it stands in. */
import { PalisadeError } from "@palisade/base";
import { RULE_SEVERITIES } from "../language/actions.js";
import { RULE_ID_MAX } from "../language/values.js";
import type {
  AuditAction,
  AuditEnd,
  AuditField,
  AuditRecord,
  AuditRequest,
  AuditResponse,
  AuditRule,
} from "./record.js";
import { auditOctets } from "./text.js";

/** Most octets of a line that is read: several times what a record can have. */
export const AUDIT_LINE_BYTES_MAX = 67_108_864;

/** A line of a log. */
export interface AuditPlace {
  /** As it was named to whoever reads it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** @throws {PalisadeError} `AUDIT_INVALID`, its message `FILE:LINE: what is wrong, what was expected` */
export function readAudit(line: string, place: AuditPlace): AuditRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (cause) {
    throw auditError(place, "this is not JSON, expected an audit record on each line", cause);
  }
  try {
    return recordOf(new Node(parsed, ""));
  } catch (error) {
    if (error instanceof Mismatch) throw auditError(place, error.message);
    throw error;
  }
}

/** An error about a log. @param message what is wrong, what was expected */
export function auditError(place: AuditPlace, message: string, cause?: unknown): PalisadeError {
  const options = cause === undefined ? undefined : { cause };
  return new PalisadeError("AUDIT_INVALID", `${place.file}:${place.line}: ${message}`, options);
}

/** What was found is not what a record has; always caught here. */
class Mismatch extends Error {}

/** A value, and the path that leads to it. */
class Node {
  readonly #value: unknown;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    this.#value = value;
    this.#path = path;
  }

  get isNull(): boolean {
    return this.#value === null;
  }

  get isMissing(): boolean {
    return this.#value === undefined;
  }

  at(name: string): Node {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.#not("an object");
    const own = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
    return new Node(own, this.#path === "" ? name : `${this.#path}.${name}`);
  }

  list(): Node[] {
    const value = this.#value;
    if (!Array.isArray(value)) throw this.#not("a list");
    return value.map((item, at) => new Node(item, `${this.#path}[${at}]`));
  }

  string(): string {
    if (typeof this.#value !== "string") throw this.#not("a text");
    return this.#value;
  }

  /** Text that octets can be made of. */
  octets(): string {
    const text = this.string();
    if (auditOctets(text) === undefined)
      throw this.#not("text in which a backslash is followed by another or by xhh");
    return text;
  }

  integer(least: number, most: number): number {
    const value = this.#value;
    if (!(Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most))
      throw this.#not(`a whole number from ${least} to ${most}`);
    return value as number;
  }

  number(): number {
    const value = this.#value;
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0)
      throw this.#not("a number of 0 or more");
    return value;
  }

  oneOf<const T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.#value);
    if (found === undefined) throw this.#not(choices.map((choice) => `"${choice}"`).join(" or "));
    return found;
  }

  isTrue(): true {
    if (this.#value !== true) throw this.#not("true");
    return true;
  }

  time(): string {
    const text = this.string();
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) || Number.isNaN(Date.parse(text)))
      throw this.#not("a time as 2026-01-31T23:59:59.999Z");
    return text;
  }

  #not(expected: string): Mismatch {
    const what = this.#path === "" ? "the line" : this.#path;
    return new Mismatch(
      `${what} is ${this.isMissing ? "missing" : kindOf(this.#value)}, expected ${expected}`,
    );
  }
}

const SHOWN_CHARACTERS = 40;

/** A value as a message names it: short values themselves. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value);
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}

const PORT_MAX = 65_535;
const STATUS_MAX = 999;

function recordOf(node: Node): AuditRecord {
  const [marker, request, response, action] = ["marker", "request", "response", "action"].map((name) =>
    node.at(name),
  );
  return {
    id: node.at("id").string(),
    time: node.at("time").time(),
    marker: marker!.isNull ? null : marker!.octets(),
    client: endOf(node.at("client")),
    server: endOf(node.at("server")),
    request: request!.isNull ? null : requestOf(request!),
    response: response!.isNull ? null : responseOf(response!),
    engine: node.at("engine").oneOf(["On", "DetectionOnly", "Off"]),
    action: action!.isNull ? null : actionOf(action!),
    rules: node.at("rules").list().map(ruleOf),
    rules_dropped: node.at("rules_dropped").integer(0, Number.MAX_SAFE_INTEGER),
    errors: node
      .at("errors")
      .list()
      .map((line) => line.string()),
    milliseconds: node.at("milliseconds").number(),
  };
}

function endOf(node: Node): AuditEnd {
  return { address: node.at("address").string(), port: node.at("port").integer(0, PORT_MAX) };
}

function requestOf(node: Node): AuditRequest {
  const [headers, trailers] = [fieldsOf(node.at("headers")), fieldsOf(node.at("trailers"))];
  return {
    method: node.at("method").octets(),
    target: node.at("target").octets(),
    protocol: node.at("protocol").octets(),
    ...(headers !== undefined && { headers }),
    ...(trailers !== undefined && { trailers }),
    ...bodyOf(node),
  };
}

function responseOf(node: Node): AuditResponse {
  const headers = fieldsOf(node.at("headers"));
  return {
    protocol: node.at("protocol").octets(),
    status: node.at("status").integer(0, STATUS_MAX),
    ...(headers !== undefined && { headers }),
    ...bodyOf(node),
    from: node.at("from").oneOf(["upstream", "shield"]),
  };
}

function fieldsOf(fields: Node): readonly AuditField[] | undefined {
  if (fields.isMissing) return undefined;
  return fields.list().map((pair): AuditField => {
    const items = pair.list();
    const [name, value] = items;
    if (name === undefined || value === undefined || items.length > 2)
      throw new Mismatch(`a header or trailer has ${items.length} texts, expected a name and a value`);
    return [name.octets(), value.octets()];
  });
}

function bodyOf(node: Node): Pick<AuditRequest, "body" | "body_bytes" | "body_cut"> {
  const [body, cut] = [node.at("body"), node.at("body_cut")];
  return {
    ...(!body.isMissing && { body: body.octets() }),
    body_bytes: node.at("body_bytes").integer(0, Number.MAX_SAFE_INTEGER),
    ...(!cut.isMissing && { body_cut: cut.isTrue() }),
  };
}

function actionOf(node: Node): AuditAction {
  const rule = node.at("rule");
  return {
    action: node.at("action").oneOf(["deny", "drop", "redirect"]),
    status: node.at("status").integer(0, STATUS_MAX),
    rule: rule.isNull ? null : rule.integer(0, RULE_ID_MAX),
  };
}

function ruleOf(node: Node): AuditRule {
  const [msg, data, ver] = ["msg", "data", "ver"].map((name) => node.at(name));
  const [severity, tags] = [node.at("severity"), node.at("tags")];
  return {
    id: node.at("id").integer(0, RULE_ID_MAX),
    ...(!msg!.isMissing && { msg: msg!.string() }),
    ...(!data!.isMissing && { data: data!.string() }),
    ...(!severity.isMissing && { severity: severity.oneOf(RULE_SEVERITIES) }),
    phase: node.at("phase").integer(1, 5) as AuditRule["phase"],
    ...(!tags.isMissing && { tags: tags.list().map((tag) => tag.string()) }),
    ...(!ver!.isMissing && { ver: ver!.string() }),
    file: node.at("file").string(),
    line: node.at("line").integer(0, Number.MAX_SAFE_INTEGER),
    variables: node
      .at("variables")
      .list()
      .map((variable) => ({ name: variable.at("name").octets(), value: variable.at("value").octets() })),
  };
}
