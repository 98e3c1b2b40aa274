import { startsWith, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Address and port that are probed, as the probe names them: "192.0.2.1_80". */
export const RIPE_ATLAS_TARGET = attribute("ripe-atlas.target", "text");

const PREFIX = "MGLNDD_";
const PROBE_MAX = 64;

export const ripeAtlas: Protocol = {
  name: "ripe-atlas",
  title: "MGLNDD reachability probe",
  spec: "Text of the probes as servers on the Internet log it: MGLNDD, address and port; commonly ascribed to RIPE Atlas",
  category: "network",
  attributes: [RIPE_ATLAS_TARGET],
  malformed: [],
  recognises:
    "MGLNDD, an address of four numbers and a port, with underlines between, and nothing else but a line end.",
  omits: "Who sends it: the text does not say.",
  datagram: {
    ports: [],
    firstOctets: [0x4d],
    dissect(octets, offset, end, flow) {
      const outcome = readProbe(octets, offset, end, flow, true);
      return outcome === MORE ? NO : outcome;
    },
  },
  stream: {
    ports: [],
    firstOctets: [0x4d],
    dissect(octets, offset, end, flow) {
      return readProbe(octets, offset, end, flow, false);
    },
  },
};

/** A stream's probe ends with a line end; a datagram's may end with the datagram. */
function readProbe(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
  whole: boolean,
): Outcome {
  const shown = Math.min(end - offset, PREFIX.length);
  if (!startsWith(octets, offset, end, PREFIX.slice(0, shown))) return NO;
  const start = offset + PREFIX.length;
  const limit = Math.min(end, offset + PROBE_MAX);
  let at = start;
  let dots = 0;
  let underlines = 0;
  for (; at < limit; at += 1) {
    const octet = u8(octets, at);
    if (octet === 0x2e) dots += 1;
    else if (octet === 0x5f) underlines += 1;
    else if (octet < 0x30 || octet > 0x39) break;
  }
  if (at >= limit && !(whole && at === end)) return limit === end ? MORE : NO;
  if (at < limit && u8(octets, at) !== 0x0a && u8(octets, at) !== 0x0d) return NO;
  if (dots !== 3 || underlines !== 1) return NO;
  flow.text(RIPE_ATLAS_TARGET, octets, start, at);
  return DONE;
}
