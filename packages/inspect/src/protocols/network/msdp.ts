import { Malformed } from "@palisade/base";
import { formatIpAddress, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Protocol } from "../../dissector.js";

/** Message types: 1 source active, 2 its request, 3 its response, 4 keep alive. */
export const MSDP_MESSAGE = attribute("msdp.message", "number", { many: true });
/** Rendezvous points that announce sources. */
export const MSDP_RENDEZVOUS_POINT = attribute("msdp.rendezvous-point", "address", { many: true });

/** A type that is not defined, or a length that the type cannot have. */
export const MSDP_HEADER_INVALID = new Malformed("msdp.header-invalid");

const PORT = 639;
const HEADER_BYTES = 3;
const SOURCE_ACTIVE = 1;
const REQUEST = 2;
const RESPONSE = 3;
const KEEP_ALIVE = 4;
const MESSAGE_BYTES_MAX = 9192;
/** Header, count 1, rendezvous point 4; each entry has twelve octets. */
const SOURCE_ACTIVE_MIN = 8;

export const msdp: Protocol = {
  name: "msdp",
  title: "Multicast Source Discovery Protocol",
  spec: "RFC 3618 §12",
  category: "network",
  attributes: [MSDP_MESSAGE, MSDP_RENDEZVOUS_POINT],
  malformed: [MSDP_HEADER_INVALID],
  recognises: "On port 639 a message of a defined type whose length is that of the type.",
  omits: "Sources and groups.",
  stream: {
    ports: [PORT],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      const size = end - offset;
      if (size < HEADER_BYTES) return known ? MATCH : MORE;
      const type = u8(octets, offset);
      const length = u16(octets, offset + 1);
      const active = type === SOURCE_ACTIVE || type === RESPONSE;
      if (active && size < SOURCE_ACTIVE_MIN && length >= SOURCE_ACTIVE_MIN) return known ? MATCH : MORE;
      if (!lengthFits(octets, offset, type, length)) return MSDP_HEADER_INVALID;
      flow.stage = 1;
      flow.set(MSDP_MESSAGE, type);
      if (active && flow.wants(MSDP_RENDEZVOUS_POINT)) {
        flow.set(MSDP_RENDEZVOUS_POINT, formatIpAddress(octets, offset + 4, 4));
      }
      flow.consume(length);
      return MATCH;
    },
  },
};

function lengthFits(octets: Uint8Array, offset: number, type: number, length: number): boolean {
  if (type === KEEP_ALIVE) return length === HEADER_BYTES;
  if (type === REQUEST) return length === 8;
  // A packet of the source may follow the entries.
  if (type !== SOURCE_ACTIVE && type !== RESPONSE) return false;
  return (
    length >= SOURCE_ACTIVE_MIN &&
    length <= MESSAGE_BYTES_MAX &&
    length >= SOURCE_ACTIVE_MIN + 12 * u8(octets, offset + 3)
  );
}
