import { u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";

/** "ICA", or "CGP" where session reliability wraps it. */
export const CITRIX_TRANSPORT = attribute("citrix.transport", "text");

const ICA = "\x7f\x7fICA\0";
const CGP = "\x1aCGP/01";

export const citrix: Protocol = {
  name: "citrix",
  title: "Citrix ICA",
  spec: "Independent Computing Architecture and Common Gateway Protocol, unpublished: as observed on ports 1494 and 2598",
  category: "remote-access",
  attributes: [CITRIX_TRANSPORT],
  malformed: [],
  recognises: "The six octets that both sides of ICA open with, or the seven of CGP.",
  omits: "The session.",
  stream: {
    ports: [1494, 2598],
    firstOctets: [0x7f, 0x1a],
    dissect(octets, offset, end, flow): Outcome {
      const magic = u8(octets, offset) === 0x7f ? ICA : CGP;
      const known = Math.min(end - offset, magic.length);
      for (let index = 0; index < known; index += 1) {
        if (u8(octets, offset + index) !== magic.charCodeAt(index)) return NO;
      }
      if (known < magic.length) return MORE;
      flow.set(CITRIX_TRANSPORT, magic === ICA ? "ICA" : "CGP");
      return DONE;
    },
  },
};
