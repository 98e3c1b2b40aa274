import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const transaction = hex("b7e7a701bc34d686fa87dfae");

function message(type: number, attributes: Uint8Array): Uint8Array {
  return concat(be16(type), be16(attributes.length), hex("2112a442"), transaction, attributes);
}

function filled(type: number, value: Uint8Array): Uint8Array {
  return concat(be16(type), be16(value.length), value, new Uint8Array(-value.length & 3));
}

// RFC 5769 §2.1 and §2.2 in small: SOFTWARE and USERNAME; XOR-MAPPED-ADDRESS of 192.0.2.1 port 32853.
const request = message(
  0x0001,
  concat(filled(0x8022, latin1("STUN test client")), filled(0x0006, latin1("evtj:h6vY"))),
);
const response = message(0x0101, hex("0020 0008 00 01 a147 e112a643"));
const allocateError = message(
  0x0113,
  concat(hex("0009 0004 0000 0401"), filled(0x0014, latin1("example.org"))),
);
const permission = message(0x0008, hex("0012 0008 00 01 a147 e112a643"));
const channelData = hex("4000 0003 616263 00");
const classicRequest = concat(hex("0001 0000"), hex("00112233445566778899aabbccddeeff"));
const classicResponse = concat(
  hex("0101 000c"),
  hex("00112233445566778899aabbccddeeff"),
  hex("0001 0008 00 01 8055 c0000201"),
);
// RFC 6347 §4.2.1: HelloVerifyRequest with a cookie of eight octets.
const helloVerify = hex(
  "16 feff 0000 000000000000 0017 03 00000b 0000 000000 00000b fefd 08 1122334455667788",
);
const answers = {
  "stun.message": ["binding request", "binding success"],
  "stun.software": ["STUN test client"],
  "stun.username": ["evtj:h6vY"],
  "stun.mapped-address": ["192.0.2.1"],
};

export const stunExamples: readonly Example[] = [
  {
    title: "a binding, and media that follow on the same flow",
    transport: "udp",
    exchange: [
      [">", request],
      ["<", response],
      [">", hex("17 fefd 0001 000000000001 0004 01020304")],
      [">", hex("80 6f 0001 00000001 00000001 ff")],
    ],
    protocol: "stun",
    attributes: { ...answers, "stun.carries": ["dtls", "rtp"] },
    decidedAfter: 1,
  },
  {
    title: "a DTLS handshake takes the flow over",
    transport: "udp",
    exchange: [
      [">", request],
      ["<", response],
      ["<", helloVerify],
      ["<", helloVerify],
    ],
    protocol: "dtls",
    path: ["stun", "dtls"],
    attributes: { ...answers, "stun.carries": ["dtls"] },
  },
  {
    title: "TURN over TCP refuses, then carries data of a channel",
    transport: "tcp",
    exchange: [
      [">", message(0x0003, hex("0019 0004 11000000"))],
      ["<", allocateError],
      [">", concat(permission, channelData, request)],
    ],
    protocol: "stun",
    attributes: {
      "stun.message": ["allocate request", "allocate error", "create-permission request", "binding request"],
      "stun.error-code": [401],
      "stun.realm": ["example.org"],
      "stun.peer-address": ["192.0.2.1"],
      "stun.carries": ["channel-data"],
      "stun.software": ["STUN test client"],
      "stun.username": ["evtj:h6vY"],
    },
    decidedAfter: 1,
  },
  {
    title: "ICE over TCP puts a length before each message",
    transport: "tcp",
    exchange: [
      [">", concat(be16(request.length), request)],
      ["<", concat(be16(response.length), response)],
    ],
    protocol: "stun",
    attributes: answers,
  },
  {
    title: "a classic response without cookie decides by its attributes",
    transport: "udp",
    exchange: [
      [">", classicRequest],
      ["<", classicResponse],
    ],
    protocol: "stun",
    attributes: { "stun.message": ["binding success"], "stun.mapped-address": ["192.0.2.1"] },
    decidedAfter: 2,
  },
  {
    title: "an attribute that reaches beyond its message is a finding",
    transport: "udp",
    exchange: [
      [">", request],
      ["<", message(0x0101, hex("0020 0018 00 01 a147 e112a643"))],
    ],
    protocol: "stun",
    attributes: {
      "stun.message": ["binding request"],
      "stun.software": ["STUN test client"],
      "stun.username": ["evtj:h6vY"],
    },
    findings: ["stun.attribute-overrun"],
  },
  {
    title: "Microsoft's TURN does not fill its attributes",
    transport: "udp",
    exchange: [[">", message(0x0003, concat(hex("000f 0004 72c64bc6"), hex("0006 0003"), latin1("bob")))]],
    protocol: "stun",
    attributes: { "stun.message": ["allocate request"], "stun.username": ["bob"] },
  },
  {
    title: "a classic request without answer, on another port, is nobody's",
    transport: "udp",
    exchange: [[">", classicRequest]],
    protocol: undefined,
  },
];
