/**
 * Opening of Initial packets, which are encrypted with keys that everybody can derive: RFC 9001 §5.2 … §5.4.
 *
 * A cipher is made for each packet's payload, which costs more than most datagrams do in full: the caller bounds how often it asks.
 */
import { createDecipheriv } from "node:crypto";
import { concat, latin1, u8 } from "@palisade/wire";
import { encryptBlock } from "./aes-block.js";
import { DIGEST_OCTETS, HmacKey } from "./hmac-sha256.js";
import type { QuicVersion } from "./quic-versions.js";

const KEY_OCTETS = 16;
const IV_OCTETS = 12;
const TAG_OCTETS = 16;
const SAMPLE_OCTETS = 16;
/** RFC 9001 §5.4.2: the sample begins where the packet number would end if it were this long. */
const PACKET_NUMBER_OCTETS_MAX = 4;
/** From the packet number on: a number, and enough for the sample. */
export const PROTECTED_OCTETS_MIN = PACKET_NUMBER_OCTETS_MAX + SAMPLE_OCTETS;

export interface InitialKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  /** For header protection. */
  readonly hp: Uint8Array;
}

/** What HKDF-Expand-Label (RFC 8446 §7.1) signs with an empty context for `length` octets, 32 at most: one block. */
function information(label: string, length: number): Uint8Array {
  const full = latin1(`tls13 ${label}`);
  return concat(0, length, full.length, full, 0, 1);
}

const SECRET_INFORMATION = {
  client: information("client in", DIGEST_OCTETS),
  server: information("server in", DIGEST_OCTETS),
} as const;

/** What of the keys is the same for all connections of a version. */
class Derivation {
  /** HKDF-Extract's key. */
  readonly salt: HmacKey;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly hp: Uint8Array;

  constructor({ salt, label }: QuicVersion) {
    this.salt = new HmacKey(salt);
    this.key = information(`${label} key`, KEY_OCTETS);
    this.iv = information(`${label} iv`, IV_OCTETS);
    this.hp = information(`${label} hp`, KEY_OCTETS);
  }
}

/** One for each version that was met. */
const derivations = new Map<QuicVersion, Derivation>();

/** The keys of one end's Initial packets, from the Destination Connection ID of the client's first. */
export function initialKeys(
  version: QuicVersion,
  connectionId: Uint8Array,
  sender: "client" | "server",
): InitialKeys {
  let derivation = derivations.get(version);
  if (derivation === undefined) {
    derivation = new Derivation(version);
    derivations.set(version, derivation);
  }
  const initial = new HmacKey(derivation.salt.sign(connectionId));
  const secret = new HmacKey(initial.sign(SECRET_INFORMATION[sender]));
  return {
    key: secret.sign(derivation.key, KEY_OCTETS),
    iv: secret.sign(derivation.iv, IV_OCTETS),
    hp: secret.sign(derivation.hp, KEY_OCTETS),
  };
}

const mask = new Int32Array(SAMPLE_OCTETS / 4);

/**
 * The payload of the Initial packet that begins at `start`, has its packet number at `numberAt` and ends at `end`; undefined
 * where these are not its keys. At least `PROTECTED_OCTETS_MIN` octets lie from `numberAt` on. The input is left as it is.
 */
export function openInitial(
  keys: InitialKeys,
  octets: Uint8Array,
  start: number,
  numberAt: number,
  end: number,
): Uint8Array | undefined {
  encryptBlock(keys.hp, octets, numberAt + PACKET_NUMBER_OCTETS_MAX, mask);
  const first = u8(octets, start) ^ ((mask[0]! >>> 24) & 0x0f);
  // The four octets of the mask that are for the packet number.
  const numberMask = (mask[0]! << 8) | (mask[1]! >>> 24);
  const numberOctets = (first & 0x03) + 1;
  const payloadAt = numberAt + numberOctets;
  if (end - payloadAt < TAG_OCTETS) return undefined;
  // Not `slice`, which of a Buffer is no copy.
  const header = new Uint8Array(octets.subarray(start, payloadAt));
  header[0] = first;
  const nonce = new Uint8Array(keys.iv);
  for (let index = 0; index < numberOctets; index += 1) {
    const octet = u8(octets, numberAt + index) ^ ((numberMask >>> (24 - index * 8)) & 0xff);
    header[numberAt - start + index] = octet;
    nonce[IV_OCTETS - numberOctets + index]! ^= octet;
  }
  const decipher = createDecipheriv("aes-128-gcm", keys.key, nonce);
  decipher.setAAD(header);
  const payload = decipher.update(octets.subarray(payloadAt, end - TAG_OCTETS));
  decipher.setAuthTag(octets.subarray(end - TAG_OCTETS, end));
  try {
    decipher.final();
  } catch {
    // The tag does not fit: other keys, or damage.
    return undefined;
  }
  return payload;
}
