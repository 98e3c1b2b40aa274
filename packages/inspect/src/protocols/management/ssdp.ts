import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { fieldValue, nextLine, setField } from "./field-lines.js";

/** `M-SEARCH`, `NOTIFY`, or `response`. */
export const SSDP_METHOD = attribute("ssdp.method", "text", { many: true });
/** What is looked for: `ssdp:all`, `upnp:rootdevice`, `urn:schemas-upnp-org:device:MediaServer:1` … */
export const SSDP_SEARCH_TARGET = attribute("ssdp.search-target", "text", { many: true });
/** What a notification is about. */
export const SSDP_NOTIFICATION_TYPE = attribute("ssdp.notification-type", "text", { many: true });
/** `ssdp:alive`, `ssdp:byebye`, `ssdp:update`. */
export const SSDP_NOTIFICATION_SUBTYPE = attribute("ssdp.notification-subtype", "text", { many: true });
/** Unique service name of a device: `uuid:…::upnp:rootdevice`. */
export const SSDP_USN = attribute("ssdp.usn", "text", { many: true });
/** Operating system and product of the device. */
export const SSDP_SERVER = attribute("ssdp.server", "text");
/** Where the device describes itself. */
export const SSDP_LOCATION = attribute("ssdp.location", "text", { many: true });
/** Product that searches. */
export const SSDP_USER_AGENT = attribute("ssdp.user-agent", "text");

/** A NUL inside the fields. */
export const SSDP_FIELD_WRONG = new Malformed("ssdp.field-wrong");

const PORT_SSDP = 1900;

export const ssdp: Protocol = {
  name: "ssdp",
  title: "Simple Service Discovery Protocol",
  spec: "UPnP Device Architecture 2.0 §1",
  category: "network",
  attributes: [
    SSDP_METHOD,
    SSDP_SEARCH_TARGET,
    SSDP_NOTIFICATION_TYPE,
    SSDP_NOTIFICATION_SUBTYPE,
    SSDP_USN,
    SSDP_SERVER,
    SSDP_LOCATION,
    SSDP_USER_AGENT,
  ],
  malformed: [SSDP_FIELD_WRONG],
  recognises:
    "A datagram that begins with M-SEARCH or NOTIFY and the request target *, or with an HTTP/1.1 200 status line and has a search target or unique service name.",
  omits: "Descriptions and control, which are HTTP, and the fields not named here.",
  datagram: {
    ports: [PORT_SSDP],
    firstOctets: [0x48, 0x4d, 0x4e],
    dissect(octets, offset, end, flow) {
      if (startsWith(octets, offset, end, "M-SEARCH * HTTP/1.")) {
        return readFields(octets, offset, end, flow, "M-SEARCH");
      }
      if (startsWith(octets, offset, end, "NOTIFY * HTTP/1.")) {
        return readFields(octets, offset, end, flow, "NOTIFY");
      }
      const isResponse = startsWith(octets, offset, end, "HTTP/1.1 200");
      if (!isResponse || !hasServiceField(octets, offset, end)) return NO;
      return readFields(octets, offset, end, flow, "response");
    },
  },
};

function hasServiceField(octets: Uint8Array, offset: number, end: number): boolean {
  for (let line = nextLine(octets, offset, end); line < end; line = nextLine(octets, line, end)) {
    if (fieldValue(octets, line, end, "st:") >= 0 || fieldValue(octets, line, end, "usn:") >= 0) return true;
  }
  return false;
}

function readFields(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
  method: string,
): typeof MATCH | Malformed {
  const zero = indexOfOctet(octets, 0, offset, end);
  // Some devices send the NUL that ends their string, and zeros behind it.
  for (let index = zero; index >= 0 && index < end; index += 1) {
    if (octets[index] !== 0) return SSDP_FIELD_WRONG;
  }
  flow.set(SSDP_METHOD, method);
  const stop = zero < 0 ? end : zero;
  let next = stop;
  for (let line = nextLine(octets, offset, stop); line < stop; line = next) {
    next = nextLine(octets, line, stop);
    setField(flow, FIELDS, octets, line, next);
  }
  return MATCH;
}

const FIELDS = [
  ["st:", SSDP_SEARCH_TARGET],
  ["nt:", SSDP_NOTIFICATION_TYPE],
  ["nts:", SSDP_NOTIFICATION_SUBTYPE],
  ["usn:", SSDP_USN],
  ["server:", SSDP_SERVER],
  ["location:", SSDP_LOCATION],
  ["user-agent:", SSDP_USER_AGENT],
] as const;
