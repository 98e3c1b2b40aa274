import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";
import { header, name } from "./dns.examples.js";

/** Octets that look random: a multiplicative sequence. */
function opaque(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => ((index + 7) * 2_654_435_761) >>> 24);
}

const encryptedQuery = opaque(512);
const encryptedResponse = concat(latin1("r6fnvWj8"), opaque(232));
const provider = concat(1, latin1("2"), 13, latin1("dnscrypt-cert"), name("example.com"));
const certificateQuery = concat(header(0x0100, 1, 0, 0, 0), provider, hex("0010 0001"));
const certificate = concat(latin1("DNSC"), hex("0002 0000"), opaque(116));
const certificateResponse = concat(
  header(0x8180, 1, 1, 0, 0),
  provider,
  hex("0010 0001 c00c 0010 0001 00000e10"),
  be16(certificate.length + 1),
  certificate.length,
  certificate,
);

export const dnscryptExamples: readonly Example[] = [
  {
    title: "an encrypted query and its response",
    transport: "udp",
    ports: [49152, 443],
    exchange: [
      [">", encryptedQuery],
      ["<", encryptedResponse],
    ],
    protocol: "dnscrypt",
    decidedAfter: 2,
  },
  {
    title: "a query of version 1 alone",
    transport: "udp",
    exchange: [[">", concat(latin1("q6fnvWj8"), opaque(252))]],
    protocol: "dnscrypt",
    decidedAfter: 1,
  },
  {
    title: "the response over TCP",
    transport: "tcp",
    ports: [49152, 443],
    exchange: [["<", concat(be16(encryptedResponse.length), encryptedResponse)]],
    protocol: "dnscrypt",
  },
  {
    title: "a provider's certificate",
    transport: "udp",
    ports: [49152, 443],
    exchange: [
      [">", certificateQuery],
      ["<", certificateResponse],
    ],
    protocol: "dnscrypt",
    attributes: { "dnscrypt.provider": "2.dnscrypt-cert.example.com", "dnscrypt.es-version": [2] },
    decidedAfter: 1,
  },
  {
    title: "a certificate cut short, after the verdict",
    transport: "udp",
    ports: [49152, 443],
    exchange: [
      [">", certificateQuery],
      ["<", certificateResponse.subarray(0, certificateResponse.length - 1)],
    ],
    protocol: "dnscrypt",
    attributes: { "dnscrypt.provider": "2.dnscrypt-cert.example.com" },
    findings: ["dnscrypt.certificate-broken"],
  },
  {
    title: "a query whose answer has another magic",
    transport: "udp",
    ports: [49152, 443],
    exchange: [
      [">", encryptedQuery],
      ["<", concat(latin1("r6fnvWj9"), opaque(232))],
    ],
    protocol: undefined,
  },
];
