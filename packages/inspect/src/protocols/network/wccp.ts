import { u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";

/** Message types: 10 "here I am", 11 "I see you", 12 redirect assignment, 13 removal query. */
export const WCCP_MESSAGE = attribute("wccp.message", "number", { many: true });

const PORT = 2048;
const HEADER_BYTES = 8;
const TYPE_MIN = 10;
const TYPE_MAX = 13;
const VERSIONS: readonly number[] = [0x0200, 0x0201];
/** First component of every message: security information. */
const SECURITY = 0;

export const wccp: Protocol = {
  name: "wccp",
  title: "Web Cache Communication Protocol 2",
  spec: "draft-mclaggan-wccp-v2rev1",
  category: "network",
  attributes: [WCCP_MESSAGE],
  malformed: [],
  recognises:
    "On port 2048 a header of version 2 with a defined type and its own length, before security information.",
  omits: "Services, caches and their assignments, and version 1.",
  datagram: {
    ports: [PORT],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES + 4) return NO;
      const type = u32(octets, offset);
      if (type < TYPE_MIN || type > TYPE_MAX || !VERSIONS.includes(u16(octets, offset + 4))) return NO;
      if (u16(octets, offset + 6) !== end - offset - HEADER_BYTES) return NO;
      if (u16(octets, offset + HEADER_BYTES) !== SECURITY) return NO;
      flow.set(WCCP_MESSAGE, type);
      return MATCH;
    },
  },
};
