import { Malformed } from "@palisade/base";
import { u8, u32, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Which ledger: `bitcoin`, `bitcoin-testnet3`, `litecoin`. */
export const BITCOIN_NETWORK = attribute("bitcoin.network", "text");
export const BITCOIN_COMMAND = attribute("bitcoin.command", "text", { many: true });
/** Version of the protocol that a peer speaks: 70015. */
export const BITCOIN_VERSION = attribute("bitcoin.version", "number", { many: true });
export const BITCOIN_USER_AGENT = attribute("bitcoin.user-agent", "text", { many: true });

/** After the verdict: a message without the network's magic. */
export const BITCOIN_MAGIC_LOST = new Malformed("bitcoin.magic-lost");
/** A length above what any message may have. */
export const BITCOIN_LENGTH_IMPOSSIBLE = new Malformed("bitcoin.length-impossible");

const HEADER_BYTES = 24;
const COMMAND_AT = 4;
const COMMAND_BYTES = 12;
const LENGTH_AT = 16;
const PAYLOAD_BYTES_MAX = 32 * 1_048_576;
/** Before version 209, `version` and `verack` had no checksum. */
const FIRST_VERSION_WITH_CHECKSUM = 209;
const OLD_HEADER_BYTES = 20;
/** Checksum of no octets: the first four of SHA-256 twice. */
const EMPTY_CHECKSUM = 0x5df6e0e2;
/** In a `version` message the user agent stands behind 80 octets. */
const USER_AGENT_AT = 80;

const NETWORKS: ReadonlyMap<number, string> = new Map([
  [0xf9beb4d9, "bitcoin"],
  [0x0b110907, "bitcoin-testnet3"],
  [0x1c163f28, "bitcoin-testnet4"],
  [0x0a03cf40, "bitcoin-signet"],
  [0xfabfb5da, "bitcoin-regtest"],
  [0xe3e1f3e8, "bitcoin-cash"],
  [0xfbc0b6db, "litecoin"],
  [0xc0c0c0c0, "dogecoin"],
  [0xbf0c6bbd, "dash"],
  [0x24e92764, "zcash"],
  [0xf9beb4fe, "namecoin"],
]);
const FIRST_OCTETS = [...new Set([...NETWORKS.keys()].map((magic) => magic >>> 24))];

export const bitcoin: Protocol = {
  name: "bitcoin",
  title: "Bitcoin and its relatives",
  spec: "Bitcoin developer reference, “P2P network”; the relatives' own magic numbers",
  category: "peer-to-peer",
  attributes: [BITCOIN_NETWORK, BITCOIN_COMMAND, BITCOIN_VERSION, BITCOIN_USER_AGENT],
  malformed: [BITCOIN_MAGIC_LOST, BITCOIN_LENGTH_IMPOSSIBLE],
  recognises:
    "A network's magic number before a command of letters filled with zeros, and a length in range.",
  omits: "Blocks, transactions, addresses of peers, and the encrypted transport of BIP 324.",
  stream: {
    ports: [8333, 18333, 9333],
    firstOctets: FIRST_OCTETS,
    dissect(octets, offset, end, flow) {
      const undecided = flow.stage === 0;
      if (end - offset < 4) return undecided ? MORE : MATCH;
      const network = NETWORKS.get(u32(octets, offset));
      if (network === undefined) return undecided ? NO : BITCOIN_MAGIC_LOST;
      if (end - offset < OLD_HEADER_BYTES) return undecided ? MORE : MATCH;
      const nameEnd = commandEnd(octets, offset + COMMAND_AT);
      if (nameEnd < 0) return undecided ? NO : BITCOIN_MAGIC_LOST;
      const length = u32le(octets, offset + LENGTH_AT);
      if (length > PAYLOAD_BYTES_MAX) return BITCOIN_LENGTH_IMPOSSIBLE;
      flow.stage = 1;
      return message(octets, offset, nameEnd, end, length, network, flow);
    },
  },
};

/** Index past the command's letters, or -1 where it is none: letters, digits, then zeros to the twelfth octet. */
function commandEnd(octets: Uint8Array, start: number): number {
  let at = start;
  while (at < start + COMMAND_BYTES && isCommandOctet(u8(octets, at))) at += 1;
  if (at === start) return -1;
  for (let index = at; index < start + COMMAND_BYTES; index += 1) {
    if (octets[index] !== 0) return -1;
  }
  return at;
}

function isCommandOctet(octet: number): boolean {
  return (octet >= 0x61 && octet <= 0x7a) || (octet >= 0x30 && octet <= 0x39);
}

function message(
  octets: Uint8Array,
  offset: number,
  nameEnd: number,
  end: number,
  length: number,
  network: string,
  flow: FlowContext,
): Outcome {
  const letters = nameEnd - offset - COMMAND_AT;
  const isVersion = letters === 7 && u32(octets, offset + COMMAND_AT) === 0x76657273;
  const isVerack = letters === 6 && u32(octets, offset + COMMAND_AT) === 0x76657261;
  let header = HEADER_BYTES;
  if (isVersion) {
    if (end - offset < HEADER_BYTES + 4) return MATCH;
    // Without checksum the low half of `services` stands where the version would.
    if (u32le(octets, offset + HEADER_BYTES) < FIRST_VERSION_WITH_CHECKSUM) header = OLD_HEADER_BYTES;
    if (length <= 1_024 && end - offset < header + length) return MATCH;
  } else if (isVerack) {
    // What follows an old one is the next message's magic number; alone, it cannot be told from one cut short.
    if (end - offset < HEADER_BYTES) return MATCH;
    if (u32(octets, offset + OLD_HEADER_BYTES) !== EMPTY_CHECKSUM) header = OLD_HEADER_BYTES;
  }
  flow.set(BITCOIN_NETWORK, network);
  flow.text(BITCOIN_COMMAND, octets, offset + COMMAND_AT, nameEnd);
  if (isVersion) version(octets, offset + header, Math.min(end, offset + header + length), flow);
  flow.consume(header + length);
  return MATCH;
}

function version(octets: Uint8Array, start: number, stop: number, flow: FlowContext): void {
  if (stop - start < 4) return;
  flow.set(BITCOIN_VERSION, u32le(octets, start));
  const at = start + USER_AGENT_AT;
  if (at >= stop) return;
  const size = u8(octets, at);
  if (size > 0 && size < 0xfd && at + 1 + size <= stop)
    flow.text(BITCOIN_USER_AGENT, octets, at + 1, at + 1 + size);
}
