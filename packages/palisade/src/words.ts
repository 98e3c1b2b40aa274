/**
 * The words after a verb, read by a table of options: what is unknown is told with the nearest name, what is given twice or
 * out of range is refused, each in one line.
 */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearest, PalisadeError } from "@palisade/base";

/** What the options that are whole numbers can be: the least and the most. */
export type Ranges = Readonly<Record<string, readonly [number, number]>>;

type Config = Omit<ParseArgsConfig, "args" | "tokens">;
type Parsed<C extends Config> = ReturnType<typeof parseArgs<C & { tokens: true }>>;

/**
 * @param verb as in `palisade VERB --help`
 * @throws {PalisadeError} `USAGE`
 */
export function parseWords<C extends Config>(
  verb: string,
  config: C,
  ranges: Ranges,
  words: readonly string[],
): Parsed<C> {
  try {
    const args = withNegativeNumbers(config, ranges, words);
    const parsed = parseArgs({ ...config, args, tokens: true });
    const given = new Map<string, string>();
    for (const token of parsed.tokens ?? []) {
      if (token.kind !== "option" || token.value === undefined) continue;
      if (config.options?.[token.name]?.multiple === true) continue;
      const before = given.get(token.name);
      if (before !== undefined && before !== token.value)
        throw usage(
          `--${token.name} is given as ${quoted(before)} and as ${quoted(token.value)}: give it once`,
        );
      given.set(token.name, token.value);
    }
    return parsed as Parsed<C>;
  } catch (error) {
    if (error instanceof PalisadeError) throw error;
    // parseArgs says in its first sentence what is wrong; the rest is advice on quoting.
    const [sentence] = (error instanceof Error ? error.message : String(error)).split(/[.] |\n/);
    const name = /^Option '.*?--([\w-]+).*' argument/.exec(sentence!)?.[1];
    if (name !== undefined && Object.hasOwn(ranges, name)) throw outOfRange(ranges, name, "");
    const option = /^Unknown option '--([\w-]+)'$/.exec(sentence!)?.[1];
    const near = option === undefined ? undefined : nearest(option, Object.keys(config.options ?? {}));
    const advice =
      near === undefined ? `; \`palisade ${verb} --help\` shows what there is` : `: did you mean --${near}?`;
    throw new PalisadeError("USAGE", `${sentence}${advice}`, { cause: error });
  }
}

/** The number that an option was given, undefined where it was not. @throws {PalisadeError} `USAGE` out of its range */
export function whole<R extends Ranges>(
  ranges: R,
  name: keyof R & string,
  values: Readonly<Partial<Record<string, unknown>>>,
): number | undefined {
  const text = values[name];
  if (typeof text !== "string") return undefined;
  const [min, max] = ranges[name]!;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw outOfRange(ranges, name, ` ${quoted(text)}`);
  return value;
}

export function usage(message: string): PalisadeError {
  return new PalisadeError("USAGE", message);
}

/** A word as it would be typed. */
export function quoted(text: string): string {
  return text === "" || /\s/.test(text) ? JSON.stringify(text) : text;
}

const PORT_MAX = 65_535;

/** As in `127.0.0.1:8080`, `localhost:8080` and `[::1]:8080`; the host without brackets, the port 0 … 65,535. Undefined for anything else. */
export function hostAndPort(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > PORT_MAX) return undefined;
  return { host: (match[1] ?? match[2])!, port };
}

function outOfRange(ranges: Ranges, name: string, given: string): PalisadeError {
  const [min, max] = ranges[name]!;
  return usage(`--${name}${given}: give a whole number from ${min} to ${max}`);
}

/** Options with a negative number behind them as one word: parseArgs would take the number for an option. */
function withNegativeNumbers(config: Config, ranges: Ranges, words: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (word === "--") return [...joined, ...words.slice(at)];
    const name = word.startsWith("--") ? word.slice(2) : longName(config, word);
    const next = words[at + 1] ?? "";
    if (name !== undefined && Object.hasOwn(ranges, name) && /^-\d/.test(next)) {
      joined.push(`--${name}=${next}`);
      at += 1;
    } else {
      joined.push(word);
    }
  }
  return joined;
}

/** The name of `-c`, where that is an option. */
function longName(config: Config, word: string): string | undefined {
  const found = Object.entries(config.options ?? {}).find(([, { short }]) => word === `-${short}`);
  return found?.[0];
}
