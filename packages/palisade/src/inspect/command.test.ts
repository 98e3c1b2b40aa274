import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { arp, ethernet, fragmentIpv4, gre, ipv4, tcpConversation } from "@palisade/wire";
import {
  COMMAND,
  captureOf,
  dnsConversation,
  fileOf,
  largeFrames,
  palisade,
  type Ran,
  run,
  START_US,
  smallFrames,
  type Timed,
  temporaryFolder,
} from "../command.build.js";

const folder = temporaryFolder();
const small = captureOf(smallFrames());
const smallPath = fileOf(folder, "small.pcap", small);
const largePath = fileOf(folder, "large.pcap", captureOf(largeFrames()));

interface Line {
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
  readonly proto: number;
  readonly app_proto: string | null;
  readonly app: string | null;
  readonly packets: number;
  readonly bytes: number;
  readonly first_packet: number;
  readonly community_id: string;
  readonly capture?: string;
  readonly "http.host"?: string | readonly string[];
}

const linesOf = (text: string): Line[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);

/** What was asked for and given in full. */
function good(ran: Ran): string {
  assert.equal(ran.stderr, "");
  assert.equal(ran.status, 0);
  return ran.stdout;
}

/** Refused with this status, in one line. */
function refused(ran: Ran, status: number, message: RegExp): void {
  assert.match(ran.stderr, message);
  assert.match(ran.stderr, /^palisade: [^\n]+\n$/);
  assert.deepEqual(commandsIn(ran.stderr), []);
  assert.equal(ran.status, status);
}

/** Characters that a terminal would act on; JSON escapes those of ASCII. */
function commandsIn(text: string, isJson = false): string[] {
  const characters = [...text].filter(
    (character) => character !== "\n" && /[\p{Cc}\p{Bidi_Control}]/u.test(character),
  );
  return isJson ? characters.filter((character) => character < " ") : characters;
}

const known = new Map<string, string>();

/** What the command says, run once for the same words. */
function inspected(...words: readonly string[]): string {
  const key = words.join("\0");
  const text = known.get(key) ?? good(palisade(["inspect", ...words]));
  known.set(key, text);
  return text;
}

describe("words that palisade inspect does not take", () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /give a capture file, or an interface with -i/],
    [[smallPath, "--bogus"], /--bogus.*`palisade inspect --help`/],
    [[smallPath, "--filter", "bogus == 1"], /^palisade: --filter, column 1: there is no field "bogus"/],
    [[smallPath, "--explain", "999"], /--explain 999: no flow of .* begins with that packet/],
    [[smallPath, "-o", join(folder, "none", "out")], /out: cannot be written: there is no folder .*none\n/],
  ];
  for (const [words, message] of cases) {
    it(`are refused in one line: ${words.map((word) => word.replace(folder, "")).join(" ") || "none"}`, () => {
      const ran = palisade(["inspect", ...words]);
      refused(ran, 2, message);
      assert.equal(ran.stdout, "");
    });
  }
});

