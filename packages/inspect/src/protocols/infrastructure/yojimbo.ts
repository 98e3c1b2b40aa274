import { startsWith, u8, u64le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, NO, type Protocol } from "../../dissector.js";

/** Version of netcode in the connection request: "1.02". */
export const YOJIMBO_VERSION = attribute("yojimbo.netcode-version", "text");
/** Number by which a game tells its own traffic from others'. */
export const YOJIMBO_PROTOCOL_ID = attribute("yojimbo.protocol-id", "hex");

const PREFIX = "\0NETCODE 1.";
const VERSION_AT = 9;
const VERSION_BYTES = 4;
/** Prefix 1, version text 13, protocol 8, expiry 8, nonce of 8 or 24, private token 1,024. */
const REQUEST_BYTES: readonly number[] = [1062, 1078];

export const yojimbo: Protocol = {
  name: "yojimbo",
  title: "netcode (yojimbo)",
  spec: "netcode standard, STANDARD.md, connection request packet",
  category: "game",
  attributes: [YOJIMBO_VERSION, YOJIMBO_PROTOCOL_ID],
  malformed: [],
  recognises: "A connection request: its type, version text, an expiry, and the size that the version has.",
  omits: "All other packets, which are encrypted.",
  datagram: {
    ports: [40_000],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      if (!startsWith(octets, offset, end, PREFIX) || !REQUEST_BYTES.includes(end - offset)) return NO;
      const versionEnd = offset + VERSION_AT + VERSION_BYTES;
      if (u8(octets, versionEnd) !== 0 || u64le(octets, versionEnd + 9) === 0) return NO;
      flow.text(YOJIMBO_VERSION, octets, offset + VERSION_AT, versionEnd);
      flow.hex(YOJIMBO_PROTOCOL_ID, octets, versionEnd + 1, versionEnd + 9);
      return DONE;
    },
  },
};
