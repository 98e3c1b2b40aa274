/**
 * What is done to probes for tests of detection systems, as a host at the other end of the link sees it; and what cannot be done,
 * of which nothing is sent.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { type Ran, run, temporaryFolder } from "../command.build.js";
import { makeBed, ORDINARY, ORDINARY6, PROVIDED6, type Report } from "./scan-bed.build.js";

const folder = temporaryFolder();
const bed = await makeBed(["tcpdump"]);
let captures = 0;

interface Seen {
  readonly lines: readonly string[];
  readonly report: Report;
  readonly told: string;
}

/** Lines of frames to or from the ports of the host, without who has which address. */
async function seen(words: readonly string[]): Promise<Seen> {
  let ran: ReturnType<typeof bed.scan> | undefined;
  captures += 1;
  const json = join(folder, `${captures}.json`);
  const frames = await bed.captured(join(folder, `${captures}.pcap`), () => {
    ran = bed.scan(["-p", "22", "-oJ", json, ...words]);
  });
  const { status, stderr, stdout } = ran!;
  assert.equal(status, 0, stderr);
  const report = JSON.parse(readFileSync(json, "utf8")) as Report;
  assert.match(stdout, new RegExp(`^probes were disguised: ${report.evasion!.join(", ")}$`, "m"));
  const lines = frames.map(({ line }) => line).filter((line) => /^(?:TCP|UDP) /.test(line));
  return { lines, report, told: stderr };
}

const DISGUISED = "palisade: probes are disguised, for tests of detection systems: ";

describe("a disguise", { skip: bed.skip }, () => {
  for (const [words, text, probe, state] of [
    [["--ttl", "7"], "a time to live of 7", /^TCP 10\.77\.0\.1:\d+ > 10\.77\.0\.2:22 SYN .*ttl 7, /, "open"],
    [["--badsum"], "wrong checksums", /^TCP 10\.77\.0\.1:\d+ > \S+:22 SYN .*bad checksum ttl /, "filtered"],
    [["--data-length", "25"], "25 octets of data", / SYN .*data 25 .*, 69 octets$/, "open"],
  ] as const) {
    it(`${words.join(" ")} is on each probe, and told`, async () => {
      const { lines, report, told } = await seen([...words, ORDINARY]);
      assert.equal(told, `${DISGUISED}${text}\n`);
      assert.deepEqual(report.evasion, [text]);
      const probes = lines.filter((line) => line.includes(" SYN "));
      assert.ok(probes.length > 0);
      for (const line of probes) assert.match(line, probe);
      const [host] = report.hosts;
      assert.deepEqual([host!.ports.length, host!.filtered], state === "open" ? [1, 0] : [0, 1]);
    });
  }

  for (const [words, text, places] of [
    [["-f"], "fragments of 8 octets", [0, 8, 16]],
    [["-ff"], "fragments of 16 octets", [0, 16]],
    [["--mtu", "16", "--data-length", "20"], "fragments of 16 octets", [0, 16, 32]],
  ] as const) {
    it(`${words.join(" ")} cuts each probe, which the host puts together and answers`, async () => {
      const { lines, report, told } = await seen([...words, ORDINARY]);
      assert.ok(told.startsWith(DISGUISED) && told.includes(text), told);
      assert.ok(report.evasion!.includes(text));
      const cut = lines.filter((line) => line.startsWith("TCP fragment "));
      assert.deepEqual(
        cut.map((line) => Number(/ at (\d+), /.exec(line)?.[1])),
        places,
      );
      assert.equal(lines.filter((line) => line.includes(" SYN ")).length, 0);
      assert.equal(new Set(cut.map((line) => / id (\S+) /.exec(line)?.[1])).size, 1);
      assert.deepEqual(
        cut.map((line) => line.includes("more to come")),
        places.map((_, at) => at < places.length - 1),
      );
      assert.equal(report.hosts[0]!.ports[0]?.state, "open");
    });
  }

  it("-D sends each probe from all decoys too, and hears the answer to our own", async () => {
    const { lines, report, told } = await seen(["-D", "10.77.0.66,ME,10.77.0.67", ORDINARY]);
    assert.equal(told, `${DISGUISED}decoys\n`);
    const senders = lines
      .filter((line) => line.includes("10.77.0.2:22 SYN "))
      .map((line) => /^TCP ([\d.]+):/.exec(line)?.[1]);
    assert.deepEqual(senders, ["10.77.0.66", "10.77.0.1", "10.77.0.67"]);
    assert.equal(report.hosts[0]!.ports[0]?.state, "open");
  });

  it("-D takes decoys of each family where there are targets of one", async () => {
    const { lines, report } = await seen(["-D", "fd77::66,ME", ORDINARY6]);
    const senders = lines
      .filter((line) => line.includes(":22 SYN "))
      .map((line) => /^TCP \[(\S+)\]:/.exec(line)?.[1]);
    assert.deepEqual(senders, ["fd77::66", "fd77::1"]);
    assert.equal(report.hosts[0]!.ports[0]?.state, "open");
  });

  it("-f over IPv6 leaves as fragments, of which this host's kernel wants none", async () => {
    const { lines, report } = await seen(["-f", "--max-retries", "0", ORDINARY6]);
    const cut = lines.filter((line) => line.startsWith("TCP fragment "));
    assert.deepEqual(
      cut.map((line) => Number(/ at (\d+), /.exec(line)?.[1])),
      [0, 8, 16],
    );
    assert.deepEqual([report.hosts[0]!.ports, report.hosts[0]!.filtered], [[], 1]);
  });

  it("-g is the port that all probes come from, and needs no telling", async () => {
    let stderr = "";
    const frames = await bed.captured(join(folder, "source.pcap"), () => {
      ({ stderr } = bed.scan(["-g", "53", "-p", "22,23", "-sS", "-sU", ORDINARY]));
    });
    assert.equal(stderr, "");
    const senders = frames.flatMap(({ line }) => /^TCP \S+:(\d+) > \S+ SYN /.exec(line)?.[1] ?? []);
    assert.deepEqual(senders, ["53", "53"]);
    // One of a range, by which answers are told apart.
    const datagrams = frames.flatMap(({ line }) => /^UDP \S+:(\d+) > /.exec(line)?.[1] ?? []);
    assert.ok(datagrams.length >= 2);
    for (const port of datagrams) assert.ok(Number(port) >= 53 && Number(port) < 53 + 64, port);
  });
});

