/**
 * Reads `*.services` files, the text that probes and matches are written in; docs/services.md describes it.
 */
import { PalisadeError } from "@palisade/base";
import { LazyPattern } from "./lazy-pattern.js";
import { LineReader } from "./line-reader.js";
import { type BodyLine, hint, MatchBody, matchFieldNames, ParsedMatch } from "./match-body.js";
import { type PortRanges, parsePortRanges } from "./port-ranges.js";
import {
  NULL_PROBE,
  PROBE_LISTEN_MS,
  PROBE_WAIT_MS,
  PROBE_WAIT_MS_MAX,
  RARITY_MAX,
  type ServiceMatch,
  type ServiceProbe,
} from "./probe.js";

/** A file of more characters is refused. */
export const SERVICES_FILE_CHARACTERS_MAX = 16_777_216;
/** Most probes of one database. */
export const SERVICE_PROBES_MAX = 4_096;
/** Most matches of one database. */
export const SERVICE_MATCHES_MAX = 65_536;
/** What a probe sends is no longer, in octets. */
export const SERVICE_PROBE_BYTES_MAX = 16_384;
/** Characters of a pattern. */
export const SERVICE_PATTERN_CHARACTERS_MAX = 8_192;

/** Probes that one names as fallback. */
const FALLBACKS_MAX = 20;

/** Names of probes and services: short, and nothing that a report would have to escape. */
export const SERVICE_NAME = /^[a-z0-9](?:[a-z0-9._+-]{0,62})$/;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface OpenProbe extends Mutable<Omit<ServiceProbe, "matches" | "fallback">> {
  fallback: readonly string[];
  matches: ServiceMatch[];
  given: Set<string>;
  place: LineReader;
}

interface OpenMatch {
  service: string;
  soft: boolean;
  pattern: LazyPattern | undefined;
  patternPlace: string;
  readonly body: MatchBody;
  /** Lines of the body that are left for later. */
  readonly unread: BodyLine[];
  place: LineReader;
  probe: OpenProbe;
}

const HEADS = ["probe", "answers", "match", "softmatch"];
const PROBE_FIELDS = ["send", "ports", "tls-ports", "rarity", "wait", "listen", "replies-from", "fallback"];

export interface ServicesText {
  /** As in error messages. */
  readonly file: string;
  readonly text: string;
}

export interface ParseServicesOptions {
  /**
   * Bodies of matches are read when something of them is asked for, and what is wrong there is thrown then: for files that a test
   * has read, of whose matches a scan needs few. No unless told.
   */
  readonly deferred?: boolean;
}

/**
 * Reads files as one: a probe may be defined in one and gain matches (`answers`) in another, in any order of files.
 *
 * @returns the probes, in the order of their heads
 * @throws {PalisadeError} `SERVICES_MALFORMED`, with file, line and column
 */
export function parseServices(
  texts: readonly ServicesText[],
  { deferred = false }: ParseServicesOptions = {},
): ServiceProbe[] {
  const parser = new Parser(deferred);
  for (const text of texts) parser.read(text);
  return parser.end();
}

class Parser {
  readonly #probes = new Map<string, OpenProbe>();
  /** Heads `answers NAME` and what came under them, until all probes are known. */
  readonly #adopted: { readonly name: string; readonly place: LineReader; readonly into: OpenProbe }[] = [];
  #probe: OpenProbe | undefined;
  #match: OpenMatch | undefined;
  /** Which head fields belong to: the probe's end at its first match. */
  #under: "nothing" | "probe" | "answers" | "match" = "nothing";
  #matches = 0;
  readonly #deferred: boolean;

  constructor(deferred: boolean) {
    this.#deferred = deferred;
  }

