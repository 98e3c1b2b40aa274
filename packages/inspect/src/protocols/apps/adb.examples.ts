import { concat, hex, latin1, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

function message(command: string, first: number, second: number, text: string): Uint8Array {
  const name = latin1(command);
  const data = latin1(text);
  const sum = data.reduce((total, octet) => total + octet, 0);
  return concat(
    name,
    le32(first),
    le32(second),
    le32(data.length),
    le32(sum),
    name.map((octet) => octet ^ 0xff),
    data,
  );
}

export const adbExamples: readonly Example[] = [
  {
    title: "a host connects to a device and opens a shell",
    transport: "tcp",
    ports: [49152, 5555],
    exchange: [
      [">", message("CNXN", 0x0100_0001, 1_048_576, "host::features=shell_v2,cmd\0")],
      ["<", message("CNXN", 0x0100_0001, 1_048_576, "device::ro.product.name=attic;ro.product.model=A1;\0")],
      [">", message("OPEN", 1, 0, "shell:id\0")],
      ["<", message("OKAY", 7, 1, "")],
    ],
    protocol: "adb",
    attributes: {
      "adb.identity": ["host::features=shell_v2,cmd", "device::ro.product.name=attic;ro.product.model=A1;"],
      "adb.service": ["shell:id"],
    },
    findings: ["adb.connection"],
    decidedAfter: 1,
  },
  {
    title: "a command without its complement is nobody's",
    transport: "tcp",
    ports: [49152, 5555],
    exchange: [[">", concat(message("CNXN", 1, 4096, "").subarray(0, 20), hex("00000000"))]],
    protocol: undefined,
  },
];
