import { IP_PROTOCOL_SCTP, SCTP_ABORT, SCTP_INIT_ACK } from "@palisade/wire";
import { REPLY_ERROR, REPLY_SCTP, type Technique } from "../technique.js";
import { INIT_PACKET_BYTES, initiateTag, writeInit } from "./init-chunk.js";
import { filteredByError, verdict } from "./verdicts.js";

const OPEN = verdict("open", "init-ack");
const CLOSED = verdict("closed", "abort");

/**
 * SCTP INIT: the first of the four packets of an association (RFC 9260 §5.1), never followed by the third. An open port answers
 * INIT ACK, a closed one ABORT (§8.4), both with our initiate tag as verification tag (§8.5.1).
 *
 * An error is taken where it quotes the initiate tag; RFC 792's eight octets end before it, but then the port counts as
 * filtered all the same, for its silence.
 */
export const sctpInit: Technique = {
  name: "sctp-init",
  letter: "Y",
  protocol: "sctp",
  ipProtocol: IP_PROTOCOL_SCTP,
  silence: "filtered",
  probeBytesMax: INIT_PACKET_BYTES,
  write(octets, at, target) {
    return writeInit(octets, at, target, target.port);
  },
  classify(reply, cookie) {
    const tag = initiateTag(cookie);
    if (reply.kind === REPLY_ERROR) {
      return reply.ipProtocol === IP_PROTOCOL_SCTP && reply.quoted === tag
        ? filteredByError(reply)
        : undefined;
    }
    if (reply.kind !== REPLY_SCTP || reply.verificationTag !== tag) return undefined;
    if (reply.chunkType === SCTP_INIT_ACK) return OPEN;
    return reply.chunkType === SCTP_ABORT ? CLOSED : undefined;
  },
};
