import { u8, u16le, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";

/** Message types seen, as numbers: 2 GetService, 3 StateService, 21 SetPower, 102 SetColor … */
export const LIFX_TYPE = attribute("lifx.type", "number", { many: true });
/** MAC address of the lamp that is addressed or answers. */
export const LIFX_TARGET = attribute("lifx.target", "hex", { many: true });

const HEADER_BYTES = 36;
const PROTOCOL = 1_024;
const ADDRESSABLE = 0x1000;
const PROTOCOL_BITS = 0x0fff;
const ORIGIN_BITS = 0xc000;
const TYPE_MAX = 1_023;

export const lifx: Protocol = {
  name: "lifx",
  title: "LIFX LAN protocol",
  spec: "LIFX LAN Protocol documentation, “Packet contents: header”",
  category: "iot",
  attributes: [LIFX_TYPE, LIFX_TARGET],
  malformed: [],
  recognises:
    "A datagram of the length that its header names, with protocol 1024, addressable, and reserved octets zero.",
  omits: "The payloads: power, colour, labels.",
  datagram: {
    ports: [56700],
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES || u16le(octets, offset) !== end - offset) return NO;
      const frame = u16le(octets, offset + 2);
      if ((frame & PROTOCOL_BITS) !== PROTOCOL || (frame & ADDRESSABLE) === 0 || (frame & ORIGIN_BITS) !== 0)
        return NO;
      // The target is a MAC address filled up with two zeros; lamps fill the six reserved octets with their name.
      if (u8(octets, offset + 14) !== 0 || u8(octets, offset + 15) !== 0) return NO;
      const type = u16le(octets, offset + 32);
      if (type === 0 || type > TYPE_MAX || u8(octets, offset + 34) !== 0 || u8(octets, offset + 35) !== 0)
        return NO;
      flow.set(LIFX_TYPE, type);
      if (u32(octets, offset + 8) !== 0) flow.hex(LIFX_TARGET, octets, offset + 8, offset + 14);
      return MATCH;
    },
  },
};
