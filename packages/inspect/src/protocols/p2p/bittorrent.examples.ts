import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const hash = hex("0123456789abcdef0123456789abcdef01234567");
const hashText = "0123456789abcdef0123456789abcdef01234567";
const handshake = (client: string): Uint8Array =>
  concat(latin1("\x13BitTorrent protocol"), hex("0000000000100005"), hash, latin1(client.padEnd(20, "z")));

// BEP 5, "get_peers".
const query = latin1(
  "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe",
);
const queryAnswer = latin1("d1:rd2:id20:mnopqrstuvwxyz1234565:token8:aoeusnthe1:t2:aa1:y1:re");

// BEP 15: the constant, action 0, transaction; then connection, action 1, transaction, hash, peer, … port.
const connect = hex("0000041727101980 00000000 12345678");
const connected = hex("00000000 12345678 a1a2a3a4a5a6a7a8");
const announce = concat(
  hex("a1a2a3a4a5a6a7a8 00000001 12345679"),
  hash,
  latin1("-TR2940-abcdefghijkl"),
  new Uint8Array(40),
  be16(6881),
);

/** BEP 29: type and version, extension, connection, timestamp, difference, window, sequence, acknowledgement. */
function utp(
  type: number,
  connection: number,
  clock: number,
  sequence: number,
  acknowledged: number,
): Uint8Array {
  return concat(
    Uint8Array.of((type << 4) | 1, 0),
    be16(connection),
    be32(clock),
    be32(0),
    be32(0xf0000),
    be16(sequence),
    be16(acknowledged),
  );
}

export const bittorrentExamples: readonly Example[] = [
  {
    title: "two peers shake hands",
    transport: "tcp",
    exchange: [
      [">", handshake("-UM1860-")],
      ["<", concat(handshake("-TR2940-"), hex("00000001 0f"))],
    ],
    protocol: "bittorrent",
    attributes: {
      "bittorrent.kind": ["peer"],
      "bittorrent.info-hash": [hashText],
      "bittorrent.client": ["-UM1860-", "-TR2940-"],
    },
    decidedAfter: 1,
  },
  {
    title: "the distributed hash table is asked for peers",
    transport: "udp",
    exchange: [
      [">", query],
      ["<", queryAnswer],
    ],
    protocol: "bittorrent",
    attributes: {
      "bittorrent.kind": ["dht"],
      "bittorrent.query": ["get_peers"],
      "bittorrent.info-hash": ["6d6e6f707172737475767778797a313233343536"],
    },
    decidedAfter: 1,
  },
  {
    title: "a tracker over UDP",
    transport: "udp",
    exchange: [
      [">", connect],
      ["<", connected],
      [">", announce],
    ],
    protocol: "bittorrent",
    attributes: {
      "bittorrent.kind": ["tracker"],
      "bittorrent.info-hash": [hashText],
      "bittorrent.client": ["-TR2940-"],
    },
    decidedAfter: 1,
  },
  {
    title: "a search on the local network",
    transport: "udp",
    exchange: [
      [
        ">",
        latin1(
          `BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: ${hashText.toUpperCase()}\r\n\r\n\r\n`,
        ),
      ],
    ],
    protocol: "bittorrent",
    attributes: { "bittorrent.kind": ["discovery"], "bittorrent.info-hash": [hashText] },
  },
  {
    title: "µTP: a SYN is answered, peers shake hands",
    transport: "udp",
    exchange: [
      [">", utp(4, 0x5302, 1000, 1, 0)],
      ["<", utp(2, 0x5302, 77, 9000, 1)],
      [">", concat(utp(0, 0x5303, 2000, 2, 8999), handshake("-LT1100-"))],
    ],
    protocol: "bittorrent",
    attributes: {
      "bittorrent.kind": ["utp"],
      "bittorrent.info-hash": [hashText],
      "bittorrent.client": ["-LT1100-"],
    },
    decidedAfter: 2,
  },
  {
    title: "µTP midstream, one direction, known by its clock",
    transport: "udp",
    exchange: [
      [">", utp(2, 0x5302, 5_000_000, 700, 9)],
      [">", utp(2, 0x5302, 5_001_003, 700, 10)],
    ],
    protocol: "bittorrent",
    attributes: { "bittorrent.kind": ["utp"] },
    decidedAfter: 2,
  },
  {
    title: "a message of the hash table that is cut short is a finding",
    transport: "udp",
    exchange: [
      [">", query],
      ["<", queryAnswer.subarray(0, queryAnswer.length - 3)],
    ],
    protocol: "bittorrent",
    attributes: {
      "bittorrent.kind": ["dht"],
      "bittorrent.query": ["get_peers"],
      "bittorrent.info-hash": ["6d6e6f707172737475767778797a313233343536"],
    },
    findings: ["bittorrent.dht-malformed"],
  },
  {
    title: "bencoding without a type is nobody's",
    transport: "udp",
    exchange: [[">", latin1("d1:ad2:id20:abcdefghij0123456789e1:t2:aae")]],
    protocol: undefined,
  },
];
