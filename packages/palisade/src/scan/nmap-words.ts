/**
 * nmap's short forms as long options of ours: its reference guide's, as far as they are honoured. Its letters stand together
 * (`-sS`, `-oX FILE`, `-T4`, `-p-`), which is no cluster of options of one letter.
 */
import { usage } from "../words.js";

/** By letter after `-s`. */
const TECHNIQUES: Readonly<Record<string, string>> = {
  S: "syn",
  T: "connect",
  U: "udp",
  F: "fin",
  N: "null",
  X: "xmas",
  A: "ack",
  W: "window",
  M: "maimon",
  Y: "sctp-init",
  O: "ip-protocol",
};

const TIMINGS: readonly string[] = ["paranoid", "sneaky", "polite", "normal", "aggressive", "insane"];

/** Those that stand alone, and their value where ours wants one. */
const ALONE: Readonly<Record<string, string>> = {
  "-Pn": "--skip-discovery",
  "-PN": "--skip-discovery",
  "-P0": "--skip-discovery",
  "-F": "--fast",
  "-n": "--no-names",
  "-R": "--reverse-names",
  "-6": "--ipv6",
  "-h": "--help",
  "-V": "--version",
  "-v": "--verbose",
  "-f": "--fragment",
  "-sn": "--hosts-only",
  "-sP": "--hosts-only",
  "-sL": "--list",
  "-sV": "--service-detection",
  "-PR": "--arp-ping",
  "-PE": "--ping=echo",
  "-PP": "--ping=timestamp",
  "-PM": "--ping=address-mask",
  "--noninteractive": "--no-progress",
};

/** Those with a value, which may stand right behind them. */
const WITH_VALUE: readonly (readonly [string, string])[] = [
  ["-iL", "--targets-from"],
  ["-oX", "--xml"],
  ["-oG", "--grepable"],
  ["-oJ", "--json"],
  ["-oC", "--csv"],
  ["-oN", "--table"],
  ["-oA", "--output-all"],
  ["-p", "--ports"],
  ["-g", "--source-port"],
  ["-e", "--interface"],
  ["-D", "--decoys"],
  ["-o", "--output"],
];

/** What nmap does when it is told to, and this in any case. */
const ALWAYS: ReadonlySet<string> = new Set(["--no-stylesheet", "--unique"]);

/**
 * nmap has them, and they are refused rather than left out of a scan in silence. By the word, without what is behind a `=`: what is not
 * there, and what to do instead of leaving it out.
 */
const ABSENT: readonly (readonly [name: RegExp, what: string, instead?: string])[] = [
  [/^-A$/, "operating system detection, scripts and traces are", "-sV asks what serves ports"],
  [/^(-O|--osscan-(limit|guess)|--fuzzy)$/, "operating system detection is", "-sV tells what services say"],
  [/^(-sC|--script(-.*)?)$/, "scripts are", "-sV asks what serves ports"],
  [/^--traceroute$/, "a trace of the route is"],
  [/^-sI$/, "idle scans are"],
  [/^-sZ$/, "SCTP COOKIE ECHO scans are", "-sY sends INIT"],
  [/^-b/, "FTP bounce scans are"],
  [/^--scanflags$/, "a choice of flags is", "-sS, -sA, -sF, -sN, -sX and -sM have some each"],
  [/^-iR/, "random targets are"],
  [/^--port-ratio$/, "a choice of ports by their share is", "--top-ports N takes the most usual"],
  [/^-r$/, "an order by number is", "with --seed N the order is the same each time"],
  [/^(-rH|--randomize-hosts)$/, "a choice of the order is", "hosts are asked in random order"],
  [/^--(min|max)-parallelism$/, "a number of probes under way is", "use --min-rate and --max-rate"],
  [/^--(min|max)-hostgroup$/, "groups of hosts are", "all are asked at the same time: leave it out"],
  [/^--(min|max|initial)-rtt-timeout$/, "a bound of waits is", "-T4 and -T5 wait less at first"],
  [/^--max-scan-delay$/, "a delay that grows is", "--scan-delay sets one that stays"],
  [/^--(defeat-rst-ratelimit|discovery-ignore-rst|allports)$/, "this option of nmap's is"],
  [/^-S/, "another source address is", "-e chooses the interface, and -D adds senders"],
  [/^--spoof-mac$/, "another link address is", "`ip link set` changes the interface's own"],
  [/^--data(-string)?$/, "a choice of what probes carry is", "--data-length N adds random octets"],
  [/^--ip-options$/, "a choice of IP options is"],
  [/^--prox(y|ies)$/, "scanning through proxies is"],
  [/^--send-(eth|ip)$/, "a choice of frames or IP packets is", "the route decides: leave it out"],
  [/^--(un)?privileged$/, "a choice of privileges is", "-sS wants raw sockets, -sT none"],
  [/^--system-dns$/, "another resolver is", "-R asks the system's name servers"],
  [/^(--packet-trace|--version-trace)$/, "a trace is", "--pcap FILE records packets, --dry-run shows them"],
  [/^-d[d\d]*$/, "output for debugging is", "-v tells ports, --pcap FILE records packets"],
  [/^--append-output$/, "adding to files is", "`-oX - >> FILE` adds to one"],
  [/^--(stylesheet|webxml)$/, "a style sheet in XML is", "`xsltproc nmap.xsl FILE` takes one"],
  [/^--(datadir|servicedb|versiondb)$/, "a choice of nmap's files is", "--service-probes takes its probes"],
  [/^-o[SMH]$/, "this format of nmap's is"],
];

