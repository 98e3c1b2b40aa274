import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const connect = latin1("CONNECT\naccept-version:1.1,1.2\nhost:shop\nlogin:alice\npasscode:secret\n\n\0");

export const stompExamples: readonly Example[] = [
  {
    title: "a client connects with a password",
    transport: "tcp",
    ports: [49152, 61613],
    exchange: [
      [">", connect],
      ["<", latin1("CONNECTED\r\nversion:1.2\r\nserver:ActiveMQ/5.18\r\n\r\n\0")],
    ],
    protocol: "stomp",
    attributes: {
      "stomp.version": ["1.1,1.2", "1.2"],
      "stomp.host": "shop",
      "stomp.login": "alice",
      "stomp.server": "ActiveMQ/5.18",
    },
    findings: ["stomp.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "an answer with a header that has no colon",
    transport: "tcp",
    exchange: [
      [">", connect],
      ["<", latin1("CONNECTED\nversion\n\n\0")],
    ],
    protocol: "stomp",
    attributes: { "stomp.version": ["1.1,1.2"], "stomp.host": "shop", "stomp.login": "alice" },
    findings: ["stomp.cleartext-credentials", "stomp.header-invalid"],
  },
  {
    title: "a proxy's CONNECT is not STOMP",
    transport: "tcp",
    exchange: [[">", latin1("CONNECT\nnothing\n\n\0")]],
    protocol: undefined,
  },
];
