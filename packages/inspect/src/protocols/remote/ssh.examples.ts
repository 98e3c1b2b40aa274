import { be32, concat, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

/** SSH_MSG_KEXINIT (RFC 4253 §7.1) with these name-lists; lists not given are empty. */
function kexInit(lists: {
  readonly kex: string;
  readonly hostKeys: string;
  readonly ciphers: string;
  readonly macs: string;
  readonly compression: string;
}): Uint8Array {
  const { kex, hostKeys, ciphers, macs, compression } = lists;
  const names = [kex, hostKeys, ciphers, ciphers, macs, macs, compression, compression, "", ""];
  const payload = concat(
    20,
    new Uint8Array(16).fill(0xc0),
    ...names.flatMap((list) => [be32(list.length), latin1(list)]),
    0,
    be32(0),
  );
  const padding = 8 - ((payload.length + 5) % 8) + (8 - ((payload.length + 5) % 8) < 4 ? 8 : 0);
  return concat(be32(payload.length + padding + 1), padding, payload, new Uint8Array(padding));
}

const client = kexInit({
  kex: "curve25519-sha256,diffie-hellman-group1-sha1",
  hostKeys: "ssh-ed25519,ssh-rsa",
  ciphers: "aes128-ctr,3des-cbc",
  macs: "hmac-sha2-256",
  compression: "none,zlib",
});
const server = kexInit({
  kex: "diffie-hellman-group1-sha1",
  hostKeys: "ssh-rsa",
  ciphers: "3des-cbc,aes128-ctr",
  macs: "hmac-sha1,hmac-sha2-256",
  compression: "none",
});

export const sshExamples: readonly Example[] = [
  {
    title: "both sides say who they are and what they can, and agree on an old key exchange",
    transport: "tcp",
    exchange: [
      ["<", latin1("SSH-2.0-OpenSSH_9.6 Demo\r\n")],
      [">", latin1("SSH-2.0-demo_1.2\r\n")],
      [">", client],
      ["<", server],
      ["<", new Uint8Array(40).fill(0xee)],
    ],
    protocol: "ssh",
    attributes: {
      "ssh.version": "2.0",
      "ssh.server-software": "OpenSSH_9.6 Demo",
      "ssh.client-software": "demo_1.2",
      "ssh.hassh": "011f8f293633a7a324527116d38f9fb8",
      "ssh.hassh-server": "2b7390ad30ad847df22bb551c66a7935",
      "ssh.kex": "diffie-hellman-group1-sha1",
      "ssh.host-key-algorithm": "ssh-rsa",
      "ssh.cipher": "aes128-ctr",
      "ssh.mac": "hmac-sha2-256",
    },
    findings: ["ssh.algorithm-weak"],
    decidedAfter: 1,
  },
  {
    title: "version 1 is a finding",
    transport: "tcp",
    exchange: [
      ["<", latin1("SSH-1.5-1.2.26\n")],
      ["<", concat(be32(267), 0, 0, 0, 0, 0, 2)],
    ],
    protocol: "ssh",
    attributes: { "ssh.version": "1.5", "ssh.server-software": "1.2.26" },
    findings: ["ssh.version-obsolete"],
  },
  {
    title: "a packet that cannot be the first",
    transport: "tcp",
    exchange: [[">", concat(latin1("SSH-2.0-x\r\n"), be32(12), 4, 99, new Uint8Array(10))]],
    protocol: "ssh",
    attributes: { "ssh.version": "2.0", "ssh.client-software": "x" },
    findings: ["ssh.packet-invalid"],
  },
  {
    title: "a name-list that reaches past its packet",
    transport: "tcp",
    exchange: [
      [
        ">",
        concat(latin1("SSH-2.0-x\r\n"), be32(28), 4, 20, new Uint8Array(16), be32(900), new Uint8Array(6)),
      ],
    ],
    protocol: "ssh",
    attributes: { "ssh.version": "2.0", "ssh.client-software": "x" },
    findings: ["ssh.kexinit-invalid"],
  },
  {
    title: "an identification that never ends",
    transport: "tcp",
    exchange: [["<", latin1(`SSH-2.0-${"x".repeat(300)}`)]],
    protocol: "ssh",
    findings: ["ssh.identification-invalid"],
  },
  {
    title: "a word that begins the same is not SSH",
    transport: "tcp",
    exchange: [["<", latin1("SSH-agent ready\r\n")]],
    protocol: undefined,
  },
];
