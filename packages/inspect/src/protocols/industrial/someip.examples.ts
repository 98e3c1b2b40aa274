import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const request = hex("1234 0421 0000000a 0001 0007 01 01 00 00 cafe");
const response = hex("1234 0421 0000000a 0001 0007 01 01 80 00 beef");
const unknown = hex("1234 0421 00000008 0001 0008 01 01 81 02");
// Service discovery: reboot and unicast flags; one entry, offering service 0x1234; one IPv4 endpoint option.
const offer = hex(`
  ffff 8100 00000030 0000 0001 01 01 02 00
  c0 000000 00000010 01 00 00 10 1234 0001 01 000003 00000000
  0000000c 0009 04 00 c0000201 00 11 7725
`);
const cookie = hex("ffff 0000 00000008 dead beef 01 01 01 00");

export const someipExamples: readonly Example[] = [
  {
    title: "a method is called and answers",
    transport: "udp",
    exchange: [
      [">", request],
      ["<", response],
      ["<", unknown],
    ],
    protocol: "someip",
    attributes: {
      "someip.service": [0x1234],
      "someip.method": [0x421],
      "someip.message-type": [0, 0x80, 0x81],
      "someip.return-code": [2],
    },
    decidedAfter: 1,
  },
  {
    title: "a service is offered, and then a datagram that is none",
    transport: "udp",
    exchange: [
      [">", offer],
      [">", hex("ffff 8100")],
    ],
    protocol: "someip",
    attributes: {
      "someip.service": [0xffff],
      "someip.method": [0x8100],
      "someip.message-type": [2],
      "someip.discovered-service": [0x1234],
    },
    findings: ["someip.header-invalid"],
  },
  {
    title: "a request and its response in a stream",
    transport: "tcp",
    exchange: [
      [">", request],
      ["<", response],
    ],
    protocol: "someip",
    attributes: { "someip.service": [0x1234], "someip.method": [0x421], "someip.message-type": [0x80, 0] },
    decidedAfter: 2,
  },
  {
    title: "a stream that begins with a magic cookie",
    transport: "tcp",
    exchange: [[">", cookie]],
    protocol: "someip",
    attributes: { "someip.service": [0xffff], "someip.method": [0], "someip.message-type": [1] },
    decidedAfter: 1,
  },
  {
    title: "a length that is not the datagram's",
    transport: "udp",
    exchange: [[">", hex("1234 0421 0000000b 0001 0007 01 01 00 00 cafe")]],
    protocol: undefined,
  },
];
