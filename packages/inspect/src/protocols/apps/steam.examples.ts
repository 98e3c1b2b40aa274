import { concat, hex, latin1, le16, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

const magic = hex("ffffffff 214c5fa0");
const beacon = (type: number, body: Uint8Array): Uint8Array => {
  // client_id, msg_type
  const header = concat(hex("08 d2a4c0e2f6b9d4a113 10"), type);
  return concat(magic, le32(header.length), header, le32(body.length), body);
};
// version 8, min_version 6, connect_port 27036, hostname, enabled_services 2
const status = concat(hex("0808 1006 189cd301 22 05"), latin1("attic"), hex("3002"));
const datagram = (body: Uint8Array): Uint8Array =>
  concat(latin1("VS01"), le16(body.length), hex("01 04"), new Uint8Array(28), body);
// ChannelEncryptRequest: message 1303, two job identifiers of ones, protocol version 1, universe 1
const request = concat(le32(1303), new Uint8Array(16).fill(0xff), le32(1), le32(1));

export const steamExamples: readonly Example[] = [
  {
    title: "a computer looks for others, and one answers with its name",
    transport: "udp",
    ports: [27036, 27036],
    exchange: [
      [">", beacon(0, hex("0801"))],
      ["<", beacon(1, status)],
    ],
    protocol: "steam",
    attributes: { "steam.message": ["discovery", "status"], "steam.host-name": "attic" },
    decidedAfter: 1,
  },
  {
    title: "a client asks a server for a challenge",
    transport: "udp",
    exchange: [[">", datagram(new Uint8Array(0))]],
    protocol: "steam",
    attributes: { "steam.message": ["connection"] },
  },
  {
    title: "a server asks a client to encrypt",
    transport: "tcp",
    exchange: [["<", concat(le32(request.length), latin1("VT01"), request)]],
    protocol: "steam",
    attributes: { "steam.message": ["connection"] },
    decidedAfter: 1,
  },
  {
    title: "a beacon whose lengths do not add up is nobody's",
    transport: "udp",
    exchange: [[">", concat(beacon(0, hex("0801")), 0)]],
    protocol: undefined,
  },
];
