import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function data(userData: Uint8Array): Uint8Array {
  return concat(hex("03 00"), be16(userData.length + 7), hex("02 f0 80"), userData);
}

/** An MMS PDU inside presentation and session, in presentation context 3. */
function transfer(pdu: Uint8Array): Uint8Array {
  const value = tagged(0xa0, pdu);
  const list = tagged(0x30, concat(hex("02 01 03"), value));
  return data(concat(hex("01 00 01 00"), tagged(0x61, list)));
}

function tagged(tag: number, contents: Uint8Array): Uint8Array {
  return concat(tag, contents.length, contents);
}

const connectTransport = hex("03000016 11 e0 0000 0001 00 c1020001 c2020001 c0010d");
// A CONNECT SPDU of which the presentation context list matters: ACSE in context 1, MMS in context 3, both in BER.
const contexts = hex(`
  31 2b a0 03 800101  a2 24 a4 22
  30 0f 0201 01 0604 52010001 3004 0602 5101
  30 0f 0201 03 0605 28ca220201 3003 0601 51
`);
const connect = data(concat(hex("0d"), contexts.length + 2, hex("c1"), contexts.length, contexts));
const identify = transfer(hex("a0 05 02 01 01 82 00"));
const identity = transfer(
  tagged(
    0xa1,
    concat(
      hex("02 01 01"),
      tagged(
        0xa2,
        concat(tagged(0x80, latin1("Example")), tagged(0x81, latin1("IED 7")), tagged(0x82, latin1("1.0"))),
      ),
    ),
  ),
);

export const mmsExamples: readonly Example[] = [
  {
    title: "a client connects and asks a device what it is",
    transport: "tcp",
    ports: [49152, 102],
    exchange: [
      [">", connectTransport],
      [">", connect],
      [">", identify],
      ["<", identity],
    ],
    protocol: "iso9506-1-mms",
    attributes: {
      "iso9506-1-mms.service": [2],
      "iso9506-1-mms.vendor": "Example",
      "iso9506-1-mms.model": "IED 7",
      "iso9506-1-mms.revision": "1.0",
    },
    decidedAfter: 2,
  },
  {
    title: "something else follows",
    transport: "tcp",
    exchange: [
      [">", connect],
      [">", latin1("GET / HTTP/1.1\r\n")],
    ],
    protocol: "iso9506-1-mms",
    findings: ["iso9506-1-mms.frame-invalid"],
  },
  {
    title: "a session for another application",
    transport: "tcp",
    ports: [49152, 102],
    exchange: [[">", data(hex("0d 0c c1 0a a4 08 30 06 0201 01 0601 51"))]],
    protocol: undefined,
  },
];
