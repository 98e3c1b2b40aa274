import { Malformed } from "@palisade/base";
import { indexOfOctet, u8, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { incomplete } from "../incomplete.js";
import { setMember } from "../json-member.js";

/** What is asked for or sent: `active checks`, `agent data`, `sender data`, `proxy config`. */
export const ZABBIX_REQUEST = attribute("zabbix.request", "text", { many: true });
/** Host that an agent is, or that values are of. */
export const ZABBIX_HOST = attribute("zabbix.host", "text", { many: true });
/** Messages are compressed, so that only their lengths can be read. */
export const ZABBIX_COMPRESSED = attribute("zabbix.compressed", "flag");
/** Item that a server asks an agent for in plain text: `agent.ping`. */
export const ZABBIX_ITEM = attribute("zabbix.item", "text", { many: true });

/** Flags that no release has sent. */
export const ZABBIX_FLAGS_UNKNOWN = new Malformed("zabbix.flags-unknown");
/** Octets that should be the signature of a message. */
export const ZABBIX_SIGNATURE_WRONG = new Malformed("zabbix.signature-wrong");

const PORT_AGENT = 10_050;
const PORT_SERVER = 10_051;
const SIGNATURE = "ZBXD";
const LETTER_Z = 0x5a;
const FLAG_PROTOCOL = 0x01;
const FLAG_COMPRESSED = 0x02;
const FLAG_LARGE = 0x04;
const HEADER_BYTES = 13;
/** The large packet format has lengths of eight octets. */
const LARGE_HEADER_BYTES = 21;
/** JSON is read up to here for its first members. */
const READ_BYTES = 2_048;
/** Keys of items are at most 2,048 characters in Zabbix's own tables. */
const ITEM_BYTES_MAX = 2_048;
const LF = 0x0a;

export const zabbix: Protocol = {
  name: "zabbix",
  title: "Zabbix",
  spec: "Zabbix documentation, appendix 'Protocols' (header and data length)",
  category: "management",
  attributes: [ZABBIX_REQUEST, ZABBIX_HOST, ZABBIX_COMPRESSED, ZABBIX_ITEM],
  malformed: [ZABBIX_FLAGS_UNKNOWN, ZABBIX_SIGNATURE_WRONG],
  recognises: "The signature ZBXD with known flags, from either end.",
  omits: "Compressed messages, values, and connections that are encrypted.",
  stream: {
    ports: [PORT_AGENT, PORT_SERVER],
    firstOctets: [LETTER_Z],
    dissect(octets, offset, end, flow) {
      if (u8(octets, offset) !== LETTER_Z || !couldBeSignature(octets, offset, end)) {
        return readItem(octets, offset, end, flow);
      }
      if (end - offset < HEADER_BYTES) return incomplete(flow);
      const flags = u8(octets, offset + 4);
      const isLarge = (flags & FLAG_LARGE) !== 0;
      if ((flags & FLAG_PROTOCOL) === 0 || flags > (FLAG_PROTOCOL | FLAG_COMPRESSED | FLAG_LARGE)) {
        return ZABBIX_FLAGS_UNKNOWN;
      }
      const headerBytes = isLarge ? LARGE_HEADER_BYTES : HEADER_BYTES;
      if (end - offset < headerBytes) return incomplete(flow);
      const high = isLarge ? u32le(octets, offset + 9) : 0;
      const length = high * 0x1_0000_0000 + u32le(octets, offset + 5);
      const body = offset + headerBytes;
      const bodyEnd = body + Math.min(length, READ_BYTES);
      if (end < bodyEnd) return incomplete(flow);
      flow.stage = 1;
      if ((flags & FLAG_COMPRESSED) !== 0) flow.set(ZABBIX_COMPRESSED, true);
      else readBody(octets, body, bodyEnd, flow);
      flow.consume(headerBytes + length);
      return MATCH;
    },
  },
};

/** Whether the octets at hand begin like the signature, however few. */
function couldBeSignature(octets: Uint8Array, offset: number, end: number): boolean {
  const length = Math.min(SIGNATURE.length, end - offset);
  for (let index = 0; index < length; index += 1) {
    if (octets[offset + index] !== SIGNATURE.charCodeAt(index)) return false;
  }
  return true;
}

/**
 * Servers before 7.0 ask an agent in plain text, a line with the key of an item; the agent's answer has the signature.
 * Such a line decides nothing by itself.
 */
function readItem(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (flow.destinationPort !== PORT_AGENT) return flow.stage === 0 ? NO : ZABBIX_SIGNATURE_WRONG;
  const lineFeed = indexOfOctet(octets, LF, offset, Math.min(end, offset + ITEM_BYTES_MAX));
  if (lineFeed < 0) return end - offset >= ITEM_BYTES_MAX ? NO : incomplete(flow);
  if (flow.stage === 0) return MORE;
  flow.text(ZABBIX_ITEM, octets, offset, lineFeed);
  flow.consume(lineFeed + 1 - offset);
  return MATCH;
}

function readBody(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  if (end <= start || u8(octets, start) !== 0x7b) return;
  setMember(flow, ZABBIX_REQUEST, octets, start, end, '"request"');
  setMember(flow, ZABBIX_HOST, octets, start, end, '"host"');
}
