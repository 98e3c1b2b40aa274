/** SSH: algorithms, and the host's keys, each proven by an exchange of keys that goes no further than the proof. */
import { createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";
import { concat, latin1 } from "@palisade/wire";
import { ConnectFailure, type Connection } from "../connection.js";
import type { DetailContext, DetailReader, Learnt } from "./detail.js";
import { OctetReader } from "./octet-reader.js";
import {
  exchangeHash,
  type HostKey,
  kexInit,
  parseKexInit,
  provenHostKey,
  SSH_MSG,
  type SshAlgorithms,
  sshPacket,
  sshPacketBytes,
  sshPayload,
  sshString,
} from "./ssh-messages.js";

const CLIENT_VERSION = latin1("SSH-2.0-Palisade");
/** RFC 8731; the second is what it was called before. */
const KEY_EXCHANGES = ["curve25519-sha256", "curve25519-sha256@libssh.org"];
/** A kind of key a line, names best first: a connection each. */
const KEY_KINDS = [
  ["ssh-ed25519"],
  ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
  ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
];
/** Lines that a server may send before its identification (RFC 4253 §4.2), in octets with it. */
const GREETING_BYTES_MAX = 4_096;
const X25519_BYTES = 32;

/** Everything up to the end of the identification line. */
function identificationBytes(octets: Uint8Array): number {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");
  const found = /^SSH-[^\n]*\n/m.exec(text);
  if (found === null) return octets.length > GREETING_BYTES_MAX ? -1 : 0;
  return found.index + found[0].length;
}

interface Greeting {
  readonly connection: Connection;
  readonly serverVersion: Uint8Array;
  readonly serverInit: Uint8Array;
  readonly algorithms: SshAlgorithms;
}

async function greet(context: DetailContext): Promise<Greeting | undefined> {
  const connection = await context.open();
  if (connection instanceof ConnectFailure) return undefined;
  connection.write(concat(CLIENT_VERSION, latin1("\r\n")));
  const lines = await connection.receive(identificationBytes, context.waitMs);
  const packet = lines && (await connection.receive(sshPacketBytes, context.waitMs));
  const serverInit = packet && sshPayload(packet);
  const algorithms = serverInit && parseKexInit(serverInit);
  if (lines === undefined || serverInit === undefined || algorithms === undefined) {
    connection.close();
    return undefined;
  }
  const text = Buffer.from(lines).toString("latin1");
  const serverVersion = latin1(/^SSH-[^\n]*$/m.exec(text)![0].replace(/\r$/, ""));
  return { connection, serverVersion, serverInit, algorithms };
}

/** RFC 5656 §4 with the method of RFC 8731: the reply proves who holds the key. */
async function exchange(
  context: DetailContext,
  greeting: Greeting,
  hostKey: string,
): Promise<HostKey | undefined> {
  const { connection, serverVersion, serverInit, algorithms } = greeting;
  const method = KEY_EXCHANGES.find((name) => algorithms.keyExchange.includes(name));
  if (method === undefined) return undefined;
  const clientInit = kexInit(method, hostKey, algorithms);
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  const clientPublic = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  connection.write(sshPacket(clientInit));
  connection.write(sshPacket(concat(SSH_MSG.ecdhInit, sshString(clientPublic))));
  const packet = await connection.receive(sshPacketBytes, context.waitMs);
  if (packet === undefined) return undefined;
  const reader = new OctetReader(sshPayload(packet));
  if (reader.u8() !== SSH_MSG.ecdhReply) return undefined;
  const key = reader.bytes(reader.u32());
  const serverPublic = reader.bytes(reader.u32());
  const signature = reader.bytes(reader.u32());
  if (reader.short || serverPublic.length !== X25519_BYTES) return undefined;
  let shared: Buffer;
  try {
    const x = Buffer.from(serverPublic).toString("base64url");
    const other = createPublicKey({ key: { kty: "OKP", crv: "X25519", x }, format: "jwk" });
    shared = diffieHellman({ privateKey, publicKey: other });
  } catch {
    // A point of small order, which RFC 7748 §6.1 says to refuse.
    return undefined;
  }
  const hash = exchangeHash({
    clientVersion: CLIENT_VERSION,
    serverVersion,
    clientInit,
    serverInit,
    clientPublic,
    serverPublic,
    hostKey: key,
    shared,
  });
  return provenHostKey(key, signature, hash);
}

/** `ssh-kex`, `ssh-host-key-algorithms`, `ssh-encryption`, `ssh-mac`, `ssh-compression`; `ssh-host-keys`: `ssh-ed25519 256 SHA256:…`. */
export const ssh: DetailReader = {
  services: ["ssh", "sftp"],
  async read(context): Promise<Learnt | undefined> {
    const first = await greet(context);
    if (first === undefined) return undefined;
    const { algorithms } = first;
    const wanted = KEY_KINDS.flatMap(
      (names) => names.find((name) => algorithms.hostKeys.includes(name)) ?? [],
    );
    const keys: string[] = [];
    let unused: Greeting | undefined = first;
    // One after the other: servers refuse clients that open many sessions at once and log in to none.
    for (const name of wanted) {
      const greeting: Greeting | undefined = unused ?? (await greet(context));
      unused = undefined;
      if (greeting === undefined) break;
      const key = await exchange(context, greeting, name);
      greeting.connection.close();
      if (key !== undefined) keys.push(`${key.type} ${key.bits} ${key.fingerprint}`);
    }
    unused?.connection.close();
    return {
      details: {
        "ssh-kex": algorithms.keyExchange,
        "ssh-host-key-algorithms": algorithms.hostKeys,
        "ssh-encryption": algorithms.encryption,
        "ssh-mac": algorithms.mac,
        "ssh-compression": algorithms.compression,
        ...(keys.length > 0 ? { "ssh-host-keys": keys } : {}),
      },
    };
  },
};