/** @throws {PalisadeError} `USAGE` for what nmap has and this has not */
export function translateNmapWords(words: readonly string[]): string[] {
  const translated: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (word === "--") return [...translated, ...words.slice(at)];
    if (ALWAYS.has(word)) continue;
    refuseAbsent(word);
    const value = WITH_VALUE.find(([name]) => word.startsWith(name) && !word.startsWith("--"));
    const alone = Object.hasOwn(ALONE, word) ? ALONE[word] : undefined;
    if (alone !== undefined) {
      translated.push(alone);
    } else if (word === "-ff") {
      translated.push("--fragment", "--fragment");
    } else if (/^-v(v+|[1-9])$/.test(word)) {
      translated.push("--verbose");
    } else if (word === "-T" && words[at + 1] !== undefined) {
      at += 1;
      translated.push(timingOf(`-T ${words[at]}`, words[at]!));
    } else if (/^-P[SAUYO]/.test(word)) {
      translated.push(pingOf(word));
    } else if (word.startsWith("-T")) {
      translated.push(timingOf(word, word.slice(2)));
    } else if (/^-s./.test(word)) {
      translated.push(...techniquesOf(word));
    } else if (value !== undefined) {
      const [name, long] = value;
      const glued = word.slice(name.length).replace(/^=/, "");
      if (glued !== "") translated.push(`${long}=${glued}`);
      else if (words[at + 1] === undefined) throw usage(`${name} wants a value behind it`);
      else {
        at += 1;
        translated.push(`${long}=${words[at]}`);
      }
    } else if (/^-[^-]./.test(word)) {
      // Taken apart into letters, it would be refused for one of them.
      throw usage(`there is no option ${word}; \`palisade scan --help\` shows what there is`);
    } else {
      translated.push(word);
    }
  }
  return translated;
}

/** By letter after `-P`: those that have a list right behind them. */
const PINGS: Readonly<Record<string, string>> = {
  S: "syn",
  A: "ack",
  U: "udp",
  Y: "sctp-init",
  O: "ip-protocol",
};

function pingOf(word: string): string {
  const list = word.slice(3);
  return `--ping=${PINGS[word[2]!]}${list === "" ? "" : `:${list}`}`;
}

/** An error's words, in which options have the names that the user wrote: who wrote `-f` did not write `--fragment`. */
export function asWritten(message: string, words: readonly string[]): string {
  const forms = shortForms(words);
  if (forms.size === 0) return message;
  // The longest first: `--ping syn:` is more than `--ping`.
  const longs = [...forms.keys()].sort((a, b) => b.length - a.length);
  const any = new RegExp(
    longs.map((long) => `${long}${long.endsWith(":") ? "" : "(?![\\w-])"}`).join("|"),
    "g",
  );
  return message.replace(any, (long) => forms.get(long)!);
}

/** nmap's forms among the words, by the option of ours that each stands for. */
function shortForms(words: readonly string[]): ReadonlyMap<string, string> {
  const forms = new Map<string, string>();
  const add = (long: string, short: string): void => {
    if (!forms.has(long)) forms.set(long, short);
  };
  for (const word of words) {
    if (word === "--") break;
    if (!/^-[^-]/.test(word)) continue;
    const alone = Object.hasOwn(ALONE, word) ? ALONE[word] : undefined;
    const value = WITH_VALUE.find(([name]) => word.startsWith(name));
    if (alone !== undefined) add(alone.split("=")[0]!, word);
    else if (word === "-ff") add("--fragment", word);
    else if (/^-P[SAUYO]/.test(word)) {
      add(`--ping ${PINGS[word[2]!]}:`, word.slice(0, 3));
      add("--ping", word.slice(0, 3));
    } else if (word.startsWith("-T")) add("--timing", "-T");
    else if (value !== undefined) add(value[1], value[0]);
  }
  return forms;
}

/** `text` is what stands behind `-T`, and `written` the whole. */
function timingOf(written: string, text: string): string {
  const level = /^[0-5]$/.test(text) ? text : String(TIMINGS.indexOf(text.toLowerCase()));
  if (level === "-1") throw usage(`${written}: give -T0 to -T5, or -T and one of ${TIMINGS.join(", ")}`);
  return `--timing=${level}`;
}

function techniquesOf(word: string): string[] {
  return [...word.slice(2)].map((letter) => {
    if (letter === "V") return "--service-detection";
    refuseAbsent(`-s${letter}`);
    const technique = TECHNIQUES[letter];
    if (technique === undefined)
      throw usage(
        `${word}: there is no technique "${letter}"; there are ${Object.keys(TECHNIQUES).join(", ")}, and V for services`,
      );
    return `--technique=${technique}`;
  });
}

function refuseAbsent(word: string): void {
  const name = word.replace(/=.*$/s, "");
  const absent = ABSENT.find(([pattern]) => pattern.test(name));
  if (absent === undefined) return;
  const [, what, instead = "leave it out"] = absent;
  throw usage(`${word}: ${what} not there yet; ${instead}`);
}
