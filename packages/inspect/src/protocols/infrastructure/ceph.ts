import { startsWith, u16le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MORE, NO, type Protocol } from "../../dissector.js";

/** Version in the banner: "v027" of the first messenger protocol, "v2" of the second. */
export const CEPH_VERSION = attribute("ceph.version", "text");

const PREFIX_BYTES = 5;
const BANNER_1 = "ceph v027";
const BANNER_2 = "ceph v2\n";
/** Behind the second banner: length 2, then features supported and required, 8 each. */
const FEATURES_BYTES = 16;

export const ceph: Protocol = {
  name: "ceph",
  title: "Ceph messenger",
  spec: "Ceph documentation, messenger v1 and v2 (msgr, msgr2)",
  category: "cloud",
  attributes: [CEPH_VERSION],
  malformed: [],
  recognises:
    "The banner that either end begins with: ceph v027, or ceph v2 with the length of its features.",
  omits: "Everything behind the banner, and streams whose start was not seen.",
  stream: {
    ports: [6789, 3300],
    firstOctets: [0x63],
    dissect(octets, offset, end, flow) {
      const size = end - offset;
      const shown = Math.min(size, BANNER_1.length);
      if (startsWith(octets, offset, end, BANNER_1.slice(0, shown))) {
        if (size < BANNER_1.length) return MORE;
        flow.text(CEPH_VERSION, octets, offset + PREFIX_BYTES, offset + BANNER_1.length);
        return DONE;
      }
      if (!startsWith(octets, offset, end, BANNER_2.slice(0, Math.min(size, BANNER_2.length)))) return NO;
      if (size < BANNER_2.length + 2) return MORE;
      if (u16le(octets, offset + BANNER_2.length) < FEATURES_BYTES) return NO;
      flow.text(CEPH_VERSION, octets, offset + PREFIX_BYTES, offset + BANNER_2.length - 1);
      return DONE;
    },
  },
};