describe("palisade inspect", () => {
  it("--help shows its options, with the defaults and limits of the engine", () => {
    const text = inspected("--help");
    for (const word of [
      "--format",
      "--filter",
      "--bpf",
      "--workers",
      "--flows-max",
      "1048576",
      "60, 15, 600, 1500",
    ]) {
      assert.ok(text.includes(word), word);
    }
    assert.equal(inspected(smallPath, "-h"), text);
  });

  it("--version tells the version", () => {
    assert.equal(inspected("--version"), good(palisade(["--version"])));
  });

  it("--filter help lists fields and operators", () => {
    assert.match(inspected("--filter", "help"), /\nbytes +number, octets +bytes > 1\.5M\n/);
  });

  it("--attributes help lists attributes, one a line", () => {
    const text = inspected("--attributes", "help");
    for (const name of ["http.host", "dns.query", "tls.sni"])
      assert.match(text, new RegExp(`^${name} +text`, "m"));
    assert.equal(inspected("--attributes=help"), text);
  });

  it("shows a table", () => {
    const text = inspected(smallPath);
    assert.match(text, /^\d+ packets, .*, 4 flows, 12 ms from 2023-11-14T22:13:20\.000Z\n/);
    assert.match(text, /192\.0\.2\.1 +198\.51\.100\.80:80 +http +1 .*www\.example\.com/);
    assert.match(text, /192\.0\.2\.1 +198\.51\.100\.53:53 +dns +1 /);
    assert.match(text, /192\.0\.2\.9 +192\.0\.2\.8:40002 +unknown /);
    assert.match(text, /protocol +unknown +1 /);
  });

  it("says the same of a conversation however many are shown", () => {
    const rows = (top: string): string[] =>
      inspected(largePath, "--top", top)
        .split("\n")
        .filter((line) => line.startsWith("10."))
        .map((line) => line.replace(/ +/g, " "));
    assert.equal(rows("3").length, 3);
    assert.deepEqual(rows("3"), rows("300").slice(0, 3));
    for (const row of rows("300"))
      assert.match(row, / 198\.51\.100\.(80:80 http .* host-\d+\.example\.com|53:53 dns .*)$/);
  });

  it("gives a flow a line as JSON", () => {
    const flows = linesOf(inspected(smallPath, "-f", "jsonl"));
    assert.deepEqual(
      flows
        .map(({ src, sport, dst, dport, proto, app_proto, packets }) => [
          src,
          sport,
          dst,
          dport,
          proto,
          app_proto,
          packets,
        ])
        .sort(),
      [
        ["192.0.2.1", 0, "198.51.100.1", 0, 1, "icmp", 1],
        ["192.0.2.1", 49_152, "198.51.100.80", 80, 6, "http", 10],
        ["192.0.2.1", 49_153, "198.51.100.53", 53, 17, "dns", 1],
        ["192.0.2.9", 40_001, "192.0.2.8", 40_002, 17, null, 1],
      ].sort(),
    );
    assert.equal(
      flows.reduce((sum, { bytes }) => sum + bytes, 0),
      smallFrames().reduce((sum, { octets }) => sum + octets.length, 0),
    );
    assert.ok(flows.every(({ community_id }) => community_id.startsWith("1:")));
    assert.ok(flows.every((flow) => flow.capture === undefined));
  });

  it("gives all flows as one JSON array", () => {
    assert.deepEqual(
      JSON.parse(inspected(smallPath, "-f", "json")),
      linesOf(inspected(smallPath, "-f", "jsonl")),
    );
    assert.deepEqual(JSON.parse(inspected(smallPath, "-f", "json", "--filter", "dport == 9")), []);
  });

  it("shows the tree of paths, as text and as JSON", () => {
    const text = inspected(smallPath, "--stats");
    assert.match(text, /^PROTOCOL PATH +PACKETS +BYTES/);
    assert.match(text, /\neth +13 /);
    assert.match(text, /└ ip|├ ip/);
    assert.match(text, /http +10 /);
    const tree = JSON.parse(inspected(smallPath, "--stats", "-f", "json")) as {
      path: string;
      packets: number;
      ts_first: number;
      timed_out_sessions: number;
    }[];
    assert.deepEqual(
      tree.map(({ path, packets, ts_first, timed_out_sessions }) => [
        path,
        packets,
        ts_first,
        timed_out_sessions,
      ]),
      [["eth", 13, START_US / 1e6, 0]],
    );
    const line = inspected(smallPath, "--stats", "-f", "jsonl");
    assert.deepEqual(JSON.parse(line), tree);
  });

  it("explains a flow by its first packet or its community id", () => {
    const text = inspected(smallPath, "--explain", "1");
    assert.match(text, /^192\.0\.2\.1:49152 → 198\.51\.100\.80:80 {2}eth\.ip\.tcp\.http\n/);
    assert.match(text, /verdict +http \(read from the payload\)/);
    assert.match(text, /connection +SF ShADadFf/);
    assert.match(text, /packet 4 \(\+3\.0 ms\): http, by dpi\n +rule .*\n +octets 47 45 54 20/);
    assert.match(text, /http\.host +www\.example\.com/);
    const [flow] = linesOf(inspected(smallPath, "-f", "jsonl", "--filter", "app_proto == http"));
    assert.equal(inspected(smallPath, "--explain", flow!.community_id), text);
    assert.match(text, /first packet 1, 2023-11-14T22:13:20\.000Z, for 9\.0 ms, ended by/);
  });

  it("shows only flows that a filter lets through", () => {
    const flows = linesOf(
      inspected(smallPath, "-f", "jsonl", "--filter", 'http.host contains "example" or dport == 40002'),
    );
    assert.deepEqual(flows.map(({ dport }) => dport).sort(), [40_002, 80]);
    assert.match(
      inspected(smallPath, "--filter", "http.host == www.example.com"),
      /^13 packets read, [^;]+; 1 of 4 flows matches; 12 ms from /,
    );
    for (const workers of ["1", "3"]) {
      const none = inspected(smallPath, "--filter", "dport == 9", "--workers", workers);
      assert.match(
        none,
        /^13 packets read, [^;]+; 0 of 4 flows match; [^\n]+\n\nNo flow matches the filter\.\n$/,
      );
    }
  });

  it("reads only frames that a BPF expression lets through, or a program of tcpdump -ddd", () => {
    const flows = linesOf(inspected(smallPath, "-f", "jsonl", "--bpf", "udp port 53 or icmp"));
    assert.deepEqual(flows.map(({ app_proto }) => app_proto).sort(), ["dns", "icmp"]);
    // ldh [12]; jeq #0x800; ldb [23]; jeq #17; ret #262144; ret #0
    const program = "6\n40 0 0 12\n21 0 3 2048\n48 0 0 23\n21 0 1 17\n6 0 0 262144\n6 0 0 0\n";
    const path = fileOf(folder, "udp.ddd", program);
    assert.deepEqual(
      linesOf(inspected(smallPath, "-f", "jsonl", "--bpf-ddd", path)).map(({ proto }) => proto),
      [17, 17],
    );
  });

  it("puts only the attributes asked for into records", () => {
    const [flow] = linesOf(
      inspected(smallPath, "-f", "jsonl", "--filter", "app_proto == http", "--attributes", "http.host"),
    );
    assert.deepEqual(
      Object.keys(flow!).filter((name) => name.includes(".")),
      ["http.host"],
    );
  });

  it("writes to a file", () => {
    const path = join(folder, "out.jsonl");
    assert.equal(inspected(smallPath, "-f", "jsonl", "-o", path), "");
    assert.equal(readFileSync(path, "utf8"), inspected(smallPath, "-f", "jsonl"));
    assert.equal(inspected(smallPath, "-f", "jsonl", "-o", "-"), readFileSync(path, "utf8"));
  });

  it("reads standard input by either name, pcapng and gzip, all alike", () => {
    const expected = inspected(smallPath, "-f", "jsonl");
    assert.equal(good(palisade(["inspect", "-", "-f", "jsonl"], small)), expected);
    assert.equal(good(palisade(["inspect", "-i", "-", "-f", "jsonl"], small)), expected);
    assert.equal(good(palisade(["inspect", "-f", "jsonl", "-"], gzipSync(small))), expected);
    assert.equal(inspected(fileOf(folder, "small.pcap.gz", gzipSync(small)), "-f", "jsonl"), expected);
    assert.equal(
      inspected(fileOf(folder, "small.pcapng", captureOf(smallFrames(), "pcapng")), "-f", "jsonl"),
      expected,
    );
  });

  it("reads several captures one after another, and names them", () => {
    const other = fileOf(folder, "other.pcap", small);
    const flows = linesOf(inspected(smallPath, other, "-f", "jsonl"));
    assert.deepEqual(
      [flows.length, new Set(flows.map(({ capture }) => capture))],
      [8, new Set([smallPath, other])],
    );
    const table = inspected(smallPath, other);
    assert.ok(table.startsWith(`${smallPath}\n`) && table.includes(`\n${other}\n`));
    assert.equal((JSON.parse(inspected(smallPath, other, "-f", "json")) as Line[]).length, 8);
    for (const line of inspected(smallPath, other, "--stats", "-f", "jsonl").trimEnd().split("\n"))
      JSON.parse(line);
    JSON.parse(inspected(smallPath, other, "--stats", "-f", "json"));
  });
});

