import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Messages of call control, RFC 5456 §8.2: `new`, `accept`, `hangup`, `regreq`. */
export const IAX_MESSAGE = attribute("iax.message", "text", { many: true });
export const IAX_CALLED_NUMBER = attribute("iax.called-number", "text", { many: true });
export const IAX_CALLING_NUMBER = attribute("iax.calling-number", "text", { many: true });
export const IAX_CALLING_NAME = attribute("iax.calling-name", "text", { many: true });
export const IAX_USERNAME = attribute("iax.username", "text", { many: true });
export const IAX_CAUSE = attribute("iax.cause", "text", { many: true });

/** An information element that reaches beyond its frame. */
export const IAX_ELEMENT_OVERRUN = new Malformed("iax.element-overrun");

const PORT = 4569;
const FULL_FRAME_BYTES = 12;
const TYPE_LAST = 12;
const TYPE_IAX = 6;
const NEW = 1;
const MESSAGES: readonly string[] = [
  ...["", "new", "ping", "pong", "ack", "hangup", "reject", "accept", "authreq", "authrep", "inval", "lagrq"],
  ...["lagrp", "regreq", "regauth", "regack", "regrej", "regrel", "vnak", "dpreq", "dprep", "dial", "txreq"],
  ...["txcnt", "txacc", "txready", "txrel", "txrej", "quelch", "unquelch", "poke", "", "mwi", "unsupport"],
  ...["transfer", "", "", "", "", "txmedia", "calltoken"],
];
/** `VERSION`, two octets, protocol version 2: the first element of NEW (RFC 5456 §6.2.2). */
const VERSION_ELEMENT = 0x0b02;
const PROTOCOL_VERSION = 2;

/** `flow.stage`: 0, then the undecided source call number and direction, then `DECIDED`. */
const DECIDED = -1;

export const iax: Protocol = {
  name: "iax",
  title: "Inter-Asterisk eXchange version 2",
  spec: "RFC 5456",
  category: "voice-video",
  attributes: [IAX_MESSAGE, IAX_CALLED_NUMBER, IAX_CALLING_NUMBER, IAX_CALLING_NAME, IAX_USERNAME, IAX_CAUSE],
  malformed: [IAX_ELEMENT_OVERRUN],
  recognises:
    "A full frame of call control with fitting elements that is NEW with version 2, or on port 4569, or answers the call number of one before.",
  omits: "Media, trunks, and encrypted frames.",
  datagram: {
    ports: [PORT],
    firstOctets: Array.from({ length: 0x80 }, (_, index) => 0x80 + index),
    dissect(octets, offset, end, flow) {
      const decided = flow.stage === DECIDED;
      if (end - offset < FULL_FRAME_BYTES || u8(octets, offset) < 0x80) return decided ? MATCH : NO;
      const type = u8(octets, offset + 10);
      if (type === 0 || type > TYPE_LAST) return NO;
      if (type !== TYPE_IAX) return decided ? MATCH : MORE;
      const subclass = u8(octets, offset + 11);
      if (subclass >= MESSAGES.length || MESSAGES[subclass] === "") return NO;
      if (!elementsFit(octets, offset + FULL_FRAME_BYTES, end)) return IAX_ELEMENT_OVERRUN;
      if (!decided && !recognised(octets, offset, end, subclass, flow)) return MORE;
      flow.stage = DECIDED;
      return describe(octets, offset, end, subclass, flow);
    },
  },
};

function recognised(
  octets: Uint8Array,
  offset: number,
  end: number,
  subclass: number,
  flow: FlowContext,
): boolean {
  const source = u16(octets, offset) & 0x7fff;
  const destination = u16(octets, offset + 2) & 0x7fff;
  if (source === 0) return false;
  const body = offset + FULL_FRAME_BYTES;
  if (
    subclass === NEW &&
    destination === 0 &&
    end - body >= 4 &&
    u16(octets, body) === VERSION_ELEMENT &&
    u16(octets, body + 2) === PROTOCOL_VERSION
  ) {
    return true;
  }
  if (flow.sourcePort === PORT || flow.destinationPort === PORT) return true;
  // Remembered as direction and call number; the other side's frame names it as its destination.
  const expected = ((1 - flow.direction) << 16) | 0x8000 | destination;
  if (flow.stage === expected) return true;
  flow.stage = (flow.direction << 16) | 0x8000 | source;
  return false;
}

function elementsFit(octets: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    if (end - at < 2) return false;
    at += 2 + u8(octets, at + 1);
  }
  return at === end;
}

function describe(
  octets: Uint8Array,
  offset: number,
  end: number,
  subclass: number,
  flow: FlowContext,
): Outcome {
  flow.set(IAX_MESSAGE, MESSAGES[subclass]!);
  let at = offset + FULL_FRAME_BYTES;
  while (at < end) {
    const kind = u8(octets, at);
    const next = at + 2 + u8(octets, at + 1);
    if (kind === 0x01) flow.text(IAX_CALLED_NUMBER, octets, at + 2, next);
    else if (kind === 0x02) flow.text(IAX_CALLING_NUMBER, octets, at + 2, next);
    else if (kind === 0x04) flow.text(IAX_CALLING_NAME, octets, at + 2, next);
    else if (kind === 0x06) flow.text(IAX_USERNAME, octets, at + 2, next);
    else if (kind === 0x16) flow.text(IAX_CAUSE, octets, at + 2, next);
    at = next;
  }
  return MATCH;
}
