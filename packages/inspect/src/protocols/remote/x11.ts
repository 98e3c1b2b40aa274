import { Malformed } from "@palisade/base";
import { u8, u16, u16le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** Name of the authorisation protocol that the client uses: "MIT-MAGIC-COOKIE-1". */
export const X11_AUTHORISATION = attribute("x11.authorization", "text");
/** Vendor of the server. */
export const X11_VENDOR = attribute("x11.vendor", "text");
/** What the server answers: 0 failed, 1 success, 2 authenticate. */
export const X11_STATUS = attribute("x11.status", "number");

/** An answer that is none of the three (chapter 8). */
export const X11_ANSWER_INVALID = new Malformed("x11.answer-invalid");

export const X11_NO_AUTHORISATION: FindingKind = {
  name: "x11.no-authorization",
  severity: "medium",
  title:
    "An X server takes a client without authorisation: any host that reaches it sees its screen and keys",
};

const SETUP_OCTETS = 12;
const ANSWER_OCTETS = 8;
/** Offset of the vendor's length and name in a success answer. */
const VENDOR_LENGTH_AT = 24;
const VENDOR_AT = 40;
const NAME_OCTETS_MAX = 64;
const DATA_OCTETS_MAX = 512;
const VERSION = 11;

// Bits of `stage`.
const RECOGNISED = 1;
const IS_LITTLE = 2;
const IS_AUTHORISED = 4;
const SETUP_READ = 8;

export const x11: Protocol = {
  name: "x11",
  title: "X Window System",
  spec: "X Window System Protocol, X Version 11, Release 6.8, chapter 8",
  category: "remote-access",
  attributes: [X11_AUTHORISATION, X11_VENDOR, X11_STATUS],
  malformed: [X11_ANSWER_INVALID],
  findings: [X11_NO_AUTHORISATION],
  recognises: "A client's connection setup: byte order, version 11.0 and the lengths of its authorisation.",
  omits: "Requests and events.",
  stream: {
    ports: [6000, 6001, 6010],
    firstOctets: [0x42, 0x6c],
    dissect(octets, offset, end, flow) {
      if ((flow.stage & RECOGNISED) === 0) {
        const outcome = recognise(octets, offset, end);
        if (outcome !== MATCH) return outcome;
        flow.stage = RECOGNISED | (u8(octets, offset) === 0x6c ? IS_LITTLE : 0);
      }
      return flow.direction === 0
        ? readSetup(octets, offset, end, flow)
        : readAnswer(octets, offset, end, flow);
    },
  },
};

function field(octets: Uint8Array, at: number, isLittle: boolean): number {
  return isLittle ? u16le(octets, at) : u16(octets, at);
}

/** Chapter 8: byte order, unused, major, minor, lengths of name and data, unused. Libraries leave unused octets zero. */
function recognise(octets: Uint8Array, offset: number, end: number): Outcome {
  if (end - offset >= 2 && u8(octets, offset + 1) !== 0) return NO;
  if (end - offset < SETUP_OCTETS) return MORE;
  const isLittle = u8(octets, offset) === 0x6c;
  if (field(octets, offset + 2, isLittle) !== VERSION || field(octets, offset + 4, isLittle) !== 0) return NO;
  const name = field(octets, offset + 6, isLittle);
  const data = field(octets, offset + 8, isLittle);
  if (name > NAME_OCTETS_MAX || data > DATA_OCTETS_MAX || (name === 0 && data > 0)) return NO;
  return u16(octets, offset + 10) === 0 ? MATCH : NO;
}

function readSetup(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if ((flow.stage & SETUP_READ) !== 0) {
    flow.consume(end - offset);
    return MATCH;
  }
  const isLittle = (flow.stage & IS_LITTLE) !== 0;
  const name = field(octets, offset + 6, isLittle);
  const data = field(octets, offset + 8, isLittle);
  const dataAt = SETUP_OCTETS + ((name + 3) & ~3);
  if (end - offset < dataAt) return MATCH;
  if (name > 0) {
    flow.text(X11_AUTHORISATION, octets, offset + SETUP_OCTETS, offset + SETUP_OCTETS + name);
    flow.stage |= IS_AUTHORISED;
  }
  flow.stage |= SETUP_READ;
  flow.consume(dataAt + ((data + 3) & ~3));
  return MATCH;
}

function readAnswer(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < ANSWER_OCTETS) return MATCH;
  const status = u8(octets, offset);
  if (status > 2) return X11_ANSWER_INVALID;
  if (status !== 1) {
    flow.set(X11_STATUS, status);
    return DONE;
  }
  if (end - offset < VENDOR_AT) return MATCH;
  const vendor = field(octets, offset + VENDOR_LENGTH_AT, (flow.stage & IS_LITTLE) !== 0);
  if (vendor > DATA_OCTETS_MAX) return X11_ANSWER_INVALID;
  if (end - offset < VENDOR_AT + vendor) return MATCH;
  flow.set(X11_STATUS, status);
  flow.text(X11_VENDOR, octets, offset + VENDOR_AT, offset + VENDOR_AT + vendor);
  if ((flow.stage & (SETUP_READ | IS_AUTHORISED)) === SETUP_READ) flow.report(X11_NO_AUTHORISATION);
  return DONE;
}
