import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { PalisadeError } from "@palisade/base";
import { engineDefaults, flowFilterFields } from "@palisade/inspect";
import fc from "fast-check";
import { fileOf, temporaryFolder } from "../command.build.js";
import { version } from "../version.js";
import { parseInspectOptions, WORKERS_MAX, worthwhileWorkers } from "./options.js";
import { attributesHelp, filterHelp, inspectHelp } from "./options-help.js";

const folder = temporaryFolder();
const attributesOf = (list: string) =>
  parseInspectOptions(["x", "-f", "jsonl", "--attributes", list]).engine.attributes;

describe("the words after palisade inspect", () => {
  it("are read, with the engine's defaults where nothing is said", () => {
    const options = parseInspectOptions(["a.pcap", "b.pcap"]);
    assert.deepEqual(options.files, ["a.pcap", "b.pcap"]);
    assert.deepEqual(
      [options.format, options.output, options.interface, options.workers, options.top, options.statistics],
      ["table", undefined, undefined, undefined, 20, false],
    );
    assert.equal(options.engine.flowsMax, engineDefaults.flowsMax);
    assert.deepEqual(options.engine.timeoutSeconds, engineDefaults.timeoutSeconds);
    assert.deepEqual(
      [options.engine.vlans, options.engine.explain, options.engine.communityIdSeed],
      [true, false, 0],
    );
  });

  it("set what they say", () => {
    const { engine, ...options } = parseInspectOptions(
      "x.pcap -o out --workers 3 --flows-max 128 --timeout-default 1 --timeout-short 2 --timeout-long 3 --timeout-live 4 --no-vlans --community-id-seed 9 --top 5".split(
        " ",
      ),
    );
    assert.deepEqual([options.format, options.output, options.workers, options.top], ["table", "out", 3, 5]);
    assert.equal(parseInspectOptions(["x.pcap", "-f", "jsonl"]).format, "jsonl");
    assert.deepEqual(engine.timeoutSeconds, { default: 1, short: 2, long: 3, live: 4 });
    assert.deepEqual([engine.flowsMax, engine.vlans, engine.communityIdSeed], [128, false, 9]);
  });

  it("turn to an interface, and to standard input by its name", () => {
    const live = parseInspectOptions([
      "-i",
      "eth0",
      "-c",
      "10",
      "-s",
      "96",
      "--duration",
      "2",
      "--ring-mib",
      "8",
      "-p",
    ]);
    assert.deepEqual(
      [
        live.interface,
        live.files,
        live.packetsMax,
        live.snaplenBytes,
        live.durationMs,
        live.ringBytes,
        live.promiscuous,
      ],
      ["eth0", [], 10, 96, 2_000, 8 << 20, true],
    );
    const stream = parseInspectOptions(["-i", "-"]);
    assert.deepEqual([stream.interface, stream.files], [undefined, ["-"]]);
  });

  it("read only those attributes that are shown or asked for", () => {
    const table = parseInspectOptions(["x", "--filter", "http.method == GET"]).engine.attributes;
    assert.ok(
      table?.includes("http.host") && table.includes("http.method") && !table.includes("http.server"),
    );
    assert.equal(parseInspectOptions(["x", "-f", "jsonl"]).engine.attributes, undefined);
    assert.equal(parseInspectOptions(["x", "--explain", "1"]).engine.attributes, undefined);
    assert.deepEqual(attributesOf("tls.sni, http.host"), ["tls.sni", "http.host"]);
  });

  it("name attributes one by one, or all that begin alike", () => {
    const http = attributesOf("http.*") ?? [];
    assert.ok(http.includes("http.host") && http.every((name) => name.startsWith("http.")));
    assert.deepEqual(attributesOf("http.host,http.*,http.host"), [
      "http.host",
      ...http.filter((name) => name !== "http.host"),
    ]);
    assert.ok((attributesOf("tls.certificate-*")?.length ?? 0) > 3);
    assert.ok((attributesOf("*")?.length ?? 0) > 500);
  });

  it("have read what a filter looks at, also where it is not listed", () => {
    const { engine } = parseInspectOptions([
      "x",
      "-f",
      "json",
      "--attributes",
      "http.host",
      "--filter",
      "tls.sni or finding",
    ]);
    assert.deepEqual(engine.attributes, ["http.host", "tls.sni"]);
  });

  it("may say the same twice", () => {
    const options = parseInspectOptions(["x", "x", "--workers", "5", "--workers", "5", "--stats", "--stats"]);
    assert.deepEqual([options.files, options.workers, options.statistics], [["x", "x"], 5, true]);
  });

  it("leave to files what stands behind a double hyphen", () => {
    assert.deepEqual(parseInspectOptions(["--", "--workers", "-1"]).files, ["--workers", "-1"]);
  });

  it("are answered with a text where that is what they ask for", () => {
    const answer = (...words: readonly string[]) => parseInspectOptions(words).answer;
    for (const words of [["--help"], ["-h"], ["x", "y", "-h", "--filter", "bogus"]])
      assert.equal(answer(...words), inspectHelp);
    for (const word of ["--version", "-V"]) assert.equal(answer(word), `palisade ${version}\n`);
    assert.match(answer("--attributes", "help")!, /^ATTRIBUTE +TYPE\n/);
    assert.equal(answer("--attributes=help"), answer("x", "--attributes", "help"));
    assert.match(answer("--filter", "help")!, /\napp_proto +text +app_proto == tls\n/);
    assert.equal(answer("x"), undefined);
  });

  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /give a capture file, or an interface with -i/],
    [["x", "-i", "lo"], /captures or an interface, not both/],
    [["-", "-"], /standard input can be read once only/],
    [["-", "-i", "-"], /standard input can be read once only/],
    [["x", "--bogus"], /--bogus/],
    [["x", "--format", "xml"], /--format xml: there are table, jsonl and json/],
    [["x", "--format"], /format/],
    [["x", "--top", "0"], /--top 0: give a whole number from 1 to 100000/],
    [["x", "--workers", "0"], /--workers 0: give a whole number from 1 to 64/],
    [["x", "--workers", String(WORKERS_MAX + 1)], /--workers 65/],
    [["x", "--workers", "two"], /--workers two/],
    [["x", "--workers", "0x2"], /--workers 0x2/],
    [["x", "--flows-max", "63"], /--flows-max 63: give a whole number from 64/],
    [["x", "--timeout-default=-1"], /--timeout-default -1: give a whole number from 1 to 86400/],
    [["x", "--workers", "-1"], /^--workers -1: give a whole number from 1 to 64$/],
    [["x", "--workers"], /^--workers: give a whole number from 1 to 64$/],
    [["x", "--workers", "--stats"], /^--workers: give a whole number from 1 to 64$/],
    [["x", "--workers="], /^--workers "": give a whole number from 1 to 64$/],
    [["-i", "lo", "-c", "-5"], /^--count -5: give a whole number from 1 to 9007199254740991$/],
    [["-i", "lo", "-c"], /^--count: give a whole number from 1/],
    [["-i", "lo", "-s", "262145"], /^--snaplen 262145: give a whole number from 1 to 262144$/],
    [["-i", "lo", "--duration", "2147484"], /^--duration 2147484: give a whole number from 1 to 2147483$/],
    [["-i", "lo", "--ring-mib", "1025"], /^--ring-mib 1025: give a whole number from 1 to 1024$/],
    [["x", "--top", "-0"], /^--top -0: give a whole number from 1 to 100000$/],
    [["x", "--flows-max", "16777217"], /from 64 to 16777216$/],
    [["x", "--community-id-seed", "-1"], /^--community-id-seed -1: give a whole number from 0 to 65535$/],
    [["x", "--format", "json", "-f", "table"], /^--format is given as json and as table: give it once$/],
    [["-i", "lo", "-i", "-"], /^--interface is given as lo and as -: give it once$/],
    [
      ["x", "--filter", "bytes > 1", "--filter", "finding"],
      /^--filter is given as "bytes > 1" and as finding/,
    ],
    [["x", "--timeout-short", "1.5"], /--timeout-short 1\.5: give a whole number/],
    [["x", "--community-id-seed", "65536"], /--community-id-seed 65536/],
    [
      ["x", "--filter", "bogus == 1"],
      /^--filter, column 1: there is no field "bogus"; `--filter help` lists them$/,
    ],
    [["x", "--filter", "sorc == 1"], /^--filter, column 1: there is no field "sorc": did you mean src\?$/],
    [
      ["x", "--filter", "tls.snii"],
      /^--filter, column 1: there is no field "tls.snii": did you mean tls.sni\?$/,
    ],
    [["x", "--filter", "ip.src == 192.0.2.1"], /^--filter, column 1: .*: did you mean src\?$/],
    [["x", "--filter", "finding and app_proto = tls"], /^--filter, column 23: write == to compare$/],
    [
      ["x", "--filter", "app_proto == dnss"],
      /^--filter, column 14: no protocol is called dnss: did you mean dns\?$/,
    ],
    [
      ["x", "--filter", "app_proto != qqqqqqqq"],
      /^--filter, column 14: no protocol is called qqqqqqqq; docs\/protocols.md lists them$/,
    ],
    [
      ["x", "--filter", "app == netflx"],
      /^--filter, column 8: no application is called netflx: did you mean netflix\?$/,
    ],
    [
      ["x", "--filter", "tls.sni < 5"],
      /^--filter, column 11: tls.sni is no number: compare it with ==, != or contains$/,
    ],
    [
      ["x", "--filter", "http.status == OK"],
      /^--filter, column 16: http.status is a number, and "OK" is none$/,
    ],
    [["x", "--filter", "tls.certificate-self-signed == yes"], /is true or false, never "yes"$/],
    [["x", "--filter", "category == mial"], /no category is called mial: did you mean mail\?$/],
    [["x", "--filter", "app_proto == unknown"], /no protocol is called "unknown": write not app_proto$/],
    [["x", "--filter", "app != null"], /no application is called "null": write app$/],
    [["x", "--filter", ""], /^--filter, column 1: expected the name of a field/],
    [["x", "--bpf", "port http"], /^--bpf, column 6: service names are not looked up: write port 80$/],
    [
      ["x", "--bpf", "host example.com"],
      /^--bpf, column 6: host names are not looked up: write its address$/,
    ],
    [
      ["x", "--bpf", "tcp[13] & 2 != 0"],
      /^--bpf, column 4: octets of a header \(tcp\[…\]\) are not read here: compile .* tcpdump -ddd and give --bpf-ddd$/,
    ],
    [["x", "--bpf", "tcp prot 80"], /^--bpf, column 5: expected "port"/],
    [
      ["x", "--bpf", Array.from({ length: 600 }, (_, at) => `host 2001:db8::${at}`).join(" and ")],
      /^--bpf: the expression needs \d+ instructions/,
    ],
    [["x", "--bpf-ddd", join(folder, "none")], /--bpf-ddd .*: cannot be read/],
    [["x", "--bpf-ddd", fileOf(folder, "text", "no program\n")], /./],
    [["x", "--bpf", "tcp", "--bpf-ddd", "y"], /--bpf or --bpf-ddd, not both/],
    [["x", "--explain", ""], /^--explain wants the number of a packet/],
    [["x", "--stats", "--community-id-seed", "7"], /^--community-id-seed is for flows/],
    [["x", "--stats", "--explain", "1"], /--stats or --explain, not both/],
    [["x", "--stats", "--filter", "finding"], /^--stats counts every frame, .* --bpf instead$/],
    [["x", "--stats", "--top", "5"], /^--top is for tables of flows, and --stats shows none: leave it out$/],
    [["x", "--explain", "1", "--filter", "finding"], /^--explain names its flow, .* give one of them$/],
    [
      ["x", "--explain", "1", "-f", "json"],
      /^--explain is written as text, not as json: leave --format out$/,
    ],
    [["x", "--explain", "1", "-f", "jsonl"], /^--explain is written as text, not as jsonl/],
    [["x", "--explain", "1", "--top", "5"], /^--top is for tables of flows, and --explain shows none/],
    [
      ["x", "-f", "jsonl", "--top", "5"],
      /^--top is for tables of flows, and jsonl has all flows: leave it out$/,
    ],
    [["x", "-f", "json", "--top", "5"], /^--top is for tables of flows, and json has all/],
    [
      ["x", "--attributes", "tls.sni"],
      /^--attributes is for records, and the table shows none: give --format jsonl/,
    ],
    [
      ["x", "--stats", "--attributes", "tls.sni", "-f", "json"],
      /^--attributes is for records, and --stats shows none/,
    ],
    [
      ["x", "-f", "json", "--attributes", "tls.sni,tls.nothing"],
      /^--attributes: there is no attribute "tls.nothing"; /,
    ],
    [["x", "-f", "json", "--attributes", "tls.sin"], /^--attributes: .*: did you mean tls.sni\?$/],
    [["x", "-f", "json", "--attributes", "tsl.*"], /no attribute begins with "tsl.": did you mean tls.\*\?$/],
    [["x", "-f", "json", "--attributes", "tls.*,"], /^--attributes: there is no attribute ""; /],
    [["x", "--fliter", "finding"], /'--fliter': did you mean --filter\?$/],
    [["x", "--count", "5"], /^--count is for capture from an interface: give one with -i$/],
    [
      ["-i", "-", "--count", "5"],
      /^--count is for capture from an interface, and - is standard input: tell the sender/,
    ],
    [["x", "--promiscuous"], /--promiscuous is for capture from an interface/],
    [["x", "--duration", "5"], /--duration is for capture from an interface/],
    [["x", "--snaplen", "5"], /--snaplen is for capture from an interface/],
    [["-i", "lo", "--snaplen", "0"], /--snaplen 0/],
    [["-i", "lo", "--count", "0"], /--count 0/],
  ];
  for (const [words, message] of refused) {
    it(`are refused in one line where they make no sense: ${words.join(" ").replace(folder, "").slice(0, 80) || "none"}`, () => {
      assert.throws(
        () => parseInspectOptions(words),
        (error) => {
          assert.ok(error instanceof PalisadeError);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    });
  }

  it("never fail otherwise", () => {
    const word = fc.oneof(
      fc.constantFrom(
        "--format",
        "-f",
        "jsonl",
        "--filter",
        "finding",
        "-i",
        "-",
        "--",
        "--workers",
        "2",
        "--top",
        "--stats",
        "--attributes",
        "help",
        "--explain",
        "-c",
        "--no-vlans",
        "--no-no-vlans",
        "--workers=",
        "-fjson",
      ),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        try {
          parseInspectOptions(words);
        } catch (error) {
          assert.ok(error instanceof PalisadeError, String(error));
        }
      }),
    );
  });
});

