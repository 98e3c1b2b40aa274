import { Malformed } from "@palisade/base";
import { u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** Version that the server offers: "003.008". */
export const VNC_SERVER_VERSION = attribute("vnc.server-version", "text");
export const VNC_CLIENT_VERSION = attribute("vnc.client-version", "text");
/** Security types that the server offers, RFC 6143 §7.1.2: 1 none, 2 VNC authentication. */
export const VNC_SECURITY_TYPE = attribute("vnc.security-type", "number", { many: true });
/** Security type in use. */
export const VNC_SECURITY = attribute("vnc.security", "number");

/** A greeting that is not twelve octets of RFC 6143 §7.1.1. */
export const VNC_GREETING_INVALID = new Malformed("vnc.greeting-invalid");

export const VNC_NO_AUTHENTICATION: FindingKind = {
  name: "vnc.no-authentication",
  severity: "high",
  title: "A desktop is shared without authentication",
};

const GREETING = "RFB 000.000\n";
const SECURITY_NONE = 1;

// Bits of `stage`; the first two are shifted by the direction.
const GREETED = 1;
const IS_VERSION_3_3 = 4;
const OFFERED = 8;
/** Version 4 and above is RealVNC's own, unpublished. */
const IS_OTHER = 16;

export const vnc: Protocol = {
  name: "vnc",
  title: "Remote Framebuffer (VNC)",
  spec: "RFC 6143",
  category: "remote-access",
  attributes: [VNC_SERVER_VERSION, VNC_CLIENT_VERSION, VNC_SECURITY_TYPE, VNC_SECURITY],
  malformed: [VNC_GREETING_INVALID],
  findings: [VNC_NO_AUTHENTICATION],
  recognises: 'The greeting "RFB" with a version, twelve octets of either side.',
  omits: "Authentication, everything after it, and RealVNC's versions from 4 on.",
  stream: {
    ports: [5900, 5901, 5902, 5903, 5500],
    firstOctets: [0x52],
    dissect(octets, offset, end, flow): Outcome {
      if ((flow.stage & (GREETED << flow.direction)) === 0) return readGreeting(octets, offset, end, flow);
      if ((flow.stage & IS_OTHER) !== 0) {
        flow.consume(end - offset);
        return MATCH;
      }
      return flow.direction === 1
        ? readOffer(octets, offset, end, flow)
        : readChoice(octets, offset, end, flow);
    },
  },
};

/** RFC 6143 §7.1.1: "RFB xxx.yyy" and LF. */
function readGreeting(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const isFirst = flow.stage === 0;
  const known = Math.min(end - offset, GREETING.length);
  for (let index = 0; index < known; index += 1) {
    const expected = GREETING.charCodeAt(index);
    const octet = u8(octets, offset + index);
    if (expected === 0x30 ? octet < 0x30 || octet > 0x39 : octet !== expected) {
      return isFirst ? NO : VNC_GREETING_INVALID;
    }
  }
  if (known < GREETING.length) return isFirst ? MORE : MATCH;
  flow.text(flow.direction === 1 ? VNC_SERVER_VERSION : VNC_CLIENT_VERSION, octets, offset + 4, offset + 11);
  flow.stage |= GREETED << flow.direction;
  if (u8(octets, offset + 6) !== 0x33) flow.stage |= IS_OTHER;
  else if (u8(octets, offset + 10) < 0x37) flow.stage |= IS_VERSION_3_3;
  flow.consume(GREETING.length);
  return MATCH;
}

/** §7.1.2: a count and as many types; before version 3.7 one type in four octets, which the server decides. */
function readOffer(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if ((flow.stage & OFFERED) !== 0) {
    flow.consume(end - offset);
    return MATCH;
  }
  if ((flow.stage & IS_VERSION_3_3) !== 0) {
    if (end - offset < 4) return MATCH;
    setSecurity(u32(octets, offset), flow);
    return DONE;
  }
  const count = u8(octets, offset);
  if (count === 0) return DONE; // the server refuses, and says why
  if (end - offset < 1 + count) return MATCH;
  for (let index = 1; index <= count; index += 1) flow.set(VNC_SECURITY_TYPE, u8(octets, offset + index));
  flow.stage |= OFFERED;
  flow.consume(1 + count);
  return MATCH;
}

function readChoice(octets: Uint8Array, offset: number, _end: number, flow: FlowContext): Outcome {
  if ((flow.stage & IS_VERSION_3_3) !== 0) {
    // The server decides; what the client sends is its answer to a challenge.
    return MATCH;
  }
  setSecurity(u8(octets, offset), flow);
  return DONE;
}

function setSecurity(type: number, flow: FlowContext): void {
  flow.set(VNC_SECURITY, type);
  if (type === SECURITY_NONE) flow.report(VNC_NO_AUTHENTICATION);
}
