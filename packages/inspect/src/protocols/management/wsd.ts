import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** `Hello`, `Bye`, `Probe`, `ProbeMatches`, `Resolve`, `ResolveMatches`. */
export const WSD_ACTION = attribute("wsd.action", "text", { many: true });
/** Qualified names of the types of device: `wsdp:Device pub:Computer`. */
export const WSD_TYPES = attribute("wsd.types", "text", { many: true });
/** Where the device is reached: URLs, separated by blanks. */
export const WSD_ADDRESSES = attribute("wsd.addresses", "text", { many: true });

/** A discovery message that does not end as a document. */
export const WSD_TRUNCATED = new Malformed("wsd.truncated");

const PORT_WSD = 3702;
const NAMESPACE_2005 = "http://schemas.xmlsoap.org/ws/2005/04/discovery";
const NAMESPACE_2009 = "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01";
const ACTIONS: readonly string[] = ["Hello", "Bye", "ProbeMatches", "Probe", "ResolveMatches", "Resolve"];
const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const COLON = 0x3a;
const LETTER_H = 0x68;

export const wsd: Protocol = {
  name: "wsd",
  title: "Web Services Dynamic Discovery",
  spec: "OASIS WS-Discovery 1.1; the 2005 draft that Windows and printers use",
  category: "network",
  attributes: [WSD_ACTION, WSD_TYPES, WSD_ADDRESSES],
  malformed: [WSD_TRUNCATED],
  recognises:
    "A datagram that begins with an XML tag and names an action in one of the two discovery namespaces.",
  omits: "Discovery proxies over HTTP, scopes, and endpoint references.",
  datagram: {
    ports: [PORT_WSD],
    firstOctets: [LESS],
    dissect(octets, offset, end, flow) {
      if (u8(octets, offset) !== LESS) return NO;
      const action = findAction(octets, offset, end);
      if (action === undefined) return NO;
      if (lastGreater(octets, offset, end) < 0) return WSD_TRUNCATED;
      flow.set(WSD_ACTION, action);
      if (flow.wants(WSD_TYPES) || flow.wants(WSD_ADDRESSES)) readElements(octets, offset, end, flow);
      return MATCH;
    },
  },
};

/** The action that stands behind a namespace: `…/discovery/Probe`. */
function findAction(octets: Uint8Array, offset: number, end: number): string | undefined {
  let at = indexOfOctet(octets, LETTER_H, offset, end);
  while (at >= 0) {
    const length = startsWith(octets, at, end, NAMESPACE_2005)
      ? NAMESPACE_2005.length
      : startsWith(octets, at, end, NAMESPACE_2009)
        ? NAMESPACE_2009.length
        : 0;
    if (length > 0 && at + length < end && u8(octets, at + length) === SLASH) {
      const name = at + length + 1;
      const action = ACTIONS.find((one) => startsWith(octets, name, end, one));
      if (action !== undefined) return action;
    }
    at = indexOfOctet(octets, LETTER_H, at + 1, end);
  }
  return undefined;
}

/** Index of the last octet but blanks and NULs, where that closes a tag; -1 otherwise. */
function lastGreater(octets: Uint8Array, offset: number, end: number): number {
  let index = end - 1;
  while (index > offset && u8(octets, index) <= 0x20) index -= 1;
  return u8(octets, index) === GREATER ? index : -1;
}

/** Texts of the elements Types and XAddrs, whatever their prefixes. */
function readElements(octets: Uint8Array, offset: number, end: number, flow: FlowContext): void {
  let at = offset;
  for (;;) {
    const open = indexOfOctet(octets, LESS, at, end);
    if (open < 0) return;
    const close = indexOfOctet(octets, GREATER, open + 1, end);
    if (close < 0) return;
    const text = close + 1;
    const textEnd = indexOfOctet(octets, LESS, text, end);
    if (textEnd > text && u8(octets, open + 1) !== SLASH) {
      if (isElement(octets, open + 1, close, "Types")) flow.text(WSD_TYPES, octets, text, textEnd);
      else if (isElement(octets, open + 1, close, "XAddrs")) flow.text(WSD_ADDRESSES, octets, text, textEnd);
    }
    at = text;
  }
}

/** Whether the tag in `start … end` is `name`, with any prefix and without attributes. */
function isElement(octets: Uint8Array, start: number, end: number, name: string): boolean {
  const local = end - name.length;
  if (local < start || !startsWith(octets, local, end, name)) return false;
  return local === start || u8(octets, local - 1) === COLON;
}
