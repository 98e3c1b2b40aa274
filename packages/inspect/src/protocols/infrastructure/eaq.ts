import { u32 } from "@palisade/wire";
import { DONE, NO, type Protocol } from "../../dissector.js";

const DATAGRAM_BYTES = 16;
const TO_SERVER = 0x9000;
const TO_CLIENT = 0x6000;
const MICROSECONDS = 1_000_000;

export const eaq: Protocol = {
  name: "eaq",
  title: "SamKnows latency measurement (broadband quality boxes, such as those of Brazil's EAQ)",
  spec: "SamKnows sources, mobile measurement agents: class UdpDatagram",
  category: "network",
  attributes: [],
  malformed: [],
  recognises:
    "A datagram of sixteen octets: a number, a time of seconds and microseconds, and the mark 00009000 or 00006000.",
  omits: "Results, and the throughput tests, which use HTTP.",
  datagram: {
    ports: [6000],
    dissect(octets, offset, end) {
      if (end - offset !== DATAGRAM_BYTES) return NO;
      const mark = u32(octets, offset + 12);
      if (mark !== TO_SERVER && mark !== TO_CLIENT) return NO;
      return u32(octets, offset + 8) < MICROSECONDS ? DONE : NO;
    },
  },
};
