import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function message(version: string, ...fields: readonly string[]): Uint8Array {
  const body = fields.map((field) => `${field}\x01`).join("");
  const head = `8=${version}\x019=${body.length}\x01${body}`;
  let sum = 0;
  for (let index = 0; index < head.length; index += 1) sum += head.charCodeAt(index);
  return latin1(`${head}10=${String(sum % 256).padStart(3, "0")}\x01`);
}
const logon = message(
  "FIX.4.4",
  "35=A",
  "49=BUYER",
  "56=BROKER",
  "34=1",
  "98=0",
  "108=30",
  "553=u",
  "554=secret",
);

export const fixExamples: readonly Example[] = [
  {
    title: "a logon with a password and a heartbeat",
    transport: "tcp",
    exchange: [
      [">", logon],
      ["<", message("FIX.4.4", "35=0", "49=BROKER", "56=BUYER", "34=1")],
    ],
    protocol: "fix",
    attributes: {
      "fix.version": "FIX.4.4",
      "fix.message-type": ["A", "0"],
      "fix.sender": ["BUYER", "BROKER"],
      "fix.target": ["BROKER", "BUYER"],
    },
    findings: ["fix.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "FIXT, and what is no message after it",
    transport: "tcp",
    exchange: [
      [">", message("FIXT.1.1", "35=0", "49=A")],
      [">", latin1("9=5\x01")],
    ],
    protocol: "fix",
    attributes: { "fix.version": "FIXT.1.1", "fix.message-type": ["0"], "fix.sender": ["A"] },
    findings: ["fix.message-invalid"],
  },
  {
    title: "fields in another order are nobody's",
    transport: "tcp",
    exchange: [[">", latin1("8=FIX.4.4\x0135=A\x019=5\x01")]],
    protocol: undefined,
  },
];
