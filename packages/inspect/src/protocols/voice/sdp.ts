/**
 * Session descriptions (RFC 4566), as SIP and MGCP carry them: which ports are announced for media.
 */
import { lineEnd, startsWith } from "@palisade/wire";
import type { Attribute } from "../../attribute.js";
import type { FlowContext } from "../../flow-context.js";
import { decimal } from "../text-head.js";
import { lineStop } from "../text-line.js";

/** Media lines read of one description; further ones are passed over. */
export const MEDIA_LINES_MAX = 8;

const UDP = 17;
const SPACE = 0x20;
const SLASH = 0x2f;

/**
 * Announces the flows that the description `start … end` promises: RTP on the port of each `m=` line whose transport is
 * RTP (RFC 4566 §5.14), RTCP on the next one or on that of `a=rtcp:` (RFC 3605). Whether the description's address is
 * one of the two hosts need not be asked: an announcement binds only flows between them.
 */
export function expectMedia(
  octets: Uint8Array,
  start: number,
  end: number,
  flow: FlowContext,
  media: Attribute<"text">,
): void {
  let lines = 0;
  let controls = 0;
  let line = start;
  while (line < end && lines < MEDIA_LINES_MAX) {
    const found = lineEnd(octets, line, end);
    const lineFeed = found < 0 ? end : found;
    const stop = lineStop(octets, line, lineFeed);
    if (startsWith(octets, line, stop, "m=")) {
      lines += 1;
      mediaLine(octets, line + 2, stop, flow, media);
    } else if (controls < MEDIA_LINES_MAX && startsWith(octets, line, stop, "a=rtcp:")) {
      controls += 1;
      const port = decimal(octets, line + 7, wordEnd(octets, line + 7, stop));
      if (port > 0 && port <= 0xffff) flow.expect(port, UDP, "rtcp");
    }
    line = lineFeed + 1;
  }
}

/** `audio 49170/2 RTP/AVP 0 8`. */
function mediaLine(
  octets: Uint8Array,
  start: number,
  stop: number,
  flow: FlowContext,
  media: Attribute<"text">,
): void {
  const typeEnd = wordEnd(octets, start, stop);
  const portStart = typeEnd + 1;
  const portWordEnd = wordEnd(octets, portStart, stop);
  let portEnd = portStart;
  while (portEnd < portWordEnd && octets[portEnd] !== SLASH) portEnd += 1;
  const port = decimal(octets, portStart, portEnd);
  // Port 0 refuses the medium (RFC 3264 §6).
  if (port <= 0 || port > 0xffff) return;
  flow.text(media, octets, start, portEnd);
  const transport = portWordEnd + 1;
  if (!startsWith(octets, transport, stop, "RTP/") && !startsWith(octets, transport, stop, "UDP/TLS/RTP/")) {
    return;
  }
  flow.expect(port, UDP, "rtp");
  if (port < 0xffff) flow.expect(port + 1, UDP, "rtcp");
}

function wordEnd(octets: Uint8Array, start: number, stop: number): number {
  let index = start;
  while (index < stop && octets[index] !== SPACE) index += 1;
  return index;
}
