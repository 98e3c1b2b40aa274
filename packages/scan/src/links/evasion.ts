/**
 * What is done to probes so that filters and detection systems are tried by them, and what of it can be done to which probes.
 */
import { assert, PalisadeError } from "@palisade/base";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  IPV4_HEADER_BYTES,
  IPV6_FRAGMENT_HEADER_BYTES,
  IPV6_HEADER_BYTES,
  UDP_HEADER_BYTES,
} from "@palisade/wire";
import { INITIATE_TAG_AT } from "../techniques/init-chunk.js";
import { DECOYS_MAX, type Decoys } from "./decoys.js";

/** Octets that are put behind a probe, at most; with the probe they stay within `PACKET_BYTES_MAX` where they are not cut. */
export const EVASION_DATA_BYTES_MAX = 1_400;
/** Octets of a fragment behind its headers, at most: with those of IPv6 it fits into 1,500 octets. A multiple of 8. */
export const FRAGMENT_BYTES_MAX = 1_448;
/** Octets of an IP packet that every Ethernet takes (RFC 894). */
const PACKET_BYTES_MAX = 1_500;
/** Offsets of fragments count in units of so many octets (RFC 791 §3.1, RFC 8200 §4.5). */
const FRAGMENT_UNIT_BYTES = 8;

/** What is asked for; what is undefined (or `false`, or 0 octets of data) stays as the probe has it. */
export interface Evasion {
  /** nmap's `-D`: each probe leaves once for each decoy and once for us. */
  readonly decoys?: Decoys | undefined;
  /**
   * nmap's `-f` (8), `-ff` (16) and `--mtu`: octets of each fragment behind its IP header (IPv6: behind the fragment header), a
   * multiple of 8. A modern Linux drops what comes over IPv6 without the whole TCP header in the first fragment (RFC 8200 §4.5),
   * and says so by a parameter problem.
   */
  readonly fragmentBytes?: number | undefined;
  /** nmap's `--ttl`: hops that each packet may take, 1 … 255. */
  readonly timeToLive?: number | undefined;
  /** nmap's `--badsum`: the transport's checksum is wrong. Whoever answers does not look, and is a filter rather than a host. */
  readonly badChecksum?: boolean | undefined;
  /** nmap's `--data-length`: octets by chance, the same for all probes, behind what the probe carries. */
  readonly dataBytes?: number | undefined;
}

/** The probes that it is done to. */
export interface EvasiveProbes {
  readonly ipVersion: 4 | 6;
  /** IP protocol number of all of them; 0 for several. */
  readonly ipProtocol: number;
  /** Octets of the longest probe, from its transport header on, as the technique writes it. */
  readonly probeBytesMax: number;
  /** Octets of the shortest. Default `probeBytesMax`; for UDP its bare header, as not every port has a payload. */
  readonly probeBytesMin?: number | undefined;
}

/**
 * Octets behind the IP header (what `PacketLinkOptions` calls a probe) of the longest frame that comes of the longest probe:
 * what the slots of the link underneath need room for.
 */
export function evasiveProbeBytes(evasion: Evasion, probes: EvasiveProbes): number {
  const bytes = probes.probeBytesMax + (evasion.dataBytes ?? 0);
  const { fragmentBytes } = evasion;
  if (fragmentBytes === undefined || bytes <= fragmentBytes) return bytes;
  // A probe that is short enough stays whole, at most as long as a fragment.
  return fragmentBytes + (probes.ipVersion === 6 ? IPV6_FRAGMENT_HEADER_BYTES : 0);
}

/** Frames that the longest probe comes to: what a rate in packets is divided by to be one in probes. */
export function framesPerProbe(evasion: Evasion, probes: EvasiveProbes): number {
  const bytes = probes.probeBytesMax + (evasion.dataBytes ?? 0);
  const { fragmentBytes = bytes } = evasion;
  const fragments = bytes === 0 ? 1 : Math.ceil(bytes / fragmentBytes);
  return (1 + (evasion.decoys?.addresses.length ?? 0)) * fragments;
}

/**
 * Refuses what cannot be done, in whole or in part, to these probes.
 *
 * @throws {PalisadeError} `SCAN_EVASION_TTL`, `SCAN_EVASION_DATA`, `SCAN_EVASION_CHECKSUM`, `SCAN_EVASION_DECOYS`,
 *   `SCAN_EVASION_FRAGMENTS`
 */
export function checkEvasion(evasion: Evasion, probes: EvasiveProbes): void {
  checkTimeToLive(evasion);
  checkData(evasion, probes);
  checkChecksum(evasion, probes);
  checkDecoys(evasion, probes);
  checkFragments(evasion, probes);
}

function checkTimeToLive({ timeToLive }: Evasion): void {
  if (timeToLive === undefined || isWithin(timeToLive, 1, 255)) return;
  throw new PalisadeError("SCAN_EVASION_TTL", `the time to live is ${timeToLive}: give 1 to 255 hops`);
}