describe("a capture that cannot be read", () => {
  it("is told when it is not there, before any other is read", () => {
    const ran = palisade(["inspect", smallPath, join(folder, "missing.pcap")]);
    refused(ran, 2, /missing\.pcap/);
    assert.equal(ran.stdout, "");
  });

  it("is told when it is a folder", () => {
    refused(palisade(["inspect", folder]), 2, /is a directory/);
  });

  it("is told when it is a text", () => {
    refused(
      palisade(["inspect", fileOf(folder, "text", "this is not a capture of anything\n")]),
      2,
      /not a capture: neither pcap nor pcapng/,
    );
  });

  it("is told when it is empty", () => {
    refused(palisade(["inspect", fileOf(folder, "empty.pcap", "")]), 2, /the capture is empty/);
    const empty = /^palisade: (standard input|\/dev\/null): the capture is empty\n/;
    refused(palisade(["inspect", "-"], new Uint8Array(0)), 2, empty);
    refused(palisade(["inspect", "/dev/null"]), 2, empty);
    refused(palisade(["inspect", "-"], Buffer.from("a text")), 2, /^palisade: standard input: not a capture/);
  });

  it("is told when it is cut, after the whole packets were delivered", () => {
    const cut = fileOf(folder, "cut.pcap", small.subarray(0, small.length - 7));
    const ran = palisade(["inspect", cut, "-f", "jsonl"]);
    refused(
      ran,
      2,
      /cut in the middle of a packet \(7 octets are missing\); the 12 whole packets before it were read/,
    );
    assert.equal(linesOf(ran.stdout).length, 3);
  });

  it("is told when it is cut, in numbers that agree", () => {
    const cases: readonly (readonly [number, RegExp])[] = [
      [10, /cut in its header \(14 octets are missing\); no packet came before it\n/],
      [24 + 15, /cut in the middle of a packet \(1 octet is missing\); no packet came before it\n/],
      [24 + 16 + 54 + 1, /packet \(15 octets are missing\); the whole packet before it was read\n/],
    ];
    for (const [octets, message] of cases) {
      refused(palisade(["inspect", "-", "-f", "jsonl"], small.subarray(0, octets)), 2, message);
    }
    const pcapng = captureOf(smallFrames(), "pcapng");
    refused(palisade(["inspect", "-"], pcapng.subarray(0, -1)), 2, /cut in the middle of a block/);
  });

  it("is told when it is damaged, after what stands before was delivered", () => {
    const damaged = new Uint8Array(small);
    // The captured length of the second record: past all bounds.
    damaged.fill(0xff, 24 + 16 + 54 + 8, 24 + 16 + 54 + 12);
    const ran = palisade(["inspect", fileOf(folder, "damaged.pcap", damaged), "-f", "jsonl"]);
    refused(ran, 2, /damaged at octet 94 \(pcap\.record-too-long\); the whole packet before it was read\n/);
    assert.equal(linesOf(ran.stdout).length, 1);
  });

  it("is told when its compression is damaged", () => {
    const gzipped = gzipSync(small);
    refused(
      palisade(["inspect", fileOf(folder, "cut.gz", gzipped.subarray(0, gzipped.length - 20))]),
      2,
      /cut\.gz.*compressed/,
    );
  });

  it("does not keep the others from being read", () => {
    const text = fileOf(folder, "text2", "not a capture at all, of no kind");
    const ran = palisade(["inspect", text, smallPath, "-f", "jsonl"]);
    refused(ran, 2, /text2: not a capture/);
    assert.equal(linesOf(ran.stdout).length, 4);
  });

  it("has a name that cannot command the terminal", () => {
    refused(palisade(["inspect", join(folder, "\x1b[31mred\nfile")]), 2, /red.*file/);
    const path = fileOf(folder, "\x1b[31m.pcap", small);
    assert.deepEqual(commandsIn(inspected(path, smallPath)), []);
    const text = fileOf(folder, "\x1b[31m.txt", "not a capture at all, of no kind");
    refused(palisade(["inspect", text]), 2, /\\x1b\[31m\.txt: not a capture/);
  });
});

/** Why a test that needs another user's eyes cannot run, or false. */
function noOtherUser(): string | false {
  if (process.geteuid?.() !== 0) return false;
  const ran = run("setpriv", [
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    process.execPath,
    COMMAND,
    "--version",
  ]);
  return ran.status === 0 ? false : "as root, and no other user can run the command here";
}

function asOther(words: readonly string[]): Ran {
  if (process.geteuid?.() !== 0) return palisade(words);
  return run("setpriv", [
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    process.execPath,
    COMMAND,
    ...words,
  ]);
}

describe("what is not permitted", { skip: noOtherUser() }, () => {
  it("is told as such: a file of somebody else's", () => {
    const path = fileOf(folder, "secret.pcap", small);
    chmodSync(path, 0);
    chmodSync(folder, 0o755);
    refused(asOther(["inspect", path]), 3, /secret\.pcap/);
  });

  it("is told as such: an interface", {
    skip: process.platform === "linux" ? false : "live capture works on Linux",
  }, () => {
    refused(asOther(["inspect", "-i", "lo", "--count", "1"]), 3, /lo/);
  });
});

describe("an interface that is not there", {
  skip: process.platform === "linux" ? false : "live capture works on Linux",
}, () => {
  it("is told", () => {
    const ran = palisade(["inspect", "-i", "no-such-if0", "--count", "1"]);
    refused(ran, ran.status === 3 ? 3 : 2, /no-such-if0|permitted/);
  });
});

describe("text from the network", () => {
  const hostile = "a\x1b[2J\x1b]0;owned\x07\u202e\x9b31m.example";
  const request = Buffer.from(
    `GET / HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: ${hostile}\r\nServer: ${hostile}\r\n\r\n`,
    "utf8",
  );
  const named = Buffer.from(`GET /${hostile} HTTP/1.1\r\nHost: ${hostile}\r\n\r\n`, "utf8");
  const packets = [request, named].flatMap((octets, at) =>
    tcpConversation({
      client: { address: "192.0.2.1", port: 50_000 + at },
      server: { address: "198.51.100.2", port: 80 },
      turns: [{ from: "client", octets }],
    }),
  );
  const path = fileOf(
    folder,
    "hostile.pcap",
    captureOf(packets.map((payload, at) => ({ timeUs: START_US + at, octets: ethernet({ payload }) }))),
  );

  it("reaches no terminal with its control characters", () => {
    for (const words of [
      [],
      ["--stats"],
      ["--explain", "1"],
      ["--explain", "9"],
      ["-f", "jsonl"],
      ["-f", "json"],
    ]) {
      const { stdout, stderr } = palisade(["inspect", path, ...words]);
      assert.ok(stdout.length > 100, words.join(" "));
      assert.deepEqual(commandsIn(stdout + stderr, words[0] === "-f"), [], words.join(" "));
    }
    assert.match(palisade(["inspect", path, "--explain", "1"]).stdout, /a\\x1b\[2J/);
  });
});

describe("what belongs to no flow", () => {
  // An IPv4 EtherType before a version that no IP has.
  const wrong = ethernet({ payload: Uint8Array.of(0x75, ...new Uint8Array(39)), etherType: 0x0800 });
  const frames = smallFrames();
  const strange = (count: number): Uint8Array =>
    captureOf([...frames, ...Array.from({ length: count }, () => ({ timeUs: START_US, octets: wrong }))]);
  const three = fileOf(folder, "three.pcap", strange(3));
  const first = frames.length + 1;

  it("is told on standard error beside JSON, by the name of the capture", () => {
    const told = `palisade: ${three}: 3 times: ip.version-unknown (low), first in frame ${first}: Malformed ip`;
    for (const words of [["jsonl"], ["json"], ["jsonl", "--workers", "3"], ["json", "--stats"]]) {
      const ran = palisade(["inspect", three, "-f", ...words]);
      assert.ok(ran.stderr.startsWith(told), ran.stderr);
      assert.deepEqual([ran.status, ran.stderr.split("\n").length], [0, 2], words.join(" "));
    }
    const several = palisade(["inspect", smallPath, three, "-", "-f", "jsonl"], strange(1)).stderr.split(
      "\n",
    );
    assert.ok(several[0]!.startsWith(told));
    const once = `palisade: standard input: once: ip.version-unknown (low), in frame ${first}: `;
    assert.ok(several[1]!.startsWith(once), several[1]);
    assert.equal(several.length, 3);
  });

  it("stands in the table, which says it itself", () => {
    assert.match(inspected(three), /low +ip\.version-unknown +3 frames +14 /);
  });
});

describe("an output file", () => {
  const before = "what stood here before\n";

  it("is never one of the captures, by whatever name", () => {
    const path = fileOf(folder, "same.pcap", small);
    const other = fileOf(folder, "first.pcap", small);
    const symbolic = join(folder, "symbolic.pcap");
    const hard = join(folder, "hard.pcap");
    symlinkSync(path, symbolic);
    linkSync(path, hard);
    const dotted = `${folder}/./same.pcap`;
    for (const name of [path, symbolic, hard, dotted]) {
      const ran = palisade(["inspect", other, path, "-o", name]);
      refused(ran, 2, /--output .*\.pcap is one of the captures: name another file\n/);
    }
    const input = openSync(path, "r");
    const piped = spawnSync(process.execPath, [COMMAND, "inspect", "-", "-o", path], {
      encoding: "utf8",
      stdio: [input, "pipe", "pipe"],
    });
    assert.match(piped.stderr, /is one of the captures/);
    const appended = spawnSync(process.execPath, [COMMAND, "inspect", path], {
      encoding: "utf8",
      stdio: ["ignore", openSync(path, "a"), "pipe"],
    });
    assert.match(appended.stderr, /standard output is one of the captures/);
    assert.ok(readFileSync(path).equals(small));
  });

  it("keeps what it holds where nothing comes of the run, and is not left behind empty", () => {
    const path = join(folder, "kept.txt");
    const text = fileOf(folder, "no-capture", "not a capture at all, of no kind");
    for (const words of [
      [text],
      [text, "-f", "jsonl"],
      [text, "-f", "json"],
      [text, "--stats", "-f", "json"],
      [smallPath, "--explain", "999"],
      [fileOf(folder, "no-octets.pcap", "")],
    ]) {
      writeFileSync(path, before);
      assert.equal(palisade(["inspect", ...words, "-o", path]).status, 2);
      assert.equal(readFileSync(path, "utf8"), before, words.join(" "));
      const made = join(folder, "made.txt");
      assert.equal(palisade(["inspect", ...words, "-o", made]).status, 2);
      assert.ok(!existsSync(made), words.join(" "));
    }
  });

  it("holds nothing but the results where there are any, also of a capture that is cut, also none", () => {
    const path = fileOf(folder, "kept.jsonl", before.repeat(1_000));
    const cut = fileOf(folder, "output-cut.pcap", small.subarray(0, -7));
    assert.equal(palisade(["inspect", cut, "-f", "jsonl", "-o", path]).status, 2);
    assert.equal(readFileSync(path, "utf8"), palisade(["inspect", cut, "-f", "jsonl"]).stdout);
    writeFileSync(path, before);
    assert.equal(palisade(["inspect", smallPath, "-o", path]).status, 0);
    assert.equal(readFileSync(path, "utf8"), inspected(smallPath));
    good(palisade(["inspect", smallPath, "-f", "jsonl", "--filter", "dport == 9", "-o", path]));
    assert.equal(readFileSync(path, "utf8"), "");
  });

  it("may be standard output by its other name, which goes on where it stands", {
    skip: existsSync("/dev/stdout") ? false : "there is no /dev/stdout",
  }, () => {
    const path = fileOf(folder, "log", before);
    const ran = spawnSync(process.execPath, [COMMAND, "inspect", smallPath, "-o", "/dev/stdout"], {
      encoding: "utf8",
      stdio: ["ignore", openSync(path, "a"), "pipe"],
    });
    assert.deepEqual([ran.status, ran.stderr], [0, ""]);
    assert.equal(readFileSync(path, "utf8"), before + inspected(smallPath));
  });

  it("that cannot be written is told with the reason", () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [join(folder, "none", "x"), /\/none\/x: cannot be written: there is no folder \/.*\/none\n/],
      [join(smallPath, "x"), /small\.pcap\/x: cannot be written: .*small\.pcap is not a folder\n/],
      [folder, /: cannot be written: it is a folder: name a file in it\n/],
      ...(existsSync("/dev/full")
        ? ([["/dev/full", /^palisade: \/dev\/full: cannot be written: no space is left there\n/]] as const)
        : []),
    ];
    for (const [path, message] of cases) refused(palisade(["inspect", smallPath, "-o", path]), 2, message);
  });
});

