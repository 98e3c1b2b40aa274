import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";
import { buildCertificate, OID_COMMON_NAME, OID_COUNTRY, OID_ORGANIZATION } from "./certificate.build.js";
import {
  buildCertificateMessage,
  buildClientHello,
  buildClientHelloBody,
  buildHandshake,
  buildRecord,
  buildServerHello,
} from "./client-hello.build.js";

/** RFC 8448 §3. */
const rfcClientHello = hex(`
  16 0301 00c4
  010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece70000061301130313020100
  00910000000b0009000006736572766572ff01000100000a00140012001d00170018001901000101010201030104002300
  00003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c002b00030203
  04000d0020001e040305030603020308040805080604010501060102010402050206020202002d00020101001c00024001
`);
const rfcServerHello = hex(`
  16 0303 005a
  020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e0033002400
  1d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304
`);
const APPLICATION_DATA = buildRecord(23, new Uint8Array(40).fill(0x5a), 0x0303);
const CHANGE_CIPHER_SPEC = hex("14 0303 0001 01");
/** RFC 8446 §4.1.3: the random value that makes a ServerHello a HelloRetryRequest. */
const RETRY_RANDOM = hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");

const hello = buildClientHello({ sni: "www.example.com", alpn: ["h2", "http/1.1"] });
const helloAttributes = {
  "tls.sni": "www.example.com",
  "tls.alpn": ["h2", "http/1.1"],
  "tls.ja3": "4b23665810532f79f11dcd3805ab4fdb",
  "tls.ja4": "t13d0907h2_f91f431d341e_fac2efa4a0c6",
};

const certificate = buildCertificate({
  subject: [
    [OID_COUNTRY, "GB"],
    [OID_ORGANIZATION, "Example, Ltd"],
    [OID_COMMON_NAME, "www.example.com"],
  ],
  dnsNames: ["www.example.com", "*.example.net"],
  addresses: [hex("c0000201")],
});
const certificateAttributes = {
  "tls.certificate-subject": "CN=www.example.com,O=Example\\, Ltd,C=GB",
  "tls.certificate-issuer": "CN=Example CA",
  "tls.certificate-san": ["www.example.com", "*.example.net", "192.0.2.1"],
  "tls.certificate-not-before": "2023-01-01T00:00:00Z",
  "tls.certificate-not-after": "2025-01-01T00:00:00Z",
  "tls.certificate-sha256": "e4100025c48f7be44a30a2fd23f64d8f74c64c182a28da61cea2b8c87d90ff9e",
  "tls.certificate-self-signed": false,
};
const selfSigned = buildCertificate({
  subject: [[OID_COMMON_NAME, "router.example"]],
  issuer: [[OID_COMMON_NAME, "router.example"]],
  notBefore: "20100101000000Z",
  notAfter: "20200101000000Z",
});

const future = buildCertificate({
  subject: [[OID_COMMON_NAME, "mail.example.com"]],
  dnsNames: ["mail.example.com"],
  notBefore: "300101000000Z",
  notAfter: "310101000000Z",
});
const clientCertificate = buildCertificate({ subject: [[OID_COMMON_NAME, "client 7"]] });
const echHello = buildClientHello({
  sni: "www.example.com",
  extensions: [[0xfe0d, hex("00 0001 0001 07 0000 0000")]],
});

