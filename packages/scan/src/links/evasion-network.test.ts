/**
 * Evasion on real links: this process enters a network namespace of its own, another process is a host in one of its own, and
 * tcpdump tells there what arrives. The kernel takes all away when the two end.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { enterNamespace, Host, missingPrograms, run, saidSomething } from "@palisade/link/namespace.build.js";
import { CaptureReader, concat, LINKTYPE_ETHERNET } from "@palisade/wire";
import { Cookie } from "../cookie.js";
import { hostsOf } from "../hosts.build.js";
import { unpaced } from "../pace/unpaced.build.js";
import { ProbeScan } from "../probe-scan.js";
import { ScanPlan } from "../scan-plan.js";
import { StateTable } from "../state-table.js";
import { statesOf } from "../states.build.js";
import type { Technique } from "../technique.js";
import { fin } from "../techniques/fin.js";
import { syn } from "../techniques/syn.js";
import { udp } from "../techniques/udp.js";
import { VerdictCodes } from "../verdict-codes.js";
import { parseDecoys } from "./decoys.js";
import { describeFrame } from "./describe-frame.js";
import { type Evasion, evasiveProbeBytes } from "./evasion.js";
import { EvasiveLink } from "./evasive-link.js";
import { openPacketLink } from "./packet-link.js";
import { Recorder } from "./recorder.js";
import { RecordingLink } from "./recording-link.js";

const OPEN_PORT = 7_001;
const CLOSED_PORT = 7_002;
const SOURCE_PORT = 61_111;
/** How long replies are waited for, and what arrives at the other end. */
const WAIT_MS = 400;

const LISTENER = `
require("node:net").createServer((s) => s.on("error", () => {})).listen(${OPEN_PORT}, "::", () => console.log("ready"));
process.stdin.on("end", () => process.exit()).resume();
`;

/** Addresses of this process's end and of the other's. */
const entered = enterNamespace(
  "ip link add near address 02:00:00:00:00:01 type veth peer name far address 02:00:00:00:00:02",
  "ip link set dev lo up",
  "ip link set dev near up",
  "ip addr add 10.79.0.1/24 dev near",
  "ip addr add fd79::1/64 dev near nodad",
);
const host =
  entered === false
    ? new Host(
        ["far"],
        [
          "ip link set dev lo up",
          "ip link set dev far up",
          "ip addr add 10.79.0.2/24 dev far",
          "ip addr add 10.79.0.3/24 dev far",
          "ip addr add fd79::2/64 dev far nodad",
          "ip addr add fd79::3/64 dev far nodad",
        ],
      )
    : undefined;
after(() => host?.close());

/** Begins to listen on the other host; why that cannot be, or false. */
async function prepare(): Promise<string | false> {
  if (host === undefined) return entered;
  const missing = host.missing || missingPrograms("tcpdump --version");
  if (missing !== false) return missing;
  return (
    !(await saidSomething(host.start(process.execPath, ["-e", LISTENER]))) && "the other host does not run"
  );
}

const skip = await prepare();

interface Scanned {
  readonly engine: string;
  /** By address and port: state and reason. */
  readonly states: Readonly<Record<string, string>>;
  /** What was sent and came, as the recording has it. */
  readonly recorded: readonly string[];
}

