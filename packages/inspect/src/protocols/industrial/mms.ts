import { Malformed } from "@palisade/base";
import { startsWith, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { BER_INTEGER, BER_OK, BER_SEQUENCE, BerElement, readBer, readBerTag } from "../ber.js";
import { firstUserData, readTpkt, TPKT_CONTROL, TPKT_DATA, TPKT_SHORT, tpkt } from "./tpkt.js";

/** Tags of confirmed services: 0 status, 1 get name list, 2 identify, 4 read, 5 write, 6 get attributes … */
export const MMS_SERVICE = attribute("iso9506-1-mms.service", "number", { many: true });
/** From the answer to Identify. */
export const MMS_VENDOR = attribute("iso9506-1-mms.vendor", "text");
export const MMS_MODEL = attribute("iso9506-1-mms.model", "text");
export const MMS_REVISION = attribute("iso9506-1-mms.revision", "text");

/** Not a TPKT with data of transport class 0. */
export const MMS_FRAME_INVALID = new Malformed("iso9506-1-mms.frame-invalid");

/** Session SPDU identifiers (ITU-T X.225 §8.3): CONNECT and ACCEPT. */
const CONNECT = 0x0d;
const ACCEPT = 0x0e;
/** Abstract syntax 1.0.9506.2.x, as an object identifier of five octets. */
const ABSTRACT_SYNTAX = "\x06\x05\x28\xca\x22\x02";
/** GIVE TOKENS and DATA TRANSFER SPDUs, both empty, in front of a presentation PDU. */
const DATA_TRANSFER = "\x01\0\x01\0";
const CONFIRMED_REQUEST = 0xa0;
const CONFIRMED_RESPONSE = 0xa1;
const IDENTIFY = 2;
const IDENTITY = [MMS_VENDOR, MMS_MODEL, MMS_REVISION] as const;

const outer = new BerElement();
const inner = new BerElement();

export const mms: Protocol = {
  name: "iso9506-1-mms",
  title: "Manufacturing Message Specification",
  spec: "ISO 9506, RFC 1006, ITU-T X.225 (session), X.226 (presentation)",
  category: "industrial",
  attributes: [MMS_SERVICE, MMS_VENDOR, MMS_MODEL, MMS_REVISION],
  malformed: [MMS_FRAME_INVALID],
  recognises:
    "A session CONNECT or ACCEPT over ISO transport that negotiates the abstract syntax of MMS (1.0.9506.2).",
  omits: "Domains, variables and their values, reports, and connections whose start was not seen.",
  stream: {
    ports: [102],
    firstOctets: [3],
    dissect(octets, offset, end, flow) {
      if (flow.stage === 0) return decide(octets, offset, end, flow);
      const kind = readTpkt(octets, offset, end);
      if (kind === TPKT_SHORT) return MATCH;
      if (kind !== TPKT_DATA && kind !== TPKT_CONTROL) return MMS_FRAME_INVALID;
      const packetEnd = tpkt.end;
      if (packetEnd > end) return MATCH;
      if (kind === TPKT_DATA) readData(octets, tpkt.start, packetEnd, flow);
      flow.consume(packetEnd - offset);
      return MATCH;
    },
  },
};

function decide(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const kind = firstUserData(octets, offset, end);
  if (kind === TPKT_SHORT) return MORE;
  if (kind !== TPKT_DATA) return NO;
  const { start, end: packetEnd } = tpkt;
  if (start < end) {
    const identifier = u8(octets, start);
    if (identifier !== CONNECT && identifier !== ACCEPT) return NO;
  }
  if (end < packetEnd) return MORE;
  for (let at = start; at + ABSTRACT_SYNTAX.length < packetEnd; at += 1) {
    if (startsWith(octets, at, packetEnd, ABSTRACT_SYNTAX)) {
      flow.stage = 1;
      flow.consume(packetEnd - offset);
      return MATCH;
    }
  }
  return NO;
}

/** X.226 §8.4: fully-encoded-data [APPLICATION 1], a PDV-list in it, its single-ASN1-type [0] with the MMS PDU. */
function readData(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  if (!startsWith(octets, start, end, DATA_TRANSFER)) return;
  if (!readBerTag(octets, start + DATA_TRANSFER.length, end, 0x61, outer)) return;
  if (!readBerTag(octets, outer.start, outer.end, BER_SEQUENCE, outer)) return;
  const listEnd = outer.end;
  if (!readBerTag(octets, outer.start, listEnd, BER_INTEGER, outer)) return;
  if (!readBerTag(octets, outer.end, listEnd, 0xa0, outer)) return;
  const pdu = outer.start;
  if (pdu >= outer.end) return;
  const type = u8(octets, pdu);
  if (type !== CONFIRMED_REQUEST && type !== CONFIRMED_RESPONSE) return;
  if (!readBerTag(octets, pdu, outer.end, type, outer)) return;
  const pduEnd = outer.end;
  // An invoke identifier, in requests perhaps modifiers, then the service, whose tag says which it is.
  if (!readBerTag(octets, outer.start, pduEnd, BER_INTEGER, outer)) return;
  const at = outer.end;
  if (at >= pduEnd || (u8(octets, at) & 0xc0) !== 0x80) return;
  const service = u8(octets, at) & 0x1f;
  if (service === 0x1f) {
    if (at + 1 < pduEnd && u8(octets, at + 1) < 0x80) flow.set(MMS_SERVICE, u8(octets, at + 1));
    return;
  }
  flow.set(MMS_SERVICE, service);
  if (type === CONFIRMED_RESPONSE && service === IDENTIFY) readIdentity(octets, at, pduEnd, flow);
}

/** ISO 9506-2, Identify-Response: vendor [0], model [1], revision [2]. */
function readIdentity(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  if (readBer(octets, start, end, outer) !== BER_OK) return;
  let at = outer.start;
  for (let index = 0; index < IDENTITY.length && at < outer.end; index += 1) {
    if (readBer(octets, at, outer.end, inner) !== BER_OK) return;
    const field = IDENTITY[u8(octets, at) & 0x1f];
    if (field !== undefined) flow.text(field, octets, inner.start, inner.end);
    at = inner.end;
  }
}
