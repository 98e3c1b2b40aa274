import { Malformed } from "@palisade/base";
import { formatIpAddress, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { rlpCount, rlpEnd, rlpItem } from "./rlp.js";
import { isCurvePoint, UNCOMPRESSED_POINT_BYTES } from "./secp256k1.js";

/** Discovery messages: `ping`, `pong`, `find-node`, `neighbours`, `enr-request`, `enr-response`; `handshake` over TCP. */
export const ETHEREUM_MESSAGE = attribute("ethereum.message", "text", { many: true });
/** Address that a node gives as its own in a ping. */
export const ETHEREUM_ADDRESS = attribute("ethereum.address", "address", { many: true });

/** After the verdict: a discovery packet whose list does not hold together. */
export const ETHEREUM_LIST_MALFORMED = new Malformed("ethereum.list-malformed");

/** Hash of the rest, signature (r, s, recovery identifier), type. */
const HEADER_BYTES = 32 + 65 + 1;
const RECOVERY_AT = 96;
const TYPE_AT = 97;
/** Discovery packets are at most this long (devp2p, Node Discovery v4). */
const PACKET_BYTES_MAX = 1_280;
const ITEMS_MAX = 32;
const MESSAGES: readonly string[] = [
  "",
  "ping",
  "pong",
  "find-node",
  "neighbours",
  "enr-request",
  "enr-response",
];
/** Fewest items of each message's list. */
const ITEMS_MIN: readonly number[] = [0, 4, 3, 2, 2, 1, 2];
const PING = 1;
const TIME_WITHIN_SECONDS = 315_576_000;

/** EIP-8: a size of 16 bits, then an encrypted body; sizes of real ones stay far below. */
const HANDSHAKE_BYTES_MIN = 150;
const HANDSHAKE_BYTES_MAX = 1_024;
/** Before EIP-8 the body stood alone. */
const PLAIN = 4;

export const ethereum: Protocol = {
  name: "ethereum",
  title: "Ethereum peers (devp2p)",
  spec: "devp2p: Node Discovery v4, RLPx transport (EIP-8)",
  category: "peer-to-peer",
  attributes: [ETHEREUM_MESSAGE, ETHEREUM_ADDRESS],
  malformed: [ETHEREUM_LIST_MALFORMED],
  recognises:
    "A discovery packet whose type and list agree after hash and signature, or a handshake whose ephemeral key is a point of secp256k1.",
  omits: "Signatures, node records, discovery v5, and what the encrypted transport carries.",
  datagram: {
    ports: [30303],
    dissect(octets, offset, end, flow) {
      const wrong = flow.stage === 0 ? NO : ETHEREUM_LIST_MALFORMED;
      if (end - offset <= HEADER_BYTES || end - offset > PACKET_BYTES_MAX) return wrong;
      const type = u8(octets, offset + TYPE_AT);
      if (u8(octets, offset + RECOVERY_AT) > 1 || type === 0 || type >= MESSAGES.length) return wrong;
      const list = offset + HEADER_BYTES;
      const stop = rlpEnd(octets, list, end);
      if (stop < 0 || !rlpItem.isList) return wrong;
      const start = rlpItem.start;
      const count = rlpCount(octets, start, stop, ITEMS_MAX);
      if (count < ITEMS_MIN[type]!) return wrong;
      // Octets behind the list are for later versions (EIP-8); real packets have few or none.
      if (flow.stage === 0 && !(stop === end || holdsTime(octets, start, stop, flow))) return NO;
      flow.stage = 1;
      flow.set(ETHEREUM_MESSAGE, MESSAGES[type]!);
      if (type === PING) ping(octets, start, stop, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [30303],
    firstOctets: [0, 1, 2, 3, PLAIN],
    dissect(octets, offset, end, flow) {
      if (flow.stage !== 0) return DONE;
      if (end - offset < 3) return MORE;
      const size = u16(octets, offset);
      const isSized =
        size >= HANDSHAKE_BYTES_MIN && size <= HANDSHAKE_BYTES_MAX && u8(octets, offset + 2) === PLAIN;
      if (!isSized && u8(octets, offset) !== PLAIN) return NO;
      const point = offset + (isSized ? 2 : 0);
      if (end - point < UNCOMPRESSED_POINT_BYTES) return MORE;
      if (!isCurvePoint(octets, point)) return NO;
      flow.stage = 1;
      flow.set(ETHEREUM_MESSAGE, "handshake");
      return DONE;
    },
  },
};

/** Whether one of the items is four octets that are a time within ten years of the capture's: the packet's expiry. */
function holdsTime(octets: Uint8Array, start: number, stop: number, flow: FlowContext): boolean {
  let at = start;
  while (at < stop) {
    const next = rlpEnd(octets, at, stop);
    if (next < 0) return false;
    if (next - rlpItem.start === 4 && !rlpItem.isList) {
      const seconds = u32(octets, rlpItem.start);
      if (Math.abs(seconds - flow.timeUs / 1e6) < TIME_WITHIN_SECONDS) return true;
    }
    at = next;
  }
  return false;
}

/** `[version, [address, udp port, tcp port], to, expiration]`. */
function ping(octets: Uint8Array, start: number, stop: number, flow: FlowContext): void {
  const from = rlpEnd(octets, start, stop);
  const fromEnd = rlpEnd(octets, from, stop);
  if (fromEnd < 0 || !rlpItem.isList) return;
  const address = rlpItem.start;
  const addressEnd = rlpEnd(octets, address, fromEnd);
  const length = addressEnd - rlpItem.start;
  if (addressEnd < 0 || (length !== 4 && length !== 16)) return;
  if (flow.wants(ETHEREUM_ADDRESS))
    flow.set(ETHEREUM_ADDRESS, formatIpAddress(octets, rlpItem.start, length));
}
