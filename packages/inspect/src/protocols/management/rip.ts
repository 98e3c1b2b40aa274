import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** 1, 2; RIPng is version 1 on its own port. */
export const RIP_VERSION = attribute("rip.version", "number");
/** 1 request, 2 response. */
export const RIP_COMMAND = attribute("rip.command", "number", { many: true });
/** Routes in the first response. */
export const RIP_ROUTES = attribute("rip.routes", "number");

/** Octets other than a header and whole entries. */
export const RIP_LENGTH_WRONG = new Malformed("rip.length-wrong");
/** A command or version that does not exist, or a reserved field that is set. */
export const RIP_HEADER_WRONG = new Malformed("rip.header-wrong");
/** An address family, metric or prefix length that an entry cannot have. */
export const RIP_ENTRY_WRONG = new Malformed("rip.entry-wrong");

/** RFC 2453 §4.1: a password in clear text. */
export const RIP_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "rip.cleartext-credentials",
  severity: "medium",
  title: "Routers exchange routes with a password in clear text",
};

const PORT_RIP = 520;
const PORT_RIPNG = 521;
const HEADER_BYTES = 4;
const ENTRY_BYTES = 20;
const REQUEST = 1;
const RESPONSE = 2;
const FAMILY_NONE = 0;
const FAMILY_IP = 2;
const FAMILY_AUTHENTICATION = 0xffff;
const AUTHENTICATION_PASSWORD = 2;
const METRIC_INFINITE = 16;
/** RIPng: the entry names the next hop (RFC 2080 §2.1.1). */
const METRIC_NEXT_HOP = 255;
const PREFIX_LENGTH_MAX = 128;

export const rip: Protocol = {
  name: "rip",
  title: "Routing Information Protocol",
  spec: "RFC 2453 (version 2), RFC 1058 (version 1), RFC 2080 (RIPng)",
  category: "network",
  attributes: [RIP_VERSION, RIP_COMMAND, RIP_ROUTES],
  malformed: [RIP_LENGTH_WRONG, RIP_HEADER_WRONG, RIP_ENTRY_WRONG],
  findings: [RIP_CLEARTEXT_CREDENTIALS],
  recognises:
    "A datagram from or to port 520 or 521 with command 1 or 2, a published version, reserved fields zero, and whole entries with possible families and metrics.",
  omits: "The routes themselves and the obsolete commands of RFC 1058.",
  datagram: {
    ports: [PORT_RIP, PORT_RIPNG],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      const isRip = flow.sourcePort === PORT_RIP || flow.destinationPort === PORT_RIP;
      const length = end - offset;
      if (length < HEADER_BYTES + ENTRY_BYTES || (length - HEADER_BYTES) % ENTRY_BYTES !== 0) {
        return RIP_LENGTH_WRONG;
      }
      const command = u8(octets, offset);
      const version = u8(octets, offset + 1);
      if (command !== REQUEST && command !== RESPONSE) return RIP_HEADER_WRONG;
      if (version === 0 || version > (isRip ? 2 : 1)) return RIP_HEADER_WRONG;
      // Version 2 of RFC 1723 and before used the field for a routing domain; it is to be zero (RFC 2453 §3.6).
      if (u16(octets, offset + 2) !== 0) return RIP_HEADER_WRONG;
      return readEntries(octets, offset, end, isRip, flow);
    },
  },
};

function readEntries(
  octets: Uint8Array,
  offset: number,
  end: number,
  isRip: boolean,
  flow: FlowContext,
): Outcome {
  let routes = 0;
  let hasPassword = false;
  for (let entry = offset + HEADER_BYTES; entry < end; entry += ENTRY_BYTES) {
    if (!isRip) {
      const metric = u8(octets, entry + 19);
      const isMetric = metric >= 1 && (metric <= METRIC_INFINITE || metric === METRIC_NEXT_HOP);
      if (u8(octets, entry + 18) > PREFIX_LENGTH_MAX || !isMetric) return RIP_ENTRY_WRONG;
      routes += 1;
      continue;
    }
    const family = u16(octets, entry);
    if (family === FAMILY_AUTHENTICATION) {
      hasPassword ||= u16(octets, entry + 2) === AUTHENTICATION_PASSWORD;
      continue;
    }
    if (family !== FAMILY_IP && family !== FAMILY_NONE) return RIP_ENTRY_WRONG;
    if (u32(octets, entry + 16) > METRIC_INFINITE) return RIP_ENTRY_WRONG;
    routes += 1;
  }
  const command = u8(octets, offset);
  flow.set(RIP_VERSION, u8(octets, offset + 1));
  flow.set(RIP_COMMAND, command);
  if (command === RESPONSE) flow.set(RIP_ROUTES, routes);
  if (hasPassword) flow.report(RIP_CLEARTEXT_CREDENTIALS);
  return MATCH;
}
