import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const checkmkExamples: readonly Example[] = [
  {
    title: "an agent reports",
    transport: "tcp",
    exchange: [
      [
        "<",
        latin1(
          "<<<check_mk>>>\nVersion: 2.2.0p12\nAgentOS: linux\nHostname: web1\n<<<df>>>\n/dev/sda1 ext4 1 2\n",
        ),
      ],
    ],
    protocol: "checkmk",
    attributes: { "checkmk.version": "2.2.0p12", "checkmk.system": "linux", "checkmk.host": "web1" },
    decidedAfter: 1,
  },
  {
    title: "another section",
    transport: "tcp",
    ports: [49152, 6556],
    exchange: [["<", latin1("<<<check_mailbox>>>\n")]],
    protocol: undefined,
  },
];
