import { u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, NO, type Protocol } from "../../dissector.js";

/** Version of the engine's network protocol. */
export const CRYNETWORK_VERSION = attribute("crynetwork.protocol-version", "number");
/** Version of the game, as its four numbers: "1.0.0.2285". */
export const CRYNETWORK_PRODUCT = attribute("crynetwork.product-version", "text");

/** The frame "connection set-up"; developers' builds swap it with ">". */
const CONNECTION_SETUP = 0x3c;
/** Product version 16, protocol version 4, socket capabilities 4, then profile and more by version. */
const FIXED_BYTES = 1 + 16 + 4 + 4 + 4;
const SETUP_MAX = 1400;
const PROTOCOL_VERSION_MIN = 4;
const PROTOCOL_VERSION_MAX = 15;
const CAPABILITIES_MAX = 0xff;
const NUMBER_MAX = 0xffff;

export const crynetwork: Protocol = {
  name: "crynetwork",
  title: "CryEngine networking",
  spec: "CRYENGINE sources, CryNetwork (FrameTypes.h, NetNub.cpp: connection set-up)",
  category: "game",
  attributes: [CRYNETWORK_VERSION, CRYNETWORK_PRODUCT],
  malformed: [],
  recognises:
    "A first datagram of type connection set-up whose four numbers of product version, protocol version and capabilities are small.",
  omits: "All other frames, whose types are shuffled and whose contents are encrypted.",
  datagram: {
    ports: [64_087, 64_090, 64_100],
    firstOctets: [CONNECTION_SETUP],
    dissect(octets, offset, end, flow) {
      const size = end - offset;
      if (size < FIXED_BYTES || size > SETUP_MAX) return NO;
      const version = u32(octets, offset + 17);
      if (version < PROTOCOL_VERSION_MIN || version > PROTOCOL_VERSION_MAX) return NO;
      if (u32(octets, offset + 21) > CAPABILITIES_MAX) return NO;
      let product = 0;
      for (let at = offset + 1; at < offset + 17; at += 4) {
        if (u32(octets, at) > NUMBER_MAX) return NO;
        product += u32(octets, at);
      }
      if (product === 0 || u8(octets, offset) !== CONNECTION_SETUP) return NO;
      flow.set(CRYNETWORK_VERSION, version);
      if (flow.wants(CRYNETWORK_PRODUCT)) {
        const number = (at: number): number => u32(octets, offset + at);
        flow.set(CRYNETWORK_PRODUCT, `${number(13)}.${number(9)}.${number(5)}.${number(1)}`);
      }
      return DONE;
    },
  },
};
