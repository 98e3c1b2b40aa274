import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const imsi = hex("00 01 01 21 43 65 87 f9");
const apn = latin1("\x08internet\x03mnc");

// TS 29.274: create session request with IMSI, MSISDN and APN; recovery in the answer.
const elements2 = concat(
  hex("01 0008 00"),
  imsi,
  hex("4c 0006 00 94 71 10 32 54 f6"),
  hex("47 000d 00"),
  apn,
);
const createSession = concat(hex("48 20"), be16(elements2.length + 8), hex("00000000 000001 00"), elements2);
const sessionCreated = hex("48 21 000e 00000001 000001 00 02 0002 00 10 00");

// TS 29.060: create PDP context request with IMSI, recovery and APN; its answer.
const elements1 = concat(
  hex("02"),
  imsi,
  hex("0e 05"),
  hex("83 000d"),
  apn,
  hex("86 0007 91 94 71 10 32 54 f6"),
);
const createContext = concat(hex("32 10"), be16(elements1.length + 4), hex("00000000 0007 00 00"), elements1);
const contextCreated = hex("32 11 0006 00000001 0007 00 00 01 80");

export const gtpExamples: readonly Example[] = [
  {
    title: "version 2: a session is created",
    transport: "udp",
    ports: [49152, 2123],
    exchange: [
      [">", createSession],
      ["<", sessionCreated],
    ],
    protocol: "gtp",
    attributes: {
      "gtp.version": 2,
      "gtp.message-type": [32, 33],
      "gtp.imsi": ["001010123456789"],
      "gtp.msisdn": ["49170123456"],
      "gtp.apn": ["internet.mnc"],
      "gtp.cause": [16],
    },
    decidedAfter: 1,
  },
  {
    title: "version 1: a context is created",
    transport: "udp",
    ports: [49152, 2123],
    exchange: [
      [">", createContext],
      ["<", contextCreated],
    ],
    protocol: "gtp",
    attributes: {
      "gtp.version": 1,
      "gtp.message-type": [16, 17],
      "gtp.imsi": ["001010123456789"],
      "gtp.msisdn": ["49170123456"],
      "gtp.apn": ["internet.mnc"],
      "gtp.cause": [128],
    },
  },
  {
    title: "an echo between tunnel endpoints, and then a length that lies",
    transport: "udp",
    ports: [2152, 2152],
    exchange: [
      [">", hex("32 01 0004 00000000 0001 00 00")],
      ["<", hex("32 02 0008 00000000 0001 00 00 0e 00")],
    ],
    protocol: "gtp",
    attributes: { "gtp.version": 1, "gtp.message-type": [1] },
    findings: ["gtp.length-invalid"],
  },
  {
    title: "charging data are transferred",
    transport: "udp",
    ports: [49152, 3386],
    exchange: [[">", hex("2e f0 0005 0001 7e 01 fc 00 00")]],
    protocol: "gtp",
    attributes: { "gtp.version": 1, "gtp.message-type": [240] },
  },
  {
    title: "the same octets on other ports",
    transport: "udp",
    exchange: [[">", contextCreated]],
    protocol: undefined,
  },
];