  read({ file, text }: ServicesText): void {
    if (text.length > SERVICES_FILE_CHARACTERS_MAX) {
      throw new PalisadeError(
        "SERVICES_MALFORMED",
        `${file}:1:1: the file is longer than ${SERVICES_FILE_CHARACTERS_MAX} characters; is it a list of probes?`,
      );
    }
    this.#probe = undefined;
    this.#under = "nothing";
    let number = 0;
    for (const line of text.split(/\r?\n/)) {
      number += 1;
      if (/^\s*(?:#|$)/.test(line)) continue;
      if (this.#deferred && this.#match !== undefined && /^\s+(?!\s|pattern\s)/.test(line)) {
        this.#match.unread.push({ file, line: number, text: line });
        continue;
      }
      const reader = new LineReader(file, number, line);
      if (/^\s/.test(line)) this.#field(reader);
      else this.#head(reader);
    }
    this.#closeMatch();
  }

  end(): ServiceProbe[] {
    for (const { name, into, ...adopted } of this.#adopted) {
      const place: LineReader = adopted.place;
      const probe = this.#probes.get(name);
      if (probe === undefined)
        place.fail(`no file defines a probe "${name}"${hint(name, [...this.#probes.keys()])}`);
      probe.matches.push(...into.matches);
    }
    for (const probe of this.#probes.values()) {
      if (probe.octets.length === 0 && probe.name !== NULL_PROBE) {
        probe.place.fail(`probe ${probe.name} has no send; only the probe "null" sends nothing`, 1);
      }
      if (probe.name === NULL_PROBE && (probe.octets.length > 0 || probe.protocol !== "tcp")) {
        probe.place.fail('the probe "null" is of tcp and sends nothing', 1);
      }
      for (const other of probe.fallback) {
        if (!this.#probes.has(other)) {
          probe.place.fail(`fallback "${other}" is no probe${hint(other, [...this.#probes.keys()])}`, 1);
        }
      }
    }
    return [...this.#probes.values()].map(({ given: _given, place: _place, ...probe }) => probe);
  }

  #head(line: LineReader): void {
    this.#closeMatch();
    const column = line.column;
    const word = line.word("a head");
    switch (word) {
      case "probe":
        this.#openProbe(line);
        return;
      case "answers": {
        const name = this.#name(line, "the probe's name");
        line.end("the probe's name");
        this.#probe = blankProbe(name, "tcp", line);
        this.#adopted.push({ name, place: line, into: this.#probe });
        this.#under = "answers";
        return;
      }
      case "match":
      case "softmatch":
        this.#openMatch(line, word === "softmatch", column);
        return;
      default:
        if (PROBE_FIELDS.includes(word) || matchFieldNames.includes(word)) {
          line.fail(`"${word}" is a field: indent it under its head`, column);
        }
        line.fail(`"${word}" is no head: probe, answers, match or softmatch${hint(word, HEADS)}`, column);
    }
  }

  #openProbe(line: LineReader): void {
    const column = line.column;
    const name = this.#name(line, "the probe's name");
    const earlier = this.#probes.get(name)?.place;
    if (earlier !== undefined) {
      line.fail(
        `probe ${name} is defined at ${earlier.file}:${earlier.line}; add to it with "answers ${name}"`,
        column,
      );
    }
    const at = line.column;
    const protocol = line.word("the transport, tcp or udp,");
    if (protocol !== "tcp" && protocol !== "udp") line.fail(`"${protocol}" is neither tcp nor udp`, at);
    line.end("the transport");
    if (this.#probes.size >= SERVICE_PROBES_MAX) line.fail(`more than ${SERVICE_PROBES_MAX} probes`, 1);
    this.#probe = blankProbe(name, protocol, line);
    this.#probes.set(name, this.#probe);
    this.#under = "probe";
  }

  #openMatch(line: LineReader, soft: boolean, column: number): void {
    if (this.#probe === undefined) {
      line.fail('a match belongs under a "probe" or "answers" head, whose answers it reads', column);
    }
    const service = this.#name(line, "the service's name");
    line.end("the service's name");
    if (this.#matches >= SERVICE_MATCHES_MAX) line.fail(`more than ${SERVICE_MATCHES_MAX} matches`, column);
    this.#matches += 1;
    this.#under = "match";
    this.#match = {
      service,
      soft,
      pattern: undefined,
      patternPlace: "",
      body: new MatchBody(),
      unread: [],
      place: line,
      probe: this.#probe,
    };
  }

  #closeMatch(): void {
    const match = this.#match;
    this.#match = undefined;
    if (match === undefined) return;
    const place: LineReader = match.place;
    const pattern = match.pattern;
    if (pattern === undefined) place.fail(`the match of ${match.service} has no pattern`, 1);
    const head = {
      service: match.service,
      soft: match.soft,
      pattern,
      place: `${place.file}:${place.line}`,
      patternPlace: match.patternPlace,
    };
    match.probe.matches.push(new ParsedMatch(head, match.body, match.unread));
  }

