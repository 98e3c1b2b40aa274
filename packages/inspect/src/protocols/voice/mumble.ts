import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Protocol } from "../../dissector.js";

/** Version of the server: `1.3.4`. */
export const MUMBLE_VERSION = attribute("mumble.version", "text");
export const MUMBLE_USERS = attribute("mumble.users", "number");
export const MUMBLE_USERS_MAX = attribute("mumble.users-max", "number");
/** Bits per second that a user may send. */
export const MUMBLE_BANDWIDTH = attribute("mumble.bandwidth", "number");

/** A ping's answer that counts more users than may be. */
export const MUMBLE_USERS_IMPOSSIBLE = new Malformed("mumble.users-impossible");

const REQUEST_BYTES = 12;
const RESPONSE_BYTES = 24;

/** Identifiers of the last request, as two halves; -1 until seen. */
interface Ping {
  high: number;
  low: number;
  direction: number;
}

function noPing(): Ping {
  return { high: -1, low: -1, direction: -1 };
}

export const mumble: Protocol = {
  name: "mumble",
  title: "Mumble server ping",
  spec: "Mumble protocol documentation, “UDP ping packet”",
  category: "voice-video",
  attributes: [MUMBLE_VERSION, MUMBLE_USERS, MUMBLE_USERS_MAX, MUMBLE_BANDWIDTH],
  malformed: [MUMBLE_USERS_IMPOSSIBLE],
  recognises:
    "A ping of twelve octets, and an answer of twenty-four that echoes its identifier behind a version.",
  omits: "Voice, which is encrypted, and control, which is TLS.",
  datagram: {
    ports: [64738],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      const ping = flow.memo(noPing);
      const length = end - offset;
      if (length === REQUEST_BYTES) {
        if (u32(octets, offset) !== 0) return NO;
        ping.high = u32(octets, offset + 4);
        ping.low = u32(octets, offset + 8);
        ping.direction = flow.direction;
        return flow.stage === 0 ? MORE : MATCH;
      }
      if (flow.stage === 0 && ping.direction !== 1 - flow.direction) return NO;
      if (length !== RESPONSE_BYTES) return flow.stage === 0 ? NO : MATCH;
      if (u32(octets, offset + 4) !== ping.high || u32(octets, offset + 8) !== ping.low) return NO;
      if (u8(octets, offset) !== 0 || u32(octets, offset) === 0) return NO;
      const users = u32(octets, offset + 12);
      const usersMax = u32(octets, offset + 16);
      if (users > usersMax) return MUMBLE_USERS_IMPOSSIBLE;
      flow.stage = 1;
      if (flow.wants(MUMBLE_VERSION)) {
        flow.set(
          MUMBLE_VERSION,
          `${u16(octets, offset)}.${u8(octets, offset + 2)}.${u8(octets, offset + 3)}`,
        );
      }
      flow.set(MUMBLE_USERS, users);
      flow.set(MUMBLE_USERS_MAX, usersMax);
      flow.set(MUMBLE_BANDWIDTH, u32(octets, offset + 20));
      return MATCH;
    },
  },
};
