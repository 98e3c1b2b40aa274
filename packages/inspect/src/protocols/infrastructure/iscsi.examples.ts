import { be24, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

/** A login PDU: operation code and flags, status, keys. */
function login(opcode: string, status: string, keys: string): Uint8Array {
  const text = latin1(keys);
  return concat(
    hex(`${opcode} 81 00 00 00`),
    be24(text.length),
    new Uint8Array(28),
    hex(`${status} 0000`),
    new Uint8Array(8),
    text,
    new Uint8Array(-text.length & 3),
  );
}

const request = login(
  "43",
  "0000",
  "InitiatorName=iqn.1993-08.org.example:01\0SessionType=Normal\0TargetName=iqn.2001-04.com.example:disk1\0AuthMethod=CHAP,None\0",
);
const refused = login("23", "0201", "AuthMethod=CHAP\0");

export const iscsiExamples: readonly Example[] = [
  {
    title: "an initiator logs in and is refused",
    transport: "tcp",
    exchange: [
      [">", request],
      ["<", refused],
    ],
    protocol: "iscsi",
    attributes: {
      "iscsi.initiator": "iqn.1993-08.org.example:01",
      "iscsi.target": ["iqn.2001-04.com.example:disk1"],
      "iscsi.authentication": ["CHAP,None", "CHAP"],
      "iscsi.login-status": [0x0201],
    },
    decidedAfter: 1,
  },
  {
    title: "an operation that is not defined",
    transport: "tcp",
    ports: [49152, 3260],
    exchange: [
      [">", request],
      [">", hex("7e 00")],
    ],
    protocol: "iscsi",
    attributes: {
      "iscsi.initiator": "iqn.1993-08.org.example:01",
      "iscsi.target": ["iqn.2001-04.com.example:disk1"],
      "iscsi.authentication": ["CHAP,None"],
    },
    findings: ["iscsi.opcode-unknown"],
  },
  {
    title: "a login without a name",
    transport: "tcp",
    ports: [49152, 3260],
    exchange: [[">", login("43", "0000", "AuthMethod=None\0")]],
    protocol: undefined,
  },
];
