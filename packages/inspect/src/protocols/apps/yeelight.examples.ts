import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const yeelightExamples: readonly Example[] = [
  {
    title: "a lamp is switched on, answers and tells of it",
    transport: "tcp",
    ports: [49152, 55443],
    exchange: [
      [">", latin1('{"id":1,"method":"set_power","params":["on","smooth",500]}\r\n')],
      ["<", latin1('{"id":1,"result":["ok"]}\r\n{"method":"props","params":{"power":"on"}}\r\n')],
    ],
    protocol: "yeelight",
    attributes: { "yeelight.method": ["set_power", "props"] },
    decidedAfter: 1,
  },
  {
    title: "the same line on another port is nobody's",
    transport: "tcp",
    exchange: [[">", latin1('{"id":1,"method":"set_power","params":["on","smooth",500]}\r\n')]],
    protocol: undefined,
  },
];