describe("what is told of the command", () => {
  const texts = [
    ["--help", inspectHelp],
    ["--filter help", filterHelp()],
    ["--attributes help", attributesHelp()],
  ] as const;

  for (const [name, text] of texts) {
    it(`is at most 80 columns wide: ${name}`, () => {
      const lines = text.split("\n");
      assert.ok(lines.length > 30);
      assert.deepEqual(
        lines.filter((line) => [...line].length > 80),
        [],
      );
    });
  }

  it("names every option in its help", () => {
    let options = 0;
    for (const [, name] of readFileSync(
      fileURLToPath(new URL("../../src/inspect/options.ts", import.meta.url)),
      "utf8",
    ).matchAll(/^ {4}"?([a-z-]+)"?: \{ type: "(?:string|boolean)"/gm)) {
      assert.ok(inspectHelp.includes(`--${name}`), name);
      options += 1;
    }
    assert.ok(options > 20);
  });

  it("has an example of every field that the command takes", () => {
    for (const { name, example } of flowFilterFields) {
      assert.ok(filterHelp().includes(`\n${name} `) || filterHelp().includes(`\n${name}  `), name);
      assert.equal(parseInspectOptions(["x", "--filter", example]).filter, example);
    }
  });

  it("has the type of every attribute, and whether a flow can have several", () => {
    const text = attributesHelp();
    for (const line of [
      /^tls\.sni +text$/m,
      /^dns\.query +text, several$/m,
      /^tls\.certificate-self-signed +flag$/m,
    ])
      assert.match(text, line);
  });
});

describe("the number of workers", () => {
  it("is one for what is small or of unknown size", () => {
    assert.equal(worthwhileWorkers(undefined), 1);
    assert.equal(worthwhileWorkers(1 << 20), 1);
    assert.deepEqual(
      [1, 2, 3, 4, 8, 64].map((processors) => worthwhileWorkers(2 ** 40, processors)),
      [1, 1, 1, 2, 4, 4],
    );
  });
});
