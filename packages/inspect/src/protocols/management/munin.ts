import { Malformed } from "@palisade/base";
import { indexOfOctet, lineEnd, startsWith } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { valueEnd } from "./field-lines.js";

/** Name that the node gives itself. */
export const MUNIN_NODE = attribute("munin.node", "text");
/** Commands sent to the node: `cap`, `list`, `nodes`, `config`, `fetch`, `version`, `spoolfetch`. */
export const MUNIN_COMMAND = attribute("munin.command", "text", { many: true });
/** Plugins whose values or settings are asked for. */
export const MUNIN_PLUGIN = attribute("munin.plugin", "text", { many: true });

/** A line of more octets than a node reads. */
export const MUNIN_LINE_TOO_LONG = new Malformed("munin.line-too-long");

const PORT_MUNIN = 4949;
const BANNER = "# munin node at ";
const LINE_BYTES_MAX = 1_024;
const BLANK = 0x20;
/** In `stage`: the banner has been read. */
const STAGE_BANNER = 1;

export const munin: Protocol = {
  name: "munin",
  title: "Munin node protocol",
  spec: "Munin Guide, 'Data exchange between master and node'",
  category: "management",
  attributes: [MUNIN_NODE, MUNIN_COMMAND, MUNIN_PLUGIN],
  malformed: [MUNIN_LINE_TOO_LONG],
  recognises: "The responder's banner, '# munin node at' and a name.",
  omits: "Values and settings, and connections that STARTTLS encrypts.",
  stream: {
    ports: [PORT_MUNIN],
    firstOctets: [0x23],
    dissect(octets, offset, end, flow) {
      if (flow.stage !== STAGE_BANNER) return readBanner(octets, offset, end, flow);
      if (flow.direction === 1) {
        // Answers are of no interest, but where they end.
        flow.consume(end - offset);
        return MATCH;
      }
      const lineFeed = lineEnd(octets, offset, Math.min(end, offset + LINE_BYTES_MAX));
      if (lineFeed < 0) return end - offset >= LINE_BYTES_MAX ? MUNIN_LINE_TOO_LONG : MATCH;
      readCommand(octets, offset, valueEnd(octets, offset, lineFeed), flow);
      flow.consume(lineFeed + 1 - offset);
      return MATCH;
    },
  },
};

function readBanner(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  // The node speaks first; what the master sends before waits.
  if (flow.direction === 0) return flow.payloadPackets(1) === 0 ? MORE : NO;
  const length = Math.min(BANNER.length, end - offset);
  if (!startsWith(octets, offset, end, BANNER.slice(0, length))) return NO;
  const lineFeed = lineEnd(octets, offset, Math.min(end, offset + LINE_BYTES_MAX));
  if (lineFeed < 0) return end - offset >= LINE_BYTES_MAX ? NO : MORE;
  flow.stage = STAGE_BANNER;
  const name = offset + BANNER.length;
  const stop = valueEnd(octets, name, lineFeed);
  if (stop > name) flow.text(MUNIN_NODE, octets, name, stop);
  flow.consume(lineFeed + 1 - offset);
  return MATCH;
}

function readCommand(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  if (end <= start) return;
  const blank = indexOfOctet(octets, BLANK, start, end);
  const commandEnd = blank < 0 ? end : blank;
  flow.text(MUNIN_COMMAND, octets, start, commandEnd);
  const takesPlugin =
    startsWith(octets, start, commandEnd, "fetch") || startsWith(octets, start, commandEnd, "config");
  if (takesPlugin && blank > 0 && end > blank + 1) flow.text(MUNIN_PLUGIN, octets, blank + 1, end);
}
