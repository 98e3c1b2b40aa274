import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, startsWithNoCase, u8 } from "@palisade/wire";
import { type Attribute, attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { setPlainUser } from "../sasl.js";
import { startTls } from "../starttls.js";
import { MAGIC_OTHER, MAGIC_PARTIAL, MAGIC_WHOLE, magicAt } from "../text-line.js";

/** Domain that the stream is opened to, RFC 6120 §4.7.2. */
export const XMPP_TO = attribute("xmpp.to", "text");
export const XMPP_FROM = attribute("xmpp.from", "text");
/** "jabber:client" or "jabber:server". */
export const XMPP_NAMESPACE = attribute("xmpp.namespace", "text");
/** SASL mechanism that the client uses. */
export const XMPP_AUTH_MECHANISM = attribute("xmpp.auth-mechanism", "text");
/** User of SASL PLAIN. */
export const XMPP_USER = attribute("xmpp.user", "text");

/** A tag that does not end within any bound. */
export const XMPP_TAG_TOO_LONG = new Malformed("xmpp.tag-too-long");

export const XMPP_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "xmpp.cleartext-credentials",
  severity: "medium",
  title: "A chat client logs in with its password in clear",
};

const TAG_OCTETS_MAX = 8_192;
const OPENING_OCTETS_MAX = 1_024;

// Bits of `stage`.
const RECOGNISED = 1;
/** The text that comes next is SASL PLAIN's first message. */
const AUTH_PLAIN = 2;
const STARTTLS_SENT = 4;

export const xmpp: Protocol = {
  name: "xmpp",
  title: "Extensible Messaging and Presence Protocol (Jabber)",
  spec: "RFC 6120",
  category: "chat",
  attributes: [XMPP_TO, XMPP_FROM, XMPP_NAMESPACE, XMPP_AUTH_MECHANISM, XMPP_USER],
  malformed: [XMPP_TAG_TOO_LONG],
  findings: [XMPP_CLEARTEXT_CREDENTIALS],
  recognises: 'A tag "stream:stream", with an XML declaration before it or without.',
  omits: "Stanzas, compressed streams, and streams inside HTTP or WebSocket.",
  stream: {
    ports: [5222, 5269, 5223],
    firstOctets: [0x3c],
    dissect(octets, offset, end, flow) {
      if ((flow.stage & RECOGNISED) === 0) {
        const outcome = recognise(octets, offset, end);
        if (outcome !== MATCH) return outcome;
        flow.stage = RECOGNISED;
      }
      const tls = startTls(octets, offset, end, flow, STARTTLS_SENT);
      if (tls !== undefined) return tls;
      return u8(octets, offset) === 0x3c
        ? readTag(octets, offset, end, flow)
        : readText(octets, offset, end, flow);
    },
  },
};

function recognise(octets: Uint8Array, offset: number, end: number): Outcome {
  let at = offset;
  const declaration = magicAt(octets, at, end, "<?xml ");
  if (declaration === MAGIC_PARTIAL) return MORE;
  if (declaration === MAGIC_WHOLE) {
    const closing = indexOfOctet(octets, 0x3e, at, Math.min(end, at + OPENING_OCTETS_MAX));
    if (closing < 0) return end - at < OPENING_OCTETS_MAX ? MORE : NO;
    at = closing + 1;
    while (at < end && isBlank(u8(octets, at)) && at - offset < OPENING_OCTETS_MAX) at += 1;
    if (at === end) return MORE;
  }
  const tag = magicAt(octets, at, end, "<stream:stream");
  return tag === MAGIC_OTHER ? NO : tag === MAGIC_PARTIAL ? MORE : MATCH;
}

function readTag(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const closing = indexOfOctet(octets, 0x3e, offset, Math.min(end, offset + TAG_OCTETS_MAX));
  if (closing < 0) return end - offset < TAG_OCTETS_MAX ? MATCH : XMPP_TAG_TOO_LONG;
  flow.consume(closing + 1 - offset);
  flow.stage &= ~AUTH_PLAIN;
  if (isTag(octets, offset, closing, "stream:stream")) {
    const isOpener = flow.direction === 0;
    setXmlAttribute(octets, offset, closing, "to=", flow, XMPP_TO, isOpener);
    setXmlAttribute(octets, offset, closing, "from=", flow, XMPP_FROM, false);
    setXmlAttribute(octets, offset, closing, "xmlns=", flow, XMPP_NAMESPACE, false);
  } else if (isTag(octets, offset, closing, "auth")) {
    const value = xmlAttribute(octets, offset, closing, "mechanism=");
    if (value < 0) return MATCH;
    setXmlAttribute(octets, offset, closing, "mechanism=", flow, XMPP_AUTH_MECHANISM, false);
    if (startsWithNoCase(octets, value, closing, "plain")) {
      flow.report(XMPP_CLEARTEXT_CREDENTIALS);
      flow.stage |= AUTH_PLAIN;
    }
  } else if (flow.direction === 0 && isTag(octets, offset, closing, "starttls")) {
    flow.stage |= STARTTLS_SENT;
  } else if (flow.direction === 1 && isTag(octets, offset, closing, "failure")) {
    flow.stage &= ~STARTTLS_SENT;
  } else if (flow.direction === 1 && isTag(octets, offset, closing, "proceed")) {
    return flow.become("tls");
  }
  return MATCH;
}

function readText(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const opening = indexOfOctet(octets, 0x3c, offset, end);
  if ((flow.stage & AUTH_PLAIN) !== 0 && flow.direction === 0) {
    if (opening < 0) {
      if (end - offset < OPENING_OCTETS_MAX) return MATCH;
    } else {
      setPlainUser(flow, XMPP_USER, octets, offset, opening);
    }
    flow.stage &= ~AUTH_PLAIN;
  }
  flow.consume((opening < 0 ? end : opening) - offset);
  return MATCH;
}

function isTag(octets: Uint8Array, start: number, closing: number, name: string): boolean {
  if (!startsWith(octets, start + 1, closing, name)) return false;
  const after = start + 1 + name.length;
  return after === closing || isBlank(u8(octets, after)) || u8(octets, after) === 0x2f;
}

/** Index of the value of an XML attribute in the tag, behind its quote; -1 where it has none. */
function xmlAttribute(octets: Uint8Array, start: number, closing: number, name: string): number {
  for (let index = start; index < closing; index += 1) {
    if (!isBlank(u8(octets, index)) || !startsWith(octets, index + 1, closing, name)) continue;
    const quote = index + 1 + name.length;
    if (quote < closing && (u8(octets, quote) === 0x22 || u8(octets, quote) === 0x27)) return quote + 1;
  }
  return -1;
}

function setXmlAttribute(
  octets: Uint8Array,
  start: number,
  closing: number,
  name: string,
  flow: FlowContext,
  to: Attribute<"text">,
  isHost: boolean,
): void {
  const value = xmlAttribute(octets, start, closing, name);
  if (value < 0) return;
  const stop = indexOfOctet(octets, u8(octets, value - 1), value, closing);
  if (stop < 0) return;
  if (isHost) flow.host(to, octets, value, stop);
  else flow.text(to, octets, value, stop);
}

function isBlank(octet: number): boolean {
  return octet === 0x20 || octet === 0x09 || octet === 0x0a || octet === 0x0d;
}
