import { lineEnd, startsWith, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** From the agent's first section: its version, operating system and host name. */
export const CHECKMK_VERSION = attribute("checkmk.version", "text");
export const CHECKMK_SYSTEM = attribute("checkmk.system", "text");
export const CHECKMK_HOST = attribute("checkmk.host", "text");

const SECTION = "<<<check_mk>>>";
const LINE_MAX = 512;
const FIELDS = [
  ["Version: ", CHECKMK_VERSION],
  ["AgentOS: ", CHECKMK_SYSTEM],
  ["Hostname: ", CHECKMK_HOST],
] as const;

export const checkmk: Protocol = {
  name: "checkmk",
  title: "Checkmk agent",
  spec: "Checkmk agent's output (agents/check_mk_agent.linux)",
  category: "management",
  attributes: [CHECKMK_VERSION, CHECKMK_SYSTEM, CHECKMK_HOST],
  malformed: [],
  recognises: "Output that begins with the section check_mk.",
  omits: "All other sections, and encrypted output.",
  stream: {
    ports: [6556],
    firstOctets: [0x3c],
    dissect(octets, offset, end, flow) {
      if (flow.stage === 1) return readField(octets, offset, end, flow);
      const shown = Math.min(end - offset, SECTION.length);
      if (!startsWith(octets, offset, end, SECTION.slice(0, shown))) return NO;
      if (end - offset <= SECTION.length) return MORE;
      const after = u8(octets, offset + SECTION.length);
      if (after !== 0x0a && after !== 0x0d) return NO;
      flow.stage = 1;
      flow.consume(SECTION.length + 1);
      return MATCH;
    },
  },
};

/** A line of the first section, up to the next section. */
function readField(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const lineFeed = lineEnd(octets, offset, Math.min(end, offset + LINE_MAX));
  if (lineFeed < 0) return end - offset < LINE_MAX ? MATCH : DONE;
  if (startsWith(octets, offset, end, "<<<")) return DONE;
  for (const [name, target] of FIELDS) {
    if (!startsWith(octets, offset, lineFeed, name)) continue;
    let valueEnd = lineFeed;
    if (u8(octets, valueEnd - 1) === 0x0d) valueEnd -= 1;
    if (valueEnd > offset + name.length) flow.text(target, octets, offset + name.length, valueEnd);
  }
  flow.consume(lineFeed + 1 - offset);
  return MATCH;
}
