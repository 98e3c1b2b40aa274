/**
 * Reads a file of probes in the format of "nmap-service-probes" as https://nmap.org/book/vscan-fileformat.html describes it (read
 * November 2026), for users who have one. Palisade brings none, and looks for none.
 *
 * What patterns of linear time cannot do is left out and counted; what is not in the described format is an error with its place.
 */
import { PalisadeError } from "@palisade/base";
import { compilePattern } from "@palisade/match";
import { ServiceDatabase } from "./database.js";
import { LazyPattern } from "./lazy-pattern.js";
import { LineReader } from "./line-reader.js";
import { hasPort, mergedRanges, type PortRange, type PortRanges, parsePortRanges } from "./port-ranges.js";
import {
  type FieldName,
  NULL_PROBE,
  PROBE_LISTEN_MS,
  PROBE_WAIT_MS,
  PROBE_WAIT_MS_MAX,
  RARITY_MAX,
  type ServiceMatch,
  type ServiceProbe,
} from "./probe.js";
import {
  SERVICE_MATCHES_MAX,
  SERVICE_PATTERN_CHARACTERS_MAX,
  SERVICE_PROBE_BYTES_MAX,
  SERVICE_PROBES_MAX,
  SERVICES_FILE_CHARACTERS_MAX,
} from "./services-format.js";
import type { Filter, Template, TemplatePart } from "./template.js";

const FIELDS: Readonly<Record<string, FieldName>> = {
  p: "product",
  v: "version",
  i: "info",
  h: "hostname",
  o: "os",
  d: "device",
};
/** Characters of one field of a match. */
const FIELD_CHARACTERS_MAX = 4_096;
/** CPE names of one match. */
const CPE_MAX = 8;
/** Fallbacks of one probe. */
const FALLBACKS_MAX = 20;
const CONFIDENCE = { hard: 10, soft: 7 } as const;
const RARITY = 5;

/** Names of services: nmap's are words of ASCII, as in `ssl/http`, `X11`. */
const SERVICE = /^[!-~]{1,63}$/;

type Open = { -readonly [K in keyof ServiceProbe]: ServiceProbe[K] } & {
  readonly place: LineReader;
  readonly original: string;
};

/**
 * @param file as error messages are to name it
 * @throws {PalisadeError} `SERVICES_MALFORMED`, with file, line and column
 */
export function parseNmapProbes(file: string, text: string): ServiceDatabase {
  if (text.length > SERVICES_FILE_CHARACTERS_MAX) {
    throw new PalisadeError(
      "SERVICES_MALFORMED",
      `${file}:1:1: the file is longer than ${SERVICES_FILE_CHARACTERS_MAX} characters; is it a list of probes?`,
    );
  }
  return new Importer(file).read(text);
}

class Importer {
  readonly #file: string;
  readonly #probes: Open[] = [];
  readonly #matches = new Map<Open, ServiceMatch[]>();
  /** Names as the file has them, by protocol: the same may stand for a probe of each. */
  readonly #names = new Map<string, string>();
  #excluded: { readonly tcp: PortRanges; readonly udp: PortRanges } | undefined;
  #lines = 0;
  #leftOut = 0;

  constructor(file: string) {
    this.#file = file;
  }

