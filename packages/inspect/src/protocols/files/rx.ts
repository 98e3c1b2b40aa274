import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Protocol } from "../../dissector.js";

/** Kinds of packets: "data", "ack", "abort". */
export const RX_TYPE = attribute("rx.type", "text", { many: true });
/** Service numbers; with the port they tell AFS's servers apart. */
export const RX_SERVICE = attribute("rx.service", "number", { many: true });
/** 0 none, 2 Kerberos (rxkad), 4 GSSAPI (rxgk). */
export const RX_SECURITY = attribute("rx.security-index", "number");

/** After the verdict: a packet shorter than the header, or of an unknown type. */
export const RX_HEADER_INVALID = new Malformed("rx.header-invalid");

/** Epoch, connection, call, sequence, serial, type, flags, status, security, spare, service. */
const HEADER_BYTES = 28;
const TYPES: readonly string[] = [
  "",
  "data",
  "ack",
  "busy",
  "abort",
  "ack-all",
  "challenge",
  "response",
  "debug",
  "",
  "",
  "",
  "",
  "version",
];
const DATA = 1;
const ACK = 2;
/** None, rxkad (2), rxgk (4), rxk5 (5), YFS's rxgk (6). */
const SECURITY_MAX = 6;
/** RX_CLIENT_INITIATED, REQUEST_ACK, LAST_PACKET, MORE_PACKETS, and SLOW_START_OK or JUMBO_PACKET. */
const FLAGS = 0x3f;
const CLIENT_INITIATED = 0x01;
/** Ports of AFS's servers (IANA): 7000 file server … 7009, 7021 backup. */
const PORTS = [7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009, 7021];

export const rx: Protocol = {
  name: "rx",
  title: "Rx remote procedure calls (AFS)",
  spec: "IBM AFS-3 “Rx protocol specification” (Zeldovich), OpenAFS rx/rx_packet.h",
  category: "rpc",
  attributes: [RX_TYPE, RX_SERVICE, RX_SECURITY],
  malformed: [RX_HEADER_INVALID],
  recognises:
    "An Rx header with published type, flags and security on a port of AFS, or one each way with the same epoch and connection.",
  omits: "The calls of AFS themselves.",
  weak: true,
  datagram: {
    ports: PORTS,
    dissect(octets, offset, end, flow) {
      const wrong = (flow.stage & 1) === 0 ? NO : RX_HEADER_INVALID;
      if (end - offset < HEADER_BYTES) return wrong;
      const type = u8(octets, offset + 20);
      const flags = u8(octets, offset + 21);
      const name = TYPES[type];
      if (name === undefined || name === "") return wrong;
      if ((flags & ~FLAGS) !== 0 || u8(octets, offset + 23) > SECURITY_MAX) return wrong;
      // The initiator's packets carry its flag, the other's do not.
      const fromClient = (flags & CLIENT_INITIATED) !== 0;
      const epoch = u32(octets, offset);
      const connection = u32(octets, offset + 4);
      // Data belongs to a call, and its sequence numbers begin at 1; other packets but acknowledgements have none.
      const sequence = u32(octets, offset + 12);
      if (type === DATA && (sequence === 0 || u32(octets, offset + 8) === 0)) return wrong;
      if (type !== DATA && type !== ACK && sequence !== 0) return wrong;
      const onPort = PORTS.includes(flow.sourcePort) || PORTS.includes(flow.destinationPort);
      if ((flow.stage & 1) === 0 && !onPort) {
        // Anywhere else both ends must be heard in one connection: 29 bits of it and the direction are kept.
        if (epoch === 0 || connection === 0) return NO;
        const mark =
          (Math.imul(epoch ^ Math.imul(connection, 0x9e37_79b1), 0x85eb_ca6b) & ~7) |
          4 |
          (flow.direction << 1);
        const before = flow.stage;
        if (before === 0) {
          if (!fromClient) return NO;
          flow.stage = mark;
          return MORE;
        }
        if (before >> 3 !== mark >> 3) return NO;
        if (((before >> 1) & 1) === flow.direction) return MORE;
        if (fromClient) return NO;
      }
      flow.stage |= 1;
      flow.set(RX_TYPE, name);
      flow.set(RX_SERVICE, u16(octets, offset + 26));
      flow.set(RX_SECURITY, u8(octets, offset + 23));
      return MATCH;
    },
  },
};
