import { IP_PROTOCOL_TCP, TCP_RST, TCP_SYN } from "@palisade/wire";
import { REPLY_ERROR, REPLY_TCP, type Technique } from "../technique.js";
import { acknowledges, SYN_SEGMENT_BYTES, writeSegment } from "./segment.js";
import { CLOSED_RESET, filteredByTcpError, verdict } from "./verdicts.js";

const OPEN = verdict("open", "syn-ack");
/** SYN occupies one sequence number (RFC 9293 §3.4). */
const OCCUPIED = 1;

/**
 * TCP SYN: asks for a connection (RFC 9293 §3.5) that is never completed. An open port answers SYN-ACK, a closed one RST.
 */
export const syn: Technique = {
  name: "syn",
  letter: "S",
  protocol: "tcp",
  ipProtocol: IP_PROTOCOL_TCP,
  silence: "filtered",
  probeBytesMax: SYN_SEGMENT_BYTES,
  write(octets, at, target) {
    return writeSegment(octets, at, target, target.port, TCP_SYN, true);
  },
  classify(reply, cookie) {
    if (reply.kind === REPLY_ERROR) return filteredByTcpError(reply, cookie);
    if (reply.kind !== REPLY_TCP || !acknowledges(reply, cookie, OCCUPIED)) return undefined;
    if (reply.tcpFlags & TCP_RST) return CLOSED_RESET;
    // A SYN-ACK that does not count our SYN answers an older connection.
    const counted = reply.acknowledgement !== cookie;
    return reply.tcpFlags & TCP_SYN && counted ? OPEN : undefined;
  },
};
