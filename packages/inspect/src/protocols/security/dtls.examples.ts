import { be16, be24, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";
import { buildCertificate, OID_COMMON_NAME } from "./certificate.build.js";
import { buildCertificateMessage, buildClientHelloBody, buildServerHelloBody } from "./client-hello.build.js";

/** A record of epoch 0 or 1 (RFC 6347 §4.1). */
function record(
  type: number,
  content: Uint8Array,
  options: { version?: number; epoch?: number } = {},
): Uint8Array {
  const { version = 0xfefd, epoch = 0 } = options;
  return concat(type, be16(version), be16(epoch), hex("000000000001"), be16(content.length), content);
}

/** A fragment of a handshake message (RFC 6347 §4.2.2). */
function fragment(
  type: number,
  sequence: number,
  body: Uint8Array,
  from = 0,
  to: number = body.length,
): Uint8Array {
  const part = body.subarray(from, to);
  return concat(type, be24(body.length), be16(sequence), be24(from), be24(part.length), part);
}

const COOKIE = hex("c00c1e00c00c1e01c00c1e02c00c1e03");
const hello = { version: 0xfefd, versions: [], ciphers: [0xc02b, 0xc02f], sni: "dtls.example" } as const;
const helloBody = buildClientHelloBody({ ...hello, cookie: new Uint8Array(0) });
const helloAgain = buildClientHelloBody({ ...hello, cookie: COOKIE });
const helloAttributes = {
  "tls.sni": "dtls.example",
  "tls.ja3": "c0c9d9fa7e49c7679ae089a71eca8f6e",
  "tls.ja4": "dd2d020400_b6f57f3be927_e29762d6ed17",
};

const certificate = buildCertificate({
  subject: [[OID_COMMON_NAME, "dtls.example"]],
  dnsNames: ["dtls.example"],
});
// The certificate message without the header that TLS gives it: DTLS has its own.
const certificateBody = buildCertificateMessage([certificate]).subarray(4);
const encrypted = record(22, new Uint8Array(40).fill(0xa5), { epoch: 1 });
const CHANGE_CIPHER_SPEC = record(20, hex("01"));

export const dtlsExamples: readonly Example[] = [
  {
    title: "DTLS 1.2 with a cookie, and a certificate in fragments out of order",
    transport: "udp",
    exchange: [
      [">", record(22, fragment(1, 0, helloBody), { version: 0xfeff })],
      ["<", record(22, fragment(3, 0, concat(hex("fefd 10"), COOKIE)))],
      [">", record(22, fragment(1, 1, helloAgain))],
      ["<", record(22, fragment(2, 1, buildServerHelloBody({ version: 0xfefd, cipher: 0xc02b })))],
      ["<", record(22, fragment(11, 2, certificateBody, 150))],
      ["<", record(22, fragment(11, 2, certificateBody, 0, 160))],
      ["<", record(22, fragment(14, 3, new Uint8Array(0)))],
      [">", concat(CHANGE_CIPHER_SPEC, encrypted)],
      ["<", concat(CHANGE_CIPHER_SPEC, encrypted)],
    ],
    protocol: "dtls",
    attributes: {
      ...helloAttributes,
      "tls.version": "DTLS 1.2",
      "tls.cipher": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      "tls.ja3s": "c77eb4dd3434ddfeb4d88b08cdbd8906",
      "tls.certificate-subject": "CN=dtls.example",
      "tls.certificate-issuer": "CN=Example CA",
      "tls.certificate-san": ["dtls.example"],
      "tls.certificate-not-before": "2023-01-01T00:00:00Z",
      "tls.certificate-not-after": "2025-01-01T00:00:00Z",
      "tls.certificate-sha256": "08f6e88b80bad9cf445bca9108f2a1aacd90b9abb87d89f53d5f3a3115348b40",
      "tls.certificate-self-signed": false,
    },
    decidedAfter: 1,
  },
  {
    title: "a fragment of the hello is sent again with other octets: the first stay",
    transport: "udp",
    exchange: [
      [">", record(22, fragment(1, 0, helloBody, 0, 40), { version: 0xfeff })],
      [
        ">",
        record(22, fragment(1, 0, new Uint8Array(helloBody.length).fill(0x61), 8, 30), { version: 0xfeff }),
      ],
      [">", record(22, fragment(1, 0, helloBody, 30), { version: 0xfeff })],
    ],
    protocol: "dtls",
    attributes: helloAttributes,
    findings: ["dtls.fragment-conflict"],
    decidedAfter: 1,
  },
  {
    title: "fragments that give the hello's number to a message of another length or type: the first stay",
    transport: "udp",
    exchange: [
      [">", record(22, fragment(1, 0, helloBody, 0, 40), { version: 0xfeff })],
      [">", record(22, fragment(1, 0, helloAgain, 0, 40), { version: 0xfeff })],
      [">", record(22, fragment(16, 0, helloBody, 0, 40), { version: 0xfeff })],
      [">", record(22, fragment(1, 0, helloBody, 40), { version: 0xfeff })],
    ],
    protocol: "dtls",
    attributes: helloAttributes,
    findings: ["dtls.fragment-conflict"],
    decidedAfter: 1,
  },
  {
    title: "a hello comes whole after a fragment of another with its number: the first stays",
    transport: "udp",
    exchange: [
      [">", record(22, fragment(1, 0, helloBody, 0, 40), { version: 0xfeff })],
      [">", record(22, fragment(1, 0, buildClientHelloBody({ ...hello, sni: "other.example.test" })))],
      [">", record(22, fragment(1, 0, helloBody, 40), { version: 0xfeff })],
    ],
    protocol: "dtls",
    attributes: helloAttributes,
    findings: ["dtls.fragment-conflict"],
    decidedAfter: 1,
  },
  {
    title: "fragments of messages with higher numbers come first, as a host would not read them yet",
    transport: "udp",
    exchange: [
      ...[5, 6, 7, 8, 9].map((sequence): [">", Uint8Array] => [
        ">",
        record(22, fragment(1, sequence, helloBody, 0, 3), { version: 0xfeff }),
      ]),
      [">", record(22, fragment(1, 0, helloBody, 0, 40), { version: 0xfeff })],
      [">", record(22, fragment(1, 10, helloBody, 0, 3), { version: 0xfeff })],
      [">", record(22, fragment(1, 0, helloBody, 40), { version: 0xfeff })],
    ],
    protocol: "dtls",
    attributes: helloAttributes,
    decidedAfter: 1,
  },
  {
    title: "a client starts again from its port, with another hello in fragments",
    transport: "udp",
    exchange: [
      [">", record(22, fragment(1, 0, helloAgain, 0, 40), { version: 0xfeff })],
      [">", record(22, fragment(1, 0, helloAgain, 40), { version: 0xfeff })],
      [">", record(22, fragment(1, 0, helloBody, 0, 40), { version: 0xfeff })],
      [">", record(22, fragment(1, 0, helloBody, 40), { version: 0xfeff })],
    ],
    protocol: "dtls",
    attributes: helloAttributes,
    decidedAfter: 1,
  },
  {
    title: "a hello whose second fragment was lost is sent again, whole",
    transport: "udp",
    exchange: [
      [">", record(22, fragment(1, 0, helloBody, 0, 40), { version: 0xfeff })],
      [">", record(22, fragment(1, 0, helloBody), { version: 0xfeff })],
    ],
    protocol: "dtls",
    attributes: helloAttributes,
    decidedAfter: 1,
  },
  {
    title: "DTLS 1.3: what follows the server's hello has the short header",
    transport: "udp",
    exchange: [
      [">", record(22, fragment(1, 0, helloBody))],
      [
        "<",
        concat(
          record(22, fragment(2, 0, buildServerHelloBody({ version: 0xfefd, selectedVersion: 0xfefc }))),
          hex("2e 0001 0014 a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"),
        ),
      ],
    ],
    protocol: "dtls",
    attributes: {
      ...helloAttributes,
      "tls.version": "DTLS 1.3",
      "tls.cipher": "TLS_AES_128_GCM_SHA256",
      "tls.ja3s": "b7615e60dc563582ce46fdd66b0f9616",
    },
  },
  {
    title: "application data met midstream",
    transport: "udp",
    exchange: [[">", record(23, new Uint8Array(48).fill(0x5a), { epoch: 1 })]],
    protocol: "dtls",
    decidedAfter: 1,
  },
  {
    title: "the version before 1.0 is obsolete",
    transport: "udp",
    exchange: [
      [
        "<",
        record(22, fragment(2, 1, buildServerHelloBody({ version: 0x0100, cipher: 0x0035 })), {
          version: 0x0100,
        }),
      ],
    ],
    protocol: "dtls",
    attributes: {
      "tls.version": "DTLS 0.9",
      "tls.cipher": "TLS_RSA_WITH_AES_256_CBC_SHA",
      "tls.ja3s": "8f48e117ae3543615168a2b087cda528",
    },
    findings: ["tls.version-obsolete"],
  },
  {
    title: "a fragment longer than its message",
    transport: "udp",
    exchange: [
      [">", record(22, fragment(1, 0, helloBody))],
      ["<", record(22, hex("02 000010 0000 000008 000010 00000000000000000000000000000000"))],
    ],
    protocol: "dtls",
    attributes: helloAttributes,
    findings: ["dtls.fragment-impossible"],
  },
  {
    title: "a hello that holds no cipher suites",
    transport: "udp",
    exchange: [
      [">", record(22, fragment(1, 0, buildClientHelloBody({ ...hello, cookie: COOKIE, ciphers: [] })))],
    ],
    protocol: "dtls",
    findings: ["tls.hello-list-impossible"],
  },
  {
    title: "a record longer than its datagram, once it is known to be one",
    transport: "udp",
    exchange: [
      [">", record(22, fragment(1, 0, helloBody))],
      [">", record(22, fragment(1, 0, helloBody)).subarray(0, 100)],
    ],
    protocol: "dtls",
    attributes: helloAttributes,
    findings: ["dtls.truncated"],
  },
  {
    title: "a record longer than its datagram is nobody's",
    transport: "udp",
    exchange: [[">", record(23, new Uint8Array(48), { epoch: 1 }).subarray(0, 50)]],
    protocol: undefined,
  },
];
