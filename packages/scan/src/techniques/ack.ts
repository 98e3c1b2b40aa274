import { IP_PROTOCOL_TCP, TCP_ACK, TCP_HEADER_BYTES, TCP_RST } from "@palisade/wire";
import { REPLY_ERROR, REPLY_TCP, type Technique } from "../technique.js";
import { writeSegment } from "./segment.js";
import { filteredByTcpError, verdict } from "./verdicts.js";

const UNFILTERED = verdict("unfiltered", "reset");

/**
 * TCP ACK: maps filters. Open and closed ports answer RST (RFC 9293 §3.10.7.1 and §3.10.7.2); silence means that the segment
 * did not get there.
 */
export const ack: Technique = {
  name: "ack",
  letter: "A",
  protocol: "tcp",
  ipProtocol: IP_PROTOCOL_TCP,
  silence: "filtered",
  probeBytesMax: TCP_HEADER_BYTES,
  write(octets, at, target) {
    return writeSegment(octets, at, target, target.port, TCP_ACK);
  },
  classify(reply, cookie) {
    if (reply.kind === REPLY_ERROR) return filteredByTcpError(reply, cookie);
    const reset = reply.kind === REPLY_TCP && (reply.tcpFlags & TCP_RST) !== 0;
    return reset && reply.sequence === cookie ? UNFILTERED : undefined;
  },
};
