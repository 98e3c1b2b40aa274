import { Malformed } from "@palisade/base";
import { u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** 0 administratively down, 1 down, 2 init, 3 up. */
export const BFD_STATE = attribute("bfd.state", "number", { many: true });
/** Why the session last changed: 0 none, 1 time expired, 3 neighbour signalled down … (RFC 5880 §4.1). */
export const BFD_DIAGNOSTIC = attribute("bfd.diagnostic", "number", { many: true });
/** Sender's number of the session. */
export const BFD_DISCRIMINATOR = attribute("bfd.discriminator", "number");
/** 1 password, 2 and 3 MD5, 4 and 5 SHA-1. */
export const BFD_AUTHENTICATION = attribute("bfd.authentication", "number");

/** Fewer octets than the length field counts, or than it may be (RFC 5880 §6.8.6). */
export const BFD_LENGTH_WRONG = new Malformed("bfd.length-wrong");
/** A version other than 1, the reserved multipoint bit, or a diagnostic or state that is reserved. */
export const BFD_FIELD_WRONG = new Malformed("bfd.field-wrong");
/** A detection multiplier or discriminator of zero (RFC 5880 §6.8.6: discarded). */
export const BFD_ZERO = new Malformed("bfd.zero");

/** Single hop and echo (RFC 5881), multiple hops (RFC 5883), links of an aggregate (RFC 7130). */
const PORTS: readonly number[] = [3784, 4784, 6784, 3785];
const PORT_ECHO = 3785;
const CONTROL_BYTES = 24;
const AUTHENTICATED_BYTES = 26;
const DIAGNOSTIC_LAST = 8;
const FLAG_AUTHENTICATION = 0b0000_0100;
const FLAG_MULTIPOINT = 0b0000_0001;
const AUTHENTICATION_LAST = 5;
/** Echoes are as short as their sender's own bookkeeping. */
const ECHO_BYTES_MAX = 64;

export const bfd: Protocol = {
  name: "bfd",
  title: "Bidirectional Forwarding Detection",
  spec: "RFC 5880, RFC 5881, RFC 5883, RFC 7130",
  category: "network",
  attributes: [BFD_STATE, BFD_DIAGNOSTIC, BFD_DISCRIMINATOR, BFD_AUTHENTICATION],
  malformed: [BFD_LENGTH_WRONG, BFD_FIELD_WRONG, BFD_ZERO],
  recognises:
    "A control packet of version 1 to port 3784, 4784 or 6784 that RFC 5880 §6.8.6 does not tell to discard; to port 3785 the same short datagram twice, an echo that came back.",
  omits: "Authentication data and the contents of echoes.",
  datagram: {
    ports: PORTS,
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (flow.destinationPort === PORT_ECHO) return readEcho(octets, offset, end, flow);
      if (!PORTS.includes(flow.destinationPort)) return NO;
      const length = end - offset;
      if (length < CONTROL_BYTES) return BFD_LENGTH_WRONG;
      const first = u8(octets, offset);
      const second = u8(octets, offset + 1);
      if (first >>> 5 !== 1 || (first & 0b1_1111) > DIAGNOSTIC_LAST) return BFD_FIELD_WRONG;
      if ((second & FLAG_MULTIPOINT) !== 0) return BFD_FIELD_WRONG;
      const isAuthenticated = (second & FLAG_AUTHENTICATION) !== 0;
      const stated = u8(octets, offset + 3);
      if (stated > length || stated < (isAuthenticated ? AUTHENTICATED_BYTES : CONTROL_BYTES)) {
        return BFD_LENGTH_WRONG;
      }
      if (u8(octets, offset + 2) === 0 || u32(octets, offset + 4) === 0) return BFD_ZERO;
      if (isAuthenticated) {
        const type = u8(octets, offset + CONTROL_BYTES);
        if (type === 0 || type > AUTHENTICATION_LAST) return BFD_FIELD_WRONG;
        flow.set(BFD_AUTHENTICATION, type);
      }
      flow.set(BFD_STATE, second >>> 6);
      flow.set(BFD_DIAGNOSTIC, first & 0b1_1111);
      flow.set(BFD_DISCRIMINATOR, u32(octets, offset + 4));
      return MATCH;
    },
  },
};

/** RFC 5881 §4: what an echo holds is its sender's matter, but what was sent comes back. */
function readEcho(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset > ECHO_BYTES_MAX) return NO;
  let hash = end - offset;
  for (let index = offset; index < end; index += 1) hash = (Math.imul(hash, 31) + u8(octets, index)) | 0;
  const seen = hash | 1;
  if (flow.stage === seen) return MATCH;
  flow.stage = seen;
  return MORE;
}
