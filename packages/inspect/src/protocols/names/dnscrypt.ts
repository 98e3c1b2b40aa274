import { Malformed } from "@palisade/base";
import { startsWith, startsWithNoCase, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import {
  DNS_HEADER_BYTES,
  nameText,
  readRecord,
  record,
  skipName,
  skipQuestions,
  skipRecords,
  TYPE_TXT,
} from "./dns-message.js";

/** Name of the provider whose certificate is asked for: `2.dnscrypt-cert.example.com`. */
export const DNSCRYPT_PROVIDER = attribute("dnscrypt.provider", "text");
/** Encryption systems offered: 1 XSalsa20-Poly1305, 2 XChaCha20-Poly1305. */
export const DNSCRYPT_ES_VERSION = attribute("dnscrypt.es-version", "number", { many: true });

/** A question or answer about a certificate whose records do not hold. */
export const DNSCRYPT_CERTIFICATE_BROKEN = new Malformed("dnscrypt.certificate-broken");

/** The resolver's magic, in front of every response. */
const RESOLVER_MAGIC = "r6fnvWj8";
/** Version 1 had one magic for the queries of all clients. */
const CLIENT_MAGIC_1 = "q6fnvWj8";
/** Client magic 8, public key 32, half of a nonce 12, tag 16; then a query, padded to blocks of 64. */
const QUERY_OVERHEAD_BYTES = 68;
const QUERY_BYTES_MIN = 256;
const QUERY_BLOCK_BYTES = 64;
/** Magic 8, nonce 24, tag 16. */
const RESPONSE_BYTES_MIN = 48;
const LENGTH_BYTES = 2;
const MESSAGE_MAX = 8_192;
const CERTIFICATE_LABELS = "\x012\x0ddnscrypt-cert";
const CERTIFICATE_MAGIC = "DNSC";

export const dnscrypt: Protocol = {
  name: "dnscrypt",
  title: "DNSCrypt",
  spec: "DNSCrypt version 2 protocol specification (draft-denis-dprive-dnscrypt)",
  category: "network",
  attributes: [DNSCRYPT_PROVIDER, DNSCRYPT_ES_VERSION],
  malformed: [DNSCRYPT_CERTIFICATE_BROKEN],
  recognises:
    "A response that begins with the resolver's magic, a query with the client magic of version 1, or a DNS question for the certificate of a provider (2.dnscrypt-cert).",
  omits: "Queries seen without any response, and what the certificate holds beyond its version.",
  // Resolvers share ports 443 and 53 with others, so none is a hint.
  datagram: {
    ports: [],
    dissect(octets, offset, end, flow) {
      if (startsWithNoCase(octets, offset + DNS_HEADER_BYTES, end, CERTIFICATE_LABELS)) {
        return readCertificate(octets, offset, end, flow);
      }
      return readEncrypted(octets, offset, end, flow);
    },
  },
  stream: {
    ports: [],
    firstOctets: Array.from({ length: (MESSAGE_MAX >>> 8) + 1 }, (_, high) => high),
    dissect(octets, offset, end, flow) {
      const again = flow.stage === 0 ? MORE : MATCH;
      if (end - offset < LENGTH_BYTES) return again;
      const length = u16(octets, offset);
      if (length < RESPONSE_BYTES_MIN || length > MESSAGE_MAX) return NO;
      // The responder's part begins with its magic, so that most others fall out here.
      const prefix = Math.min(RESOLVER_MAGIC.length, end - offset - LENGTH_BYTES);
      const couldBe = startsWith(octets, offset + LENGTH_BYTES, end, RESOLVER_MAGIC.slice(0, prefix));
      if (flow.direction === 1 && !couldBe) return NO;
      if (end - offset < LENGTH_BYTES + length) return again;
      const message = offset + LENGTH_BYTES;
      const outcome = readEncrypted(octets, message, message + length, flow);
      if (outcome === MATCH) flow.consume(LENGTH_BYTES + length);
      return outcome;
    },
  },
};

/** A query tells nothing, having been made to look like nothing: it waits for its response. */
function readEncrypted(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const length = end - offset;
  if (startsWith(octets, offset, end, RESOLVER_MAGIC)) {
    if (length < RESPONSE_BYTES_MIN) return NO;
    flow.stage = 1;
    return MATCH;
  }
  if (flow.stage !== 0) return MATCH;
  if (startsWith(octets, offset, end, CLIENT_MAGIC_1) && length > QUERY_OVERHEAD_BYTES) {
    flow.stage = 1;
    return MATCH;
  }
  if (flow.direction !== 0 || length < QUERY_BYTES_MIN) return NO;
  // The specification pads the query, the most common client the packet as a whole.
  const rest = length % QUERY_BLOCK_BYTES;
  return rest === 0 || rest === QUERY_OVERHEAD_BYTES % QUERY_BLOCK_BYTES ? MORE : NO;
}

function readCertificate(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (u16(octets, offset + 4) !== 1) return NO;
  const question = offset + DNS_HEADER_BYTES;
  const afterQuestion = skipQuestions(octets, offset, question, end, 1);
  if (afterQuestion < 0) return DNSCRYPT_CERTIFICATE_BROKEN;
  if (u16(octets, skipName(octets, offset, question, end)) !== TYPE_TXT) return NO;
  const answers = u16(octets, offset + 6);
  if (skipRecords(octets, offset, afterQuestion, end, answers) < 0) return DNSCRYPT_CERTIFICATE_BROKEN;
  if (flow.wants(DNSCRYPT_PROVIDER)) flow.set(DNSCRYPT_PROVIDER, nameText(octets, offset, question));
  let index = afterQuestion;
  for (let left = answers; left > 0; left -= 1) {
    index = readRecord(octets, offset, index, end);
    // A string's length, then the certificate: magic, version of the encryption system.
    const certificate = record.data + 1;
    const isCertificate = record.type === TYPE_TXT && certificate + 6 <= index;
    if (!isCertificate || !startsWith(octets, certificate, index, CERTIFICATE_MAGIC)) continue;
    flow.set(DNSCRYPT_ES_VERSION, u16(octets, certificate + 4));
  }
  flow.stage = 1;
  return MATCH;
}
