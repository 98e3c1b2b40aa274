/**
 * Searches for values that are slow to test: `npm run fuzz -- --target rules [--crs DIR] [--seconds S] [--seed S]`.
 *
 * For each operator of a rule set it climbs from values that cost much to such as cost more, by what the operator itself counts
 * (`Operator.work`), so that the same seed finds the same on every machine. Without `--crs` it takes patterns that are made to be slow
 * and one operator of each kind. It fails where an octet of a value takes more than `STEPS_PER_OCTET_MAX` steps, the first test of a new
 * operator or any later one, and leaves the value in results/fuzz.
 *
 * With `--measure` it measures instead: each operator on each of the hostile values, in milliseconds; it fails above `TEST_MS_MAX`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../packages/inspect/dist/fuzz/random.js";
import { parsePattern } from "../packages/match/dist/pattern/parser.js";
import { Captures, loadRules, operatorOf, transformations } from "../packages/seclang/dist/index.js";
import { hostileValues, STEPS_PER_OCTET_MAX } from "../packages/seclang/dist/operators/hostile.build.js";
import { patternSource } from "../packages/seclang/dist/operators/rx.js";

const root = fileURLToPath(new URL("..", import.meta.url));

export const VALUE_BYTES = 4_096;
/** What a test or a transformation of a value of `VALUE_BYTES` octets may take. */
const TEST_MS_MAX = 5;
/** Operators that are shown. */
const SHOWN = 20;
/** Parts of a pattern gone to for a piece: repeats stand inside repeats. */
const SAMPLE_VISITS_MAX = 1_024;
/** Values tried for an operator before it is the next one's turn. */
const TRIES_A_TURN = 24;
/** Measurements of which the least counts, where the first says more than `AGAIN_MS_MIN`. */
const MEASUREMENTS = 20;
const AGAIN_MS_MIN = 0.5;

/** Patterns of machines that grow: counts, many states at a time, sets of states that hardly come twice. */
const OWN_PATTERNS = [
  "(a+)+$",
  "(?:\\w+\\s?)+=$",
  "(.*)(.*)(.*)(.*)x",
  "[ab]*a[ab]{12}c",
  "(?i)(?:select|union|insert).{0,40}?(?:from|into).{0,40}?(?:where|values)",
  "<[^>]*\\bon\\w{3,20}\\s*=",
  "(?:a?){12}a{12}$",
  "\\b(\\d{4})[ -]?(\\d{4})[ -]?(\\d{4})[ -]?(\\d{4})\\b",
];
const OWN = [
  ...OWN_PATTERNS.map((pattern) => ["rx", pattern]),
  ["pm", "select union insert <script onload onerror /etc/passwd"],
  ["contains", "aaaaaaab"],
  ["containsWord", "aaaaaaab aaaaaaab"],
  ["containsWord", "a".repeat(2_048)],
  ["within", "GET HEAD POST OPTIONS"],
  ["streq", "POST"],
  ["beginsWith", "/a/"],
  ["endsWith", ".php"],
  ["eq", "0"],
  ["ipMatch", "192.0.2.0/24,2001:db8::/32"],
  ["restpath", "/users/{id}/posts/{post}"],
  ["verifyCC", "\\d{13,16}"],
  ["verifySSN", "\\d{3}-?\\d{2}-?\\d{4}"],
  ["validateNid", "cl [0-9.]{7,10}-?[\\dkK]"],
  ["validateByteRange", "32-126"],
  ["validateUrlEncoding", ""],
  ["validateUtf8Encoding", ""],
  ["detectSQLi", ""],
  ["detectXSS", ""],
];

/** @returns the exit status */
export function fuzzRules({ seed, seconds = 60, crs, measure, life }) {
  const operators = crs === undefined ? ownOperators() : operatorsOf(resolve(crs));
  const from = crs === undefined ? "our own operators" : `the rules of ${crs}`;
  process.stderr.write(`fuzz: rules, seed ${seed}, ${operators.length} operators: ${from}\n`);
  if (measure) return measureAll(operators);
  return search(life === undefined ? operators : operators.slice(life, life + 1), { seed, seconds, crs });
}