  read(text: string): ServiceDatabase {
    let number = 0;
    for (const row of text.split(/\r?\n/)) {
      number += 1;
      if (row.trim() === "" || row.startsWith("#")) continue;
      this.#directive(new LineReader(this.#file, number, row, false));
    }
    const probes = this.#probes.map(({ place, original: _original, ...probe }): ServiceProbe => {
      const line: LineReader = place;
      const fallback = probe.fallback.map(
        (name) =>
          this.#names.get(`${probe.protocol} ${name}`) ??
          line.fail(`fallback "${name}" is no probe of ${probe.protocol}`, 1),
      );
      return { ...probe, fallback };
    });
    const excluded = this.#excluded;
    return new ServiceDatabase(probes, {
      ...(excluded === undefined ? {} : { excludes: (port, protocol) => hasPort(excluded[protocol], port) }),
      remarks:
        this.#leftOut === 0
          ? []
          : [
              `${this.#file}: ${this.#leftOut} of ${this.#lines} match lines use what linear-time patterns cannot do; left out`,
            ],
    });
  }

  #directive(line: LineReader): void {
    const column = line.column;
    const word = line.word("a directive");
    const probe = this.#probes.at(-1);
    if (word === "Probe") {
      this.#probe(line);
      return;
    }
    if (word === "Exclude") {
      this.#exclude(line, column);
      return;
    }
    if (!DIRECTIVES.has(word)) line.fail(`"${word.slice(0, 40)}" is no directive of this format`, column);
    if (probe === undefined) line.fail(`${word} stands before the first Probe`, column);
    switch (word) {
      case "match":
      case "softmatch":
        this.#match(line, probe, word === "softmatch");
        break;
      case "ports":
        probe.ports = readPorts(line);
        break;
      case "sslports":
        probe.tlsPorts = readPorts(line);
        break;
      case "rarity":
        probe.rarity = line.number("rarity", 1, RARITY_MAX);
        break;
      case "totalwaitms":
        probe.waitMs = line.number("totalwaitms", 1, PROBE_WAIT_MS_MAX);
        break;
      case "tcpwrappedms":
        // Whether a close counts as tcpwrapped depends here on nothing having been sent, not on a time.
        line.number("tcpwrappedms", 1, PROBE_WAIT_MS_MAX);
        break;
      default: {
        const names = line
          .rest()
          .split(",", FALLBACKS_MAX + 1)
          .map((name) => name.trim());
        if (names.length > FALLBACKS_MAX) line.fail(`more than ${FALLBACKS_MAX} fallbacks`, column);
        probe.fallback = names;
      }
    }
  }

  #probe(line: LineReader): void {
    const at = line.column;
    const protocol = line.word("TCP or UDP");
    if (protocol !== "TCP" && protocol !== "UDP") line.fail(`"${protocol}" is neither TCP nor UDP`, at);
    const column = line.column;
    const original = line.word("the probe's name");
    if (!/^[A-Za-z][\w-]{0,62}$/.test(original)) line.fail(`"${original}" cannot be a probe's name`, column);
    const transport = protocol === "TCP" ? "tcp" : "udp";
    const name = transport === "tcp" && original === "NULL" ? NULL_PROBE : `${transport}-${original}`;
    if (this.#names.has(`${transport} ${original}`)) line.fail(`probe ${original} is defined twice`, column);
    if (this.#probes.length >= SERVICE_PROBES_MAX) line.fail(`more than ${SERVICE_PROBES_MAX} probes`, 1);
    const start = line.column;
    if (line.peek() !== "q") line.fail("what is sent must stand as q|…|");
    line.take(1);
    const delimiter = line.peek();
    if (delimiter === "") line.fail("q needs a delimiter, as in q|…|");
    const sent = line.delimited(delimiter, "what is sent", false);
    // The longest way to write an octet is \x00.
    if (sent.length > 4 * SERVICE_PROBE_BYTES_MAX)
      line.fail(`more than ${SERVICE_PROBE_BYTES_MAX} octets`, start);
    const octets = unescaped(line, sent, start);
    line.skip();
    // `no-payload` tells port scans not to use the probe, which is nothing to us.
    if (!line.atEnd && line.word("") !== "no-payload") line.fail("only no-payload may follow", start);
    if (octets.length > SERVICE_PROBE_BYTES_MAX)
      line.fail(`more than ${SERVICE_PROBE_BYTES_MAX} octets`, start);
    if (octets.length === 0 && name !== NULL_PROBE && transport === "tcp") {
      line.fail("only the probe NULL sends nothing", start);
    }
    if (octets.length > 0 && name === NULL_PROBE) line.fail("the probe NULL sends nothing", start);
    this.#names.set(`${transport} ${original}`, name);
    const matches: ServiceMatch[] = [];
    const probe: Open = {
      name,
      original,
      protocol: transport,
      octets,
      ports: [],
      tlsPorts: [],
      rarity: RARITY,
      waitMs: PROBE_WAIT_MS,
      listenMs: PROBE_LISTEN_MS,
      anyPort: false,
      fallback: [],
      matches,
      place: line,
    };
    this.#probes.push(probe);
    this.#matches.set(probe, matches);
  }

  #exclude(line: LineReader, column: number): void {
    if (this.#excluded !== undefined) line.fail("Exclude is given twice", column);
    const at = line.column;
    const ranges = { tcp: [] as PortRange[], udp: [] as PortRange[] };
    let protocols: readonly ("tcp" | "udp")[] = ["tcp", "udp"];
    for (const part of line.rest().split(",")) {
      const [, letter, list] = /^(?:([TU]):)?\s*(\S+)$/.exec(part.trim()) ?? [];
      // A letter counts for what follows it.
      if (letter !== undefined) protocols = [letter === "T" ? "tcp" : "udp"];
      const read = list === undefined ? undefined : parsePortRanges(list);
      if (read === undefined) line.fail(`"${part}" is no list of ports, such as 53,T:9100,U:30000-40000`, at);
      for (const protocol of protocols) ranges[protocol].push(...read);
    }
    this.#excluded = { tcp: mergedRanges(ranges.tcp), udp: mergedRanges(ranges.udp) };
  }

  #match(line: LineReader, probe: Open, soft: boolean): void {
    this.#lines += 1;
    if (this.#lines > SERVICE_MATCHES_MAX) line.fail(`more than ${SERVICE_MATCHES_MAX} matches`, 1);
    const column = line.column;
    const word = line.word("the service's name");
    // Reports repeat it as it is.
    if (!SERVICE.test(word)) line.fail(`"${word}" cannot be a service's name`, column);
    const at = line.column;
    if (line.peek() !== "m") line.fail("a pattern must stand as m|…|");
    line.take(1);
    const delimiter = line.peek();
    if (delimiter === "") line.fail("m needs a delimiter, as in m|…|", at);
    const source = line.delimited(delimiter, "the pattern", false);
    if (source.length > SERVICE_PATTERN_CHARACTERS_MAX)
      line.fail(`the pattern is longer than ${SERVICE_PATTERN_CHARACTERS_MAX} characters`, at);
    const flags = line.letters();
    if (!/^[is]*$/.test(flags) || new Set(flags).size < flags.length)
      line.fail(`"${flags}": each of i and s at most once`, at);
    line.skip();
    const fields: Partial<Record<FieldName, Template>> = {};
    const cpe: Template[] = [];
    while (line.peek() !== "") this.#versionInfo(line, fields, cpe);
    try {
      // Only to see whether it can be: thousands are not kept, of which a scan needs some dozens.
      compilePattern(source, flags);
    } catch (error) {
      if (!(error instanceof PalisadeError)) throw error;
      if (error.code === "PATTERN_MALFORMED") line.fail(error.message, at);
      this.#leftOut += 1;
      return;
    }
    this.#matches.get(probe)?.push({
      // Of a service within TLS the file says so; here the engine finds out.
      service: word.replace(/^ssl\//, ""),
      soft,
      pattern: new LazyPattern(source, flags),
      fields,
      cpe,
      confidence: soft ? CONFIDENCE.soft : CONFIDENCE.hard,
      examples: [],
      place: `${line.file}:${line.line}`,
      patternPlace: `${line.file}:${line.line}:${at}`,
    });
  }

  /** One of `p/…/`, `cpe:/…/a`. */
  #versionInfo(line: LineReader, fields: Partial<Record<FieldName, Template>>, cpe: Template[]): void {
    const column = line.column;
    const isCpe = line.lookingAt("cpe:");
    const letter = isCpe ? "cpe" : line.peek();
    const name = FIELDS[letter];
    if (!isCpe && name === undefined) line.fail(`"${letter}" begins none of p v i h o d cpe:`, column);
    line.take(isCpe ? 4 : 1);
    const delimiter = line.peek();
    if (delimiter === "") line.fail(`${letter} needs a delimiter, as in ${letter}/…/`, column);
    const text = line.delimited(delimiter, letter, false);
    if (text.length > FIELD_CHARACTERS_MAX)
      line.fail(`${letter} is longer than ${FIELD_CHARACTERS_MAX} characters`, column);
    if (isCpe && cpe.length >= CPE_MAX) line.fail(`more than ${CPE_MAX} cpe`, column);
    // The letter a behind a CPE marks one that is certain, which changes nothing here.
    const flags = line.letters();
    if (flags !== "" && !(isCpe && flags === "a")) line.fail(`"${flags}" must not follow ${letter}`, column);
    line.skip();
    const template = nmapTemplate(isCpe ? `cpe:/${text}` : text);
    if (template === undefined)
      line.fail(`${letter} has a $ that is none of $1, $P(1), $SUBST(1,"a","b"), $I(1,">")`, column);
    if (isCpe) cpe.push(template);
    else if (name !== undefined) fields[name] = template;
  }
}