function checkData(evasion: Evasion, { ipVersion, ipProtocol, probeBytesMax }: EvasiveProbes): void {
  const { dataBytes = 0, fragmentBytes } = evasion;
  if (!isWithin(dataBytes, 0, EVASION_DATA_BYTES_MAX)) {
    throw new PalisadeError(
      "SCAN_EVASION_DATA",
      `${dataBytes} octets of data cannot be put behind a probe: give 0 to ${EVASION_DATA_BYTES_MAX}`,
    );
  }
  if (dataBytes === 0) return;
  if (!carriesData(ipProtocol)) {
    throw new PalisadeError(
      "SCAN_EVASION_DATA",
      `no data can be put behind ${protocolName(ipProtocol)}: it goes with TCP, UDP and ICMP`,
    );
  }
  const room = PACKET_BYTES_MAX - ipHeaderBytes(ipVersion) - probeBytesMax;
  if (fragmentBytes === undefined && dataBytes > room) {
    throw new PalisadeError(
      "SCAN_EVASION_DATA",
      `probes of ${probeBytesMax} octets with ${dataBytes} of data are longer than packets may be: give at most ${Math.max(0, room)}, or have them cut (--mtu)`,
    );
  }
}

function checkChecksum({ badChecksum }: Evasion, { ipProtocol }: EvasiveProbes): void {
  if (badChecksum !== true || hasChecksum(ipProtocol)) return;
  throw new PalisadeError(
    "SCAN_EVASION_CHECKSUM",
    `a wrong checksum cannot be written into ${protocolName(ipProtocol)}: it goes with TCP, UDP, SCTP and ICMP`,
  );
}

function checkDecoys({ decoys }: Evasion, { ipVersion }: EvasiveProbes): void {
  if (decoys === undefined) return;
  const { addresses, ownAt } = decoys;
  assert(addresses.length > 0 && addresses.length <= DECOYS_MAX, "decoys: they are as many as they may be");
  assert(isWithin(ownAt, 0, addresses.length), "decoys: our own address has a place among them");
  if (addresses.every(({ length }) => length === (ipVersion === 4 ? 4 : 16))) return;
  throw new PalisadeError(
    "SCAN_EVASION_DECOYS",
    `the decoys are not of IPv${ipVersion} as the targets are: give some that are, or scan the other targets apart`,
  );
}

function checkFragments(evasion: Evasion, probes: EvasiveProbes): void {
  const { fragmentBytes, dataBytes = 0 } = evasion;
  if (fragmentBytes === undefined) return;
  const { ipProtocol, probeBytesMax } = probes;
  if (
    !isWithin(fragmentBytes, FRAGMENT_UNIT_BYTES, FRAGMENT_BYTES_MAX) ||
    fragmentBytes % FRAGMENT_UNIT_BYTES !== 0
  ) {
    throw new PalisadeError(
      "SCAN_EVASION_FRAGMENTS",
      `fragments of ${fragmentBytes} octets cannot be made: give a multiple of 8, from 8 to ${FRAGMENT_BYTES_MAX}`,
    );
  }
  if (ipProtocol === 0) {
    throw new PalisadeError(
      "SCAN_EVASION_FRAGMENTS",
      "probes of IP protocols are mostly empty, and cannot be cut into fragments: scan them without",
    );
  }
  const { probeBytesMin = ipProtocol === IP_PROTOCOL_UDP ? UDP_HEADER_BYTES : probeBytesMax } = probes;
  const shortest = probeBytesMin + dataBytes;
  if (shortest <= fragmentBytes) {
    const remedy = carriesData(ipProtocol)
      ? `smaller ones, or at least ${fragmentBytes + 1 - probeBytesMin} octets of data (--data-length)`
      : "smaller ones";
    throw new PalisadeError(
      "SCAN_EVASION_FRAGMENTS",
      `fragments of ${fragmentBytes} octets hold a whole probe of ${shortest}, and nothing would be cut: ask for ${remedy}`,
    );
  }
  // An error of a router quotes one fragment, the first, and INIT has its cookie late.
  if (ipProtocol === IP_PROTOCOL_SCTP && fragmentBytes < INITIATE_TAG_AT + 4) {
    throw new PalisadeError(
      "SCAN_EVASION_FRAGMENTS",
      `fragments of ${fragmentBytes} octets cut off what errors about SCTP are known by: ask for 24 (--mtu 24)`,
    );
  }
}

/** Whether octets behind a message of the protocol are its payload. */
function carriesData(ipProtocol: number): boolean {
  return (
    ipProtocol === IP_PROTOCOL_TCP ||
    ipProtocol === IP_PROTOCOL_UDP ||
    ipProtocol === IP_PROTOCOL_ICMP ||
    ipProtocol === IP_PROTOCOL_ICMPV6
  );
}

function hasChecksum(ipProtocol: number): boolean {
  return carriesData(ipProtocol) || ipProtocol === IP_PROTOCOL_SCTP;
}

function protocolName(ipProtocol: number): string {
  if (ipProtocol === 0) return "probes of several IP protocols";
  return ipProtocol === IP_PROTOCOL_SCTP ? "SCTP" : `IP protocol ${ipProtocol}`;
}

function ipHeaderBytes(ipVersion: 4 | 6): number {
  return ipVersion === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
