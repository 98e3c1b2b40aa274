/**
 * A builder of QUIC Initial packets, sealed with the keys that everybody can derive, for examples, tests and made captures:
 * RFC 9000 §17.2.2, RFC 9001 §5. And of Google's CHLO.
 */
import { createCipheriv } from "node:crypto";
import { be16, be32, concat, latin1, le16, le32, u8 } from "@palisade/wire";
import {
  buildClientHelloBody,
  buildHandshake,
  type ClientHelloOptions,
  vector8,
} from "./client-hello.build.js";
import { initialKeys } from "./quic-initial.js";
import { quicVersion } from "./quic-versions.js";

export interface QuicInitialOptions {
  /** 0x00000001 by default. */
  readonly version?: number;
  /** Destination Connection ID. */
  readonly destination: Uint8Array;
  /** Source Connection ID; empty by default. */
  readonly source?: Uint8Array;
  /** From which the keys are derived: the client's first Destination Connection ID, `destination` by default. */
  readonly original?: Uint8Array;
  readonly sender?: "client" | "server";
  readonly token?: Uint8Array;
  /** 0 … 2^32 - 1, sent in four octets. */
  readonly packetNumber?: number;
  /** Frames; filled with PADDING to a datagram of `datagramOctets`. */
  readonly frames: Uint8Array;
  /** 1,200 by default (RFC 9000 §14.1). */
  readonly datagramOctets?: number;
}

const NUMBER_OCTETS = 4;
const TAG_OCTETS = 16;

/** A length of 0 … 16,383 in the two octets of RFC 9000 §16. */
export function varint16(value: number): Uint8Array {
  return be16(0x4000 | value);
}

/** A CRYPTO frame (RFC 9000 §19.6). */
export function buildCryptoFrame(offset: number, octets: Uint8Array, type = 6): Uint8Array {
  return concat(type, varint16(offset), varint16(octets.length), octets);
}

/** @throws {RangeError} for a version without Initial packets */
export function buildQuicInitial(options: QuicInitialOptions): Uint8Array {
  const number = options.version ?? 1;
  const version = quicVersion(number);
  if (version === undefined) throw new RangeError(`version ${number} has no Initial packets`);
  const token = options.token ?? new Uint8Array(0);
  const head = concat(
    0xc0 | (version.initialType << 4) | (NUMBER_OCTETS - 1),
    be32(number),
    vector8(options.destination),
    vector8(options.source ?? new Uint8Array(0)),
    token.length < 64 ? token.length : varint16(token.length),
    token,
  );
  const overhead = head.length + 2 + NUMBER_OCTETS + TAG_OCTETS;
  const room = Math.max(options.frames.length, (options.datagramOctets ?? 1200) - overhead);
  const payload = concat(options.frames, new Uint8Array(room - options.frames.length));
  const header = concat(head, varint16(NUMBER_OCTETS + room + TAG_OCTETS), be32(options.packetNumber ?? 0));
  const original = options.original ?? options.destination;
  const keys = initialKeys(version, original, options.sender ?? "client");
  const numberAt = header.length - NUMBER_OCTETS;
  const nonce = new Uint8Array(keys.iv);
  for (let index = 0; index < NUMBER_OCTETS; index += 1) nonce[8 + index]! ^= u8(header, numberAt + index);
  const cipher = createCipheriv("aes-128-gcm", keys.key, nonce);
  cipher.setAAD(header);
  const sealed = concat(cipher.update(payload), cipher.final(), cipher.getAuthTag());
  const mask = createCipheriv("aes-128-ecb", keys.hp, null).update(sealed.subarray(0, 16));
  header[0]! ^= u8(mask, 0) & 0x0f;
  for (let index = 0; index < NUMBER_OCTETS; index += 1) header[numberAt + index]! ^= u8(mask, 1 + index);
  return concat(header, sealed);
}

/** A client's first datagram: an Initial packet with a ClientHello. */
export function buildQuicClientHello(
  initial: Omit<QuicInitialOptions, "frames">,
  hello: ClientHelloOptions,
): Uint8Array {
  const message = buildHandshake(1, buildClientHelloBody(hello));
  return buildQuicInitial({ ...initial, frames: buildCryptoFrame(0, message) });
}

/** A message of Google's QUIC crypto: `CHLO` and tags of four characters with values. */
export function buildGquicMessage(
  name: string,
  tags: readonly (readonly [tag: string, value: string])[],
): Uint8Array {
  const index: Uint8Array[] = [];
  let end = 0;
  for (const [tag, value] of tags) {
    end += value.length;
    index.push(concat(latin1(tag.padEnd(4, "\0")), le32(end)));
  }
  const values = tags.map(([, value]) => latin1(value));
  return concat(latin1(name.padEnd(4, "\0")), le16(tags.length), le16(0), ...index, ...values);
}
