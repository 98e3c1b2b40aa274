import { Malformed } from "@palisade/base";
import { u8, u16le, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Identifier of the user: sixteen octets, two of which mark eMule. */
export const EDONKEY_USER_HASH = attribute("edonkey.user-hash", "hex", { many: true });
/** Opcodes seen, over TCP. */
export const EDONKEY_OPCODE = attribute("edonkey.opcode", "number", { many: true });
/** Messages of the Kademlia network: `bootstrap-request`, `request`, `response`, `hello`. */
export const EDONKEY_KADEMLIA = attribute("edonkey.kademlia", "text", { many: true });

/** After the verdict: a message that does not begin with a protocol's mark, or is longer than any. */
export const EDONKEY_MESSAGE_IMPOSSIBLE = new Malformed("edonkey.message-impossible");

const EDONKEY = 0xe3;
const EMULE = 0xc5;
const PACKED = 0xd4;
const KADEMLIA = 0xe4;
const HEADER_BYTES = 5;
const MESSAGE_BYTES_MAX = 2_000_000;
const HASH_BYTES = 16;
/** To a client: opcode, size of hash (16), hash, address, port, tags. To a server the same without the size. */
const HELLO = 0x01;
const HELLO_ANSWER = 0x4c;
const HELLO_BYTES_MIN = 1 + HASH_BYTES + 6 + 4;
const HELLO_BYTES_MAX = 1_024;
const TAGS_MAX = 32;

const KAD_BOOTSTRAP_REQUEST = 0x01;
const KAD_BOOTSTRAP_RESPONSE = 0x09;
const KAD_HELLO_REQUEST = 0x11;
const KAD_HELLO_RESPONSE = 0x19;
const KAD_REQUEST = 0x21;
const KAD_RESPONSE = 0x29;
const CONTACT_BYTES = 25;

export const edonkey: Protocol = {
  name: "edonkey",
  title: "eDonkey and eMule, with Kademlia",
  spec: "eMule's source code, and Y. Kulbak and D. Bickson, The eMule Protocol Specification (2005)",
  category: "peer-to-peer",
  attributes: [EDONKEY_USER_HASH, EDONKEY_OPCODE, EDONKEY_KADEMLIA],
  malformed: [EDONKEY_MESSAGE_IMPOSSIBLE],
  recognises:
    "A hello or login with a hash, plausible count of tags and fitting length, or a Kademlia request or response of exact length.",
  omits: "Files, searches, compressed messages, and obfuscated connections.",
  stream: {
    ports: [4662, 4661],
    firstOctets: [EDONKEY, EMULE, PACKED],
    dissect(octets, offset, end, flow) {
      const undecided = flow.stage === 0;
      const mark = u8(octets, offset);
      if (mark !== EDONKEY && (undecided || (mark !== EMULE && mark !== PACKED))) {
        return undecided ? NO : EDONKEY_MESSAGE_IMPOSSIBLE;
      }
      if (end - offset < HEADER_BYTES + 1) return undecided ? MORE : MATCH;
      const length = u32le(octets, offset + 1);
      const opcode = u8(octets, offset + HEADER_BYTES);
      if (length === 0 || length > MESSAGE_BYTES_MAX) return undecided ? NO : EDONKEY_MESSAGE_IMPOSSIBLE;
      if (undecided) {
        if (opcode !== HELLO && opcode !== HELLO_ANSWER) return NO;
        if (length < HELLO_BYTES_MIN || length > HELLO_BYTES_MAX) return NO;
        if (end - offset < HEADER_BYTES + length) return MORE;
        if (!isHello(octets, offset + HEADER_BYTES, offset + HEADER_BYTES + length)) return NO;
      } else if (end - offset < HEADER_BYTES + Math.min(length, HELLO_BYTES_MAX)) {
        return MATCH;
      }
      flow.stage = 1;
      flow.set(EDONKEY_OPCODE, opcode);
      if (opcode === HELLO || opcode === HELLO_ANSWER) hello(octets, offset + HEADER_BYTES, length, flow);
      flow.consume(HEADER_BYTES + length);
      return MATCH;
    },
  },
  datagram: {
    ports: [4672],
    firstOctets: [KADEMLIA],
    dissect(octets, offset, end, flow) {
      if (end - offset < 2 || u8(octets, offset) !== KADEMLIA) return flow.stage === 0 ? NO : MATCH;
      return kademlia(octets, offset, end, flow);
    },
  },
};

/** Index of the hash in the hello at `start`: a client's says its size before. */
function hashAt(octets: Uint8Array, start: number): number {
  const hasSize = u8(octets, start) === HELLO && u8(octets, start + 1) === HASH_BYTES;
  return start + (hasSize ? 2 : 1);
}

/** Hash, address, port, a count of tags; the first tag of a known kind. */
function isHello(octets: Uint8Array, start: number, stop: number): boolean {
  const hash = hashAt(octets, start);
  const tags = hash + HASH_BYTES + 6;
  if (tags + 4 > stop) return false;
  const count = u32le(octets, tags);
  if (count === 0 || count > TAGS_MAX || tags + 4 + 4 * count > stop) return false;
  // Kinds 1 … 11 with a name of one octet behind its length of 16 bits, or kind with the top bit set and a bare name.
  const kind = u8(octets, tags + 4);
  if (kind >= 0x80) return (kind & 0x7f) <= 0x20;
  return kind >= 1 && kind <= 0x0b && u16le(octets, tags + 5) <= 16;
}

function hello(octets: Uint8Array, start: number, length: number, flow: FlowContext): void {
  const hash = hashAt(octets, start);
  if (hash + HASH_BYTES <= start + length) flow.hex(EDONKEY_USER_HASH, octets, hash, hash + HASH_BYTES);
}

/** Messages of version 2 whose length follows from what they count (eMule's opcodes.h). */
function kademlia(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const length = end - offset;
  let name = "";
  switch (u8(octets, offset + 1)) {
    case KAD_BOOTSTRAP_REQUEST:
      // Two octets are too few to go by on another port than eMule's.
      if (length === 2 && (flow.stage !== 0 || flow.destinationPort === 4672)) name = "bootstrap-request";
      break;
    case KAD_BOOTSTRAP_RESPONSE:
      if (length >= 23 && length === 23 + CONTACT_BYTES * u16le(octets, offset + 21))
        name = "bootstrap-response";
      break;
    case KAD_HELLO_REQUEST:
    case KAD_HELLO_RESPONSE:
      // Identifier, port, version (of 0 … 15), count of tags.
      if (length >= 22 && u8(octets, offset + 20) <= 15 && u8(octets, offset + 21) <= 4) {
        if (u8(octets, offset + 21) === 0 ? length === 22 : length > 22) name = "hello";
      }
      break;
    case KAD_REQUEST: {
      const count = u8(octets, offset + 2);
      if (length === 35 && (count === 2 || count === 4 || count === 11)) name = "request";
      break;
    }
    case KAD_RESPONSE:
      if (length >= 19 && length === 19 + CONTACT_BYTES * u8(octets, offset + 18)) name = "response";
      break;
    default:
  }
  if (name === "") return flow.stage === 0 ? MORE : MATCH;
  if (name === "hello" && flow.stage === 0) {
    // Little in a hello is fixed: the next message has to agree.
    return MORE;
  }
  flow.stage = 1;
  flow.set(EDONKEY_KADEMLIA, name);
  return MATCH;
}