function ownOperators() {
  const files = { read: () => new Uint8Array(0), dataset: () => undefined };
  return OWN.map(([name, text], number) => ({
    number,
    title: `@${name}`,
    name,
    argument: Buffer.from(text, "latin1"),
    files,
    capture: true,
  }));
}

/** Operators of a rule set, each once; those with macros are left out, as they are not known before a request. */
function operatorsOf(folder) {
  const rules = existsSync(join(folder, "rules")) ? join(folder, "rules") : folder;
  const names = readdirSync(rules).filter((name) => name.endsWith(".conf"));
  const reader = { read: (path) => readFileSync(path), list: (path) => readdirSync(path) };
  const loaded = loadRules(
    names.sort().map((name) => join(rules, name)),
    reader,
  );
  const found = new Map();
  for (const rule of loaded.rules) {
    for (const [index, { operator, capture }] of rule.links.entries()) {
      if (operator === undefined || operator.argument.some(({ kind }) => kind !== "octets")) continue;
      const { name, place } = operator;
      const argument = Buffer.concat(operator.argument.map(({ octets }) => octets));
      const key = `${name}\n${argument.toString("latin1")}\n${capture}`;
      if (found.has(key)) continue;
      const files = {
        read: (file) => readFileSync(join(dirname(place.file), file)),
        dataset: (dataset) => loaded.datasets.get(dataset),
      };
      const title = `${rule.id}${index === 0 ? "" : `+${index}`} @${name}`;
      found.set(key, { number: found.size, title, name, argument, files, capture });
    }
  }
  return [...found.values()];
}

const captures = new Captures();

function compile({ name, argument, files }) {
  return operatorOf(name).compile(argument, files);
}

/** Steps of the first test by a new operator, and of the second, the more of the two, for each octet of the value. */
function costOf(entry, value) {
  const operator = compile(entry);
  const wanted = entry.capture ? captures : undefined;
  let most = 0;
  for (let times = 0; times < 2; times += 1) {
    const before = operator.work.steps;
    operator.test(value, 0, value.length, wanted);
    most = Math.max(most, operator.work.steps - before);
  }
  return most / value.length;
}

/** Climbs for each operator in turn, until the time is over. */
function search(entries, { seed, seconds, crs }) {
  const endMs = performance.now() + seconds * 1000;
  const hostile = hostileValues(VALUE_BYTES).map(({ octets }) => octets);
  const climbs = entries.map((entry) => ({
    entry,
    random: new Random(seed, entry.number),
    makes: maker(entry),
    best: undefined,
    cost: -1,
    tried: 0,
  }));
  for (let round = 0; performance.now() < endMs; round += 1) {
    for (const climb of climbs) {
      const values = round === 0 ? hostile : undefined;
      turn(climb, values, climbs);
      if (performance.now() >= endMs) break;
    }
    climbs.rounds = round + 1;
  }
  climbs.sort((a, b) => b.cost - a.cost);
  const tried = climbs.reduce((sum, climb) => sum + climb.tried, 0);
  let failures = 0;
  for (const { entry, best, cost } of climbs.slice(0, SHOWN)) {
    if (best === undefined) continue;
    const over = cost > STEPS_PER_OCTET_MAX;
    process.stdout.write(
      `${entry.title}: ${cost.toFixed(1)} steps an octet, ${measured(entry, best).cold.toFixed(2)} ms, ${Buffer.from(best.subarray(0, 24)).toString("hex")}…\n`,
    );
    if (!over) continue;
    failures += 1;
    const path = join(root, "results/fuzz", `rules-${seed}-${entry.number}.bin`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, best);
    process.stderr.write(
      `fuzz: rules: ${entry.title} takes ${cost.toFixed(1)} steps an octet, more than ${STEPS_PER_OCTET_MAX}\n  the value is ${relative(root, path)}\n  repeat with: npm run fuzz -- --target rules --seed ${seed} --life ${entry.number} --seconds ${seconds}${crs === undefined ? "" : ` --crs ${crs}`}\n`,
    );
  }
  process.stdout.write(
    `fuzz: rules, seed ${seed}: ${tried} values in ${climbs.rounds} rounds, at most ${climbs[0].cost.toFixed(1)} steps an octet, ${failures} failures\n`,
  );
  return failures > 0 ? 1 : 0;
}

