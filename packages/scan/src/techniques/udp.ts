import { IP_PROTOCOL_UDP, UDP_HEADER_BYTES } from "@palisade/wire";
import { REPLY_ERROR, REPLY_UDP, type Technique } from "../technique.js";
import { writeDatagram } from "./datagram.js";
import { UDP_PAYLOAD_BYTES_MAX, udpPayload } from "./udp-payloads.js";
import { filteredByError, PORT_UNREACHABLE, verdict } from "./verdicts.js";

const OPEN = verdict("open", "udp-response");
const CLOSED = verdict("closed", "port-unreach");

/**
 * UDP: a datagram with what the port's usual service answers to, empty where none is known. Any datagram back means open; the
 * host's own port unreachable (RFC 1122 §4.1.3.1) closed.
 *
 * Nothing in a datagram comes back from every service, so replies are known by address and ports alone: whoever sends puts a
 * part of the cookie into the source port.
 */
export const udp: Technique = {
  name: "udp",
  letter: "U",
  protocol: "udp",
  ipProtocol: IP_PROTOCOL_UDP,
  silence: "open|filtered",
  closedByError: true,
  probeBytesMax: UDP_HEADER_BYTES + UDP_PAYLOAD_BYTES_MAX,
  write(octets, at, target) {
    const payload = udpPayload(target.port, target.pass);
    return writeDatagram(octets, at, target, target.port, payload.octets, payload.sum);
  },
  classify(reply) {
    if (reply.kind === REPLY_UDP) return OPEN;
    if (reply.kind !== REPLY_ERROR || reply.ipProtocol !== IP_PROTOCOL_UDP) return undefined;
    const said = filteredByError(reply);
    return said === PORT_UNREACHABLE && reply.fromTarget ? CLOSED : said;
  },
};
