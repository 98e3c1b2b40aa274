/** Directives written back: what is read from it is the same again, but for the places. */
import { actionsChars } from "./actions.js";
import type { Directive, RuleSelection } from "./ast.js";
import { macroChars } from "./macro.js";
import { operatorChars } from "./operator-text.js";
import { settingWords } from "./settings.js";
import { escaped, targetsChars } from "./targets.js";
import { charsOf, charsOfName, octetsOf } from "./text.js";
import { idRangeText } from "./values.js";

/** The octets of a rule file, a directive a line. */
export function printRules(directives: readonly Directive[]): Uint8Array {
  return octetsOf(directives.map((directive) => `${wordsOf(directive).join(" ")}\n`).join(""));
}

function wordsOf(directive: Directive): string[] {
  switch (directive.kind) {
    case "SecRule": {
      const { targets, operator, actions } = directive;
      const words = [directive.kind, quoted(targetsChars(targets)), quoted(operatorChars(operator))];
      return actions.length === 0 ? words : [...words, quoted(actionsChars(actions))];
    }
    case "SecAction":
    case "SecDefaultAction":
      return [directive.kind, quoted(actionsChars(directive.actions))];
    case "SecMarker":
      return [directive.kind, quoted(charsOfName(directive.label))];
    case "Include":
      return [directive.kind, quoted(charsOfName(directive.pattern))];
    case "SecComponentSignature":
      return [directive.kind, quoted(charsOfName(directive.signature))];
    case "SecRuleRemove":
      return [`${directive.kind}By${suffix(directive.rules)}`, quoted(selectionChars(directive.rules))];
    case "SecRuleUpdateTarget": {
      const which = `${selectionChars(directive.rules)}${directive.link === 0 ? "" : `:${directive.link}`}`;
      return [
        `${directive.kind}By${suffix(directive.rules)}`,
        quoted(which),
        quoted(targetsChars(directive.targets)),
      ];
    }
    case "SecRuleUpdateAction": {
      const which = `${directive.id}${directive.link === 0 ? "" : `:${directive.link}`}`;
      return [`${directive.kind}ById`, quoted(which), quoted(actionsChars(directive.actions))];
    }
    case "SecDataset": {
      const lines = directive.lines.map((line) => `${charsOf(line)}\n`).join("");
      return [directive.kind, quoted(charsOfName(directive.name)), `\`\n${lines}\``];
    }
    case "setting":
      return [directive.setting.name, ...settingWords(directive.setting).map(quoted)];
  }
}

function quoted(chars: string): string {
  return `"${escaped(chars, '"')}"`;
}

function suffix(rules: RuleSelection): string {
  return { id: "Id", tag: "Tag", msg: "Msg" }[rules.by];
}

/** Ids and ranges with blanks between them, a tag, or a message, one octet a character. */
export function selectionChars(rules: RuleSelection): string {
  if (rules.by === "id") return rules.ranges.map(idRangeText).join(" ");
  return macroChars(rules.by === "tag" ? rules.tag : rules.msg);
}
