import { hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const haproxyExamples: readonly Example[] = [
  {
    title: "a client over IPv4, in text",
    transport: "tcp",
    exchange: [[">", latin1("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n")]],
    protocol: "haproxy",
    attributes: {
      "haproxy.version": 1,
      "haproxy.source": "192.0.2.1",
      "haproxy.source-port": 56324,
      "haproxy.destination": "198.51.100.7",
      "haproxy.destination-port": 443,
    },
  },
  {
    title: "an unknown client, followed by SSH",
    transport: "tcp",
    exchange: [[">", latin1("PROXY UNKNOWN\r\nSSH-2.0-client\r\n")]],
    protocol: "ssh",
    path: ["haproxy", "ssh"],
    attributes: { "haproxy.version": 1, "ssh.version": "2.0", "ssh.client-software": "client" },
  },
  {
    title: "a client over IPv6 with the host that it asked for, in binary",
    transport: "tcp",
    exchange: [
      [
        ">",
        hex(`
          0d0a0d0a000d0a515549540a 21 21 002e
          20010db8000000000000000000000001 20010db8000000000000000000000002 dc04 01bb
          02 0007 6578616d706c65 # authority: example
        `),
      ],
    ],
    protocol: "haproxy",
    attributes: {
      "haproxy.version": 2,
      "haproxy.source": "2001:db8::1",
      "haproxy.source-port": 56324,
      "haproxy.destination": "2001:db8::2",
      "haproxy.destination-port": 443,
      "haproxy.authority": "example",
    },
  },
  {
    title: "addresses longer than the header says",
    transport: "tcp",
    exchange: [[">", hex("0d0a0d0a000d0a515549540a 21 11 0004 c0000201")]],
    protocol: undefined,
  },
  {
    title: "a port that is none",
    transport: "tcp",
    exchange: [[">", latin1("PROXY TCP4 192.0.2.1 198.51.100.7 56324 65536\r\n")]],
    protocol: undefined,
  },
];
