import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";
import { header, name } from "./dns.examples.js";

const query = concat(header(0, 1, 0, 0, 0), name("_ipp._tcp.local"), hex("000c 8001"));
// PTR to an instance, SRV of the instance at port 631, address of the host with the cache-flush bit (RFC 6762 §10.2).
const service = name("_ipp._tcp.local");
const announcement = concat(
  header(0x8400, 0, 3, 0, 0),
  service,
  hex("000c 0001 00001194 0008"),
  concat(5, latin1("Attic"), hex("c00c")),
  hex("c027 0021 8001 00000078 0010 0000 0000 0277"),
  concat(7, latin1("printer"), hex("c016")),
  hex("c041 0001 8001 00000078 0004 c0000207"),
);

export const mdnsExamples: readonly Example[] = [
  {
    title: "a host asks for printers",
    transport: "udp",
    ports: [5353, 5353],
    exchange: [[">", query]],
    protocol: "mdns",
    attributes: { "mdns.query": ["_ipp._tcp.local"] },
    decidedAfter: 1,
  },
  {
    title: "a printer announces itself",
    transport: "udp",
    ports: [5353, 5353],
    exchange: [[">", announcement]],
    protocol: "mdns",
    attributes: {
      "mdns.service": ["Attic._ipp._tcp.local"],
      "mdns.host": ["printer.local"],
      "mdns.address": ["192.0.2.7"],
    },
    decidedAfter: 1,
  },
  {
    title: "a reserved label after the verdict",
    transport: "udp",
    ports: [5353, 5353],
    exchange: [
      [">", query],
      [">", concat(header(0, 1, 0, 0, 0), hex("80 61 00 000c 0001"))],
    ],
    protocol: "mdns",
    attributes: { "mdns.query": ["_ipp._tcp.local"] },
    findings: ["mdns.name-wrong"],
  },
  {
    title: "a record that runs past the datagram",
    transport: "udp",
    ports: [5353, 5353],
    exchange: [[">", announcement.subarray(0, announcement.length - 1)]],
    protocol: undefined,
  },
];
