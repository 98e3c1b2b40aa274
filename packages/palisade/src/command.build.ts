/**
 * Runs the built command as a child, on captures written for the purpose: for tests.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import {
  ethernet,
  hex,
  icmpEcho,
  ipv4,
  LINKTYPE_ETHERNET,
  latin1,
  PcapngWriter,
  PcapWriter,
  tcpConversation,
  udpConversation,
} from "@palisade/wire";

export const COMMAND = fileURLToPath(new URL("../bin/palisade.js", import.meta.url));

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `palisade WORDS…`, to its end. */
export function palisade(words: readonly string[], input?: Uint8Array): Ran {
  return run(process.execPath, [COMMAND, ...words], input);
}

/** `palisade WORDS…` with its standard output into the file at `path`. */
export function palisadeInto(path: string, words: readonly string[]): Ran {
  const file = openSync(path, "w");
  try {
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...words], {
      encoding: "utf8",
      stdio: ["ignore", file, "pipe"],
    });
    return { status, stdout: "", stderr };
  } finally {
    closeSync(file);
  }
}

export function run(program: string, words: readonly string[], input?: Uint8Array): Ran {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    ...(input === undefined ? { stdio: ["ignore", "pipe", "pipe"] } : { input }),
  });
  if (error !== undefined) return { status: null, stdout: "", stderr: error.message };
  return { status, stdout, stderr };
}

/** A folder that is gone when the file's tests are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "palisade-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Timed {
  readonly timeUs: number;
  readonly octets: Uint8Array;
}

export const START_US = 1_700_000_000_000_000;

export function captureOf(
  frames: readonly Timed[],
  format: "pcap" | "pcapng" = "pcap",
  options: { readonly snaplenBytes?: number } = {},
): Uint8Array {
  const parts: Uint8Array[] = [];
  const write = (octets: Uint8Array): void => void parts.push(octets);
  const writer =
    format === "pcap"
      ? new PcapWriter(write, { linkType: LINKTYPE_ETHERNET, ...options })
      : new PcapngWriter(write, options);
  for (const { octets, timeUs } of frames) {
    writer.packet(octets, 0, octets.length, octets.length, timeUs, LINKTYPE_ETHERNET);
  }
  writer.end();
  return Buffer.concat(parts);
}

export function fileOf(folder: string, name: string, octets: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, octets);
  return path;
}

export function httpConversation(client: string, port: number, host: string, bodyBytes = 5): Uint8Array[] {
  const request = `GET /index.html HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: example/1.0\r\nAccept: */*\r\n\r\n`;
  const response = `HTTP/1.1 200 OK\r\nServer: example\r\nContent-Length: ${bodyBytes}\r\n\r\n${"x".repeat(bodyBytes)}`;
  return tcpConversation({
    client: { address: client, port },
    server: { address: "198.51.100.80", port: 80 },
    turns: [
      { from: "client", octets: latin1(request) },
      { from: "server", octets: latin1(response) },
    ],
  });
}

const QUESTION = hex("0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001");

export function dnsConversation(client: string, port: number, identification = "1234"): Uint8Array[] {
  return udpConversation({
    client: { address: client, port },
    server: { address: "198.51.100.53", port: 53 },
    turns: [{ from: "client", octets: Buffer.concat([hex(identification), QUESTION]) }],
  });
}

/** A web request, a question for a name, an echo and a datagram of nothing known: four flows, a millisecond a packet. */
export function smallFrames(): Timed[] {
  const packets = [
    ...httpConversation("192.0.2.1", 49_152, "www.example.com"),
    ...dnsConversation("192.0.2.1", 49_153),
    ipv4({ source: "192.0.2.1", destination: "198.51.100.1", payload: icmpEcho({}) }),
    ...udpConversation({
      client: { address: "192.0.2.9", port: 40_001 },
      server: { address: "192.0.2.8", port: 40_002 },
      turns: [{ from: "client", octets: latin1("~ nothing that anybody knows ~") }],
    }),
  ];
  return packets.map((payload, at) => ({ timeUs: START_US + at * 1_000, octets: ethernet({ payload }) }));
}

/** Thousands of flows over some minutes, of several MiB: enough for several workers to take turns at. */
export function largeFrames(): Timed[] {
  const frames: Timed[] = [];
  for (let number = 0; number < 1_600; number += 1) {
    const client = `10.${number % 7}.${(number >>> 3) & 255}.${1 + (number % 250)}`;
    const packets =
      number % 4 === 0
        ? dnsConversation(client, 20_000 + number)
        : httpConversation(
            client,
            20_000 + number,
            `host-${number % 97}.example.com`,
            200 + ((number * 37) % 6_000),
          );
    const startUs = START_US + ((number * 7_919) % 1_600) * 150_000;
    packets.forEach((payload, at) => {
      frames.push({ timeUs: startUs + at * 1_700, octets: ethernet({ payload }) });
    });
  }
  return frames.sort((a, b) => a.timeUs - b.timeUs);
}
