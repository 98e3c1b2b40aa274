/** A rule file read, directive by directive: ModSecurity's reference manual, "Configuration Directives". */
import { atOnce, type Sliced } from "../slices.js";
import { parseActions } from "./actions.js";
import type { Directive, RuleSelection } from "./ast.js";
import { Lexer, type RawDirective } from "./lexer.js";
import { parseMacro } from "./macro.js";
import { lookUp, names } from "./names.js";
import { parseOperator } from "./operator-text.js";
import { ruleError } from "./place.js";
import { parseSetting, SETTINGS } from "./settings.js";
import { parseTargets } from "./targets.js";
import type { Text } from "./text.js";
import { ID_RANGES_MAX, idRanges, number, ruleId } from "./values.js";

/** Most rules that a chain joins. */
export const CHAIN_LINKS_MAX = 64;

interface DirectiveKind {
  readonly name: string;
  parse(raw: RawDirective, words: readonly Text[]): Directive;
}

/** A directive of so many words. */
function directive(
  name: string,
  fewest: number,
  most: number,
  parse: (words: readonly Text[], raw: RawDirective) => Directive,
): DirectiveKind {
  return {
    name,
    parse(raw, words) {
      const unexpected = words[most];
      if (words.length >= fewest && unexpected === undefined) return parse(words, raw);
      const expected = fewest === most ? `${most}` : `${fewest} to ${most}`;
      throw ruleError(
        "SECLANG_SYNTAX",
        (unexpected ?? raw.name).place(),
        `${name} has ${words.length === 1 ? "1 argument" : `${words.length} arguments`}, expected ${expected}${
          unexpected === undefined ? "" : " (one with blanks stands in double quotes)"
        }`,
      );
    },
  };
}

/** A message or a tag is one word; ids are as many as wanted. */
function selection(words: readonly Text[], by: RuleSelection["by"]): RuleSelection {
  if (by === "id") return { by, ranges: words.flatMap(idRanges) };
  const word = words[0]!;
  if (word.length === 0) throw ruleError("SECLANG_SYNTAX", word.place(), `an empty ${by}, expected one`);
  return by === "tag" ? { by, tag: parseMacro(word) } : { by, msg: parseMacro(word) };
}

/** `942100`, or `942100:2` for the third rule of its chain. */
function linkOf(word: Text): { readonly ids: Text; readonly link: number } {
  const colon = word.chars.indexOf(":");
  if (colon < 0) return { ids: word, link: 0 };
  return {
    ids: word.slice(0, colon),
    link: number(word.slice(colon + 1), "rule of a chain", 0, CHAIN_LINKS_MAX - 1),
  };
}

function label(word: Text, what: string): string {
  if (word.length > 0) return word.name(what);
  throw ruleError("SECLANG_SYNTAX", word.place(), `an empty ${what}, expected one`);
}

const DIRECTIVES: readonly DirectiveKind[] = [
  directive("SecRule", 2, 3, ([targets, operator, actions], { name }) => {
    const tested = parseTargets(targets!);
    if (tested.every(({ exclude }) => exclude))
      throw ruleError(
        "SECLANG_SYNTAX",
        targets!.place(),
        "nothing but exclusions, expected a variable to test",
      );
    return {
      kind: "SecRule",
      place: name.place(),
      targets: tested,
      operator: parseOperator(operator!),
      actions: actions === undefined ? [] : parseActions(actions),
    };
  }),
  directive("SecAction", 1, 1, ([actions], { name }) => ({
    kind: "SecAction",
    place: name.place(),
    actions: parseActions(actions!),
  })),
  directive("SecDefaultAction", 1, 1, ([actions], { name }) => ({
    kind: "SecDefaultAction",
    place: name.place(),
    actions: parseActions(actions!),
  })),
  directive("SecMarker", 1, 1, ([word], { name }) => ({
    kind: "SecMarker",
    place: name.place(),
    label: label(word!, "label"),
  })),
  directive("Include", 1, 1, ([word], { name }) => ({
    kind: "Include",
    place: name.place(),
    pattern: label(word!, "path"),
  })),
  directive("SecComponentSignature", 1, 1, ([word], { name }) => ({
    kind: "SecComponentSignature",
    place: name.place(),
    signature: label(word!, "signature"),
  })),
  ...(["id", "tag", "msg"] as const).flatMap((by) => {
    const suffix = { id: "Id", tag: "Tag", msg: "Msg" }[by];
    return [
      directive(`SecRuleRemoveBy${suffix}`, 1, by === "id" ? ID_RANGES_MAX : 1, (words, { name }) => ({
        kind: "SecRuleRemove",
        place: name.place(),
        rules: selection(words, by),
      })),
      directive(`SecRuleUpdateTargetBy${suffix}`, 2, 2, ([which, targets], { name }) => {
        const { ids, link } = by === "id" ? linkOf(which!) : { ids: which!, link: 0 };
        return {
          kind: "SecRuleUpdateTarget",
          place: name.place(),
          rules: selection([ids], by),
          link,
          targets: parseTargets(targets!),
        };
      }),
    ];
  }),
  directive("SecRuleUpdateActionById", 2, 2, ([which, actions], { name }) => {
    const { ids, link } = linkOf(which!);
    return {
      kind: "SecRuleUpdateAction",
      place: name.place(),
      id: ruleId(ids),
      link,
      actions: parseActions(actions!),
    };
  }),
  directive("SecDataset", 2, 2, ([word, opening], { name, block }) => {
    if (block === undefined)
      throw ruleError("SECLANG_SYNTAX", opening!.place(), "no list, expected ` at the line's end");
    return {
      kind: "SecDataset",
      place: name.place(),
      name: label(word!, "name"),
      lines: block.map((line) => line.octets()),
    };
  }),
  ...[...SETTINGS.known.values()].map(
    ({ name: setting }): DirectiveKind => ({
      name: setting,
      parse: ({ name }, words) => ({
        kind: "setting",
        place: name.place(),
        setting: parseSetting(setting, words, name),
      }),
    }),
  ),
];

const TABLE = names<DirectiveKind>(
  "directive",
  DIRECTIVES,
  Object.fromEntries([...SETTINGS.refused.values()].map(({ name, why }) => [name, why])),
);

/**
 * Reads a rule file. What it includes is not read, and what its rules mean together is not looked at: that is `loadRules`.
 *
 * @param text the file's octets
 * @param file its name, for places
 * @throws {PalisadeError} with a place: see `RuleErrorCode`
 */
export function parseRules(text: Uint8Array, file: string): Directive[] {
  return atOnce(parsingRules(text, file));
}

/** As `parseRules`; may be interrupted between directives. */
export function* parsingRules(text: Uint8Array, file: string): Sliced<Directive[]> {
  const lexer = new Lexer(text, file);
  const directives: Directive[] = [];
  for (let raw = lexer.next(); raw !== undefined; raw = lexer.next()) {
    const kind = lookUp(TABLE, raw.name);
    if (raw.block !== undefined && kind.name !== "SecDataset")
      throw ruleError(
        "SECLANG_SYNTAX",
        raw.words.at(-1)!.text.place(),
        "a list, expected one behind SecDataset alone",
      );
    directives.push(
      kind.parse(
        raw,
        raw.words.map(({ text: word }) => word),
      ),
    );
    yield;
  }
  return directives;
}
