import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";
import { ber, berInt, berText } from "../ber.build.js";

const SYSTEM_DESCRIPTION = hex("06 08 2b06010201010100");
const SYSTEM_OBJECT = hex("06 08 2b06010201010200");
const ENTERPRISE = hex("06 09 2b0601040181fd5901"); // 1.3.6.1.4.1.32473.1, RFC 5612

function pdu(type: number, ...bindings: readonly Uint8Array[]): Uint8Array {
  return ber(0xa0 + type, berInt(0x1234), berInt(0), berInt(0), ber(0x30, ...bindings));
}

function message(version: number, community: string, contents: Uint8Array): Uint8Array {
  return ber(0x30, berInt(version), berText(community), contents);
}

const NULL = hex("05 00");
const get = message(1, "attic", pdu(0, ber(0x30, SYSTEM_DESCRIPTION, NULL)));
const response = message(
  1,
  "attic",
  pdu(2, ber(0x30, SYSTEM_DESCRIPTION, berText("Example router 1.2")), ber(0x30, SYSTEM_OBJECT, ENTERPRISE)),
);
const trap = message(
  0,
  "public",
  ber(0xa4, ENTERPRISE, hex("40 04 c0000207"), berInt(6), berInt(1), berInt(100, 0x43), ber(0x30)),
);
const security = ber(
  0x30,
  ber(0x04, hex("8000270f01c0000207")),
  berInt(1),
  berInt(2),
  berText("operator"),
  berText(""),
  berText(""),
);
const version3 = ber(
  0x30,
  berInt(3),
  ber(0x30, berInt(7), berInt(65_507), ber(0x04, 4), berInt(3)),
  ber(0x04, security),
  ber(0x30, berText(""), berText(""), pdu(1, ber(0x30, SYSTEM_DESCRIPTION, NULL))),
);
const encrypted = ber(
  0x30,
  berInt(3),
  ber(0x30, berInt(8), berInt(65_507), ber(0x04, 7), berInt(3)),
  ber(0x04, security),
  ber(0x04, latin1("0123456789abcdef")),
);

export const snmpExamples: readonly Example[] = [
  {
    title: "the description of a system is asked for and given",
    transport: "udp",
    ports: [49152, 161],
    exchange: [
      [">", get],
      ["<", response],
    ],
    protocol: "snmp",
    attributes: {
      "snmp.version": "2c",
      "snmp.pdu-type": [0, 2],
      "snmp.object": ["1.3.6.1.2.1.1.1.0"],
      "snmp.system-description": "Example router 1.2",
      "snmp.system-object": "1.3.6.1.4.1.32473.1",
    },
    decidedAfter: 1,
  },
  {
    title: "a trap with a community that everybody knows",
    transport: "udp",
    exchange: [[">", trap]],
    protocol: "snmp",
    attributes: { "snmp.version": "1", "snmp.pdu-type": [4], "snmp.object": ["1.3.6.1.4.1.32473.1"] },
    findings: ["snmp.default-community"],
  },
  {
    title: "version 3, open and encrypted",
    transport: "udp",
    ports: [49152, 161],
    exchange: [
      [">", version3],
      [">", encrypted],
    ],
    protocol: "snmp",
    attributes: {
      "snmp.version": "3",
      "snmp.security-level": [0, 3],
      "snmp.engine": "8000270f01c0000207",
      "snmp.user": ["operator"],
      "snmp.pdu-type": [1],
      "snmp.object": ["1.3.6.1.2.1.1.1.0"],
    },
  },
  {
    title: "a PDU of a type that does not exist, after the verdict",
    transport: "udp",
    ports: [49152, 161],
    exchange: [
      [">", get],
      [">", message(1, "attic", pdu(9))],
    ],
    protocol: "snmp",
    attributes: { "snmp.version": "2c", "snmp.pdu-type": [0], "snmp.object": ["1.3.6.1.2.1.1.1.0"] },
    findings: ["snmp.pdu-wrong"],
  },
  {
    title: "an octet behind the sequence",
    transport: "udp",
    exchange: [[">", concat(get, 0)]],
    protocol: undefined,
  },
];
