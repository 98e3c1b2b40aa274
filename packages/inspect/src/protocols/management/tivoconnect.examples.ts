import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const beacon = latin1(
  "tivoconnect=1\nmethod=broadcast\nplatform=pc/example\nmachine=attic\nidentity=0123456789ABCDEF\nservices=TiVoMediaServer:8200/http\nswversion=1.2\n",
);
const read = {
  "tivoconnect.platform": "pc/example",
  "tivoconnect.machine": "attic",
  "tivoconnect.identity": "0123456789ABCDEF",
  "tivoconnect.services": "TiVoMediaServer:8200/http",
  "tivoconnect.software": "1.2",
};

export const tivoconnectExamples: readonly Example[] = [
  {
    title: "a beacon, then one with a line that is no pair",
    transport: "udp",
    ports: [2190, 2190],
    exchange: [
      [">", beacon],
      [">", latin1("TiVoConnect=1\nmethod\n")],
    ],
    protocol: "tivoconnect",
    attributes: read,
    findings: ["tivoconnect.line-wrong"],
    decidedAfter: 1,
  },
  {
    title: "another word before the equals sign",
    transport: "udp",
    ports: [2190, 2190],
    exchange: [[">", latin1("TiVoConnects=1\nmethod=broadcast\n")]],
    protocol: undefined,
  },
];
