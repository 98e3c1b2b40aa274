import { IP_PROTOCOL_TCP, TCP_HEADER_BYTES, TCP_RST } from "@palisade/wire";
import { REPLY_ERROR, REPLY_TCP, type Technique } from "../technique.js";
import { acknowledges, writeSegment } from "./segment.js";
import { CLOSED_RESET, filteredByTcpError } from "./verdicts.js";

/** Nothing in it occupies a sequence number (RFC 9293 §3.4). */
const OCCUPIED = 0;

/**
 * TCP without flags: a closed port answers RST, an open one drops it (RFC 9293 §3.10.7.1 and §3.10.7.2).
 */
export const nullFlags: Technique = {
  name: "null",
  letter: "N",
  protocol: "tcp",
  ipProtocol: IP_PROTOCOL_TCP,
  silence: "open|filtered",
  probeBytesMax: TCP_HEADER_BYTES,
  write(octets, at, target) {
    return writeSegment(octets, at, target, target.port, 0);
  },
  classify(reply, cookie) {
    if (reply.kind === REPLY_ERROR) return filteredByTcpError(reply, cookie);
    if (reply.kind !== REPLY_TCP || !(reply.tcpFlags & TCP_RST)) return undefined;
    return acknowledges(reply, cookie, OCCUPIED) ? CLOSED_RESET : undefined;
  },
};
