/** Probes for tests of evasive links, and what comes of them: put together again from the pieces that left, and checked. */
import assert from "node:assert/strict";
import { Malformed, PalisadeError } from "@palisade/base";
import {
  checksumHolds,
  concat,
  ethernet,
  formatIpAddress,
  IP_PROTOCOL_FRAGMENT,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  internetSum,
  ipv4,
  ipv6,
  parseIpAddress,
  parseIpv4,
  parseIpv6,
  parseIpv6Extensions,
  pseudoHeaderSum,
  sctpChecksum,
  TCP_ACK,
  TCP_SYN,
  u16,
  u32le,
} from "@palisade/wire";
import fc from "fast-check";
import type { ProbeTarget } from "../technique.js";
import { writeDatagram } from "../techniques/datagram.js";
import { writeInit } from "../techniques/init-chunk.js";
import { writeSegment } from "../techniques/segment.js";
import { parseDecoys } from "./decoys.js";
import type { Evasion, EvasiveProbes } from "./evasion.js";
import { EvasiveLink } from "./evasive-link.js";
import type { ProbePath } from "./probe-link.js";
import { TakingLink, type TakingLinkOptions } from "./taking-link.build.js";

/** Who asks, and who is asked, by IP version. */
export const OWN = { 4: "192.0.2.9", 6: "2001:db8::9" } as const;
export const TARGET = { 4: "198.51.100.7", 6: "2001:db8:1::7" } as const;
const DATA_BYTES_MAX = 300;

type Kind = "tcp" | "syn" | "udp" | "sctp" | "icmp";
const PROTOCOLS = {
  tcp: IP_PROTOCOL_TCP,
  syn: IP_PROTOCOL_TCP,
  udp: IP_PROTOCOL_UDP,
  sctp: IP_PROTOCOL_SCTP,
  icmp: IP_PROTOCOL_ICMP,
} as const;

function pathOf(version: 4 | 6, isEthernet: boolean): ProbePath {
  const payload = new Uint8Array(0);
  const source = parseIpAddress(OWN[version])!;
  const destination = new Uint8Array(source.length);
  const ip =
    version === 4
      ? ipv4({ source, destination, protocol: 6, timeToLive: 64, payload })
      : ipv6({ source, destination, nextHeader: 6, hopLimit: 64, payload });
  const header = isEthernet
    ? ethernet({ source: "02:00:00:00:00:01", destination: "02:00:00:00:00:02", payload: ip })
    : ip;
  return { header, ipAt: header.length - ip.length, source };
}

function protocolOf(kind: Kind, version: 4 | 6): number {
  return kind === "icmp" && version === 6 ? IP_PROTOCOL_ICMPV6 : PROTOCOLS[kind];
}

/** A frame as the scheduler writes it, with a UDP payload of so many octets. */
function frameOf(
  path: ProbePath,
  version: 4 | 6,
  kind: Kind,
  cookie: number,
  payloadBytes: number,
): Uint8Array {
  const destination = parseIpAddress(TARGET[version])!;
  const addressSum = internetSum(
    destination,
    0,
    destination.length,
    internetSum(path.source, 0, path.source.length),
  );
  const target: ProbeTarget = { ipVersion: version, addressSum, sourcePort: 61_111, port: 443, cookie };
  const room = new Uint8Array(2_000);
  const bytes = ((): number => {
    switch (kind) {
      case "tcp":
        return writeSegment(room, 0, target, 443, TCP_ACK);
      case "syn":
        return writeSegment(room, 0, target, 443, TCP_SYN, true);
      case "udp": {
        const payload = new Uint8Array(payloadBytes).fill(0xa5);
        return writeDatagram(room, 0, target, 443, payload, internetSum(payload, 0, payload.length));
      }
      case "sctp":
        return writeInit(room, 0, target, 443);
      case "icmp": {
        const protocol = protocolOf(kind, version);
        room.set([version === 4 ? 8 : 128, 0, 0, 0, cookie >>> 24, cookie >>> 16, cookie >>> 8, cookie]);
        const pseudo = version === 4 ? 0 : addressSum + protocol + 8;
        const checksum = ~fold(internetSum(room, 0, 8, pseudo)) & 0xffff;
        room.set([checksum >>> 8, checksum], 2);
        return 8;
      }
    }
  })();
  const payload = room.slice(0, bytes);
  const protocol = protocolOf(kind, version);
  const ip =
    version === 4
      ? ipv4({ source: path.source, destination, protocol, identification: 7, timeToLive: 64, payload })
      : ipv6({ source: path.source, destination, nextHeader: protocol, hopLimit: 64, payload });
  return concat(path.header.subarray(0, path.ipAt), ip);
}

