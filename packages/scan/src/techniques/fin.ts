import { IP_PROTOCOL_TCP, TCP_FIN, TCP_HEADER_BYTES, TCP_RST } from "@palisade/wire";
import { REPLY_ERROR, REPLY_TCP, type Technique } from "../technique.js";
import { acknowledges, writeSegment } from "./segment.js";
import { CLOSED_RESET, filteredByTcpError } from "./verdicts.js";

/** FIN occupies one sequence number (RFC 9293 §3.4). */
const OCCUPIED = 1;

/**
 * TCP FIN: the end of a connection that never was. A closed port answers RST, an open one drops it (RFC 9293 §3.10.7.1 and
 * §3.10.7.2). Some stacks answer RST from every port.
 */
export const fin: Technique = {
  name: "fin",
  letter: "F",
  protocol: "tcp",
  ipProtocol: IP_PROTOCOL_TCP,
  silence: "open|filtered",
  probeBytesMax: TCP_HEADER_BYTES,
  write(octets, at, target) {
    return writeSegment(octets, at, target, target.port, TCP_FIN);
  },
  classify(reply, cookie) {
    if (reply.kind === REPLY_ERROR) return filteredByTcpError(reply, cookie);
    if (reply.kind !== REPLY_TCP || !(reply.tcpFlags & TCP_RST)) return undefined;
    return acknowledges(reply, cookie, OCCUPIED) ? CLOSED_RESET : undefined;
  },
};
