import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";

/** Channels that the client asks for: 1 … 255. */
export const ENET_CHANNELS = attribute("enet.channels", "number");
/** Largest datagram: octets. */
export const ENET_MTU = attribute("enet.mtu", "number");

/** Peer, and the time of sending where the first bit says so. */
const HEADER_BYTES = 4;
const SENT_TIME = 0x8000;
/** A packet of a peer that has no number yet: its twelve bits are ones; the session's two bits vary. */
const PEER_BITS = 0x0fff;
const NO_PEER = 0x0fff;
/** Commands 2 and 3 with the flag that asks for acknowledgement; sent on the channel of the connection itself. */
const CONNECT = 0x82;
const VERIFY_CONNECT = 0x83;
const CONNECTION_CHANNEL = 0xff;
const CONNECT_BYTES = 48;
const VERIFY_BYTES = 44;
const CHECKSUM_BYTES = 4;
const MTU_MIN = 576;
const MTU_MAX = 4_096;
const WINDOW_MIN = 4_096;
const WINDOW_MAX = 65_536;
const CHANNELS_MAX = 255;

export const enet: Protocol = {
  name: "enet",
  title: "ENet reliable UDP",
  spec: "ENet 1.3 (enet.bespin.org): protocol.h, “connect” and “verify connect” commands",
  category: "game",
  attributes: [ENET_CHANNELS, ENET_MTU],
  malformed: [],
  recognises:
    "A connect or verify-connect command of its exact length, with MTU, window and channels within ENet's bounds.",
  omits:
    "Connections picked up later, compressed or with a header of their own (as some games have), and all payload.",
  datagram: {
    ports: [],
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      if (length < HEADER_BYTES + VERIFY_BYTES || length > HEADER_BYTES + CHECKSUM_BYTES + CONNECT_BYTES)
        return NO;
      if ((u16(octets, offset) & SENT_TIME) === 0) return NO;
      for (let skip = HEADER_BYTES; skip <= HEADER_BYTES + CHECKSUM_BYTES; skip += CHECKSUM_BYTES) {
        const at = offset + skip;
        const command = u8(octets, at);
        if (u8(octets, at + 1) !== CONNECTION_CHANNEL) continue;
        if (command === CONNECT) {
          if (length - skip !== CONNECT_BYTES || (u16(octets, offset) & PEER_BITS) !== NO_PEER) continue;
        } else if (command !== VERIFY_CONNECT || length - skip !== VERIFY_BYTES) {
          continue;
        }
        if (!parametersHold(octets, at)) continue;
        flow.set(ENET_MTU, u32(octets, at + 8));
        flow.set(ENET_CHANNELS, u32(octets, at + 16));
        return MATCH;
      }
      return NO;
    },
  },
};

/** Sequence number 1, as the first command of a channel has it; MTU, window and channels within ENet's bounds. */
function parametersHold(octets: Uint8Array, at: number): boolean {
  if (u16(octets, at + 2) !== 1) return false;
  const mtu = u32(octets, at + 8);
  const window = u32(octets, at + 12);
  const channels = u32(octets, at + 16);
  return (
    mtu >= MTU_MIN &&
    mtu <= MTU_MAX &&
    window >= WINDOW_MIN &&
    window <= WINDOW_MAX &&
    channels >= 1 &&
    channels <= CHANNELS_MAX
  );
}
