/** Messages of SSH's transport (RFC 4253) up to the end of the key exchange, which are not encrypted. */
import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { be32, concat, latin1 } from "@palisade/wire";
import { OctetReader } from "./octet-reader.js";

export const SSH_MSG = { kexInit: 20, ecdhInit: 30, ecdhReply: 31 } as const;

/** Packets of more octets are not read: RFC 4253 §6.1 asks for 35,000 at least. */
export const SSH_PACKET_BYTES_MAX = 35_000;
/** Names of one list of algorithms. */
const NAMES_MAX = 128;

/** Lists of KEXINIT that matter, in the order of RFC 4253 §7.1. */
export interface SshAlgorithms {
  readonly keyExchange: readonly string[];
  readonly hostKeys: readonly string[];
  readonly encryption: readonly string[];
  readonly mac: readonly string[];
  readonly compression: readonly string[];
}

/** A string behind its length (RFC 4251 §5). */
export function sshString(value: Uint8Array | string): Uint8Array {
  const octets = typeof value === "string" ? latin1(value) : value;
  return concat(be32(octets.length), octets);
}

/** A positive integer as `mpint` (RFC 4251 §5): no needless zero octets, one where the first bit is set. */
export function sshInteger(octets: Uint8Array): Uint8Array {
  let at = 0;
  while (at < octets.length && octets[at] === 0) at += 1;
  const short = octets.subarray(at);
  return sshString(short.length > 0 && short[0]! >= 0x80 ? concat(0, short) : short);
}

/** An unencrypted packet: length, padding of at least four octets up to a multiple of eight (RFC 4253 §6). */
export function sshPacket(payload: Uint8Array): Uint8Array {
  let padding = 8 - ((5 + payload.length) % 8);
  if (padding < 4) padding += 8;
  return concat(be32(1 + payload.length + padding), padding, payload, new Uint8Array(padding));
}

/** How many octets the first packet takes; 0 while that cannot be told, -1 where it is none. For `Connection.receive`. */
export function sshPacketBytes(octets: Uint8Array): number {
  if (octets.length < 4) return 0;
  const length = new OctetReader(octets).u32();
  return length < 2 || length > SSH_PACKET_BYTES_MAX ? -1 : 4 + length;
}

/** The payload of a whole packet; empty where its padding is longer than it. */
export function sshPayload(packet: Uint8Array): Uint8Array {
  const end = packet.length - (packet[4] ?? 0);
  return end > 5 ? packet.subarray(5, end) : new Uint8Array(0);
}

/** KEXINIT's lists; undefined where the payload is something else or cut short. */
export function parseKexInit(payload: Uint8Array): SshAlgorithms | undefined {
  const reader = new OctetReader(payload);
  if (reader.u8() !== SSH_MSG.kexInit) return undefined;
  reader.skip(16);
  const list = (): string[] =>
    Buffer.from(reader.bytes(reader.u32()))
      .toString("latin1")
      .split(",")
      .filter((name) => name !== "")
      .slice(0, NAMES_MAX);
  const keyExchange = list();
  const hostKeys = list();
  list(); // client to server; what the server would use towards us tells as much
  const encryption = list();
  list();
  const mac = list();
  list();
  const compression = list();
  return reader.short ? undefined : { keyExchange, hostKeys, encryption, mac, compression };
}

/** KEXINIT that agrees with whatever the server has, except that it wants one key exchange and one kind of host key. */
export function kexInit(keyExchange: string, hostKey: string, server: SshAlgorithms): Uint8Array {
  const names = (list: readonly string[]): Uint8Array => sshString(list.join(","));
  return concat(
    SSH_MSG.kexInit,
    randomBytes(16),
    names([keyExchange]),
    names([hostKey]),
    names(server.encryption),
    names(server.encryption),
    names(server.mac),
    names(server.mac),
    names(server.compression),
    names(server.compression),
    be32(0),
    be32(0),
    0, // no guess follows
    be32(0),
  );
}

/** What the exchange's hash is over (RFC 5656 §4, RFC 8731 §3.1). */
export interface KeyExchange {
  /** Identification lines without CR LF. */
  readonly clientVersion: Uint8Array;
  readonly serverVersion: Uint8Array;
  readonly clientInit: Uint8Array;
  readonly serverInit: Uint8Array;
  readonly clientPublic: Uint8Array;
  readonly serverPublic: Uint8Array;
  readonly hostKey: Uint8Array;
  readonly shared: Uint8Array;
}

