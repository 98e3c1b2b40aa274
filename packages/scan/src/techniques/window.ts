import { IP_PROTOCOL_TCP, TCP_ACK, TCP_HEADER_BYTES, TCP_RST } from "@palisade/wire";
import { REPLY_ERROR, REPLY_TCP, type Technique } from "../technique.js";
import { writeSegment } from "./segment.js";
import { CLOSED_RESET, filteredByTcpError, verdict } from "./verdicts.js";

const OPEN = verdict("open", "reset");

/**
 * TCP ACK again, with an eye on the window: some stacks put the listener's window into the RST of an open port, and 0 into that
 * of a closed one. Others have 0 in all, and then every port looks closed.
 */
export const windowField: Technique = {
  name: "window",
  letter: "W",
  protocol: "tcp",
  ipProtocol: IP_PROTOCOL_TCP,
  silence: "filtered",
  probeBytesMax: TCP_HEADER_BYTES,
  write(octets, at, target) {
    return writeSegment(octets, at, target, target.port, TCP_ACK);
  },
  classify(reply, cookie) {
    if (reply.kind === REPLY_ERROR) return filteredByTcpError(reply, cookie);
    if (reply.kind !== REPLY_TCP || !(reply.tcpFlags & TCP_RST) || reply.sequence !== cookie)
      return undefined;
    return reply.window > 0 ? OPEN : CLOSED_RESET;
  },
};