describe("an array of what is no capture", () => {
  it("is not begun", () => {
    const text = fileOf(folder, "no-array", "not a capture at all, of no kind");
    for (const words of [[text], [text, "--stats"], [text, text, "--stats"]]) {
      const { status, stdout } = palisade(["inspect", ...words, "-f", "json"]);
      assert.deepEqual([status, stdout], [2, ""], words.join(" "));
    }
    const { stdout } = palisade(["inspect", text, smallPath, "-f", "json"]);
    assert.equal((JSON.parse(stdout) as Line[]).length, 4);
  });
});

const LARGE_SNAPLEN = { snaplenBytes: 4 << 20 };

/** Conversations, and among them fragments, tunnels, frames without hosts, frames of several MiB, and times that jump. */
function oddFrames(): Timed[] {
  const frames = largeFrames().slice(0, 3_000);
  const inner = dnsConversation("10.9.9.9", 5_353)[0]!;
  const hosts = { source: "192.0.2.3", destination: "192.0.2.4" };
  const large = (bytes: number): Uint8Array => {
    const octets = new Uint8Array(bytes);
    octets.set(ethernet({ payload: inner }));
    return octets;
  };
  const strange = [
    ethernet({ payload: ipv4({ ...hosts, payload: gre({ payload: inner }) }) }),
    ...fragmentIpv4(inner, 16).map((payload) => ethernet({ payload })),
    ethernet({ payload: arp({ senderProtocol: hosts.source, targetProtocol: hosts.destination }) }),
    ethernet({ tags: [5, 6], payload: inner }),
    new Uint8Array(3),
    large(1 << 20),
    large((1 << 20) - 24),
    large(3_500_000),
  ];
  for (let at = 200; at < frames.length; at += 331) {
    const { timeUs } = frames[at]!;
    frames.splice(
      at,
      0,
      ...strange.slice(0, at === 200 ? undefined : -3).map((octets) => ({ timeUs, octets })),
    );
  }
  const dayBefore = frames
    .slice(500, 700)
    .map(({ timeUs, octets }) => ({ timeUs: timeUs - 3 * 86_400e6, octets }));
  return [...frames.slice(0, 2_500), ...dayBefore, ...frames.slice(2_500)];
}