const DIRECTIVES = new Set([
  "match",
  "softmatch",
  "ports",
  "sslports",
  "rarity",
  "totalwaitms",
  "tcpwrappedms",
  "fallback",
]);

function readPorts(line: LineReader): PortRanges {
  const column = line.column;
  const text = line.rest().replaceAll(" ", "");
  return (
    parsePortRanges(text) ??
    line.fail(`"${text.slice(0, 40)}" is no list of ports, such as 80,8000-8100`, column)
  );
}

const ESCAPES: Readonly<Record<string, number>> = {
  "\\": 92,
  "0": 0,
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};

const utf8 = new TextEncoder();

/** Escapes of C, as the format has them in what is sent; other characters are sent as UTF-8. */
function unescaped(line: LineReader, text: string, column: number): Uint8Array {
  const octets: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== "\\") {
      const character = String.fromCodePoint(text.codePointAt(at)!);
      if (character < "\x80") octets.push(character.charCodeAt(0));
      else octets.push(...utf8.encode(character));
      at += character.length - 1;
      continue;
    }
    const letter = text[(at += 1)] ?? "";
    if (letter === "x") {
      const digits = text.slice(at + 1, at + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) line.fail("\\x needs two hexadecimal digits", column);
      octets.push(Number.parseInt(digits, 16));
      at += 2;
    } else {
      const value = ESCAPES[letter] ?? (/^[^A-Za-z0-9]$/.test(letter) ? letter.charCodeAt(0) : undefined);
      if (value === undefined) line.fail(`\\${letter} is no escape`, column);
      octets.push(value);
    }
  }
  return Uint8Array.from(octets);
}

