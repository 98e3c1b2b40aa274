/**
 * TCP segments as probes: RFC 9293 §3.1, without payload.
 *
 * The sequence number is always the cookie, so that an error, which quotes at least eight octets (RFC 792), brings it back
 * whatever the flags. Where the probe has ACK, the acknowledgement number is the cookie as well: that is what a RST takes
 * its own sequence number from (RFC 9293 §3.10.7.1).
 */
import {
  finishChecksum,
  IP_PROTOCOL_TCP,
  internetSum,
  put8,
  put16,
  put32,
  TCP_ACK,
  TCP_HEADER_BYTES,
  TCP_OPTION_MAXIMUM_SEGMENT_SIZE,
} from "@palisade/wire";
import type { ProbeTarget, Reply } from "../technique.js";

/** Octets of a segment with the option for the maximum segment size. */
export const SYN_SEGMENT_BYTES = 24;

const MAXIMUM_SEGMENT_SIZE_OPTION_BYTES = 4;
/** Ethernet's 1,500 octets without the headers of IPv4 and TCP: what most hosts offer, so that no filter finds it odd. */
const SEGMENT_SIZE = 1460;
/** Small on purpose, as a peer that takes it at its word sends little before our side resets the connection. */
const WINDOW = 1024;

const at = {
  sourcePort: 0,
  destinationPort: 2,
  sequence: 4,
  acknowledgement: 8,
  dataOffset: 12,
  flags: 13,
  window: 14,
  checksum: 16,
  urgentPointer: 18,
} as const;

/** Writes a segment to `port` with `flags` (TCP_…) at `offset`. Returns its length in octets. */
export function writeSegment(
  octets: Uint8Array,
  offset: number,
  target: ProbeTarget,
  port: number,
  flags: number,
  offersSegmentSize = false,
): number {
  const bytes = offersSegmentSize ? SYN_SEGMENT_BYTES : TCP_HEADER_BYTES;
  put16(octets, offset + at.sourcePort, target.sourcePort);
  put16(octets, offset + at.destinationPort, port);
  put32(octets, offset + at.sequence, target.cookie);
  put32(octets, offset + at.acknowledgement, flags & TCP_ACK ? target.cookie : 0);
  put8(octets, offset + at.dataOffset, bytes << 2);
  put8(octets, offset + at.flags, flags);
  put16(octets, offset + at.window, WINDOW);
  put16(octets, offset + at.checksum, 0);
  put16(octets, offset + at.urgentPointer, 0);
  if (offersSegmentSize) {
    put8(octets, offset + TCP_HEADER_BYTES, TCP_OPTION_MAXIMUM_SEGMENT_SIZE);
    put8(octets, offset + TCP_HEADER_BYTES + 1, MAXIMUM_SEGMENT_SIZE_OPTION_BYTES);
    put16(octets, offset + TCP_HEADER_BYTES + 2, SEGMENT_SIZE);
  }
  const pseudo = target.addressSum + IP_PROTOCOL_TCP + bytes;
  put16(octets, offset + at.checksum, finishChecksum(internetSum(octets, offset, offset + bytes, pseudo)));
  return bytes;
}

/**
 * Whether a reply acknowledges our probe: at most `occupied` sequence numbers behind the cookie. 0 of them too, because some
 * stacks forget to count a flag in a RST. A segment without ACK acknowledges nothing (RFC 9293 §3.1).
 */
export function acknowledges(reply: Readonly<Reply>, cookie: number, occupied: number): boolean {
  return (reply.tcpFlags & TCP_ACK) !== 0 && (reply.acknowledgement - cookie) >>> 0 <= occupied;
}
