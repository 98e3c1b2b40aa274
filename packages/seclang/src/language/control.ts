/** `ctl`: what a rule changes for the rest of its transaction (reference manual, "ctl"). */
import type { BodyProcessorName, Control, RuleSelection } from "./ast.js";
import { macroChars, parseMacro } from "./macro.js";
import { lookUp, names } from "./names.js";
import { ruleError } from "./place.js";
import { auditParts, SETTING_BYTES_MAX } from "./settings.js";
import { parseOneTarget, targetChars } from "./targets.js";
import type { Text } from "./text.js";
import { idRange, idRangeText, number, oneOf, onOff } from "./values.js";

const PROCESSORS: readonly BodyProcessorName[] = ["URLENCODED", "MULTIPART", "XML", "JSON", "RAW"];

interface ControlKind {
  readonly name: string;
  parse(value: Text): Control;
}

function flag(control: Extract<Control, { readonly on: boolean }>["control"]): ControlKind {
  return { name: control, parse: (value) => ({ control, on: onOff(value, control) }) };
}

function removal(name: string, by: RuleSelection["by"]): ControlKind {
  return { name, parse: (value) => ({ control: "ruleRemove", rules: selection(value, by) }) };
}

function targetRemoval(name: string, by: RuleSelection["by"]): ControlKind {
  return {
    name,
    parse(value) {
      // Tags and messages may hold a semicolon: the first that what looks as a variable stands behind.
      const semicolon = value.chars.search(/;\s*!?[A-Za-z_]+(?::|\s*$)/);
      if (semicolon < 0)
        throw ruleError("SECLANG_SYNTAX", value.place(value.length), "no variable, expected ;VARIABLE");
      const target = parseOneTarget(value.slice(semicolon + 1).trim());
      if (target.count || target.exclude)
        throw ruleError("SECLANG_SYNTAX", target.place, "a mark before the variable, expected its name");
      return { control: "ruleRemoveTarget", rules: selection(value.slice(0, semicolon), by), target };
    },
  };
}

function selection(text: Text, by: RuleSelection["by"]): RuleSelection {
  if (text.length === 0) throw ruleError("SECLANG_SYNTAX", text.place(), `no ${by}, expected one`);
  if (by === "id") return { by, ranges: [idRange(text)] };
  return by === "tag" ? { by, tag: parseMacro(text) } : { by, msg: parseMacro(text) };
}

const CONTROLS = names<ControlKind>(
  "ctl option",
  [
    {
      name: "ruleEngine",
      parse: (value) => ({
        control: "ruleEngine",
        mode: oneOf(value, "ruleEngine", ["On", "Off", "DetectionOnly"]),
      }),
    },
    {
      name: "auditEngine",
      parse: (value) => ({
        control: "auditEngine",
        mode: oneOf(value, "auditEngine", ["On", "Off", "RelevantOnly"]),
      }),
    },
    {
      name: "auditLogParts",
      parse(value) {
        const sign = value.chars[0];
        const change = sign === "+" ? "add" : sign === "-" ? "remove" : "set";
        const parts = auditParts(change === "set" ? value : value.slice(1), "auditLogParts");
        return { control: "auditLogParts", change, parts };
      },
    },
    {
      name: "debugLogLevel",
      parse: (value) => ({ control: "debugLogLevel", level: number(value, "debugLogLevel", 0, 9) }),
    },
    {
      name: "parseXmlIntoArgs",
      parse: (value) => ({
        control: "parseXmlIntoArgs",
        mode: oneOf(value, "parseXmlIntoArgs", ["On", "Off", "OnlyArgs"]),
      }),
    },
    flag("forceRequestBodyVariable"),
    flag("forceResponseBodyVariable"),
    flag("requestBodyAccess"),
    flag("responseBodyAccess"),
    ...(["requestBodyProcessor", "responseBodyProcessor"] as const).map(
      (control): ControlKind => ({
        name: control,
        parse: (value) => ({ control, processor: oneOf(value, control, PROCESSORS) }),
      }),
    ),
    ...(["requestBodyLimit", "responseBodyLimit"] as const).map(
      (control): ControlKind => ({
        name: control,
        parse: (value) => ({ control, bytes: number(value, control, 0, SETTING_BYTES_MAX) }),
      }),
    ),
    removal("ruleRemoveById", "id"),
    removal("ruleRemoveByTag", "tag"),
    removal("ruleRemoveByMsg", "msg"),
    targetRemoval("ruleRemoveTargetById", "id"),
    targetRemoval("ruleRemoveTargetByTag", "tag"),
    targetRemoval("ruleRemoveTargetByMsg", "msg"),
  ],
  {
    hashEngine: "links are not signed",
    hashEnforcement: "links are not signed",
  },
);

/** @throws {PalisadeError} `SECLANG_SYNTAX`, `SECLANG_VALUE`, `SECLANG_UNKNOWN`, `SECLANG_UNSUPPORTED` */
export function parseControl(text: Text): Control {
  const equals = text.chars.indexOf("=");
  if (equals < 0)
    throw ruleError("SECLANG_SYNTAX", text.place(text.length), "no value, expected OPTION=VALUE");
  return lookUp(CONTROLS, text.slice(0, equals)).parse(text.slice(equals + 1));
}

/** As a rule file has it, one octet a character. */
export function controlChars(change: Control): string {
  switch (change.control) {
    case "ruleRemove":
      return `ruleRemoveBy${selectionChars(change.rules)}`;
    case "ruleRemoveTarget":
      return `ruleRemoveTargetBy${selectionChars(change.rules)};${targetChars(change.target)}`;
    case "auditLogParts":
      return `${change.control}=${{ add: "+", remove: "-", set: "" }[change.change]}${change.parts}`;
    default:
      return `${change.control}=${valueChars(change)}`;
  }
}

function valueChars(
  change: Exclude<Control, { readonly control: "ruleRemove" | "ruleRemoveTarget" | "auditLogParts" }>,
): string {
  if ("mode" in change) return change.mode;
  if ("processor" in change) return change.processor;
  if ("bytes" in change) return `${change.bytes}`;
  if ("level" in change) return `${change.level}`;
  return change.on ? "On" : "Off";
}

function selectionChars(rules: RuleSelection): string {
  if (rules.by === "id") return `Id=${idRangeText(rules.ranges[0]!)}`;
  return rules.by === "tag" ? `Tag=${macroChars(rules.tag)}` : `Msg=${macroChars(rules.msg)}`;
}