export function exchangeHash(exchange: KeyExchange): Buffer {
  const hash = createHash("sha256");
  hash.update(sshString(exchange.clientVersion)).update(sshString(exchange.serverVersion));
  hash.update(sshString(exchange.clientInit)).update(sshString(exchange.serverInit));
  hash.update(sshString(exchange.hostKey));
  hash.update(sshString(exchange.clientPublic)).update(sshString(exchange.serverPublic));
  return hash.update(sshInteger(exchange.shared)).digest();
}

export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`. */
  readonly type: string;
  /** Of the RSA modulus, or of the curve. */
  readonly bits: number;
  /** As OpenSSH shows it: `SHA256:` and Base64 without padding. */
  readonly fingerprint: string;
}

const CURVES: Readonly<
  Record<string, { readonly curve: string; readonly bits: number; readonly hash: string }>
> = {
  "ecdsa-sha2-nistp256": { curve: "P-256", bits: 256, hash: "sha256" },
  "ecdsa-sha2-nistp384": { curve: "P-384", bits: 384, hash: "sha384" },
  "ecdsa-sha2-nistp521": { curve: "P-521", bits: 521, hash: "sha512" },
};

/**
 * A host key whose owner signed the exchange; undefined where the key or the signature is not what it should be.
 *
 * @param signature as it stands in the reply, with the algorithm's name
 */
export function provenHostKey(
  hostKey: Uint8Array,
  signature: Uint8Array,
  hash: Uint8Array,
): HostKey | undefined {
  const key = new OctetReader(hostKey);
  const type = text(key.bytes(key.u32()));
  const signed = new OctetReader(signature);
  const algorithm = text(signed.bytes(signed.u32()));
  const value = signed.bytes(signed.u32());
  if (key.short || signed.short) return undefined;
  const fingerprint = `SHA256:${createHash("sha256").update(hostKey).digest("base64").replace(/=+$/, "")}`;
  const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64url");
  try {
    if (type === "ssh-ed25519") {
      const x = base64(key.bytes(key.u32()));
      const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
      return verify(null, hash, publicKey, value) ? { type, bits: 256, fingerprint } : undefined;
    }
    const curve = CURVES[type];
    if (curve !== undefined) {
      key.bytes(key.u32());
      const point = key.bytes(key.u32());
      const size = (point.length - 1) / 2;
      if (point[0] !== 4) return undefined;
      const x = base64(point.subarray(1, 1 + size));
      const y = base64(point.subarray(1 + size));
      const publicKey = createPublicKey({ key: { kty: "EC", crv: curve.curve, x, y }, format: "jwk" });
      const parts = new OctetReader(value);
      const [r, s] = [fixed(parts.bytes(parts.u32()), size), fixed(parts.bytes(parts.u32()), size)];
      const options = { key: publicKey, dsaEncoding: "ieee-p1363" as const };
      return verify(curve.hash, hash, options, concat(r, s))
        ? { type, bits: curve.bits, fingerprint }
        : undefined;
    }
    if (type === "ssh-rsa") {
      const e = key.bytes(key.u32());
      const n = key.bytes(key.u32());
      const publicKey = createPublicKey({ key: { kty: "RSA", n: base64(n), e: base64(e) }, format: "jwk" });
      // RFC 8332 §3 names the hash in the signature, whatever the key is called.
      const digest = { "rsa-sha2-512": "sha512", "rsa-sha2-256": "sha256", "ssh-rsa": "sha1" }[algorithm];
      if (digest === undefined || !verify(digest, hash, publicKey, value)) return undefined;
      return { type, bits: publicKey.asymmetricKeyDetails?.modulusLength ?? 0, fingerprint };
    }
  } catch {
    // A key that is none: the service lies, or is broken.
  }
  return undefined;
}

/** An integer in as many octets, zeroes in front. */
function fixed(octets: Uint8Array, size: number): Uint8Array {
  const short = octets.length > size ? octets.subarray(octets.length - size) : octets;
  return concat(new Uint8Array(size - short.length), short);
}

function text(octets: Uint8Array): string {
  return Buffer.from(octets).toString("latin1");
}
