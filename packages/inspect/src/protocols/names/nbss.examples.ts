import { be16, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";
import { netbiosName } from "./nbns.examples.js";

const names = concat(netbiosName("*SMBSERVER", 0x20), netbiosName("WORKSTATION", 0x00));
const request = concat(hex("81 00"), be16(names.length), names);
const read = { "nbss.called-name": "*SMBSERVER<20>", "nbss.calling-name": "WORKSTATION<00>" };

export const nbssExamples: readonly Example[] = [
  {
    title: "a session is asked for and granted",
    transport: "tcp",
    ports: [49152, 139],
    exchange: [
      [">", request],
      ["<", hex("82 00 0000")],
    ],
    protocol: "nbss",
    attributes: read,
    decidedAfter: 1,
  },
  {
    title: "a session is refused: the called name is not present",
    transport: "tcp",
    ports: [49152, 139],
    exchange: [
      [">", request],
      ["<", hex("83 00 0001 82")],
    ],
    protocol: "nbss",
    attributes: { ...read, "nbss.error": 0x82 },
  },
  {
    title: "the responder's half alone",
    transport: "tcp",
    ports: [49152, 139],
    exchange: [["<", hex("82 00 0000")]],
    protocol: "nbss",
  },
  {
    title: "a reserved flag after the verdict",
    transport: "tcp",
    ports: [49152, 139],
    exchange: [
      [">", request],
      ["<", hex("82 40 0000")],
    ],
    protocol: "nbss",
    attributes: read,
    findings: ["nbss.length-impossible"],
  },
  {
    title: "a request whose second name is not encoded",
    transport: "tcp",
    ports: [49152, 139],
    exchange: [
      [">", concat(hex("81 00 0044"), netbiosName("*SMBSERVER", 0x20), hex("20"), new Uint8Array(33))],
    ],
    protocol: undefined,
  },
];