function turn(climb, values, climbs) {
  const { entry, random, makes } = climb;
  const tries = values ?? Array.from({ length: TRIES_A_TURN });
  for (const given of tries) {
    const other = random.pick(climbs).best ?? climb.best;
    const value = given ?? changed(climb.best, other, makes, random);
    const cost = costOf(entry, value);
    climb.tried += 1;
    // As much is taken, too: a plain is crossed.
    if (cost < climb.cost) continue;
    climb.best = value;
    climb.cost = cost;
  }
}

/** Draws pieces near to what an operator looks for. */
function maker({ name, argument }) {
  const words = argument.toString("latin1").match(/[\w ]{2,24}/g) ?? [];
  const letters = [...new Set(argument.length === 0 ? Buffer.from("a1 '\"<(=-/*,") : argument)];
  let tree;
  if (name === "rx") tree = parsePattern(patternSource(argument), "sD").root;
  return {
    letters,
    piece(random) {
      if (tree !== undefined && random.chance(0.6)) {
        const octets = [];
        sample(tree, random, octets, { cut: random.chance(0.5) ? 0.05 : 0, visits: SAMPLE_VISITS_MAX });
        return octets.slice(0, VALUE_BYTES);
      }
      if (words.length > 0 && random.chance(0.5)) return [...Buffer.from(random.pick(words), "latin1")];
      return Array.from({ length: 1 + random.below(6) }, () => random.pick(letters));
    },
  };
}

/** Octets that a pattern matches, or nearly. @param limits.cut how likely a part is left out, @param limits.visits to how many parts it goes */
function sample(node, random, octets, limits) {
  limits.visits -= 1;
  if (limits.visits < 0 || random.chance(limits.cut)) return;
  switch (node.kind) {
    case "set": {
      let octet = random.chance(0.7) ? 0x20 + random.below(95) : random.below(256);
      for (let tries = 0; tries < 256 && node.set[octet] === 0; tries += 1) octet = (octet + 1) & 0xff;
      octets.push(octet);
      return;
    }
    case "sequence":
      for (const part of node.parts) sample(part, random, octets, limits);
      return;
    case "alternatives":
      sample(random.pick(node.branches), random, octets, limits);
      return;
    case "capture":
      sample(node.body, random, octets, limits);
      return;
    case "repeat": {
      const most = Math.min(node.max, node.min + (random.chance(0.1) ? 64 : 3));
      for (let count = random.between(node.min, most); count > 0 && limits.visits > 0; count -= 1)
        sample(node.body, random, octets, limits);
    }
  }
}

