/**
 * RDP's UDP transport: MS-RDPEUDP §2.2.2 (version 1 and the SYN datagrams of all versions).
 */
import { u8, u16, u32 } from "@palisade/wire";
import type { Attribute } from "../../attribute.js";
import { DONE, NO, type Outcome } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

const PORT = 3389;
/** §3.1.5.1.1: SYN datagrams are padded with zeros to the largest MTU. */
const SYN_OCTETS = 1_232;
const HEADER_OCTETS = 8;
const MTU_MIN = 1_132;
const MTU_MAX = 1_232;
const SYN = 0x0001;
const ACK = 0x0004;
const DATA = 0x0008;
const CORRELATION_ID = 0x0800;
const SYNEX = 0x1000;
const FLAGS_KNOWN = 0x1fff;
const NO_ACKNOWLEDGEMENT = 0xffff_ffff;
const CORRELATION_OCTETS = 32;

/** Recognises one datagram; a SYN's protocol version is given to `version`. */
export function readUdpDatagram(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
  version: Attribute<"number">,
): Outcome {
  if (end - offset < HEADER_OCTETS) return NO;
  const flags = u16(octets, offset + 6);
  if ((flags & ~FLAGS_KNOWN) !== 0) return NO;
  return (flags & SYN) !== 0
    ? readSyn(octets, offset, end, flow, flags, version)
    : isDataWithTls(octets, offset, end, flow, flags)
      ? DONE
      : NO;
}

function readSyn(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
  flags: number,
  version: Attribute<"number">,
): Outcome {
  if (end - offset !== SYN_OCTETS || (flags & DATA) !== 0) return NO;
  if ((u32(octets, offset) === NO_ACKNOWLEDGEMENT) === ((flags & ACK) !== 0)) return NO;
  const up = u16(octets, offset + 12);
  const down = u16(octets, offset + 14);
  if (up < MTU_MIN || up > MTU_MAX || down < MTU_MIN || down > MTU_MAX) return NO;
  if ((flags & SYNEX) !== 0) {
    const extension = offset + 16 + ((flags & CORRELATION_ID) !== 0 ? CORRELATION_OCTETS : 0);
    if ((u16(octets, extension) & 1) === 1) flow.set(version, u16(octets, extension + 2));
  }
  return DONE;
}

/**
 * §2.2.2.4 to §2.2.2.7: acknowledgement vector, padded to four octets, and a source packet that begins with a record of
 * TLS or DTLS. On the protocol's own port only.
 */
function isDataWithTls(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
  flags: number,
): boolean {
  if (flow.sourcePort !== PORT && flow.destinationPort !== PORT) return false;
  if (flags !== (ACK | DATA) || end - offset < HEADER_OCTETS + 2) return false;
  const vector = u16(octets, offset + HEADER_OCTETS);
  const source = offset + HEADER_OCTETS + ((2 + vector + 3) & ~3);
  if (end - source < 8 + 5) return false;
  const type = u8(octets, source + 8);
  const major = u8(octets, source + 9);
  return type >= 0x14 && type <= 0x17 && (major === 3 || major === 0xfe);
}
