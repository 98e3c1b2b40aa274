import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const initialize = concat(latin1("HS"), hex("00 00 0100 5842 0000000000000007"), latin1("hislip0"));
const initialized = concat(latin1("HS"), hex("01 00 0100 0001 0000000000000000"));
const question = concat(latin1("HS"), hex("07 00 ffffff00 0000000000000006"), latin1("*IDN?\n"));
const asyncInitialized = concat(latin1("HS"), hex("12 00 0000 4b54 0000000000000000"));
const fatal = concat(latin1("HS"), hex("02 03 00000000 0000000000000004"), latin1("busy"));

export const hislipExamples: readonly Example[] = [
  {
    title: "a client opens an instrument and asks what it is",
    transport: "tcp",
    exchange: [
      [">", initialize],
      ["<", initialized],
      [">", question],
      ["<", fatal],
    ],
    protocol: "hislip",
    attributes: { "hislip.sub-address": "hislip0", "hislip.client-vendor": "XB", "hislip.error": [3] },
    decidedAfter: 1,
  },
  {
    title: "the asynchronous channel, of which the server's side is seen, and then something else",
    transport: "tcp",
    exchange: [
      ["<", asyncInitialized],
      ["<", latin1("HTTP")],
    ],
    protocol: "hislip",
    attributes: { "hislip.server-vendor": "KT" },
    findings: ["hislip.header-invalid"],
  },
  {
    title: "a type that is not defined",
    transport: "tcp",
    ports: [49152, 4880],
    exchange: [[">", concat(latin1("HS"), hex("50 00 00000000 0000000000000000"))]],
    protocol: undefined,
  },
];
