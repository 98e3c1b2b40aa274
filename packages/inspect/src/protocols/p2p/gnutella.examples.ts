import { concat, hex, latin1, le16, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

const crlf = (...lines: readonly string[]): Uint8Array => latin1(`${lines.join("\r\n")}\r\n\r\n`);
const peer = hex("24d5310268fc1981ffbcc6e01fdbbe00");
const message = (type: number, payload: Uint8Array, ttl = 1): Uint8Array =>
  concat(peer, type, ttl, 0, le32(payload.length), payload);

const query = message(0x80, concat(le16(0x00f9), latin1("free music\0"), hex("c302514b445acaf6")), 3);
const pong = message(0x01, concat(le16(6346), hex("c0000201"), le32(7), le32(700), hex("c3025550")));
const dht = concat(
  peer,
  hex("44 0000"),
  le32(39),
  hex("01 47544b47 0000"),
  new Uint8Array(20).fill(0x7c),
  hex("04 c0000201 6d70 01 01 00 00 00"),
);

export const gnutellaExamples: readonly Example[] = [
  {
    title: "two peers connect",
    transport: "tcp",
    exchange: [
      [">", crlf("GNUTELLA CONNECT/0.6", "User-Agent: example/1.2", "X-Ultrapeer: True")],
      ["<", crlf("GNUTELLA/0.6 200 OK", "User-Agent: other/3")],
      [">", concat(crlf("GNUTELLA/0.6 200 OK", "Content-Encoding: deflate"), hex("789c0102"))],
    ],
    protocol: "gnutella",
    attributes: {
      "gnutella.version": "0.6",
      "gnutella.user-agent": ["example/1.2", "other/3"],
      "gnutella.status": [200],
    },
    decidedAfter: 1,
  },
  {
    title: "a peer delivers what was asked for by push",
    transport: "tcp",
    exchange: [[">", latin1("GIV 0:00112233445566778899AABBCCDDEEFF/file.txt\n\n")]],
    protocol: "gnutella",
    attributes: { "gnutella.message": ["giv"] },
  },
  {
    title: "datagrams: ping, pong, query, vendor message",
    transport: "udp",
    exchange: [
      [">", message(0x00, hex("c3 03 534350 41 02"))],
      ["<", pong],
      [">", query],
      ["<", message(0x31, concat(latin1("GTKG"), le16(9), le16(1)))],
    ],
    protocol: "gnutella",
    attributes: {
      "gnutella.message": ["ping", "pong", "query", "vendor"],
      "gnutella.search": ["free music"],
    },
    decidedAfter: 1,
  },
  {
    title: "the distributed hash table",
    transport: "udp",
    exchange: [[">", dht]],
    protocol: "gnutella",
    attributes: { "gnutella.message": ["dht"] },
  },
  {
    title: "Gnutella2, and an acknowledgement of it",
    transport: "udp",
    exchange: [
      [">", concat(latin1("GND"), hex("10 3e8f 01 01 540b514b525006524e41"))],
      ["<", concat(latin1("GND"), hex("00 3e8f 01 00"))],
    ],
    protocol: "gnutella",
    attributes: { "gnutella.message": ["gnutella2"] },
  },
  {
    title: "a message of another length than its datagram is a finding",
    transport: "udp",
    exchange: [
      [">", query],
      ["<", pong.subarray(0, pong.length - 1)],
    ],
    protocol: "gnutella",
    attributes: { "gnutella.message": ["query"], "gnutella.search": ["free music"] },
    findings: ["gnutella.length-impossible"],
  },
  {
    title: "a pong with something else behind it is nobody's",
    transport: "udp",
    exchange: [[">", message(0x01, concat(le16(6346), hex("c0000201"), le32(7), le32(700), hex("0102")))]],
    protocol: undefined,
  },
];
