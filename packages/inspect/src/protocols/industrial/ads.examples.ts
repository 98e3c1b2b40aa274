import { concat, hex, latin1, le16, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

const controller = hex("c00002010101 5303");
const client = hex("c000020a0101 0280");

function message(
  target: Uint8Array,
  source: Uint8Array,
  command: number,
  state: number,
  data: Uint8Array,
): Uint8Array {
  return concat(
    le16(0),
    le32(32 + data.length),
    target,
    source,
    le16(command),
    le16(state),
    le32(data.length),
    le32(0),
    le32(1),
    data,
  );
}

const ask = message(controller, client, 1, 4, hex(""));
const information = message(
  client,
  controller,
  1,
  5,
  concat(hex("00000000 03 01 b80f"), latin1("Plc30 App".padEnd(16, "\0"))),
);

export const adsExamples: readonly Example[] = [
  {
    title: "a controller says what it is, and then something else follows",
    transport: "tcp",
    exchange: [
      [">", ask],
      ["<", information],
      ["<", latin1("HTTP")],
    ],
    protocol: "ads",
    attributes: { "ads.command": [1], "ads.target": ["192.0.2.1.1.1:851"], "ads.device": "Plc30 App" },
    findings: ["ads.header-invalid"],
    decidedAfter: 1,
  },
  {
    title: "a command that is not defined",
    transport: "tcp",
    ports: [49152, 48898],
    exchange: [[">", message(controller, client, 77, 4, hex(""))]],
    protocol: undefined,
  },
];
