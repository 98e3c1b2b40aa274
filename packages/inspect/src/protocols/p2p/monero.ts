import { Malformed } from "@palisade/base";
import { u32, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Protocol } from "../../dissector.js";

/** Commands seen: `handshake`, `timed-sync`, `new-block`. */
export const MONERO_COMMAND = attribute("monero.command", "text", { many: true });

/** After the verdict: a message without Levin's signature. */
export const MONERO_SIGNATURE_LOST = new Malformed("monero.signature-lost");
/** A body longer than any peer takes. */
export const MONERO_LENGTH_IMPOSSIBLE = new Malformed("monero.length-impossible");

const SIGNATURE_HIGH = 0x01210101;
const SIGNATURE_LOW = 0x01010101;
const HEADER_BYTES = 33;
const PAYLOAD_BYTES_MAX = 100_000_000;
const PROTOCOL_VERSION = 1;
const COMMANDS: ReadonlyMap<number, string> = new Map([
  [1001, "handshake"],
  [1002, "timed-sync"],
  [1003, "ping"],
  [1007, "request-support-flags"],
  [2001, "new-block"],
  [2002, "new-transactions"],
  [2003, "request-objects"],
  [2004, "response-objects"],
  [2006, "request-chain"],
  [2007, "response-chain-entry"],
  [2008, "new-fluffy-block"],
  [2009, "request-fluffy-missing"],
  [2010, "transaction-pool-complement"],
]);

export const monero: Protocol = {
  name: "monero",
  title: "Monero and other CryptoNote ledgers",
  spec: "Monero's Levin protocol documentation (docs/LEVIN_PROTOCOL.md)",
  category: "peer-to-peer",
  attributes: [MONERO_COMMAND],
  malformed: [MONERO_SIGNATURE_LOST, MONERO_LENGTH_IMPOSSIBLE],
  recognises: "Levin's signature of eight octets, a length in range and protocol version 1.",
  omits: "Bodies, which hold blocks, transactions and addresses of peers.",
  stream: {
    ports: [18080, 28080, 38080],
    firstOctets: [0x01],
    dissect(octets, offset, end, flow) {
      const undecided = flow.stage === 0;
      const wrong = undecided ? NO : MONERO_SIGNATURE_LOST;
      if (end - offset >= 4 && u32(octets, offset) !== SIGNATURE_HIGH) return wrong;
      if (end - offset < HEADER_BYTES) return undecided ? MORE : MATCH;
      if (u32(octets, offset + 4) !== SIGNATURE_LOW) return wrong;
      const length = u32le(octets, offset + 8);
      if (length > PAYLOAD_BYTES_MAX || u32le(octets, offset + 12) !== 0) return MONERO_LENGTH_IMPOSSIBLE;
      if (u32le(octets, offset + 29) !== PROTOCOL_VERSION) return wrong;
      flow.stage = 1;
      const command = u32le(octets, offset + 17);
      flow.set(MONERO_COMMAND, COMMANDS.get(command) ?? `command-${command}`);
      flow.consume(HEADER_BYTES + length);
      return MATCH;
    },
  },
};
