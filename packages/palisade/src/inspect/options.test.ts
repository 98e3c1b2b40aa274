import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import { engineDefaults } from "@palisade/inspect";
import fc from "fast-check";
import { fileOf, temporaryFolder } from "../command.build.js";
import { parseInspectOptions, WORKERS_MAX, worthwhileWorkers } from "./options.js";

const folder = temporaryFolder();

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
      "x.pcap -f jsonl -o out --workers 3 --flows-max 128 --timeout-default 1 --timeout-short 2 --timeout-long 3 --timeout-live 4 --no-vlans --community-id-seed 9 --top 5".split(
        " ",
      ),
    );
    assert.deepEqual([options.format, options.output, options.workers, options.top], ["jsonl", "out", 3, 5]);
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
    assert.deepEqual(parseInspectOptions(["x", "--attributes", "tls.sni, http.host"]).engine.attributes, [
      "tls.sni",
      "http.host",
    ]);
  });

  it("may say the same twice", () => {
    const options = parseInspectOptions(["x", "x", "--workers", "5", "--workers", "5", "--stats", "--stats"]);
    assert.deepEqual([options.files, options.workers, options.statistics], [["x", "x"], 5, true]);
  });

  it("leave to files what stands behind a double hyphen", () => {
    assert.deepEqual(parseInspectOptions(["--", "--workers", "-1"]).files, ["--workers", "-1"]);
  });

  it("are asked for less where help or a list is wanted", () => {
    assert.equal(parseInspectOptions(["--help"]).help, true);
    assert.equal(parseInspectOptions(["--attributes", "help"]).listAttributes, true);
    assert.equal(parseInspectOptions(["--attributes=help"]).listAttributes, true);
    assert.equal(parseInspectOptions(["x"]).listAttributes, false);
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
    [["x", "--filter", "bogus == 1"], /filter: at character 1: expected a field/],
    [["x", "--filter", ""], /filter: at character 1/],
    [["x", "--bpf", "tcp prot 80"], /./],
    [["x", "--bpf-ddd", join(folder, "none")], /--bpf-ddd .*: cannot be read/],
    [["x", "--bpf-ddd", fileOf(folder, "text", "no program\n")], /./],
    [["x", "--bpf", "tcp", "--bpf-ddd", "y"], /--bpf or --bpf-ddd, not both/],
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
    [["x", "--attributes", "tls.sni,tls.nothing"], /there is no attribute "tls.nothing"/],
    [["x", "--count", "5"], /--count is for live capture/],
    [["x", "--promiscuous"], /--promiscuous is for live capture/],
    [["x", "--duration", "5"], /--duration is for live capture/],
    [["x", "--snaplen", "5"], /--snaplen is for live capture/],
    [["-i", "lo", "--snaplen", "0"], /--snaplen 0/],
    [["-i", "lo", "--count", "0"], /--count 0/],
  ];
  for (const [words, message] of refused) {
    it(`are refused in one line where they make no sense: ${words.join(" ").replace(folder, "") || "none"}`, () => {
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
