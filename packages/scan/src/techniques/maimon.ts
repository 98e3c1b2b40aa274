import { IP_PROTOCOL_TCP, TCP_ACK, TCP_FIN, TCP_HEADER_BYTES, TCP_RST } from "@palisade/wire";
import { REPLY_ERROR, REPLY_TCP, type Technique } from "../technique.js";
import { writeSegment } from "./segment.js";
import { CLOSED_RESET, filteredByTcpError } from "./verdicts.js";

/**
 * TCP FIN and ACK: RFC 9293 §3.10.7 wants a RST from open and closed ports alike, but many systems that descend from BSD drop
 * it at an open one (Uriel Maimon, Phrack 49, article 15).
 */
export const maimon: Technique = {
  name: "maimon",
  letter: "M",
  protocol: "tcp",
  ipProtocol: IP_PROTOCOL_TCP,
  silence: "open|filtered",
  probeBytesMax: TCP_HEADER_BYTES,
  write(octets, at, target) {
    return writeSegment(octets, at, target, target.port, TCP_FIN | TCP_ACK);
  },
  classify(reply, cookie) {
    if (reply.kind === REPLY_ERROR) return filteredByTcpError(reply, cookie);
    // To a segment with ACK a RST carries no acknowledgement: its sequence number is what we acknowledged.
    const reset = reply.kind === REPLY_TCP && (reply.tcpFlags & TCP_RST) !== 0;
    return reset && reply.sequence === cookie ? CLOSED_RESET : undefined;
  },
};
