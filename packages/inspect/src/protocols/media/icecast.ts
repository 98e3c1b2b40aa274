import { Malformed } from "@palisade/base";
import { lineEnd, startsWith } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { decimal, fieldIs, headEnd, headerField, nextField } from "../text-head.js";
import { lineStop } from "../text-line.js";

export const ICECAST_STATUS = attribute("icecast.status", "number");
export const ICECAST_STATION = attribute("icecast.station", "text");
export const ICECAST_GENRE = attribute("icecast.genre", "text");
/** Kilobits per second, as the server says. */
export const ICECAST_BITRATE = attribute("icecast.bitrate", "text");
export const ICECAST_CONTENT_TYPE = attribute("icecast.content-type", "text");
/** Where a source delivers its stream: `/live`. */
export const ICECAST_MOUNT = attribute("icecast.mount", "text");

/** A status that is no number of three digits. */
export const ICECAST_STATUS_IMPOSSIBLE = new Malformed("icecast.status-impossible");

const RESPONSE = "ICY ";
const SOURCE = "SOURCE ";
const SOURCE_VERSION = " ICE/1.0";
const HEAD_OCTETS_MAX = 4_096;

export const icecast: Protocol = {
  name: "icecast",
  title: "SHOUTcast and Icecast streaming",
  spec: "SHOUTcast's and Icecast's behaviour: status line ICY, source request ICE/1.0",
  category: "media",
  attributes: [
    ICECAST_STATUS,
    ICECAST_STATION,
    ICECAST_GENRE,
    ICECAST_BITRATE,
    ICECAST_CONTENT_TYPE,
    ICECAST_MOUNT,
  ],
  malformed: [ICECAST_STATUS_IMPOSSIBLE],
  recognises: "A status line that begins with ICY, or a source's request line that ends in ICE/1.0.",
  omits: "The stream, titles in it, and listeners' requests, which are HTTP.",
  stream: {
    ports: [8000],
    firstOctets: [0x49, 0x53],
    dissect(octets, offset, end, flow) {
      const isSource = octets[offset] === 0x53;
      const word = isSource ? SOURCE : RESPONSE;
      const have = Math.min(end - offset, word.length);
      if (!startsWith(octets, offset, end, word.slice(0, have))) return flow.stage === 0 ? NO : DONE;
      const short = flow.stage === 0 ? MORE : MATCH;
      if (have < word.length) return short;
      const lineFeed = lineEnd(octets, offset, Math.min(end, offset + HEAD_OCTETS_MAX));
      if (lineFeed < 0) return end - offset >= HEAD_OCTETS_MAX ? NO : short;
      const stop = lineStop(octets, offset, lineFeed);
      if (isSource) {
        const version = stop - SOURCE_VERSION.length;
        if (version <= offset + SOURCE.length || !startsWith(octets, version, stop, SOURCE_VERSION))
          return NO;
      } else if (decimal(octets, offset + 4, Math.min(stop, offset + 7)) < 100) {
        return ICECAST_STATUS_IMPOSSIBLE;
      }
      flow.stage = 1;
      const bodyStart = headEnd(octets, offset, Math.min(end, offset + HEAD_OCTETS_MAX));
      if (bodyStart < 0) return end - offset >= HEAD_OCTETS_MAX ? DONE : MATCH;
      if (isSource) flow.text(ICECAST_MOUNT, octets, offset + SOURCE.length, stop - SOURCE_VERSION.length);
      else flow.set(ICECAST_STATUS, decimal(octets, offset + 4, offset + 7));
      headers(octets, lineFeed + 1, bodyStart, flow);
      flow.consume(bodyStart - offset);
      return isSource ? MATCH : DONE;
    },
  },
};

function headers(octets: Uint8Array, start: number, stop: number, flow: FlowContext): void {
  for (let next = nextField(octets, start, stop); next >= 0; next = nextField(octets, next, stop)) {
    const { from, to } = headerField;
    if (fieldIs(octets, "icy-name") || fieldIs(octets, "ice-name")) {
      flow.text(ICECAST_STATION, octets, from, to);
    } else if (fieldIs(octets, "icy-genre") || fieldIs(octets, "ice-genre")) {
      flow.text(ICECAST_GENRE, octets, from, to);
    } else if (fieldIs(octets, "icy-br") || fieldIs(octets, "ice-bitrate")) {
      flow.text(ICECAST_BITRATE, octets, from, to);
    } else if (fieldIs(octets, "content-type")) {
      flow.text(ICECAST_CONTENT_TYPE, octets, from, to);
    }
  }
}