async function scan(
  addresses: readonly string[],
  evasion: Evasion,
  technique: Technique = syn,
  engine = "packet",
): Promise<Scanned> {
  const hosts = hostsOf(addresses);
  const plan = new ScanPlan(hosts, [OPEN_PORT, CLOSED_PORT], 1);
  const ipVersion = hosts.addressBytes === 4 ? 4 : 6;
  const probes = {
    ipVersion,
    ipProtocol: technique.ipProtocol,
    probeBytesMax: technique.probeBytesMax,
  } as const;
  // A host that no route leads to leaves it to the kernel to route the others.
  const nowhere = ipVersion === 4 ? "203.0.113.1" : "2001:db8::1";
  const packetLink = await openPacketLink({
    hosts: engine === "packet" ? hosts : hostsOf([...addresses, nowhere]),
    portsPerHost: plan.ports.length,
    ipProtocol: technique.ipProtocol,
    probeBytesMax: evasiveProbeBytes(evasion, probes),
    sourcePort: SOURCE_PORT,
  });
  const pieces: Uint8Array[] = [];
  const nowUs = (): number => (performance.timeOrigin + performance.now()) * 1_000;
  const recorder = new Recorder({ write: (octets) => void pieces.push(octets), nowUs });
  const recording = new RecordingLink(packetLink, recorder);
  const link = new EvasiveLink(recording, { ...probes, evasion });
  const codes = new VerdictCodes();
  const table = new StateTable(plan.pairs);
  const probing = new ProbeScan({
    plan,
    technique,
    link,
    table,
    codes,
    cookie: new Cookie(Uint8Array.of(9, 8, 7, 6, 5, 4, 3, 2)),
    sourcePort: SOURCE_PORT,
    pacer: unpaced,
    replyTime: { timeoutUs: WAIT_MS * 1_000, measured: () => {} },
    retriesMax: 1,
    nowUs,
    progress: () => {},
  });
  try {
    await probing.run(AbortSignal.timeout(20_000));
  } finally {
    link.close();
    recorder.end();
  }
  const said = statesOf(plan, table, codes);
  const states = Object.fromEntries(
    addresses.flatMap((address) =>
      [...plan.ports].map((port) => [`${address} ${port}`, said.get(`${address}:${port}`) ?? "silent"]),
    ),
  );
  const recorded: string[] = [];
  readInto(recorded, concat(...pieces));
  return { engine: link.engine, states, recorded };
}

function readInto(lines: string[], file: Uint8Array): void {
  const reader = new CaptureReader({
    packet: (octets, offset, captured, _wire, _time, linkType) =>
      void lines.push(describeFrame(octets, offset, captured, linkType)),
  });
  reader.push(file);
}

/** What arrives at the other host's end of the link while something is done, of what comes from this end. */
async function arriving(device: string, during: () => Promise<void>): Promise<readonly string[]> {
  const words = [
    ...["-i", device, "-Q", "in", "-U", "--immediate-mode", "-w", "-"],
    ...["-s", "200", "(ip and not icmp) or (ip6 and not icmp6)"],
  ];
  const tcpdump = device === "far" ? host!.start("tcpdump", words) : spawn("tcpdump", words);
  const lines: string[] = [];
  const reader = new CaptureReader({
    packet: (octets, offset, captured) =>
      void lines.push(describeFrame(octets, offset, captured, LINKTYPE_ETHERNET)),
  });
  tcpdump.stdout!.on("data", (octets: Uint8Array) => reader.push(octets));
  try {
    await new Promise<void>((listening, failed) => {
      tcpdump.once("exit", () => failed(new Error("tcpdump does not run")));
      tcpdump.stderr!.on("data", (text: Buffer) => {
        if (text.includes("listening on")) listening();
      });
    });
    await during();
    await setTimeout(WAIT_MS);
  } finally {
    const ended = new Promise((resolve) => tcpdump.once("close", resolve));
    tcpdump.kill("SIGTERM");
    await ended;
  }
  return lines;
}

/** Without what is another number each time. */
const shapeOf = (line: string): string => line.replaceAll(/0x[\da-f]+/g, "0x…");
const count = (lines: readonly string[], shape: string): number =>
  lines.filter((line) => shapeOf(line) === shape).length;

const BOTH = { "10.79.0.2 7001": "open syn-ack", "10.79.0.2 7002": "closed reset" } as const;

