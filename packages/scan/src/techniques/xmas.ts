import { IP_PROTOCOL_TCP, TCP_FIN, TCP_HEADER_BYTES, TCP_PSH, TCP_RST, TCP_URG } from "@palisade/wire";
import { REPLY_ERROR, REPLY_TCP, type Technique } from "../technique.js";
import { acknowledges, writeSegment } from "./segment.js";
import { CLOSED_RESET, filteredByTcpError } from "./verdicts.js";

/** Of its flags FIN occupies one sequence number (RFC 9293 §3.4). */
const OCCUPIED = 1;

/**
 * TCP with FIN, PSH and URG, lit like a Christmas tree: answered as a FIN alone is (RFC 9293 §3.10.7.1 and §3.10.7.2), but past
 * filters that look for exactly that.
 */
export const xmas: Technique = {
  name: "xmas",
  letter: "X",
  protocol: "tcp",
  ipProtocol: IP_PROTOCOL_TCP,
  silence: "open|filtered",
  probeBytesMax: TCP_HEADER_BYTES,
  write(octets, at, target) {
    return writeSegment(octets, at, target, target.port, TCP_FIN | TCP_PSH | TCP_URG);
  },
  classify(reply, cookie) {
    if (reply.kind === REPLY_ERROR) return filteredByTcpError(reply, cookie);
    if (reply.kind !== REPLY_TCP || !(reply.tcpFlags & TCP_RST)) return undefined;
    return acknowledges(reply, cookie, OCCUPIED) ? CLOSED_RESET : undefined;
  },
};
