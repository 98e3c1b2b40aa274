import { u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MORE, NO, type Protocol } from "../../dissector.js";

/** Checksum of the game's network version: the same for all players of one build. */
export const EPICGAMES_NETWORK_VERSION = attribute("epicgames.network-version", "hex");
/** Version of the handshake that the client speaks. */
export const EPICGAMES_HANDSHAKE_VERSION = attribute("epicgames.handshake-version", "number");

// Bits, from the least significant of the first octet on: a magic header that the game chooses (or none), session 2,
// client 3, handshake 1, restart 1; then these fields.
const FLAG_BITS = 7;
const MAGIC_BITS_MAX = 32;
const MINIMUM_VERSION = 0;
const VERSION = 8;
const TYPE = 16;
const COUNT = 24;
const NETWORK_VERSION = 32;
const SECRET = 80;
const COOKIE_END = 81 + 64 + 160;

const TYPE_INITIAL = 0;
const TYPE_CHALLENGE = 1;
/** Versions with these fields begin with 3; the first versions had neither types nor counts. */
const VERSION_MIN = 3;
const VERSION_MAX = 15;
const COUNT_MAX = 32;
/** Fields without a magic header, and with the longest, the random filling and the last bit. */
const BYTES_MIN = 40;
const BYTES_MAX = 128;

/** The initial packet seen last: where its fields begin, in bits, and what the next must have as well. */
interface Initial {
  base: number;
  version: number;
  networkVersion: number;
  count: number;
  direction: number;
}

function noInitial(): Initial {
  return { base: -1, version: 0, networkVersion: 0, count: 0, direction: 0 };
}

// `flow.stage` after an initial packet.
const WAITING = 1;

export const epicgames: Protocol = {
  name: "epicgames",
  title: "Unreal Engine connection handshake (Epic Games)",
  spec: "Epic Games, Unreal Engine documentation and source, StatelessConnectHandlerComponent (handshake versions from 3)",
  category: "game",
  attributes: [EPICGAMES_NETWORK_VERSION, EPICGAMES_HANDSHAKE_VERSION],
  malformed: [],
  recognises:
    "An initial handshake packet, with timestamp and cookie zero, and another one that counts on or a challenge that answers it, of one network version.",
  omits: "The handshake of engines before 5.0, the game's own packets, and the encryption that games add.",
  weak: true,
  datagram: {
    ports: [7777],
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      if (length < BYTES_MIN || length > BYTES_MAX) return NO;
      if (flow.stage === WAITING) {
        const initial = flow.memo(noInitial);
        if (agrees(octets, offset, length, initial, flow.direction)) {
          flow.set(EPICGAMES_HANDSHAKE_VERSION, initial.version);
          flow.set(EPICGAMES_NETWORK_VERSION, initial.networkVersion.toString(16).padStart(8, "0"));
          return DONE;
        }
      }
      const base = initialBase(octets, offset, length);
      if (base < 0) return NO;
      flow.stage = WAITING;
      const initial = flow.memo(noInitial);
      initial.base = base;
      initial.version = bits(octets, offset, base + VERSION, 8);
      initial.networkVersion = bits(octets, offset, base + NETWORK_VERSION, 32);
      initial.count = bits(octets, offset, base + COUNT, 8);
      initial.direction = flow.direction;
      return MORE;
    },
  },
};

/** Where the fields of an initial packet begin, in bits, behind whatever magic header; -1 where it is none. */
function initialBase(octets: Uint8Array, offset: number, length: number): number {
  // Timestamp and cookie cover these octets wherever the fields begin.
  if (u32(octets, offset + 16) !== 0 || u32(octets, offset + 24) !== 0 || u32(octets, offset + 34) !== 0)
    return -1;
  for (let base = FLAG_BITS; base <= FLAG_BITS + MAGIC_BITS_MAX; base += 1) {
    if ((base + COOKIE_END) / 8 > length) return -1;
    if (!holds(octets, offset, base, TYPE_INITIAL)) continue;
    let at = base + SECRET;
    while (at < base + COOKIE_END && bits(octets, offset, at, 1) === 0) at += 1;
    if (at === base + COOKIE_END) return base;
  }
  return -1;
}

/** Whether flags, versions, type and count at `base` are those of a handshake packet of `type`. */
function holds(octets: Uint8Array, offset: number, base: number, type: number): boolean {
  if (bits(octets, offset, base - 2, 2) !== 0b01) return false;
  const version = bits(octets, offset, base + VERSION, 8);
  const minimum = bits(octets, offset, base + MINIMUM_VERSION, 8);
  if (version < VERSION_MIN || version > VERSION_MAX || minimum > version) return false;
  const count = bits(octets, offset, base + COUNT, 8);
  return (
    bits(octets, offset, base + TYPE, 8) === type &&
    count >= 1 &&
    count <= COUNT_MAX &&
    bits(octets, offset, base + NETWORK_VERSION, 32) !== 0
  );
}

/** Whether the packet counts on from `initial`, or challenges its sender. */
function agrees(
  octets: Uint8Array,
  offset: number,
  length: number,
  initial: Initial,
  direction: number,
): boolean {
  const { base } = initial;
  if ((base + COOKIE_END) / 8 > length) return false;
  if (bits(octets, offset, base + NETWORK_VERSION, 32) !== initial.networkVersion) return false;
  if (direction !== initial.direction) return holds(octets, offset, base, TYPE_CHALLENGE);
  return (
    holds(octets, offset, base, TYPE_INITIAL) && bits(octets, offset, base + COUNT, 8) === initial.count + 1
  );
}

/** `count` bits (1 … 32) from bit `at` of the packet, least significant first. */
function bits(octets: Uint8Array, offset: number, at: number, count: number): number {
  let value = 0;
  let scale = 1;
  let left = count;
  let bit = at;
  while (left > 0) {
    const shift = bit & 7;
    const take = Math.min(8 - shift, left);
    value += ((u8(octets, offset + (bit >>> 3)) >>> shift) & ((1 << take) - 1)) * scale;
    scale *= 2 ** take;
    bit += take;
    left -= take;
  }
  return value;
}
