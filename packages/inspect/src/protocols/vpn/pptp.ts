import { Malformed } from "@palisade/base";
import { u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Control messages, RFC 2637 §1.4: `start-control-connection-request`, `outgoing-call-reply`. */
export const PPTP_MESSAGE = attribute("pptp.message", "text", { many: true });
export const PPTP_HOST_NAME = attribute("pptp.host-name", "text", { many: true });
export const PPTP_VENDOR = attribute("pptp.vendor", "text", { many: true });

/** After the verdict: a message without the cookie, or of a length that its type does not have. */
export const PPTP_MESSAGE_IMPOSSIBLE = new Malformed("pptp.message-impossible");

const COOKIE = 0x1a2b3c4d;
const CONTROL = 1;
const HEADER_BYTES = 12;
const START_BYTES = 156;
const NAME_BYTES = 64;
const MESSAGES: readonly string[] = [
  "",
  "start-control-connection-request",
  "start-control-connection-reply",
  "stop-control-connection-request",
  "stop-control-connection-reply",
  "echo-request",
  "echo-reply",
  "outgoing-call-request",
  "outgoing-call-reply",
  "incoming-call-request",
  "incoming-call-reply",
  "incoming-call-connected",
  "call-clear-request",
  "call-disconnect-notify",
  "wan-error-notify",
  "set-link-info",
];
/** Length of each type of message (RFC 2637 §2). */
const LENGTHS: readonly number[] = [0, 156, 156, 16, 16, 16, 20, 168, 32, 220, 24, 28, 16, 148, 40, 24];

export const pptp: Protocol = {
  name: "pptp",
  title: "Point-to-Point Tunneling Protocol",
  spec: "RFC 2637",
  category: "vpn",
  attributes: [PPTP_MESSAGE, PPTP_HOST_NAME, PPTP_VENDOR],
  malformed: [PPTP_MESSAGE_IMPOSSIBLE],
  recognises: "A control message with the magic cookie, a known type, and that type's length.",
  omits: "The tunnel itself, which is GRE.",
  stream: {
    ports: [1723],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      const short = flow.stage === 0 ? MORE : MATCH;
      const wrong = flow.stage === 0 ? NO : PPTP_MESSAGE_IMPOSSIBLE;
      if (end - offset >= 4 && u16(octets, offset + 2) !== CONTROL) return wrong;
      if (end - offset < HEADER_BYTES) return short;
      const length = u16(octets, offset);
      const type = u16(octets, offset + 8);
      if (u32(octets, offset + 4) !== COOKIE || length !== LENGTHS[type]) return wrong;
      flow.stage = 1;
      if (end - offset < length) return MATCH;
      flow.set(PPTP_MESSAGE, MESSAGES[type]!);
      if (length === START_BYTES) {
        name(octets, offset + 28, flow, PPTP_HOST_NAME);
        name(octets, offset + 28 + NAME_BYTES, flow, PPTP_VENDOR);
      }
      flow.consume(length);
      return MATCH;
    },
  },
};

/** A text of 64 octets, filled with zeros. */
function name(octets: Uint8Array, start: number, flow: FlowContext, field: typeof PPTP_HOST_NAME): void {
  let stop = start;
  while (stop < start + NAME_BYTES && octets[stop] !== 0) stop += 1;
  if (stop > start) flow.text(field, octets, start, stop);
}
