import { be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const cookie = latin1("Cookie: mstshash=alice\r\n");
/** X.224 connection request with cookie and RDP_NEG_REQ: TLS and CredSSP. */
const request = concat(
  hex("0300"),
  0,
  11 + cookie.length + 8,
  6 + cookie.length + 8,
  hex("e0 0000 0000 00"),
  cookie,
  hex("01 00 0800 03000000"),
);

/** RDPEUDP SYN, padded: window 64, SYN and SYNEX, MTU 1232 both ways, version 2. */
function syn(acknowledgement: Uint8Array, flags: string, sequence: number): Uint8Array {
  const start = concat(acknowledgement, hex("0040"), hex(flags), be32(sequence), hex("04d0 04d0 0001 0002"));
  return concat(start, new Uint8Array(1232 - start.length));
}

export const rdpExamples: readonly Example[] = [
  {
    title: "a client asks for TLS and gets CredSSP",
    transport: "tcp",
    exchange: [
      [">", request],
      ["<", hex("0300 0013 0e d0 0000 1234 00  02 00 0800 02000000")],
    ],
    protocol: "rdp",
    attributes: { "rdp.cookie": "alice", "rdp.requested-protocols": 3, "rdp.selected-protocol": 2 },
    decidedAfter: 1,
  },
  {
    title: "a server that knows no TLS",
    transport: "tcp",
    ports: [49152, 3389],
    exchange: [
      [">", hex("0300 000b 06 e0 0000 0000 00")],
      ["<", hex("0300 000b 06 d0 0000 1234 00")],
    ],
    protocol: "rdp",
    attributes: { "rdp.selected-protocol": 0 },
    findings: ["rdp.standard-security"],
  },
  {
    title: "only the answer: a failure",
    transport: "tcp",
    exchange: [["<", hex("0300 0013 0e d0 0000 1234 00  03 00 0800 05000000")]],
    protocol: "rdp",
    attributes: { "rdp.failure-code": 5 },
  },
  {
    title: "an answer whose lengths disagree",
    transport: "tcp",
    exchange: [
      [">", request],
      ["<", hex("0300 0013 0f d0 0000 1234 00  02 00 0800 02000000")],
    ],
    protocol: "rdp",
    attributes: { "rdp.cookie": "alice", "rdp.requested-protocols": 3 },
    findings: ["rdp.confirm-invalid"],
  },
  {
    title: "a SYN over UDP",
    transport: "udp",
    exchange: [[">", syn(hex("ffffffff"), "1001", 0xbbff5687)]],
    protocol: "rdp",
    attributes: { "rdp.udp-version": 2 },
  },
  {
    title: "data over UDP that hold TLS",
    transport: "udp",
    ports: [49152, 3389],
    exchange: [[">", hex("10976033 0400 000c 0001 00 00 e65f846d e65f846d 1603030106 0100")]],
    protocol: "rdp",
  },
  {
    title: "the same on another port",
    transport: "udp",
    exchange: [[">", hex("10976033 0400 000c 0001 00 00 e65f846d e65f846d 1603030106 0100")]],
    protocol: undefined,
  },
];
