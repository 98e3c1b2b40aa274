import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

/** A message: transaction, unit, and the PDU behind them. */
function message(transaction: number, unit: number, pdu: Uint8Array): Uint8Array {
  return concat(be16(transaction), be16(0), be16(pdu.length + 1), unit, pdu);
}

// Modbus Application Protocol V1.1b3 §6.3: three registers from 107.
const readRegisters = message(1, 17, hex("03 006b 0003"));
const registers = message(1, 17, hex("03 06 022b 0000 0064"));
const writeRegister = message(2, 17, hex("06 0001 0003"));
const refused = message(2, 17, hex("86 02"));
const identify = message(3, 1, hex("2b 0e 01 00"));
const identification = message(
  3,
  1,
  concat(hex("2b 0e 01 01 00 00 03"), object(0, "Example AG"), object(1, "PLC-7"), object(2, "V2.11")),
);

function object(id: number, text: string): Uint8Array {
  return concat(id, text.length, latin1(text));
}

export const modbusExamples: readonly Example[] = [
  {
    title: "registers are read, a write is refused",
    transport: "tcp",
    ports: [49152, 502],
    exchange: [
      [">", readRegisters],
      ["<", registers],
      [">", writeRegister],
      ["<", refused],
    ],
    protocol: "modbus",
    attributes: { "modbus.unit": [17], "modbus.function": [3, 6], "modbus.exception": [2] },
    decidedAfter: 1,
  },
  {
    title: "a device says what it is",
    transport: "tcp",
    ports: [49152, 502],
    exchange: [
      [">", identify],
      ["<", identification],
    ],
    protocol: "modbus",
    attributes: {
      "modbus.unit": [1],
      "modbus.function": [43],
      "modbus.vendor": "Example AG",
      "modbus.product": "PLC-7",
      "modbus.revision": "V2.11",
    },
  },
  {
    title: "on another port, a request and its answer",
    transport: "tcp",
    exchange: [
      [">", readRegisters],
      ["<", registers],
    ],
    protocol: "modbus",
    attributes: { "modbus.unit": [17], "modbus.function": [3] },
    decidedAfter: 2,
  },
  {
    title: "a second message that is none",
    transport: "tcp",
    ports: [49152, 502],
    exchange: [
      [">", readRegisters],
      ["<", registers],
      [">", hex("0002 0001 0006 11 03 006b 0003")],
    ],
    protocol: "modbus",
    attributes: { "modbus.unit": [17], "modbus.function": [3] },
    findings: ["modbus.header-invalid"],
  },
  {
    title: "on another port, a request alone",
    transport: "tcp",
    exchange: [[">", readRegisters]],
    protocol: undefined,
  },
  {
    title: "a count of octets that is not the length",
    transport: "tcp",
    ports: [49152, 502],
    exchange: [["<", message(1, 17, hex("03 08 022b 0000 0064"))]],
    protocol: undefined,
  },
];