/** A value made of another by some changes; of `VALUE_BYTES` octets as well. */
function changed(best, other, makes, random) {
  const value = Uint8Array.from(best);
  const put = (at, piece) => {
    for (let index = 0; index < piece.length && at + index < value.length; index += 1)
      value[at + index] = piece[index];
  };
  switch (random.below(9)) {
    case 0: {
      // A piece of it, or of what is near to a match, over and over.
      const at = random.below(value.length);
      const piece = random.chance(0.5)
        ? makes.piece(random)
        : [...best.subarray(at, at + 1 + random.small(64))];
      if (piece.length === 0) break;
      for (let to = 0; to < value.length; to += piece.length) put(to, piece);
      break;
    }
    case 1: {
      // Pieces that are drawn one by one.
      const pieces = Array.from({ length: 1 + random.below(8) }, () => makes.piece(random));
      for (let to = random.chance(0.5) ? 0 : random.below(value.length); to < value.length; ) {
        const piece = random.chance(0.1) ? makes.piece(random) : random.pick(pieces);
        put(to, piece);
        to += Math.max(1, piece.length);
      }
      break;
    }
    case 2: {
      // A few letters in no order: sets of states that come once.
      const letters = Array.from({ length: 2 + random.below(5) }, () => random.pick(makes.letters));
      const from = random.chance(0.5) ? 0 : random.below(value.length);
      for (let at = from; at < value.length; at += 1) value[at] = random.pick(letters);
      break;
    }
    case 3: {
      const from = random.below(other.length);
      put(random.below(value.length), other.subarray(from, from + 1 + random.below(512)));
      break;
    }
    case 4: {
      // Between all the rest, at equal distances.
      const piece = makes.piece(random);
      const distance = 1 + random.below(64) + piece.length;
      for (let to = random.below(distance); to < value.length; to += distance) put(to, piece);
      break;
    }
    case 5: {
      const from = random.below(value.length);
      value.copyWithin(random.below(value.length), from, from + 1 + random.below(1_024));
      break;
    }
    case 6: {
      const at = random.below(value.length);
      const end = Math.min(value.length, at + 1 + random.small(512));
      value.fill(random.chance(0.5) ? random.pick(makes.letters) : random.below(256), at, end);
      break;
    }
    case 7:
      put(random.below(value.length), makes.piece(random));
      break;
    default:
      for (let count = 1 + random.small(64); count > 0; count -= 1)
        value[random.below(value.length)] = random.chance(0.7)
          ? random.pick(makes.letters)
          : random.below(256);
  }
  return value;
}

/**
 * The first test by a new operator, and the second. What is long is measured again, and the least counts: the rest is what else the
 * machine does.
 */
function measured(entry, value) {
  const least = { cold: Number.POSITIVE_INFINITY, warm: Number.POSITIVE_INFINITY };
  for (let times = 0; times < MEASUREMENTS; times += 1) {
    const operator = compile(entry);
    for (const which of ["cold", "warm"]) {
      const startedMs = performance.now();
      operator.test(value, 0, value.length, entry.capture ? captures : undefined);
      least[which] = Math.min(least[which], performance.now() - startedMs);
    }
    if (Math.max(least.cold, least.warm) < AGAIN_MS_MIN) break;
  }
  return least;
}

function measureAll(entries) {
  const values = hostileValues(VALUE_BYTES);
  const rows = [];
  for (const entry of entries) {
    for (const { name, octets } of values)
      rows.push({
        title: entry.title,
        value: name,
        ...measured(entry, octets),
      });
  }
  let failures = 0;
  for (const which of ["cold", "warm"]) {
    rows.sort((a, b) => b[which] - a[which]);
    process.stdout.write(
      `${which === "cold" ? "The first test by a new operator" : "Later tests"}, least of some, ms: ${entries.length} operators on ${values.length} values of ${VALUE_BYTES} octets\n`,
    );
    for (const row of rows.slice(0, SHOWN))
      process.stdout.write(`  ${row[which].toFixed(3)}  ${row.title} on ${row.value}\n`);
    failures += rows.filter((row) => row[which] > TEST_MS_MAX).length;
  }
  process.stdout.write(`Transformations of the same values, ms\n`);
  const slow = transformations.flatMap((transformation) =>
    values.map((value) => transformed(transformation, value)),
  );
  slow.sort((a, b) => b.ms - a.ms);
  for (const { title, ms } of slow.slice(0, SHOWN / 2))
    process.stdout.write(`  ${ms.toFixed(3)}  ${title}\n`);
  failures += slow.filter(({ ms }) => ms > TEST_MS_MAX).length;
  process.stdout.write(
    `fuzz: rules: ${failures} of ${rows.length * 2 + slow.length} measurements above ${TEST_MS_MAX} ms\n`,
  );
  return failures > 0 ? 1 : 0;
}

function transformed(transformation, { name, octets }) {
  const out = new Uint8Array(transformation.bytesMax(octets.length));
  let ms = Number.POSITIVE_INFINITY;
  for (let times = 0; times < MEASUREMENTS; times += 1) {
    const startedMs = performance.now();
    transformation.apply(octets, 0, octets.length, out, 0);
    ms = Math.min(ms, performance.now() - startedMs);
  }
  return { title: `t:${transformation.name} of ${name}`, ms };
}
