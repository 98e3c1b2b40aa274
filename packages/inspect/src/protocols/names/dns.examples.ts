import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

/** A name in wire form: "www.example.com". */
export function name(text: string): Uint8Array {
  return concat(...text.split(".").flatMap((label) => [label.length, latin1(label)]), 0);
}

/** A header: identifier 0x1234, flags, and the four counts. */
export function header(flags: number, ...counts: readonly [number, number, number, number]): Uint8Array {
  return concat(hex("1234"), be16(flags), ...counts.map(be16));
}

/** A message over a stream: its length first (RFC 1035 §4.2.2). */
export function framed(message: Uint8Array): Uint8Array {
  return concat(be16(message.length), message);
}

const questionA = concat(name("www.example.com"), hex("0001 0001"));
const query = concat(header(0x0100, 1, 0, 0, 0), questionA);
const opt = hex("00 0029 04d0 00008000 0000");
const ednsQuery = concat(header(0x0120, 1, 0, 0, 1), questionA, opt);
// www.example.com CNAME web.example.com; web.example.com A 192.0.2.1, AAAA 2001:db8::1.
const response = concat(
  header(0x8180, 1, 3, 0, 1),
  questionA,
  hex("c00c 0005 0001 0000003c 0006"),
  concat(3, latin1("web"), hex("c010")),
  hex("c02d 0001 0001 0000003c 0004 c0000201"),
  hex("c02d 001c 0001 0000003c 0010 20010db8000000000000000000000001"),
  opt,
);
const nameError = concat(header(0x8183, 1, 0, 0, 0), questionA);
const transfer = concat(header(0x0000, 1, 0, 0, 0), name("example.com"), hex("00fc 0001"));
const pointerLoop = concat(header(0x8180, 1, 1, 0, 0), questionA, hex("c02d c021 0001 0001 0000003c 0004"));
// The answer's name points at itself: 12 of header, 21 of question, so it stands at 33 = 0x21.
const selfPointer = concat(
  header(0x8180, 1, 1, 0, 0),
  questionA,
  hex("c021 0001 0001 0000003c 0004 c0000201"),
);
const reverse = concat(
  header(0x8580, 1, 1, 0, 0),
  name("1.2.0.192.in-addr.arpa"),
  hex("000c 0001"),
  hex("c00c 000c 0001 0000003c 0011"),
  name("www.example.com"),
);

export const dnsExamples: readonly Example[] = [
  {
    title: "a question and its answer: an alias and two addresses",
    transport: "udp",
    ports: [49152, 53],
    exchange: [
      [">", ednsQuery],
      ["<", response],
    ],
    protocol: "dns",
    attributes: {
      "dns.opcode": 0,
      "dns.query": ["www.example.com"],
      "dns.query-type": [1],
      "dns.query-class": 1,
      "dns.edns": true,
      "dns.edns-payload-bytes": 1232,
      "dns.rcode": [0],
      "dns.answers": 3,
      "dns.cname": ["web.example.com"],
      "dns.address": ["192.0.2.1", "2001:db8::1"],
    },
    decidedAfter: 1,
  },
  {
    title: "on a foreign port the whole structure decides",
    transport: "udp",
    exchange: [
      [">", query],
      ["<", nameError],
    ],
    protocol: "dns",
    attributes: {
      "dns.opcode": 0,
      "dns.query": ["www.example.com"],
      "dns.query-type": [1],
      "dns.query-class": 1,
      "dns.rcode": [3],
      "dns.answers": 0,
    },
    decidedAfter: 1,
  },
  {
    title: "an answer alone, to a question about an address",
    transport: "udp",
    ports: [53, 49152],
    exchange: [[">", reverse]],
    protocol: "dns",
    attributes: {
      "dns.opcode": 0,
      "dns.query": ["1.2.0.192.in-addr.arpa"],
      "dns.query-type": [12],
      "dns.query-class": 1,
      "dns.rcode": [0],
      "dns.answers": 1,
      "dns.target": ["www.example.com"],
    },
  },
  {
    title: "over TCP, a zone transfer asked for and refused",
    transport: "tcp",
    ports: [49152, 53],
    exchange: [
      [">", framed(transfer)],
      ["<", framed(concat(header(0x8005, 1, 0, 0, 0), name("example.com"), hex("00fc 0001")))],
    ],
    protocol: "dns",
    attributes: {
      "dns.opcode": 0,
      "dns.query": ["example.com"],
      "dns.query-type": [252],
      "dns.query-class": 1,
      "dns.rcode": [5],
      "dns.answers": 0,
    },
    findings: ["dns.zone-transfer"],
  },
  {
    title: "a pointer to itself after the verdict",
    transport: "udp",
    ports: [49152, 53],
    exchange: [
      [">", query],
      ["<", selfPointer],
    ],
    protocol: "dns",
    attributes: {
      "dns.opcode": 0,
      "dns.query": ["www.example.com"],
      "dns.query-type": [1],
      "dns.query-class": 1,
    },
    findings: ["dns.pointer-wrong"],
  },
  {
    title: "a sound question with a broken answer, as the first message",
    transport: "udp",
    ports: [53, 49152],
    exchange: [[">", pointerLoop]],
    protocol: "dns",
    attributes: {
      "dns.opcode": 0,
      "dns.query": ["www.example.com"],
      "dns.query-type": [1],
      "dns.query-class": 1,
      "dns.rcode": [0],
      "dns.answers": 1,
    },
    findings: ["dns.pointer-wrong"],
  },
  {
    title: "a question with an octet too many, on a foreign port",
    transport: "udp",
    exchange: [[">", concat(query, 0)]],
    protocol: undefined,
  },
];