/** The last record but some claims to be longer than any is. */
function damaged(capture: Uint8Array): Uint8Array {
  const octets = new Uint8Array(capture);
  const records: number[] = [];
  const view = new DataView(octets.buffer);
  for (let at = 24; at < octets.length; at += 16 + view.getUint32(at + 8, true)) records.push(at);
  view.setUint32(records.at(-40)! + 8, 0xffff_ffff, true);
  return octets;
}

describe("several workers", () => {
  const single = inspected(largePath, "-f", "jsonl", "--workers", "1");

  it("have enough to do", () => {
    assert.ok(statSync(largePath).size > 4 << 20);
    assert.ok(linesOf(single).length > 1_000);
  });

  for (const [workers, ...words] of [
    ["2", "-f", "jsonl"],
    ["5", "-f", "jsonl"],
    ["2"],
    ["5"],
    ["3", "--stats"],
    ["4", "-f", "json", "--filter", "app_proto == dns"],
    ["3", "--flows-max", "256"],
  ] as const) {
    it(`write the same octets: ${workers} workers, ${words.join(" ") || "a table"}`, () => {
      const expected = inspected(largePath, ...words, "--workers", "1");
      assert.ok(inspected(largePath, ...words, "--workers", workers) === expected);
    });
  }

  // What only a whole decode places, what is larger than a block, and a clock that goes back.
  const odd = oddFrames();
  const captures = [
    fileOf(folder, "odd.pcapng", captureOf(odd, "pcapng", LARGE_SNAPLEN)),
    fileOf(folder, "odd-cut.pcap", captureOf(odd, "pcap", LARGE_SNAPLEN).subarray(0, -20_000)),
    fileOf(folder, "odd-damaged.pcap", damaged(captureOf(odd, "pcap", LARGE_SNAPLEN))),
  ];
  for (const workers of ["2", "3", "5"]) {
    for (const words of [
      ["-f", "jsonl"],
      ["--stats"],
      ["-f", "jsonl", "--bpf", "udp or arp or vlan"],
      ["-f", "json", "--filter", "bytes > 1M or app_proto == dns"],
    ]) {
      it(`write the same of odd frames: ${workers} workers, ${words.join(" ")}`, () => {
        const run = (of: string): Ran => palisade(["inspect", ...captures, ...words, "--workers", of]);
        const one = run("1");
        assert.match(one.stderr, /odd-cut\.pcap: the capture is cut in the middle of a packet/);
        assert.match(one.stderr, /odd-damaged\.pcap: the capture is damaged at octet \d{6,} /);
        assert.equal(one.stderr.includes("capture.time-jump"), words.includes("-f"));
        assert.ok(one.stdout.length > 1_000);
        const several = run(workers);
        assert.equal(several.stderr, one.stderr);
        assert.ok(several.stdout === one.stdout);
        assert.deepEqual([one.status, several.status], [2, 2]);
      });
    }
  }

  it("are given what has come of a stream that pauses", async () => {
    const words = ["inspect", "-i", "-", "-f", "jsonl", "--workers", "3"];
    const child = spawn(process.execPath, [COMMAND, ...words], { stdio: ["pipe", "pipe", "inherit"] });
    const lines: string[] = [];
    const come = new Promise<void>((resolve) => {
      child.stdout.on("data", (octets: Buffer) => {
        lines.push(octets.toString());
        if (linesOf(lines.join("")).length >= 4) resolve();
      });
    });
    // All flows end when a frame comes an hour later, and all engines must know of it; the stream stays open.
    const later = smallFrames().slice(0, 1);
    const frames = [...smallFrames(), ...later.map((frame) => ({ ...frame, timeUs: START_US + 3_600e6 }))];
    child.stdin.write(captureOf(frames));
    const waited = setTimeout(60_000, "nothing came", { ref: false });
    try {
      assert.equal(await Promise.race([come, waited]), undefined);
      assert.equal(child.exitCode, null);
    } finally {
      child.stdin.end();
    }
    await new Promise((resolve) => child.on("close", resolve));
    assert.equal(linesOf(lines.join("")).length, 5);
  });

  it("explain the same flow alike", () => {
    assert.equal(
      inspected(largePath, "--workers", "3", "--explain", "1"),
      inspected(largePath, "--explain", "1"),
    );
  });

  it("say alike that a capture is cut", () => {
    const whole = readFileSync(largePath);
    const cut = fileOf(folder, "large-cut.pcap", whole.subarray(0, whole.length - 10));
    const one = palisade(["inspect", cut, "-f", "jsonl"]);
    const three = palisade(["inspect", cut, "-f", "jsonl", "--workers", "3"]);
    refused(three, 2, /cut in the middle/);
    assert.ok(one.stdout === three.stdout && one.stderr === three.stderr);
  });
});

