import { Malformed } from "@palisade/base";
import { startsWith, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, type Protocol } from "../../dissector.js";

/** Frames in a datagram, the first that was seen. */
export const CAN_FRAMES = attribute("controller-area-network.frames", "number");

/** Another version, or a datagram that cannot hold a frame. */
export const CAN_DATAGRAM_INVALID = new Malformed("controller-area-network.datagram-invalid");

const MAGIC = "ISO11898";
const HEADER_BYTES = 10;
const FRAME_BYTES_MIN = 5;

export const caneth: Protocol = {
  name: "controller-area-network",
  title: "Controller Area Network over UDP (CAN-ETH)",
  spec: "proconX CAN-ETH, UDP frame format",
  category: "industrial",
  attributes: [CAN_FRAMES],
  malformed: [CAN_DATAGRAM_INVALID],
  recognises: "A datagram that begins with ISO11898, version 1 and a count of frames.",
  omits: "The frames themselves, and other ways of carrying CAN over IP.",
  datagram: {
    ports: [11_898],
    firstOctets: [0x49],
    dissect(octets, offset, end, flow) {
      if (!startsWith(octets, offset, end, MAGIC)) return CAN_DATAGRAM_INVALID;
      if (end - offset < HEADER_BYTES + FRAME_BYTES_MIN) return CAN_DATAGRAM_INVALID;
      const frames = u8(octets, offset + 9);
      if (u8(octets, offset + 8) !== 1 || frames === 0) return CAN_DATAGRAM_INVALID;
      flow.set(CAN_FRAMES, frames);
      return MATCH;
    },
  },
};
