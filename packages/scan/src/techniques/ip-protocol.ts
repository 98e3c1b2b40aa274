import {
  finishChecksum,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_BYTES,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  IGMP_HEADER_BYTES,
  IGMP_QUERY,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_IGMP,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  internetSum,
  put8,
  put16,
  put32,
  TCP_ACK,
} from "@palisade/wire";
import { type ProbeTarget, REPLY_ERROR, type Technique } from "../technique.js";
import { writeDatagram } from "./datagram.js";
import { INIT_PACKET_BYTES, writeInit } from "./init-chunk.js";
import { writeSegment } from "./segment.js";
import {
  filteredByError,
  PARAMETER_PROBLEM,
  PORT_UNREACHABLE,
  PROTOCOL_UNREACHABLE,
  verdict,
} from "./verdicts.js";

const OPEN = verdict("open", "proto-response");
const OPEN_ECHO = verdict("open", "echo-reply");
/** Who tells that a port is unreachable knows the protocol that has ports. */
const OPEN_PORT_UNREACHABLE = verdict("open", "port-unreach");
const CLOSED = verdict("closed", "proto-unreach");
const CLOSED_PARAMETER_PROBLEM = verdict("closed", "param-problem");

/** Where TCP and SCTP are asked: an answer comes from open and closed ports alike. */
const PORT = 80;
/** Where UDP is asked: a port on which nobody is likely to listen, since a closed one answers and an open one may not. */
const UDP_PORT = 40_125;
const NOTHING = new Uint8Array(0);

/**
 * IP protocols: the target's "port" is a protocol number. TCP, UDP, SCTP, ICMP, ICMPv6 and IGMP are asked with a whole
 * message of theirs, because hosts drop without a word what has not even a header; the others with an empty payload. Any
 * packet of the protocol back means that the host speaks it; a protocol unreachable (RFC 1122 §3.2.2.1), or over IPv6 an
 * unrecognised next header (RFC 4443 §3.4), that it does not.
 *
 * Few protocols carry anything back, so replies are known by address and protocol alone.
 */
export const ipProtocol: Technique = {
  name: "ip-protocol",
  letter: "O",
  protocol: "ip",
  ipProtocol: 0,
  silence: "open|filtered",
  closedByError: true,
  probeBytesMax: INIT_PACKET_BYTES,
  write(octets, at, target) {
    switch (target.port) {
      case IP_PROTOCOL_TCP:
        return writeSegment(octets, at, target, PORT, TCP_ACK);
      case IP_PROTOCOL_UDP:
        return writeDatagram(octets, at, target, UDP_PORT, NOTHING, 0);
      case IP_PROTOCOL_SCTP:
        return writeInit(octets, at, target, PORT);
      case IP_PROTOCOL_ICMP:
        return writeEcho(octets, at, target, ICMP_ECHO_REQUEST, 0);
      case IP_PROTOCOL_ICMPV6: {
        const pseudo = target.addressSum + IP_PROTOCOL_ICMPV6 + ICMP_HEADER_BYTES;
        return writeEcho(octets, at, target, ICMPV6_ECHO_REQUEST, pseudo);
      }
      case IP_PROTOCOL_IGMP:
        return writeQuery(octets, at);
      default:
        return 0; // the payload stays empty
    }
  },
  classify(reply) {
    if (reply.kind !== REPLY_ERROR) return isEchoReply(reply.ipProtocol, reply.type) ? OPEN_ECHO : OPEN;
    const said = filteredByError(reply);
    if (!reply.fromTarget) return said;
    if (said === PROTOCOL_UNREACHABLE) return CLOSED;
    if (said === PARAMETER_PROBLEM) return CLOSED_PARAMETER_PROBLEM;
    return said === PORT_UNREACHABLE ? OPEN_PORT_UNREACHABLE : said;
  },
};

function isEchoReply(ipProtocol: number, type: number): boolean {
  if (ipProtocol === IP_PROTOCOL_ICMP) return type === ICMP_ECHO_REPLY;
  return ipProtocol === IP_PROTOCOL_ICMPV6 && type === ICMPV6_ECHO_REPLY;
}

/** An echo request without data (RFC 792; RFC 4443 §4.1), whose identifier and sequence number are the cookie. */
function writeEcho(
  octets: Uint8Array,
  at: number,
  target: ProbeTarget,
  type: number,
  pseudo: number,
): number {
  put8(octets, at, type);
  put8(octets, at + 1, 0);
  put16(octets, at + 2, 0);
  put32(octets, at + 4, target.cookie);
  put16(octets, at + 2, finishChecksum(internetSum(octets, at, at + ICMP_HEADER_BYTES, pseudo)));
  return ICMP_HEADER_BYTES;
}

/** A general query of IGMPv2 (RFC 2236 §2), which newer hosts answer too: to be answered within ten tenths of a second. */
function writeQuery(octets: Uint8Array, at: number): number {
  put8(octets, at, IGMP_QUERY);
  put8(octets, at + 1, 10);
  put16(octets, at + 2, 0);
  put32(octets, at + 4, 0);
  put16(octets, at + 2, finishChecksum(internetSum(octets, at, at + IGMP_HEADER_BYTES)));
  return IGMP_HEADER_BYTES;
}