describe("a reader that goes away", () => {
  for (const workers of ["1", "2"]) {
    it(`ends the run without a complaint: ${workers} workers`, async () => {
      const child = spawn(
        process.execPath,
        [COMMAND, "inspect", largePath, "-f", "jsonl", "--workers", workers],
        {
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      let complaint = "";
      child.stderr.on("data", (text: Buffer) => {
        complaint += text.toString();
      });
      const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
      const first = await new Promise<Buffer>((resolve) => child.stdout.once("data", resolve));
      child.stdout.destroy();
      JSON.parse(first.toString().split("\n", 1)[0]!);
      assert.equal(await ended, 0);
      assert.equal(complaint, "");
    });
  }

  it("is what head is", { skip: existsSync("/bin/sh") ? false : "there is no shell" }, () => {
    const line = `"${process.execPath}" "${COMMAND}" inspect "${largePath}" -f jsonl | head -n 1`;
    const ran = run("/bin/sh", ["-c", line]);
    assert.equal(ran.stderr, "");
    assert.equal(linesOf(ran.stdout).length, 1);
  });
});

describe("an interrupt", { skip: existsSync("/proc/self/status") ? false : "there is no /proc" }, () => {
  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    for (const workers of ["1", "2"])
      it(`ends a stream with what has come so far: ${signal}, ${workers} workers`, async () => {
        const words = ["inspect", "-i", "-", "-f", "jsonl", "--workers", workers];
        const child = spawn(process.execPath, [COMMAND, ...words], { stdio: ["pipe", "pipe", "pipe"] });
        let text = "";
        let complaint = "";
        child.stderr.on("data", (octets: Buffer) => {
          complaint += octets.toString();
        });
        const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
        child.stdin.on("error", () => {});
        // The stream stays open, and ends in the middle of a packet.
        const whole = readFileSync(largePath);
        child.stdin.write(whole.subarray(0, whole.length - 10));
        await new Promise<void>((resolve) => {
          child.stdout.on("data", (octets: Buffer) => {
            if (text === "") resolve();
            text += octets.toString();
          });
        });
        child.kill(signal);
        assert.equal(await ended, status);
        assert.match(
          complaint,
          /^palisade: stopped after [\d.]+ [KM]iB of standard input; the figures are of what was read\n$/,
        );
        assert.ok(text.endsWith("\n"));
        assert.ok(linesOf(text).length > 10);
      });

    it(`ends a capture file with what was read, and says so: ${signal}`, async () => {
      const child = await stalled(largePath, smallPath);
      child.kill(signal);
      await taken(child);
      const { stdout, stderr, code } = await theRest(child);
      assert.match(
        stderr,
        /^palisade: stopped at \d+ % of .*large\.pcap, before 1 other capture; the figures are of what was read\n$/,
      );
      assert.equal(code, status);
      const lines = linesOf(stdout).length;
      assert.ok(lines > 10 && lines < 1_600, String(lines));
    });
  }

  it("that comes a second time ends the process at once, whichever came first", async () => {
    const child = await stalled(largePath);
    const ended = new Promise((resolve) => child.on("exit", (_, signal) => resolve(signal)));
    child.kill("SIGINT");
    await taken(child);
    child.kill("SIGTERM");
    assert.equal(await ended, "SIGTERM");
    child.stdout!.destroy();
  });
});

/** The command on captures, when it has written what the pipe from it takes: it waits for a reader in the middle of the first. */
async function stalled(...words: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [COMMAND, "inspect", "-f", "jsonl", ...words], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  await new Promise((resolve) => child.stdout.once("readable", resolve));
  return child;
}

/** When the command has taken a signal, which is when it listens to none any more. */
async function taken({ pid }: ChildProcess): Promise<void> {
  for (;;) {
    const [, caught] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))!;
    // Bit 1 is SIGINT's, which is number 2.
    if ((BigInt(`0x${caught}`) & 2n) === 0n) return;
    await setTimeout(10);
  }
}

async function theRest(
  child: ChildProcess,
): Promise<{ stdout: string; stderr: string; code: number | null }> {
  let stdout = "";
  let stderr = "";
  child.stdout!.on("data", (octets: Buffer) => {
    stdout += octets.toString();
  });
  child.stderr!.on("data", (octets: Buffer) => {
    stderr += octets.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { stdout, stderr, code };
}

describe("a pipe by name", {
  skip: spawnSync("mkfifo", ["--version"]).status === 0 ? false : "there is no mkfifo",
}, () => {
  it("is read as a stream", async () => {
    const path = join(folder, "pipes", "fifo");
    mkdirSync(dirname(path));
    assert.equal(run("mkfifo", [path]).status, 0);
    const writer = spawn("/bin/sh", ["-c", `cat "${smallPath}" > "${path}"`], { stdio: "ignore" });
    const child = spawn(process.execPath, [COMMAND, "inspect", path, "-f", "jsonl"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    child.stdout.on("data", (octets: Buffer) => {
      text += octets.toString();
    });
    const status = await new Promise((resolve) => child.on("close", resolve));
    writer.kill();
    assert.equal(status, 0);
    assert.equal(text, inspected(smallPath, "-f", "jsonl"));
  });
});
