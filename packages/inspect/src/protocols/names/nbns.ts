import { Malformed } from "@palisade/base";
import { formatIpv4, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import {
  DNS_HEADER_BYTES,
  isNameWrong,
  readRecord,
  record,
  skipName,
  skipQuestions,
  skipRecords,
} from "./dns-message.js";
import { isNetbiosLabel, netbiosLabelText, netbiosText } from "./netbios-name.js";

/** Name asked for or registered, with its suffix: `FILESERVER<20>`. */
export const NBNS_NAME = attribute("nbns.name", "text", { many: true });
/** 0 query, 5 registration, 6 release, 7 wait for acknowledgement, 8 and 9 refresh, 15 multi-homed registration. */
export const NBNS_OPCODE = attribute("nbns.opcode", "number", { many: true });
/** Names that a node status response lists. */
export const NBNS_NODE_NAME = attribute("nbns.node-name", "text", { many: true });
/** Addresses in registrations and positive responses. */
export const NBNS_ADDRESS = attribute("nbns.address", "address", { many: true });

/** Fewer octets than a header, or than the counts of the header promise. */
export const NBNS_TRUNCATED = new Malformed("nbns.truncated");
/** An opcode outside RFC 1002 §4.2.1.1 and those that Windows sends. */
export const NBNS_OPCODE_UNKNOWN = new Malformed("nbns.opcode-unknown");
/** A name that is not first-level encoded, or with a wrong pointer or label. */
export const NBNS_NAME_WRONG = new Malformed("nbns.name-wrong");

const PORT_NBNS = 137;
/** A bit for each opcode: 0 query, 5 … 9, 15 (multi-homed registration, which Windows sends). */
const OPCODES = 0b1000_0011_1110_0001;
const TYPE_NB = 0x20;
const TYPE_NBSTAT = 0x21;
const NB_ENTRY_BYTES = 6;
const NBSTAT_ENTRY_BYTES = 18;

export const nbns: Protocol = {
  name: "nbns",
  title: "NetBIOS Name Service",
  spec: "RFC 1002 §4.2",
  category: "network",
  attributes: [NBNS_NAME, NBNS_OPCODE, NBNS_NODE_NAME, NBNS_ADDRESS],
  malformed: [NBNS_TRUNCATED, NBNS_OPCODE_UNKNOWN, NBNS_NAME_WRONG],
  recognises:
    "A datagram from or to port 137 with a known opcode, whose question or first record has a first-level encoded name.",
  omits: "Scopes, name flags and statistics.",
  datagram: {
    ports: [PORT_NBNS],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (end - offset < DNS_HEADER_BYTES) return NBNS_TRUNCATED;
      const opcode = (u8(octets, offset + 2) >>> 3) & 0b1111;
      if (((OPCODES >>> opcode) & 1) === 0) return NBNS_OPCODE_UNKNOWN;
      const questions = u16(octets, offset + 4);
      const answers = u16(octets, offset + 6);
      const records = answers + u16(octets, offset + 8) + u16(octets, offset + 10);
      if (questions > 1 || questions + records === 0) return NBNS_TRUNCATED;
      const first = offset + DNS_HEADER_BYTES;
      if (!isNetbiosLabel(octets, first, end)) return NBNS_NAME_WRONG;
      const afterQuestions = skipQuestions(octets, offset, first, end, questions);
      if (afterQuestions < 0) return malformedOf(afterQuestions);
      const after = skipRecords(octets, offset, afterQuestions, end, records);
      if (after < 0) return malformedOf(after);
      if (questions === 1 && !isQuestion(octets, offset, first, end)) return NO;
      flow.set(NBNS_OPCODE, opcode);
      if (flow.wants(NBNS_NAME)) flow.set(NBNS_NAME, netbiosLabelText(octets, first));
      readRecords(octets, offset, afterQuestions, end, records, flow);
      return MATCH;
    },
  },
};

/** Whether the question asks for a name or a node's status. */
function isQuestion(octets: Uint8Array, message: number, question: number, end: number): boolean {
  const type = u16(octets, skipName(octets, message, question, end));
  return type === TYPE_NB || type === TYPE_NBSTAT;
}

function malformedOf(code: number): Malformed {
  return isNameWrong(code) ? NBNS_NAME_WRONG : NBNS_TRUNCATED;
}

function readRecords(
  octets: Uint8Array,
  message: number,
  at: number,
  end: number,
  count: number,
  flow: FlowContext,
): void {
  if (!flow.wants(NBNS_ADDRESS) && !flow.wants(NBNS_NODE_NAME)) return;
  let index = at;
  for (let left = count; left > 0; left -= 1) {
    index = readRecord(octets, message, index, end);
    const { type, data } = record;
    if (type === TYPE_NB) {
      // RFC 1002 §4.2.2 ff.: flags and an address, once for each owner of the name.
      for (let entry = data; entry + NB_ENTRY_BYTES <= index; entry += NB_ENTRY_BYTES) {
        flow.set(NBNS_ADDRESS, formatIpv4(octets, entry + 2));
      }
    } else if (type === TYPE_NBSTAT && index > data) {
      const entriesEnd = Math.min(index, data + 1 + u8(octets, data) * NBSTAT_ENTRY_BYTES);
      for (let entry = data + 1; entry + NBSTAT_ENTRY_BYTES <= entriesEnd; entry += NBSTAT_ENTRY_BYTES) {
        flow.set(NBNS_NODE_NAME, netbiosText(octets, entry));
      }
    }
  }
}
