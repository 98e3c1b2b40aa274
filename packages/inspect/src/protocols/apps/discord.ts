import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, NO, type Protocol } from "../../dissector.js";

/** The client's own address, as the voice server sees it. */
export const DISCORD_CLIENT_ADDRESS = attribute("discord.client-address", "text");

const REQUEST = 1;
const RESPONSE = 2;
/** Type and length, source, address as text, port. */
const DISCOVERY_BYTES = 74;
const DISCOVERY_LENGTH = 70;
const ADDRESS_AT = 8;
const ADDRESS_BYTES = 64;
/** A client keeps its path open with this and a counter. */
const KEEP_ALIVE = 0x1337_cafe;
const KEEP_ALIVE_BYTES = 8;

export const discord: Protocol = {
  name: "discord",
  title: "Discord voice",
  spec: "Discord Developer Portal, “Voice connections: IP discovery”; behaviour of Discord's clients for the keep-alive",
  category: "voice-video",
  attributes: [DISCORD_CLIENT_ADDRESS],
  malformed: [],
  recognises:
    "A request or answer of IP discovery, 74 octets with the address filled up with zeros, or a keep-alive of eight octets.",
  omits: "Voice and video, which are encrypted RTP.",
  datagram: {
    ports: [],
    firstOctets: [0x00, 0x13],
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      if (length === KEEP_ALIVE_BYTES) return u32(octets, offset) === KEEP_ALIVE ? DONE : NO;
      if (length !== DISCOVERY_BYTES || u16(octets, offset + 2) !== DISCOVERY_LENGTH) return NO;
      const type = u16(octets, offset);
      if (type !== REQUEST && type !== RESPONSE) return NO;
      const start = offset + ADDRESS_AT;
      const textEnd = addressEnd(octets, start, start + ADDRESS_BYTES);
      if (textEnd < 0 || (type === RESPONSE) !== textEnd > start) return NO;
      if (type === REQUEST) return u16(octets, end - 2) === 0 ? MATCH : NO;
      flow.text(DISCORD_CLIENT_ADDRESS, octets, start, textEnd);
      return DONE;
    },
  },
};

/** Index after the address as text in `start … end`, -1 where it has other characters or is not filled up with zeros. */
function addressEnd(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isAddressCharacter(u8(octets, at))) at += 1;
  for (let rest = at; rest < end; rest += 1) if (u8(octets, rest) !== 0) return -1;
  return at;
}

/** Digits, `.`, `:`, and the letters of hexadecimal digits. */
function isAddressCharacter(octet: number): boolean {
  if (octet === 0x2e || (octet >= 0x30 && octet <= 0x3a)) return true;
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x66;
}