/** A sum of 16-bit words in 16 bits, carries added (RFC 1071). */
export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}

/** What is asked for, and the probes: as many as `payloads`, with so many octets of data each. */
export interface Setting {
  readonly version: 4 | 6;
  readonly isEthernet: boolean;
  readonly kind: Kind;
  readonly evasion: Evasion;
  /** Payloads of UDP. */
  readonly payloads: readonly number[];
}

/** An evasive link on one that takes, and the frames of the setting. */
export function open(setting: Setting, inner: Partial<TakingLinkOptions> = {}) {
  const { version, isEthernet, kind, evasion, payloads } = setting;
  const path = pathOf(version, isEthernet);
  const taking = new TakingLink({ path, ...inner });
  const frames = payloads.map((bytes, index) =>
    frameOf(path, version, kind, (0x0102_0304 + index * 0x1111_1111) >>> 0, bytes),
  );
  const lengths = frames.map((frame) => frame.length - path.header.length);
  const probes: EvasiveProbes = {
    ipVersion: version,
    ipProtocol: protocolOf(kind, version),
    probeBytesMax: Math.max(...lengths),
    probeBytesMin: Math.min(...lengths),
  };
  const link = new EvasiveLink(taking, { ...probes, evasion });
  link.pathTo(parseIpAddress(TARGET[version])!, 0);
  return { link, taking, path, frames };
}

/** Sends all, the rest again where not all was taken, as the scheduler does. */
export function sendAll(link: EvasiveLink, frames: readonly Uint8Array[]): void {
  let waiting = [...frames];
  for (let turn = 0; waiting.length > 0; turn += 1) {
    assert.ok(turn < 10_000, "sending comes to an end");
    const batch = waiting.slice(0, link.slots);
    for (const [slot, frame] of batch.entries()) {
      link.octets.set(frame, slot * link.slotBytes);
      link.set(slot, frame.length);
    }
    const taken = link.send(batch.length);
    assert.ok(taken >= 0 && taken <= batch.length);
    waiting = waiting.slice(taken);
  }
}

interface Whole {
  readonly source: string;
  readonly destination: string;
  readonly timeToLive: number;
  readonly protocol: number;
  readonly transport: Uint8Array;
  readonly pieces: number;
}

/** Puts packets together from pieces that come in order, and holds that each piece is right by itself. */
function reassemble(
  frames: readonly Uint8Array[],
  path: ProbePath,
  fragmentBytes: number | undefined,
): Whole[] {
  const wholes: Whole[] = [];
  let parts: Uint8Array[] = [];
  let identification = -1;
  for (const frame of frames) {
    assert.deepEqual(frame.subarray(0, path.ipAt), path.header.subarray(0, path.ipAt));
    const octets = frame.subarray(path.ipAt);
    const piece = path.source.length === 4 ? piece4(octets) : piece6(octets);
    const offset = parts.reduce((sum, { length }) => sum + length, 0);
    assert.equal(piece.offsetBytes, offset, "fragments come in order, without a gap");
    if (offset > 0) assert.equal(piece.identification, identification);
    if (piece.more) assert.equal(piece.payload.length, fragmentBytes);
    else if (fragmentBytes !== undefined) assert.ok(piece.payload.length <= fragmentBytes);
    identification = piece.identification;
    parts.push(piece.payload);
    if (piece.more) continue;
    const { source, destination, timeToLive, protocol } = piece;
    wholes.push({
      source,
      destination,
      timeToLive,
      protocol,
      transport: concat(...parts),
      pieces: parts.length,
    });
    parts = [];
  }
  assert.equal(parts.length, 0, "the last packet is whole");
  return wholes;
}

function piece4(octets: Uint8Array) {
  const packet = parseIpv4(octets);
  assert.ok(!(packet instanceof Malformed), String(packet));
  assert.ok(checksumHolds(octets, 0, 20), "the header's checksum is right");
  assert.equal(u16(octets, 2), octets.length);
  assert.notEqual(packet.identification, 0);
  return {
    ...packet,
    source: formatIpAddress(packet.source),
    destination: formatIpAddress(packet.destination),
    offsetBytes: packet.fragmentOffsetBytes,
    more: packet.moreFragments,
  };
}

function piece6(octets: Uint8Array) {
  const packet = parseIpv6(octets);
  assert.ok(!(packet instanceof Malformed), String(packet));
  assert.equal(u16(octets, 4) + 40, octets.length);
  const common = {
    source: formatIpAddress(packet.source),
    destination: formatIpAddress(packet.destination),
    timeToLive: packet.hopLimit,
  };
  if (packet.nextHeader !== IP_PROTOCOL_FRAGMENT)
    return {
      ...common,
      protocol: packet.nextHeader,
      payload: packet.payload,
      offsetBytes: 0,
      more: false,
      identification: 0,
    };
  const chain = parseIpv6Extensions(packet.nextHeader, packet.payload);
  assert.ok(!(chain instanceof Malformed), String(chain));
  const [fragment] = chain.extensions;
  assert.ok(chain.extensions.length === 1 && fragment?.kind === "fragment");
  const { offsetBytes, moreFragments: more, identification } = fragment;
  return { ...common, protocol: chain.nextHeader, payload: chain.payload, offsetBytes, more, identification };
}

