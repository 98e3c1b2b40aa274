import type { Malformed } from "@palisade/base";
import type { FindingKind } from "../finding-kind.js";
import { ROOT_PATH } from "./path-table.js";

/**
 * One packet as decoded: offsets and numbers in a single reused object of fixed shape. Offsets index `octets`, which is
 * the reader's buffer, or the defragmenter's for a reassembled datagram. Valid until the next packet.
 */
export class PacketView {
  octets: Uint8Array = new Uint8Array(0);
  /** Number of the frame in its capture; the first is 1. */
  number = 0;
  /** Microseconds since the epoch. */
  timeUs = 0;
  /** Frames that the packet stands for: more than one for a reassembled datagram, whose first frame is meant below. */
  frames = 1;
  firstNumber = 0;
  firstUs = 0;
  /** Octets of the frames as captured, link headers included. */
  capturedBytes = 0;
  /** Octets of the frames as they were on the wire. */
  wireBytes = 0;
  /** Node of the path down to the innermost layer that was decoded. */
  path: number = ROOT_PATH;
  /** Outermost VLAN id plus one; 0 without a tag. */
  vlan = 0;
  /** 4 or 6 once an IP header was read, 0 for a frame without. */
  ipVersion = 0;
  /** Why decoding stopped early, where octets lied. */
  malformed: Malformed | undefined = undefined;
  /** Octets of a reassembled datagram are missing at its end. */
  incomplete = false;
  /** What the defragmenter saw wrong with the datagram. */
  finding: FindingKind | undefined = undefined;

  /** Offsets of the innermost IP header's addresses, of 4 or 16 octets. */
  sourceAddress = 0;
  destinationAddress = 0;
  /** IP protocol number of what the innermost IP header carries, after extension headers. */
  protocol = 0;
  /** The packet is a fragment; see `Defragmenter`. */
  fragment = false;
  fragmentIdentification = 0;
  /** In octets. */
  fragmentOffset = 0;
  moreFragments = false;

  /** Start of the transport header. */
  transport = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** The transport header is whole and in order: ports and, for TCP, sequence numbers mean something. */
  transportRead = false;
  /** Captured payload: `octets[payload … payloadEnd)`. */
  payload = 0;
  payloadEnd = 0;
  /** Octets of payload by the IP and transport length fields: more than captured where the snap length cut them. */
  payloadBytes = 0;

  /** TCP: 32 bits, signed for speed. */
  sequence = 0;
  acknowledgement = 0;
  tcpFlags = 0;
  window = 0;
}