/** What is refused, and why. */
const REFUSED = [
  [["-sT", "-D", "RND:3", "-p", "22", ORDINARY], /: -D: connections have one sender/],
  [["-sT", "-f", "-p", "22", ORDINARY], /: -f: the system cuts/],
  [["-sS", "-sT", "--badsum", "-p", "22", ORDINARY], /--badsum: /],
  [["-f", "-p", "22", "::1"], /fragments of IPv6/],
  [["-D", "10.77.0.66", "-p", "22", ORDINARY6], /10\.77\.0\.66 is not of IPv6/],
  [["-D", "fd77::66", "-p", "22", ORDINARY], /fd77::66 is not of IPv4/],
  [["-D", "10.77.0.66", "-p", "22", ORDINARY, PROVIDED6], /10\.77\.0\.66 is not of IPv6/],
  [["-D", "nobody", "-p", "22", ORDINARY], /"nobody" is no address/],
  [["--mtu", "64", "-p", "22", ORDINARY], /fragments of 64 octets hold a whole probe/],
  [["--mtu", "9", "-p", "22", ORDINARY], /multiple of 8/],
  [["-sO", "-f", "-p", "6", ORDINARY], /IP protocols .* cannot be cut/],
  [["-sO", "--badsum", "-p", "6", ORDINARY], /wrong checksum cannot be written/],
  [["-sY", "--data-length", "9", "-p", "22", ORDINARY], /no data can be put behind/],
  [["-sS", "-sY", "--data-length", "9", "-p", "22", ORDINARY], /no data can be put behind/],
  [["-sn", "-D", "10.77.0.66", ORDINARY], /-sn and -D do not go together/],
  [["-sn", "--badsum", ORDINARY], /-sn and --badsum do not go together/],
] as const;

describe("a disguise that cannot be had is refused, and nothing is sent:", { skip: bed.skip }, () => {
  const refused = new Map<readonly string[], Ran>();
  let sent: readonly string[] = [];
  before(async () => {
    if (bed.skip !== false) return;
    // So that the kernel has no neighbours of its own to ask for.
    run("ip", bed.inside(["ip", "neigh", "flush", "all"]));
    const frames = await bed.captured(join(folder, "refused.pcap"), () => {
      for (const [words] of REFUSED) refused.set(words, bed.scan(words));
    });
    sent = frames.map(({ line }) => line);
  });

  for (const [words, why] of REFUSED) {
    it(words.join(" "), () => {
      const { status, stdout, stderr } = refused.get(words)!;
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, /^palisade: [^\n]+\n$/);
      assert.match(stderr, why);
    });
  }

  it("as who listens to the link sees", () => {
    assert.equal(refused.size, REFUSED.length);
    // What the kernel says now and then, to groups and to those who ask it who it is, is none of ours.
    const said = /^(?:ICMPv6|IP protocol 0) \S+ > ff02::\S+ type|neighbor advertisement|^ARP .* is at /;
    // Five seconds after it has told one who it is, it asks him whether he is still there (RFC 4861 §7.3); a scan asks a group.
    const asked = /^ICMPv6 \S+ > (?!ff02:)\S+ neighbor solicitation /;
    const ours = sent.filter((line) => !said.test(line) && !asked.test(line));
    assert.deepEqual(ours, []);
  });
});
