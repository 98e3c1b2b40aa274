/**
 * Replies to TCP probes with data behind them.
 *
 * A RST counts the data as received (RFC 9293 §3.10.7.1: its acknowledgement number is SEG.SEQ + SEG.LEN), and so may a SYN-ACK;
 * techniques know probes without data, and take the number for somebody else's. Which replies counted it nobody can tell from
 * outside, so each is handed on as it came, and once more as if nothing had been there to count. A technique knows its cookie in
 * one of the two at most.
 */
import { assert } from "@palisade/base";
import {
  IP_PROTOCOL_TCP,
  IPV4_HEADER_BYTES,
  IPV6_HEADER_BYTES,
  type PacketSink,
  put32,
  TCP_ACK,
  TCP_HEADER_BYTES,
  u8,
  u16,
  u32,
} from "@palisade/wire";
import { atIpv4, atIpv6, ipHeaderAt } from "./frames.js";

/** Octets of a reply that are handed on the second time: all headers. */
const REPLY_BYTES_MAX = 512;
const IPV4_FRAGMENT_OFFSET = 0x1fff;

/** Stands before a sink. */
export class DataAcknowledgements implements PacketSink {
  readonly #dataBytes: number;
  readonly #copy = new Uint8Array(REPLY_BYTES_MAX);
  #sink: PacketSink | undefined;

  /** @param dataBytes octets of data behind each probe */
  constructor(dataBytes: number) {
    this.#dataBytes = dataBytes;
  }

  /** This, with `sink` behind it from now on. */
  before(sink: PacketSink): PacketSink {
    this.#sink = sink;
    return this;
  }

  packet(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timeUs: number,
    linkType: number,
    interfaceIndex: number,
  ): void {
    const sink = this.#sink;
    assert(sink !== undefined, "data acknowledgements: frames come by draining a link");
    sink.packet(octets, offset, capturedBytes, wireBytes, timeUs, linkType, interfaceIndex);
    const end = offset + capturedBytes;
    const tcp = tcpHeaderAt(octets, ipHeaderAt(octets, offset, end, linkType), end);
    if (tcp < 0 || tcp + TCP_HEADER_BYTES - offset > REPLY_BYTES_MAX) return;
    if ((u8(octets, tcp + TCP_FLAGS_AT) & TCP_ACK) === 0) return;
    const copy = this.#copy;
    const kept = Math.min(capturedBytes, REPLY_BYTES_MAX);
    for (let index = 0; index < kept; index += 1) copy[index] = octets[offset + index]!;
    const acknowledgementAt = tcp - offset + TCP_ACKNOWLEDGEMENT_AT;
    put32(copy, acknowledgementAt, u32(copy, acknowledgementAt) - this.#dataBytes);
    sink.packet(copy, 0, kept, wireBytes, timeUs, linkType, interfaceIndex);
  }
}

const TCP_ACKNOWLEDGEMENT_AT = 8;
const TCP_FLAGS_AT = 13;

/** Where the whole TCP header of an IP packet begins; -1 where there is none, or it stands behind extension headers. */
function tcpHeaderAt(octets: Uint8Array, ip: number, end: number): number {
  if (ip < 0 || end - ip < IPV4_HEADER_BYTES) return -1;
  let tcp = -1;
  if (u8(octets, ip) >>> 4 === 4) {
    if (
      u8(octets, ip + atIpv4.protocol) !== IP_PROTOCOL_TCP ||
      (u16(octets, ip + atIpv4.fragment) & IPV4_FRAGMENT_OFFSET) !== 0
    )
      return -1;
    tcp = ip + ((u8(octets, ip) & 0x0f) << 2);
  } else if (u8(octets, ip) >>> 4 === 6) {
    if (end - ip < IPV6_HEADER_BYTES || u8(octets, ip + atIpv6.nextHeader) !== IP_PROTOCOL_TCP) return -1;
    tcp = ip + IPV6_HEADER_BYTES;
  }
  return tcp >= 0 && end - tcp >= TCP_HEADER_BYTES ? tcp : -1;
}
