/** What stands below the head of a match besides its pattern: templates, confidence, examples. */
import { nearest } from "@palisade/base";
import type { LazyPattern } from "./lazy-pattern.js";
import { LineReader } from "./line-reader.js";
import { type FieldName, fieldNames, type MatchExample, type ServiceMatch } from "./probe.js";
import { parseTemplate, type Template, textOf } from "./template.js";

const CPE_MAX = 8;
const EXAMPLES_MAX = 16;
const CONFIDENCE = { hard: 10, soft: 7 } as const;

/** Names of all fields of a match. */
export const matchFieldNames: readonly string[] = ["pattern", ...fieldNames, "cpe", "confidence", "example"];

/** `; did you mean "…"?` where one of the known words is like it; else empty. */
export function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

/** A line below a match's head, as it stands. */
export interface BodyLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export class MatchBody {
  readonly fields: Partial<Record<FieldName, Template>> = {};
  readonly cpe: Template[] = [];
  readonly examples: MatchExample[] = [];
  confidence: number | undefined;

  /**
   * Reads a field whose name has been read, and the line to its end.
   *
   * @param column where the name began
   * @throws {PalisadeError} `SERVICES_MALFORMED`
   */
  read(line: LineReader, word: string, column: number): void {
    if (word === "cpe") {
      if (this.cpe.length >= CPE_MAX) line.fail(`more than ${CPE_MAX} cpe`, column);
      const at = line.column;
      const template = readTemplate(line, word);
      if (typeof template[0] !== "string" || !/^cpe:\/[aho]:/.test(template[0])) {
        line.fail("a cpe begins with cpe:/a: (application), cpe:/o: (system) or cpe:/h: (hardware)", at);
      }
      this.cpe.push(template);
    } else if (word === "confidence") {
      if (this.confidence !== undefined) line.fail("confidence is given twice", column);
      this.confidence = line.number("confidence", 0, 10);
    } else if (word === "example") {
      if (this.examples.length >= EXAMPLES_MAX) line.fail(`more than ${EXAMPLES_MAX} examples`, column);
      this.examples.push(readExample(line));
    } else {
      const name = fieldNames.find((field) => field === word);
      if (name === undefined)
        line.fail(`"${word}" is no field of a match${hint(word, matchFieldNames)}`, column);
      if (this.fields[name] !== undefined) line.fail(`${word} is given twice`, column);
      this.fields[name] = readTemplate(line, word);
    }
    line.end(word);
  }
}

/** A match; where lines of its body are handed over unread, all of it is read from them when something of it is asked for. */
export class ParsedMatch implements ServiceMatch {
  readonly service: string;
  readonly soft: boolean;
  readonly pattern: LazyPattern;
  readonly place: string;
  readonly patternPlace: string;
  #body: MatchBody;
  #unread: readonly BodyLine[];

  constructor(
    head: Pick<ServiceMatch, "service" | "soft" | "pattern" | "place" | "patternPlace">,
    body: MatchBody,
    unread: readonly BodyLine[],
  ) {
    this.service = head.service;
    this.soft = head.soft;
    this.pattern = head.pattern;
    this.place = head.place;
    this.patternPlace = head.patternPlace;
    this.#body = body;
    this.#unread = unread;
  }

  get fields(): ServiceMatch["fields"] {
    return this.#read().fields;
  }

  get cpe(): readonly Template[] {
    return this.#read().cpe;
  }

  get confidence(): number {
    return this.#read().confidence ?? (this.soft ? CONFIDENCE.soft : CONFIDENCE.hard);
  }

  get examples(): readonly MatchExample[] {
    return this.#read().examples;
  }

  /** @throws {PalisadeError} `SERVICES_MALFORMED`, where lines were left unread */
  #read(): MatchBody {
    if (this.#unread.length === 0) return this.#body;
    const body = new MatchBody();
    for (const { file, line, text } of this.#unread) {
      const reader = new LineReader(file, line, text);
      const column = reader.column;
      body.read(reader, reader.word("a field"), column);
    }
    this.#body = body;
    this.#unread = [];
    return body;
  }
}

function readTemplate(line: LineReader, what: string): Template {
  const column = line.column;
  const template = parseTemplate(textOf(line.string(what)));
  if (!Array.isArray(template)) line.fail((template as { wrong: string }).wrong, column);
  return template as Template;
}

function readExample(line: LineReader): MatchExample {
  const place = `${line.file}:${line.line}:${line.column}`;
  const octets = line.octets("the example");
  const fields: Partial<Record<FieldName | "cpe", string>> = {};
  while (!line.atEnd) {
    const column = line.column;
    const word = line.word("a field");
    const name = ([...fieldNames, "cpe"] as const).find((field) => field === word);
    if (name === undefined) line.fail(`"${word}" is no field: ${fieldNames.join(", ")} or cpe`, column);
    fields[name] = textOf(line.string(`the example's ${name}`));
  }
  return { octets, fields, place };
}
