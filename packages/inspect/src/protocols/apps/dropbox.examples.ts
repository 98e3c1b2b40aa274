import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const beacon = latin1(
  '{"version": [2, 0], "port": 17500, "host_int": 123456789012345678901234567890, "displayname": "attic", "namespaces": [1, 2]}',
);

export const dropboxExamples: readonly Example[] = [
  {
    title: "a device announces itself to its network",
    transport: "udp",
    ports: [17500, 17500],
    exchange: [[">", beacon]],
    protocol: "dropbox",
    attributes: {
      "dropbox.host-id": "123456789012345678901234567890",
      "dropbox.display-name": "attic",
      "dropbox.port": 17500,
    },
    decidedAfter: 1,
  },
  {
    title: "another object on the port is nobody's",
    transport: "udp",
    ports: [17500, 17500],
    exchange: [[">", latin1('{"version": 2, "host_int": "none", "port": 17500}')]],
    protocol: undefined,
  },
  {
    title: "the same object elsewhere is nobody's",
    transport: "udp",
    exchange: [[">", beacon]],
    protocol: undefined,
  },
];