/** Whether a transport's checksum is right. */
function isRight({ protocol, source, destination, transport }: Whole): boolean {
  if (protocol === IP_PROTOCOL_SCTP)
    return sctpChecksum(transport, 0, transport.length) === u32le(transport, 8);
  if (protocol === IP_PROTOCOL_ICMP) return checksumHolds(transport, 0, transport.length);
  // Zero says "not computed", which nobody asked for.
  if (protocol === IP_PROTOCOL_UDP && u16(transport, 6) === 0) return true;
  const addresses = [parseIpAddress(source)!, parseIpAddress(destination)!] as const;
  return checksumHolds(
    transport,
    0,
    transport.length,
    pseudoHeaderSum(...addresses, protocol, transport.length),
  );
}

/** A transport without what evasion may change in it: its checksum, and UDP's length. */
function blanked(transport: Uint8Array, protocol: number): Uint8Array {
  const copy = transport.slice();
  if (protocol === IP_PROTOCOL_TCP) copy.fill(0, 16, 18);
  else if (protocol === IP_PROTOCOL_UDP) copy.fill(0, 4, 8);
  else if (protocol === IP_PROTOCOL_SCTP) copy.fill(0, 8, 12);
  else copy.fill(0, 2, 4);
  return copy;
}

/** Settings that are not refused. */
export const settings = fc
  .record({
    version: fc.constantFrom(4 as const, 6 as const),
    isEthernet: fc.boolean(),
    kind: fc.constantFrom("tcp" as const, "syn" as const, "udp" as const, "sctp" as const, "icmp" as const),
    decoys: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    fragmentUnits: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    timeToLive: fc.option(fc.integer({ min: 1, max: 255 }), { nil: undefined }),
    badChecksum: fc.boolean(),
    dataBytes: fc.integer({ min: 0, max: DATA_BYTES_MAX }),
    payloads: fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 8 }),
  })
  .map(
    ({
      version,
      isEthernet,
      kind,
      decoys,
      fragmentUnits,
      timeToLive,
      badChecksum,
      dataBytes,
      payloads,
    }): Setting => {
      const evasion: Evasion = {
        decoys: decoys === undefined ? undefined : parseDecoys(`RND:${decoys}`, version),
        fragmentBytes: fragmentUnits === undefined ? undefined : fragmentUnits * 8,
        timeToLive,
        badChecksum,
        dataBytes: kind === "sctp" ? 0 : dataBytes,
      };
      return { version, isEthernet, kind, evasion, payloads };
    },
  )
  .filter((setting) => {
    try {
      open(setting);
      return true;
    } catch (error) {
      assert.ok(error instanceof PalisadeError && error.code.startsWith("SCAN_EVASION_"), String(error));
      return false;
    }
  });

/** What must have left for each frame, whatever was taken when. */
export function check(
  setting: Setting,
  sent: readonly Uint8Array[],
  frames: readonly Uint8Array[],
  path: ProbePath,
): void {
  const { version, evasion } = setting;
  const { decoys, dataBytes = 0, badChecksum = false, timeToLive = 64 } = evasion;
  const senders = decoys?.addresses.map((octets) => formatIpAddress(octets)) ?? [];
  senders.splice(decoys?.ownAt ?? 0, 0, OWN[version]);
  const wholes = reassemble(sent, path, evasion.fragmentBytes);
  assert.equal(wholes.length, frames.length * senders.length, "no packet is lost, none is there twice");
  for (const [index, whole] of wholes.entries()) {
    const frame = frames[Math.floor(index / senders.length)]!;
    const original = frame.subarray(path.header.length);
    const { protocol, transport } = whole;
    assert.equal(whole.source, senders[index % senders.length]);
    assert.equal(whole.destination, TARGET[version]);
    assert.equal(whole.timeToLive, timeToLive);
    assert.equal(protocol, protocolOf(setting.kind, version));
    assert.equal(transport.length, original.length + dataBytes);
    assert.deepEqual(blanked(transport.subarray(0, original.length), protocol), blanked(original, protocol));
    if (protocol === IP_PROTOCOL_UDP) assert.equal(u16(transport, 4), transport.length);
    assert.equal(isRight(whole), !badChecksum);
  }
}
