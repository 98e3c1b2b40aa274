import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

// RFC 2281 §5: version 0, hello, active; hello and hold time, priority, group; "cisco"; address.
const version1 = hex("00 00 10 03 0a 6e 01 00 636973636f000000 c0000201");
// Group state: version 2, hello, active, IPv4, group 40, identifier, priority 110, times, address; then text authentication.
const version2 = concat(
  hex("01 28 02 00 06 04 0028 020000000001 0000006e 00000bb8 00002710 c0000201 000000000000000000000000"),
  hex("03 08 6174746963000000"),
);
const interfaceState = hex("02 04 0000 0001");
const read = {
  "hsrp.version": 1,
  "hsrp.opcode": [0],
  "hsrp.state": [16],
  "hsrp.priority": [110],
  "hsrp.group": [1],
  "hsrp.virtual-address": ["192.0.2.1"],
};

export const hsrpExamples: readonly Example[] = [
  {
    title: "version 1 with the text that everybody knows",
    transport: "udp",
    ports: [1985, 1985],
    exchange: [[">", version1]],
    protocol: "hsrp",
    attributes: read,
    findings: ["hsrp.default-authentication"],
    decidedAfter: 1,
  },
  {
    title: "version 2",
    transport: "udp",
    ports: [1985, 1985],
    exchange: [
      [">", interfaceState],
      [">", version2],
    ],
    protocol: "hsrp",
    attributes: { ...read, "hsrp.version": 2, "hsrp.state": [6], "hsrp.group": [40] },
    decidedAfter: 1,
  },
  {
    title: "a TLV cut short after the verdict",
    transport: "udp",
    ports: [2029, 2029],
    exchange: [
      [">", interfaceState],
      [">", version2.subarray(0, 41)],
    ],
    protocol: "hsrp",
    attributes: { "hsrp.version": 2 },
    findings: ["hsrp.truncated"],
  },
  {
    title: "a state that does not exist",
    transport: "udp",
    ports: [1985, 1985],
    exchange: [[">", hex("00 00 03 03 0a 6e 01 00 636973636f000000 c0000201")]],
    protocol: undefined,
  },
];