describe("evasion on a link", { skip }, () => {
  for (const [engine, addresses, evasion] of [
    ["packet", ["10.79.0.2"], { fragmentBytes: 8 }],
    ["packet", ["10.79.0.2"], { fragmentBytes: 16, dataBytes: 37 }],
    ["packet", ["10.79.0.2"], { dataBytes: 1 }],
    [
      "packet",
      ["10.79.0.2"],
      { decoys: parseDecoys("10.79.0.77,ME,10.79.0.78", 4), fragmentBytes: 8, timeToLive: 2 },
    ],
    ["raw-ip", ["10.79.0.2", "10.79.0.3"], { fragmentBytes: 8 }],
    [
      "raw-ip",
      ["10.79.0.2", "10.79.0.3"],
      { decoys: parseDecoys("10.79.0.77,10.79.0.78,ME", 4), dataBytes: 64, fragmentBytes: 24 },
    ],
    ["packet", ["fd79::2"], { fragmentBytes: 24, dataBytes: 16 }],
    ["packet", ["fd79::2"], { decoys: parseDecoys("fd79::77,ME", 6), dataBytes: 5 }],
    [
      "raw-ip",
      ["fd79::2", "fd79::3"],
      { dataBytes: 40, timeToLive: 2, decoys: parseDecoys("ME,fd79::77", 6) },
    ],
  ] as const satisfies readonly (readonly [string, readonly string[], Evasion])[]) {
    const what = JSON.stringify({ ...evasion, decoys: evasion.decoys?.addresses.length });
    it(`gets the answers of an open and a closed port by ${engine} from ${addresses[0]} with ${what}`, async () => {
      const scanned = await scan(addresses, evasion, syn, engine);
      assert.equal(scanned.engine, engine);
      const expected = addresses.flatMap((address) => [
        [`${address} ${OPEN_PORT}`, "open syn-ack"],
        [`${address} ${CLOSED_PORT}`, "closed reset"],
      ]);
      assert.deepEqual(scanned.states, Object.fromEntries(expected));
    });
  }

  for (const [engine, addresses] of [
    ["packet", ["10.79.0.2"]],
    ["raw-ip", ["10.79.0.2", "10.79.0.3"]],
  ] as const) {
    it(`arrives as fragments from each decoy by ${engine}, as it was recorded`, async () => {
      const evasion = {
        decoys: parseDecoys("10.79.0.77,ME,10.79.0.78", 4),
        fragmentBytes: 16,
        timeToLive: 5,
      };
      let scanned: Scanned | undefined;
      const lines = await arriving("far", async () => {
        scanned = await scan(addresses, evasion, syn, engine);
      });
      assert.equal(scanned!.engine, engine);
      const fragments = lines.filter((line) => line.startsWith("TCP fragment"));
      for (const address of addresses) {
        for (const sender of ["10.79.0.77", "10.79.0.1", "10.79.0.78"]) {
          const first = `TCP fragment ${sender} > ${address} id 0x… 16 octets at 0, more to come, ttl 5, 36 octets`;
          const last = `TCP fragment ${sender} > ${address} id 0x… 8 octets at 16, the last, ttl 5, 28 octets`;
          assert.ok(
            count(fragments, first) >= 2 && count(fragments, first) === count(fragments, last),
            fragments.join("\n"),
          );
        }
      }
      const senders = fragments.map((line) => /fragment (\S+)/.exec(line)![1]!);
      assert.deepEqual(senders.slice(0, 6), [
        "10.79.0.77",
        "10.79.0.77",
        "10.79.0.1",
        "10.79.0.1",
        "10.79.0.78",
        "10.79.0.78",
      ]);
      assert.deepEqual(
        fragments,
        scanned!.recorded.filter((line) => line.startsWith("TCP fragment")),
      );
      const answers = scanned!.recorded.filter((line) =>
        /^TCP 10\.79\.0\.[23]:700[12] > 10\.79\.0\.1:61111 (SYN|RST),ACK/.test(line),
      );
      assert.ok(answers.length >= 2 * addresses.length, scanned!.recorded.join("\n"));
    });

    it(`arrives with a wrong checksum by ${engine}, and nobody answers`, async () => {
      let scanned: Scanned | undefined;
      const lines = await arriving("far", async () => {
        scanned = await scan(addresses, { badChecksum: true, decoys: parseDecoys("10.79.0.77", 4) });
      });
      const probes = lines.filter((line) => line.startsWith("TCP"));
      assert.ok(probes.length >= 4 * addresses.length, probes.join("\n"));
      assert.ok(
        probes.every((line) => line.includes(" SYN seq ") && line.includes(" bad checksum ")),
        probes.join("\n"),
      );
      assert.ok(
        Object.values(scanned!.states).every((state) => state === "silent"),
        JSON.stringify(scanned!.states),
      );
    });
  }

  it("arrives as fragments over IPv6, as it was recorded", async () => {
    let scanned: Scanned | undefined;
    const lines = await arriving("far", async () => {
      const decoys = parseDecoys("ME,fd79::77", 6);
      scanned = await scan(["fd79::2"], { decoys, fragmentBytes: 24, dataBytes: 5 });
    });
    assert.equal(scanned!.engine, "packet");
    const fragments = lines.filter((line) => line.startsWith("TCP fragment"));
    for (const sender of ["fd79::1", "fd79::77"]) {
      const first = `TCP fragment ${sender} > fd79::2 id 0x… 24 octets at 0, more to come, ttl 64, 72 octets`;
      const last = `TCP fragment ${sender} > fd79::2 id 0x… 5 octets at 24, the last, ttl 64, 53 octets`;
      assert.ok(count(fragments, first) >= 2 && count(fragments, last) >= 2, lines.join("\n"));
    }
    assert.deepEqual(
      fragments,
      scanned!.recorded.filter((line) => line.startsWith("TCP fragment")),
    );
  });

  it("leaves in fragments also where this machine's firewall follows connections", async (t) => {
    const rules =
      "table inet follow {\n chain out {\n type filter hook output priority 0\n ct state new accept\n }\n}\n";
    const made = run("nft -f -", rules);
    if (made.status !== 0) return t.skip("nft makes no such rule here");
    try {
      let scanned: Scanned | undefined;
      const lines = await arriving("far", async () => {
        scanned = await scan(["10.79.0.2", "10.79.0.3"], { fragmentBytes: 8 }, syn, "raw-ip");
      });
      assert.equal(scanned!.engine, "raw-ip");
      const fragments = lines.filter((line) => line.startsWith("TCP fragment"));
      assert.ok(fragments.length >= 3 * 4, lines.join("\n"));
      assert.deepEqual(
        fragments,
        scanned!.recorded.filter((line) => line.startsWith("TCP fragment")),
      );
      assert.equal(scanned!.states["10.79.0.3 7001"], "open syn-ack");
    } finally {
      run("nft delete table inet follow");
    }
  });

  it("knows the reset of a FIN with data, which counts both", async () => {
    const { states } = await scan(["10.79.0.2"], { dataBytes: 33, fragmentBytes: 8 }, fin);
    assert.deepEqual(states, { ...BOTH, "10.79.0.2 7001": "silent" });
  });

  it("knows the error about a datagram with data that came in fragments and from decoys", async () => {
    const evasion = { dataBytes: 30, fragmentBytes: 8, decoys: parseDecoys("10.79.0.77,ME", 4) };
    const { states } = await scan(["10.79.0.2"], evasion, udp);
    assert.deepEqual(states, {
      "10.79.0.2 7001": "closed port-unreach",
      "10.79.0.2 7002": "closed port-unreach",
    });
  });

  it("reaches the loopback interface in fragments and from decoys", async () => {
    const evasion = { fragmentBytes: 8, decoys: parseDecoys("127.0.0.7,ME", 4), dataBytes: 3 };
    const { engine, states } = await scan(["127.0.0.1"], evasion);
    assert.equal(engine, "raw-ip");
    assert.deepEqual(states, { "127.0.0.1 7001": "closed reset", "127.0.0.1 7002": "closed reset" });
  });
});
