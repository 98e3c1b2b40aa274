import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function data(userData: Uint8Array): Uint8Array {
  return concat(hex("03 00"), be16(userData.length + 7), hex("02 f0 80"), userData);
}

/** A job: header with the reference, parameters, no data. */
function job(reference: number, parameters: Uint8Array): Uint8Array {
  return data(concat(hex("32 01 0000"), be16(reference), be16(parameters.length), be16(0), parameters));
}

const connect = hex("03000016 11 e0 0000 0001 00 c1020100 c2020102 c0010a");
const confirm = hex("03000016 11 d0 0001 0007 00 c0010a c1020100 c2020102");
const setUp = job(1, hex("f0 00 0001 0001 01e0"));
const setUpAnswer = data(hex("32 03 0000 0001 0008 0000 00 00 f0 00 0001 0001 00f0"));
const stop = job(2, concat(hex("29 0000000000 09"), latin1("P_PROGRAM")));
const stopRefused = data(hex("32 02 0000 0002 0000 0000 81 04"));

export const s7commExamples: readonly Example[] = [
  {
    title: "a client connects, and stops the controller, which refuses",
    transport: "tcp",
    ports: [49152, 102],
    exchange: [
      [">", connect],
      ["<", confirm],
      [">", setUp],
      ["<", setUpAnswer],
      [">", stop],
      ["<", stopRefused],
    ],
    protocol: "s7comm",
    attributes: {
      "s7comm.calling-tsap": "0100",
      "s7comm.called-tsap": "0102",
      "s7comm.function": [0xf0, 0x29],
      "s7comm.error": [0x8104],
    },
    findings: ["s7comm.stop"],
    decidedAfter: 3,
  },
  {
    title: "midstream, an answer comes first",
    transport: "tcp",
    exchange: [["<", setUpAnswer]],
    protocol: "s7comm",
    decidedAfter: 1,
  },
  {
    title: "lengths that do not add up, in a later message",
    transport: "tcp",
    exchange: [
      [">", setUp],
      [">", data(hex("32 01 0000 0001 0009 0000 f0 00 0001 0001 01e0"))],
    ],
    protocol: "s7comm",
    attributes: { "s7comm.function": [0xf0] },
    findings: ["s7comm.length-invalid"],
  },
  {
    title: "a connection that stays without data",
    transport: "tcp",
    ports: [49152, 102],
    exchange: [
      [">", connect],
      ["<", confirm],
    ],
    protocol: undefined,
  },
];
