import { startsWith, u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { field, isLengthDelimited, isVarint, readField } from "./protobuf.js";

/** Version number of the client, as its build information says. */
export const SPOTIFY_CLIENT_VERSION = attribute("spotify.client-version", "number");

const BEACON = "SpotUdp";
/** Magic with its version, and the sender's identifier. */
const BEACON_BYTES_MIN = 16;

/** A client's first message to an access point: 0, 4, the length of the whole, and a `ClientHello`. */
const HELLO_HEADER_BYTES = 6;
const HELLO_BYTES_MIN = 64;
const HELLO_BYTES_MAX = 4_096;
// Fields of `ClientHello` have the numbers 10, 20 … 80.
const BUILD_INFO = 10;
const LOGIN_CRYPTO_HELLO = 50;
const HELLO_FIELD_STEP = 10;
const HELLO_FIELD_LAST = 80;
const BUILD_VERSION = 40;

export const spotify: Protocol = {
  name: "spotify",
  title: "Spotify client",
  spec: "behaviour of Spotify clients; for the access point the open client librespot (protocol/keyexchange.proto)",
  category: "media",
  attributes: [SPOTIFY_CLIENT_VERSION],
  malformed: [],
  recognises:
    "A beacon from or to UDP port 57621 that begins with “SpotUdp”, or the ClientHello of a connection to an access point, every field of it.",
  omits: "What the beacon says, and everything after the hello, which is encrypted.",
  datagram: {
    ports: [57621],
    firstOctets: [0x53],
    dissect(octets, offset, end) {
      return end - offset >= BEACON_BYTES_MIN && startsWith(octets, offset, end, BEACON) ? DONE : NO;
    },
  },
  stream: {
    ports: [4070],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      if (end - offset >= 2 && u8(octets, offset + 1) !== 4) return NO;
      if (end - offset < HELLO_HEADER_BYTES + 1) return MORE;
      const length = u32(octets, offset + 2);
      if (length < HELLO_BYTES_MIN || length > HELLO_BYTES_MAX) return NO;
      // The first field is the build information: number 10, length-delimited.
      if (u8(octets, offset + HELLO_HEADER_BYTES) !== ((BUILD_INFO << 3) | 2)) return NO;
      if (end - offset < length) return MORE;
      return hello(octets, offset + HELLO_HEADER_BYTES, offset + length, flow);
    },
  },
};

function hello(octets: Uint8Array, start: number, end: number, flow: FlowContext): Outcome {
  let sawLogin = false;
  let at = start;
  while (at < end) {
    at = readField(octets, at, end);
    if (at < 0 || field.number % HELLO_FIELD_STEP !== 0 || field.number > HELLO_FIELD_LAST) return NO;
    if (field.number === LOGIN_CRYPTO_HELLO) sawLogin = isLengthDelimited();
  }
  if (!sawLogin) return NO;
  if (flow.wants(SPOTIFY_CLIENT_VERSION)) buildVersion(octets, start, end, flow);
  return DONE;
}

function buildVersion(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  readField(octets, start, end);
  const stop = field.end;
  let at = field.start;
  while (at < stop) {
    at = readField(octets, at, stop);
    if (at < 0) return;
    if (field.number === BUILD_VERSION && isVarint()) flow.set(SPOTIFY_CLIENT_VERSION, field.value);
  }
}
