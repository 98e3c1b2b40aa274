import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseScanOptions, type ScanCommandOptions, TECHNIQUE_NAMES } from "./options.js";

const parse = (words: string): ScanCommandOptions => parseScanOptions(words.split(" "));

describe("the options of a scan", () => {
  it("have defaults", () => {
    const words = ["192.0.2.1"];
    assert.deepEqual(parseScanOptions(words), {
      answer: undefined,
      targets: ["192.0.2.1"],
      targetFiles: [],
      excludes: [],
      excludeFiles: [],
      scopeFile: undefined,
      resolveAll: false,
      ipv6: false,
      techniques: [],
      ports: undefined,
      excludePorts: undefined,
      topPorts: undefined,
      timing: 3,
      minRate: undefined,
      maxRate: undefined,
      retriesMax: undefined,
      defeatsErrorLimits: false,
      scanDelayMs: undefined,
      hostTimeoutMs: undefined,
      discovery: { withoutSweep: false },
      hostsOnly: false,
      listOnly: false,
      evasion: undefined,
      skipsProviders: false,
      canaries: undefined,
      serviceIntensity: undefined,
      serviceProbes: undefined,
      pcapFile: undefined,
      dryRun: false,
      reverseNames: false,
      nameServers: [],
      sourcePort: undefined,
      interface: undefined,
      seed: undefined,
      shard: undefined,
      allStates: false,
      openOnly: false,
      format: "table",
      output: undefined,
      reports: [],
      progress: true,
      statsEveryMs: undefined,
      verbose: false,
      resumeFile: undefined,
      diffFile: undefined,
      words: ["palisade", "scan", "192.0.2.1"],
    });
  });

  for (const [words, wanted] of [
    ["a b", { targets: ["a", "b"] }],
    ["-iL x -iL y", { targets: [], targetFiles: ["x", "y"] }],
    ["a --exclude b,c --exclude d", { excludes: ["b", "c", "d"] }],
    ["a --excludefile f --scope s", { excludeFiles: ["f"], scopeFile: "s" }],
    ["a -6 --resolve-all", { ipv6: true, resolveAll: true }],
    ["a -F", { topPorts: 100 }],
    ["a --top-ports 7", { topPorts: 7 }],
    ["a -p- --exclude-ports 25", { ports: "-", excludePorts: "25" }],
    ["a -sU --defeat-icmp-ratelimit", { techniques: ["udp"], defeatsErrorLimits: true }],
    ["a -T4 --min-rate 5 --max-rate 50", { timing: 4, minRate: 5, maxRate: 50 }],
    ["a --max-retries 0 --seed 0 --shard 1/2", { retriesMax: 0, seed: 0, shard: "1/2" }],
    ["a -sS -g 53 -e eth0", { techniques: ["syn"], sourcePort: 53, interface: "eth0" }],
    ["a -sSU", { techniques: ["syn", "udp"] }],
    ["a -sS -sU -sS", { techniques: ["syn", "udp"] }],
    ["a --technique fin,null", { techniques: ["fin", "null"] }],
    [
      "a --host-timeout 5m --stats-every 10s -v",
      { hostTimeoutMs: 300_000, statsEveryMs: 10_000, verbose: true },
    ],
    ["a -Pn", { discovery: undefined }],
    ["a -sn --disable-arp-ping", { hostsOnly: true, discovery: { withoutSweep: true } }],
    ["a -sL", { listOnly: true, discovery: undefined }],
    ["a -sV --version-light", { serviceIntensity: 2 }],
    ["a -sV --service-probes p", { serviceIntensity: 7, serviceProbes: "p" }],
    ["a --skip-cdn --canaries 0", { skipsProviders: true, canaries: 0 }],
    ["a --pcap p", { pcapFile: "p" }],
    ["a --dry-run", { dryRun: true }],
    ["--resume f", { targets: [], resumeFile: "f" }],
    ["a --scan-delay 250ms", { scanDelayMs: 250 }],
    ["a --scan-delay 1.5", { scanDelayMs: 1_500 }],
    ["a --scan-delay 2s", { scanDelayMs: 2_000 }],
    ["a --scan-delay 1m", { scanDelayMs: 60_000 }],
    ["a --scan-delay 24h", { scanDelayMs: 86_400_000 }],
    ["a --scan-delay 1ms --min-rate 1000", { scanDelayMs: 1, minRate: 1_000 }],
    ["a --open --no-progress", { openOnly: true, progress: false }],
    ["a --all-states", { allStates: true }],
    ["a --format json -o out", { format: "json", output: "out", reports: [] }],
    [
      "a -oX x -oJ j",
      {
        format: "table",
        output: undefined,
        reports: [
          { format: "json", path: "j" },
          { format: "xml", path: "x" },
        ],
      },
    ],
    ["a -oX -", { format: "xml", output: undefined, reports: [] }],
    [
      "a -oJ /dev/stdout -oX x",
      { format: "json", output: undefined, reports: [{ format: "xml", path: "x" }] },
    ],
    ["a -o out -oX -", { format: "table", output: "out", reports: [{ format: "xml", path: "-" }] }],
    [
      "a -oX /dev/null -oJ /dev/null",
      {
        reports: [
          { format: "json", path: "/dev/null" },
          { format: "xml", path: "/dev/null" },
        ],
      },
    ],
    [
      "a -oA base",
      {
        reports: [
          { format: "table", path: "base.txt" },
          { format: "xml", path: "base.xml" },
          { format: "grepable", path: "base.gnmap" },
          { format: "json", path: "base.json" },
        ],
      },
    ],
  ] as const) {
    it(`are read: ${words}`, () => {
      const options = parse(words);
      for (const [name, value] of Object.entries(wanted))
        assert.deepEqual(options[name as keyof ScanCommandOptions], value, name);
    });
  }

  it("name each technique that there is", () => {
    assert.ok(TECHNIQUE_NAMES.length > 0);
    for (const name of TECHNIQUE_NAMES) assert.deepEqual(parse(`a --technique ${name}`).techniques, [name]);
  });

  it("answer with the help or the version, whatever else is missing", () => {
    assert.match(parse("--help").answer!, /^palisade scan: .*\n\nUsage: palisade scan TARGET/);
    assert.match(parse("-h -sT").answer!, /^palisade scan: /);
    assert.match(parse("-V").answer!, /^palisade \d/);
  });

  for (const [words, message] of [
    ["-sT", /give an address, a prefix or a name/],
    ["a -p 1 -F", /one of -p, -F and --top-ports/],
    ["a -F --top-ports 5", /one of --ports, -F and --top-ports/],
    ["a --top-ports 0", /--top-ports 0: give a whole number from 1/],
    ["a --top-ports 65537", /--top-ports 65537/],
    ["a --min-rate 100 --max-rate 10", /--min-rate 100 is above --max-rate 10/],
    ["a --defeat-icmp-ratelimit", /--defeat-icmp-ratelimit is about .*-sU.*-sO/],
    ["a -sS --defeat-icmp-ratelimit", /--defeat-icmp-ratelimit is about/],
    ["a --max-rate 0", /--max-rate 0: give a whole number from 1/],
    ["a --max-rate fast", /--max-rate fast: give a whole number/],
    ["a --min-rate -5", /--min-rate -5: give a whole number/],
    ["a --max-retries 101", /--max-retries 101: .* 0 to 100/],
    ["a --timing 6", /--timing 6: .* 0 to 5/],
    ["a --seed -1", /--seed -1/],
    ["a --seed 9007199254740993", /--seed 9007199254740993/],
    ["a -sS -g 0", /^-g 0:/],
    ["a -sS -g 65536", /^-g 65536:/],
    ["a -sT -g 53", /^-g: the system chooses/],
    ["a -sT -e lo", /^-e: the system chooses/],
    ["a --scan-delay fast", /--scan-delay fast: give a time/],
    ["a --scan-delay -1", /--scan-delay/],
    ["a --scan-delay 25h", /--scan-delay 25h: give a time up to 24h/],
    ["a --scan-delay 1e3", /--scan-delay 1e3/],
    ["a --scan-delay 2s --min-rate 1", /--scan-delay 2s leaves no room for --min-rate 1/],
    ["a --open --all-states", /--open .* --all-states/],
    ["a --format yaml", /--format yaml: there are table, json/],
    ["a --technique none", /--technique none: there are syn, connect/],
    ["a -sS -sT -g 53", /^-g: the system chooses/],
    ["a --host-timeout 0", /--host-timeout 0: give a time above 0/],
    ["a --stats-every never", /--stats-every never: give a time up to 24h/],
    ["a -Pn -PE", /-Pn and -PE do not go together/],
    ["a -sn -p 80", /-sn asks no port/],
    ["a -sL -sV", /-sL asks no port/],
    ["a -sn -Pn", /-sn and -Pn/],
    ["a --ping knock", /--ping knock: there are echo, timestamp/],
    ["a --ping echo:80", /--ping echo:80: echo has no ports/],
    ["a --version-all", /are for -sV/],
    ["a -sV --version-all --version-light", /one of --version-intensity/],
    ["a -sV --version-intensity 10", /--version-intensity 10: .* 0 to 9/],
    ["a -f --mtu 16", /-f and --mtu both/],
    ["a -f -f -f", /-f can be given once/],
    ["a --mtu 12", /--mtu 12: give a multiple of 8/],
    ["a --ttl 0", /--ttl 0: .* 1 to 255/],
    ["a -sT --badsum", /--badsum: the system writes/],
    ["a -sT -D 192.0.2.1", /^-D: connections have one sender/],
    ["a --dry-run --pcap p", /--dry-run and --pcap do not go together/],
    ["-f json a", /-f cuts probes into fragments.*--format json/],
    ["a -p 1 -p 2", /^-p is given as 1 and as 2: give it once/],
    ["a -oA -", /-oA -: several reports do not go to standard output/],
    ["a --shard 1/2", /--shard 1\/2: add --seed N, the same for every part/],
    ["a -oX x -oJ x", /two reports would go to x: give each its own file/],
    ["a -oX x -oJ ./x", /two reports would go to/],
    ["a -o x -oX x", /two reports would go to x/],
    ["a -oX - -oJ -", /two reports would go to standard output/],
    ["a --format csv -oX -", /two reports would go to standard output/],
    ["a -oA b -oX b.xml", /two reports would go to b\.xml/],
    ["a --bogus", /Unknown option '--bogus'/],
    ["a --prots 80", /did you mean --ports\?/],
    ["a -x", /Unknown option '-x'/],
    ["a --open=yes", /'--open' does not take an argument/],
    ["a --exclude", /--exclude/],
  ] as const) {
    it(`are refused: ${words}`, () => {
      assert.throws(
        () => parse(words),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "USAGE");
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    });
  }
});