export const tlsExamples: readonly Example[] = [
  {
    title: "the handshake of RFC 8448",
    transport: "tcp",
    exchange: [
      [">", rfcClientHello],
      ["<", concat(rfcServerHello, APPLICATION_DATA)],
    ],
    protocol: "tls",
    attributes: {
      "tls.sni": "server",
      "tls.ja3": "da4dea34fe6d4ce5f0725df3f2682fa0",
      "tls.ja4": "t13d030900_55b375c5d22e_59cd3dafc54d",
      "tls.version": "TLS 1.3",
      "tls.cipher": "TLS_AES_128_GCM_SHA256",
      "tls.ja3s": "eb1d94daa7e0344597e756a1fb6e7054",
    },
    decidedAfter: 1,
  },
  {
    title: "TLS 1.3 with its change of cipher that is none",
    transport: "tcp",
    exchange: [
      [">", hello],
      ["<", concat(buildServerHello({ selectedVersion: 0x0304 }), CHANGE_CIPHER_SPEC, APPLICATION_DATA)],
      [">", concat(CHANGE_CIPHER_SPEC, APPLICATION_DATA)],
    ],
    protocol: "tls",
    attributes: {
      ...helloAttributes,
      "tls.version": "TLS 1.3",
      "tls.cipher": "TLS_AES_128_GCM_SHA256",
      "tls.ja3s": "f4febc55ea12b31ae17cfb7e614afda8",
    },
    decidedAfter: 1,
  },
  {
    title: "TLS 1.3 whose server wants another hello",
    transport: "tcp",
    exchange: [
      [">", hello],
      ["<", concat(buildServerHello({ selectedVersion: 0x0304, random: RETRY_RANDOM }), CHANGE_CIPHER_SPEC)],
      [">", concat(CHANGE_CIPHER_SPEC, hello)],
      ["<", concat(buildServerHello({ selectedVersion: 0x0304, cipher: 0x1302 }), APPLICATION_DATA)],
    ],
    protocol: "tls",
    attributes: {
      ...helloAttributes,
      "tls.version": "TLS 1.3",
      "tls.cipher": "TLS_AES_256_GCM_SHA384",
      "tls.ja3s": "15af977ce25de452b96affa2addb1036",
    },
  },
  {
    title: "TLS 1.2 with a certificate, its messages spread over records",
    transport: "tcp",
    exchange: [
      [">", hello],
      [
        "<",
        concat(
          buildServerHello({ cipher: 0xc02f, alpn: "h2" }),
          buildRecord(22, buildCertificateMessage([certificate, certificate]).subarray(0, 200), 0x0303),
          buildRecord(
            22,
            concat(buildCertificateMessage([certificate, certificate]).subarray(200), hex("0e 000000")),
            0x0303,
          ),
        ),
      ],
      [
        ">",
        concat(
          buildRecord(22, buildHandshake(16, new Uint8Array(33)), 0x0303),
          CHANGE_CIPHER_SPEC,
          buildRecord(22, new Uint8Array(40).fill(0xa5), 0x0303),
        ),
      ],
      ["<", concat(CHANGE_CIPHER_SPEC, buildRecord(22, new Uint8Array(40).fill(0xa5), 0x0303))],
    ],
    protocol: "tls",
    attributes: {
      ...helloAttributes,
      ...certificateAttributes,
      "tls.version": "TLS 1.2",
      "tls.cipher": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "tls.ja3s": "896415616b22361262d7a961b6325cfd",
      "tls.alpn-selected": "h2",
    },
  },
  {
    title: "the server's half alone, with an old self-signed certificate and an export cipher",
    transport: "tcp",
    exchange: [
      [
        "<",
        concat(
          buildServerHello({ version: 0x0301, cipher: 0x0003 }),
          buildRecord(22, buildCertificateMessage([selfSigned]), 0x0301),
        ),
      ],
    ],
    protocol: "tls",
    attributes: {
      "tls.version": "TLS 1.0",
      "tls.cipher": "TLS_RSA_EXPORT_WITH_RC4_40_MD5",
      "tls.ja3s": "b2da409a6761b6e919f874131918a409",
      "tls.certificate-subject": "CN=router.example",
      "tls.certificate-issuer": "CN=router.example",
      "tls.certificate-host": "router.example",
      "tls.certificate-not-before": "2010-01-01T00:00:00Z",
      "tls.certificate-not-after": "2020-01-01T00:00:00Z",
      "tls.certificate-sha256": "981aa5d7a411d6deea87a9992713d9e4dbd5dc63dbc30abb074105c20989524e",
      "tls.certificate-self-signed": true,
    },
    findings: ["tls.version-obsolete", "tls.cipher-weak", "tls.certificate-expired", "tls.self-signed"],
    decidedAfter: 1,
  },
  {
    title: "a client without name or extensions is refused with an alert",
    transport: "tcp",
    exchange: [
      [">", buildClientHello({ bare: true, version: 0x0300, ciphers: [0x000a] })],
      ["<", hex("15 0300 0002 02 28")],
    ],
    protocol: "tls",
    attributes: {
      "tls.ja3": "894f80b7342b06ff38196ba64d10d5cc",
      "tls.ja4": "ts3i010000_a8f3e973773c_000000000000",
      "tls.alert": ["handshake_failure"],
    },
    findings: ["tls.sni-absent", "tls.version-obsolete", "tls.alert-fatal"],
  },
  {
    title: "a hello cut into records of a few octets",
    transport: "tcp",
    exchange: [
      [
        ">",
        (() => {
          const message = buildHandshake(
            1,
            buildClientHelloBody({ sni: "www.example.com", alpn: ["h2", "http/1.1"] }),
          );
          return concat(
            buildRecord(22, message.subarray(0, 5)),
            buildRecord(22, message.subarray(5, 60)),
            buildRecord(22, message.subarray(60)),
          );
        })(),
      ],
    ],
    protocol: "tls",
    attributes: helloAttributes,
  },
  {
    // RFC 5246 §E.2: version 3.1, three cipher specifications, no session, a challenge of 16 octets.
    title: "a hello in the form of SSL 2.0",
    transport: "tcp",
    exchange: [
      [
        ">",
        hex(`
          802e 01 0301 0015 0000 0010
          010080 020080 030080 040080 050080 060040 070060
          000102030405060708090a0b0c0d0e0f
        `),
      ],
    ],
    protocol: "tls",
    attributes: {},
    findings: ["tls.sni-absent", "tls.version-obsolete"],
    decidedAfter: 1,
  },
  {
    title: "a record and the beginning of another met midstream",
    transport: "tcp",
    exchange: [[">", concat(APPLICATION_DATA, APPLICATION_DATA.subarray(0, 20))]],
    protocol: "tls",
    decidedAfter: 1,
  },
  {
    title: "the beginning of a record from each end, met midstream",
    transport: "tcp",
    exchange: [
      [">", APPLICATION_DATA.subarray(0, 20)],
      ["<", APPLICATION_DATA.subarray(0, 20)],
    ],
    protocol: "tls",
    decidedAfter: 2,
  },
  {
    title: "an encrypted alert is all that was met",
    transport: "tcp",
    exchange: [[">", hex("15 0303 001a 0000000000000001 a5a5 a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5")]],
    protocol: "tls",
    decidedAfter: 1,
  },
  {
    title: "the beginning of a record is nobody's yet",
    transport: "tcp",
    exchange: [[">", APPLICATION_DATA.subarray(0, 30)]],
    protocol: undefined,
  },
  {
    title: "a record header before a message of another length is nobody's",
    transport: "tcp",
    exchange: [[">", hex("16 0301 0030 01 000004 0303 0001020304050607 000102030405060708090a0b0c0d0e0f")]],
    protocol: undefined,
  },
  {
    title: "both ends show certificates; the server's is for another name, and not yet valid",
    transport: "tcp",
    exchange: [
      [">", echHello],
      [
        "<",
        concat(
          buildServerHello({ cipher: 0xc02f }),
          buildRecord(22, buildCertificateMessage([future]), 0x0303),
          buildRecord(22, hex("0e 000000"), 0x0303),
        ),
      ],
      [
        ">",
        concat(
          buildRecord(22, buildCertificateMessage([clientCertificate]), 0x0303),
          buildRecord(22, buildHandshake(16, new Uint8Array(33)), 0x0303),
          CHANGE_CIPHER_SPEC,
        ),
      ],
      ["<", CHANGE_CIPHER_SPEC],
    ],
    protocol: "tls",
    attributes: {
      "tls.sni": "www.example.com",
      "tls.ja3": "f6c91ab6aab4f518085b88534d531211",
      "tls.ja4": "t13d090700_f91f431d341e_3e560cfa9037",
      "tls.ech-extension": true,
      "tls.version": "TLS 1.2",
      "tls.cipher": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "tls.ja3s": "174e7e4992a63f6d419626d97363adb8",
      "tls.certificate-subject": "CN=mail.example.com",
      "tls.certificate-issuer": "CN=Example CA",
      "tls.certificate-san": ["mail.example.com"],
      "tls.certificate-not-before": "2030-01-01T00:00:00Z",
      "tls.certificate-not-after": "2031-01-01T00:00:00Z",
      "tls.certificate-sha256": "8182912def5940d1be3aefe0c5ceab4e9e2a338fc8b25adba1d382f49a1b6fcf",
      "tls.certificate-self-signed": false,
      "tls.client-certificate-subject": "CN=client 7",
    },
    findings: ["tls.certificate-not-yet-valid", "tls.certificate-name-mismatch"],
  },
  {
    title: "a certificate that is none",
    transport: "tcp",
    exchange: [
      [
        "<",
        concat(
          buildServerHello({ cipher: 0xc02f }),
          buildRecord(22, buildCertificateMessage([hex("3003 020101")]), 0x0303),
        ),
      ],
    ],
    protocol: "tls",
    attributes: {
      "tls.version": "TLS 1.2",
      "tls.cipher": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "tls.ja3s": "174e7e4992a63f6d419626d97363adb8",
    },
    findings: ["tls.certificate-malformed"],
  },
  {
    title: "a hello that is no longer believed after its name",
    transport: "tcp",
    exchange: [
      [">", buildClientHello({ sni: "www.example.com", versions: [], extensions: [[16, hex("0003 01")]] })],
    ],
    protocol: "tls",
    attributes: { "tls.sni": "www.example.com" },
    findings: ["tls.hello-list-impossible"],
  },
  {
    title: "a server that answers a hello in plain text",
    transport: "tcp",
    exchange: [
      [">", hello],
      ["<", new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ],
    protocol: "tls",
    attributes: helloAttributes,
    findings: ["tls.record-malformed"],
  },
];
