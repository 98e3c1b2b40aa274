import { u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";

/** Number of the device that answers or is addressed, as Xiaomi's cloud knows it. */
export const MIIO_DEVICE = attribute("miio.device", "hex", { many: true });

const MAGIC = 0x2131;
const HEADER_BYTES = 32;
const BLOCK_BYTES = 16;
const ONES = 0xffff_ffff;

export const miio: Protocol = {
  name: "miio",
  title: "Xiaomi miIO",
  spec: "behaviour of Xiaomi's smart home devices, as the open tool python-miio documents it",
  category: "iot",
  attributes: [MIIO_DEVICE],
  malformed: [],
  recognises:
    "A datagram that begins with 2131 and its own length: a hello of ones, or a header with whole blocks of sealed data.",
  omits: "The commands, which are encrypted with a token of the device.",
  datagram: {
    ports: [54321],
    firstOctets: [MAGIC >>> 8],
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      if (length < HEADER_BYTES || u16(octets, offset) !== MAGIC || u16(octets, offset + 2) !== length)
        return NO;
      if ((length - HEADER_BYTES) % BLOCK_BYTES !== 0) return NO;
      const reserved = u32(octets, offset + 4);
      if (reserved === ONES) {
        // A hello: ones to its end, and nothing more.
        for (let at = offset + 8; at < end; at += 4) if (u32(octets, at) !== ONES) return NO;
        return length === HEADER_BYTES ? MATCH : NO;
      }
      if (reserved !== 0) return NO;
      flow.hex(MIIO_DEVICE, octets, offset + 8, offset + 12);
      return MATCH;
    },
  },
};
