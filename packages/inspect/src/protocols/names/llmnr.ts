import { Malformed } from "@palisade/base";
import { u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import {
  DNS_HEADER_BYTES,
  isNameWrong,
  nameText,
  readRecord,
  setAddress,
  skipName,
  skipQuestions,
  skipRecords,
} from "./dns-message.js";

/** Names asked for. */
export const LLMNR_QUERY = attribute("llmnr.query", "text", { many: true });
export const LLMNR_QUERY_TYPE = attribute("llmnr.query-type", "number", { many: true });
/** Addresses in answers. */
export const LLMNR_ADDRESS = attribute("llmnr.address", "address", { many: true });

/** Fewer octets than a header, or than the counts of the header promise. */
export const LLMNR_TRUNCATED = new Malformed("llmnr.truncated");
/** A name with a wrong pointer, a reserved label type, or more than 255 octets. */
export const LLMNR_NAME_WRONG = new Malformed("llmnr.name-wrong");
/** Not exactly one question (RFC 4795 §2.1.1: discarded silently), or a query with answers. */
export const LLMNR_COUNTS_WRONG = new Malformed("llmnr.counts-wrong");

const PORT_LLMNR = 5355;
const LENGTH_BYTES = 2;
/** Answers of hosts of one link are short; longer messages over TCP are not of this protocol. */
const STREAM_MESSAGE_MAX = 8_192;
/** RFC 4795 §2.1.1: opcode and the reserved Z bits. */
const FLAGS_ZERO = 0x78f0;

export const llmnr: Protocol = {
  name: "llmnr",
  title: "Link-Local Multicast Name Resolution",
  spec: "RFC 4795",
  category: "network",
  attributes: [LLMNR_QUERY, LLMNR_QUERY_TYPE, LLMNR_ADDRESS],
  malformed: [LLMNR_TRUNCATED, LLMNR_NAME_WRONG, LLMNR_COUNTS_WRONG],
  recognises:
    "A message from or to port 5355 with opcode and reserved bits zero, one question, and records that all hold.",
  omits: "Conflict bits and records other than addresses.",
  datagram: {
    ports: [PORT_LLMNR],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      return readMessage(octets, offset, end, flow);
    },
  },
  stream: {
    ports: [PORT_LLMNR],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      const again = flow.stage === 0 ? MORE : MATCH;
      if (end - offset < LENGTH_BYTES) return again;
      const length = u16(octets, offset);
      if (length < DNS_HEADER_BYTES || length > STREAM_MESSAGE_MAX) return LLMNR_TRUNCATED;
      if (end - offset < LENGTH_BYTES + length) return again;
      const message = offset + LENGTH_BYTES;
      const outcome = readMessage(octets, message, message + length, flow);
      if (outcome === MATCH) flow.consume(LENGTH_BYTES + length);
      return outcome;
    },
  },
};

function readMessage(octets: Uint8Array, message: number, end: number, flow: FlowContext): Outcome {
  if (end - message < DNS_HEADER_BYTES) return LLMNR_TRUNCATED;
  const flags = u16(octets, message + 2);
  if ((flags & FLAGS_ZERO) !== 0) return NO;
  const answers = u16(octets, message + 6);
  const others = u16(octets, message + 8) + u16(octets, message + 10);
  if (u16(octets, message + 4) !== 1) return LLMNR_COUNTS_WRONG;
  if ((flags & 0x8000) === 0 && answers !== 0) return LLMNR_COUNTS_WRONG;
  const question = message + DNS_HEADER_BYTES;
  const afterQuestion = skipQuestions(octets, message, question, end, 1);
  if (afterQuestion < 0) return malformedOf(afterQuestion);
  const after = skipRecords(octets, message, afterQuestion, end, answers + others);
  if (after < 0) return malformedOf(after);
  flow.stage = 1;
  if (flow.wants(LLMNR_QUERY)) flow.set(LLMNR_QUERY, nameText(octets, message, question));
  flow.set(LLMNR_QUERY_TYPE, u16(octets, skipName(octets, message, question, end)));
  let at = afterQuestion;
  for (let left = answers; left > 0; left -= 1) {
    at = readRecord(octets, message, at, end);
    setAddress(flow, LLMNR_ADDRESS, octets);
  }
  return MATCH;
}

function malformedOf(code: number): Malformed {
  return isNameWrong(code) ? LLMNR_NAME_WRONG : LLMNR_TRUNCATED;
}