const HELPER =
  /\$(?:(\d)|P\((\d{1,2})\)|SUBST\((\d{1,2}),"((?:[^"\\]|\\.)*)","((?:[^"\\]|\\.)*)"\)|I\((\d{1,2}),"([<>])"\))/y;

/** `$1`, `$P(1)`, `$SUBST(1,"_",".")`, `$I(1,">")` as a template; undefined where a dollar sign is none of them. */
export function nmapTemplate(text: string): Template | undefined {
  const parts: TemplatePart[] = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    if (text[at] !== "$") {
      plain += text[at];
      at += 1;
      continue;
    }
    HELPER.lastIndex = at;
    const found = HELPER.exec(text);
    if (found === null) return undefined;
    at = HELPER.lastIndex;
    const [, group, shown, changed, from, to, number, order] = found;
    const filters: Filter[] = [];
    const unquoted = (part: string | undefined): string => (part ?? "").replace(/\\(.)/g, "$1");
    if (changed !== undefined) filters.push({ kind: "replace", from: unquoted(from), to: unquoted(to) });
    if (number !== undefined) filters.push({ kind: order === ">" ? "be" : "le" });
    if (plain !== "") parts.push(plain);
    plain = "";
    // Everything is made printable here, so that $P asks for nothing more.
    parts.push({ group: Number(group ?? shown ?? changed ?? number), filters });
  }
  if (plain !== "") parts.push(plain);
  return parts;
}