  #name(line: LineReader, what: string): string {
    const column = line.column;
    const name = line.word(what);
    if (!SERVICE_NAME.test(name)) {
      line.fail(`"${name}" cannot be a name: lower-case letters, digits, . _ + and -, at most 63`, column);
    }
    return name;
  }

  #field(line: LineReader): void {
    const column = line.column;
    const word = line.word("a field");
    if (this.#under === "match") this.#matchField(line, word, column);
    else if (this.#under === "probe") this.#probeField(line, word, column);
    else if (this.#under === "nothing") line.fail(`"${word}" is indented, but stands under no head`, column);
    else line.fail(`"answers" has no fields; ${word} belongs under a probe or match`, column);
  }

  #probeField(line: LineReader, word: string, column: number): void {
    const probe = this.#probe!;
    if (word !== "send" && probe.given.has(word)) line.fail(`${word} is given twice`, column);
    probe.given.add(word);
    switch (word) {
      case "send": {
        const octets = line.octets("what is sent");
        if (probe.octets.length + octets.length > SERVICE_PROBE_BYTES_MAX) {
          line.fail(`probe ${probe.name} sends more than ${SERVICE_PROBE_BYTES_MAX} octets`, column);
        }
        probe.octets = probe.octets.length === 0 ? octets : Uint8Array.from([...probe.octets, ...octets]);
        break;
      }
      case "ports":
        probe.ports = this.#ports(line);
        break;
      case "tls-ports":
        probe.tlsPorts = this.#ports(line);
        break;
      case "rarity":
        probe.rarity = line.number("rarity", 1, RARITY_MAX);
        break;
      case "wait":
        probe.waitMs = this.#time(line, word);
        break;
      case "listen":
        probe.listenMs = this.#time(line, word);
        break;
      case "replies-from": {
        const at = line.column;
        const from = line.word("any-port");
        if (from !== "any-port") line.fail(`replies-from is "${from}"; it can only be any-port`, at);
        if (probe.protocol !== "udp") line.fail("replies-from is for probes of udp", column);
        probe.anyPort = true;
        break;
      }
      case "fallback":
        probe.fallback = line.word("the name of a probe").split(",", FALLBACKS_MAX + 1);
        if (probe.fallback.length > FALLBACKS_MAX) line.fail(`more than ${FALLBACKS_MAX} fallbacks`, column);
        break;
      default:
        line.fail(`"${word}" is no field of a probe${hint(word, PROBE_FIELDS)}`, column);
    }
    line.end(word);
  }

  #ports(line: LineReader): PortRanges {
    const column = line.column;
    const word = line.word("a list of ports");
    return parsePortRanges(word) ?? line.fail(`"${word}" is no list of ports, such as 80,8000-8100`, column);
  }

  #time(line: LineReader, what: string): number {
    const column = line.column;
    const word = line.word("a time");
    const [, amount, unit] = /^(\d{1,6})(ms|s)$/.exec(word) ?? [];
    const ms = Number(amount) * (unit === "s" ? 1000 : 1);
    if (!(ms >= 1 && ms <= PROBE_WAIT_MS_MAX)) {
      line.fail(`${what} is "${word}", not a time from 1ms to ${PROBE_WAIT_MS_MAX / 1000}s`, column);
    }
    return ms;
  }

  #matchField(line: LineReader, word: string, column: number): void {
    const match = this.#match!;
    if (word === "pattern") {
      if (match.pattern !== undefined) line.fail("pattern is given twice; write another match", column);
      match.patternPlace = `${line.file}:${line.line}:${line.column}`;
      match.pattern = this.#pattern(line);
      line.end(word);
    } else match.body.read(line, word, column);
  }

  #pattern(line: LineReader): LazyPattern {
    const column = line.column;
    if (line.peek() !== "/") line.fail("a pattern stands between slashes, as in /^220 (\\S+)/i");
    const source = line.delimited("/", "the pattern", true);
    const flags = line.letters();
    if (source === "") line.fail("the pattern is empty", column);
    if (source.length > SERVICE_PATTERN_CHARACTERS_MAX) {
      line.fail(`the pattern is longer than ${SERVICE_PATTERN_CHARACTERS_MAX} characters`, column);
    }
    if (!/^[imsx]*$/.test(flags) || new Set(flags).size < flags.length) {
      line.fail(`"${flags}" behind the pattern: each of i, m, s and x at most once`, column);
    }
    line.skip();
    return new LazyPattern(source, flags);
  }
}

function blankProbe(name: string, protocol: "tcp" | "udp", place: LineReader): OpenProbe {
  return {
    name,
    protocol,
    octets: new Uint8Array(0),
    ports: [],
    tlsPorts: [],
    rarity: 5,
    waitMs: PROBE_WAIT_MS,
    listenMs: PROBE_LISTEN_MS,
    anyPort: false,
    fallback: [],
    matches: [],
    given: new Set(),
    place,
  };
}
