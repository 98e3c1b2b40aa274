import { Malformed } from "@palisade/base";
import { u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import {
  BER_OBJECT_IDENTIFIER,
  BER_OK,
  BER_SHORT,
  BerElement,
  berObjectIdentifier,
  readBer,
} from "../ber.js";

/** Application titles of meters and head ends, as object identifiers. */
export const C1222_CALLED = attribute("ansi-c1222.called-title", "text", { many: true });
export const C1222_CALLING = attribute("ansi-c1222.calling-title", "text", { many: true });

/** An element that no message of the standard has, or that does not fit. */
export const C1222_MESSAGE_INVALID = new Malformed("ansi-c1222.message-invalid");

const PORT = 1153;
/** The ACSE APDU of C12.22: [APPLICATION 0]. */
const MESSAGE = 0x60;
const MESSAGE_MAX = 8192;
const CALLED_TITLE = 0xa2;
const CALLING_TITLE = 0xa6;
const CALLING_INVOCATION = 0xa8;
const USER_INFORMATION = 0xbe;
/** ASO context, called title, qualifier and invocation, calling title, qualifier and invocation, mechanism, authentication, user information. */
const TAGS: readonly number[] = [
  0xa1,
  CALLED_TITLE,
  0xa4,
  0xa5,
  CALLING_TITLE,
  0xa7,
  CALLING_INVOCATION,
  0x8b,
  0xac,
  USER_INFORMATION,
];
const ELEMENTS_MAX = 16;

const outer = new BerElement();
const element = new BerElement();
const inner = new BerElement();

export const c1222: Protocol = {
  name: "ansi-c1222",
  title: "ANSI C12.22 meter communication",
  spec: "ANSI C12.22-2012 §5.3.4; RFC 6142 (transport over IP)",
  category: "industrial",
  attributes: [C1222_CALLED, C1222_CALLING],
  malformed: [C1222_MESSAGE_INVALID],
  recognises:
    "An ACSE message (60) filled by elements of the standard, among them a calling invocation identifier and user information.",
  omits: "EPSEM services, tables, and what is encrypted.",
  datagram: {
    ports: [PORT],
    firstOctets: [MESSAGE],
    dissect(octets, offset, end, flow) {
      if (u8(octets, offset) !== MESSAGE || readBer(octets, offset, end, outer) !== BER_OK) {
        return C1222_MESSAGE_INVALID;
      }
      if (outer.end !== end) return C1222_MESSAGE_INVALID;
      return readMessage(octets, outer.start, outer.end, flow);
    },
  },
  stream: {
    ports: [PORT],
    firstOctets: [MESSAGE],
    dissect(octets, offset, end, flow) {
      if (u8(octets, offset) !== MESSAGE) return C1222_MESSAGE_INVALID;
      const result = readBer(octets, offset, end, outer);
      if (result === BER_SHORT) {
        if (outer.start !== 0 && outer.end - offset > MESSAGE_MAX) return C1222_MESSAGE_INVALID;
        return flow.stage === 0 ? MORE : MATCH;
      }
      if (result !== BER_OK || outer.end - offset > MESSAGE_MAX) return C1222_MESSAGE_INVALID;
      const messageEnd = outer.end;
      const outcome = readMessage(octets, outer.start, messageEnd, flow);
      if (outcome !== MATCH) return outcome;
      flow.stage = 1;
      flow.consume(messageEnd - offset);
      return MATCH;
    },
  },
};

function readMessage(octets: Uint8Array, start: number, end: number, flow: FlowContext): Outcome {
  let at = start;
  let invocation = false;
  let information = false;
  for (let count = 0; count < ELEMENTS_MAX && at < end; count += 1) {
    const tag = u8(octets, at);
    if (!TAGS.includes(tag) || readBer(octets, at, end, element) !== BER_OK) return C1222_MESSAGE_INVALID;
    if (tag === CALLING_INVOCATION) invocation = true;
    if (tag === USER_INFORMATION) information = true;
    at = element.end;
  }
  if (at !== end || !invocation || !information) return C1222_MESSAGE_INVALID;
  setTitle(octets, start, end, CALLED_TITLE, C1222_CALLED, flow);
  setTitle(octets, start, end, CALLING_TITLE, C1222_CALLING, flow);
  return MATCH;
}

/** A title is an absolute object identifier, or one relative to the standard's (tag 80). */
function setTitle(
  octets: Uint8Array,
  start: number,
  end: number,
  tag: number,
  target: typeof C1222_CALLED,
  flow: FlowContext,
): void {
  if (!flow.wants(target)) return;
  let at = start;
  while (at < end && readBer(octets, at, end, element) === BER_OK) {
    if (u8(octets, at) === tag && readBer(octets, element.start, element.end, inner) === BER_OK) {
      const title =
        u8(octets, element.start) === BER_OBJECT_IDENTIFIER ? berObjectIdentifier(octets, inner) : "";
      if (title !== "") flow.set(target, title);
      return;
    }
    at = element.end;
  }
}
