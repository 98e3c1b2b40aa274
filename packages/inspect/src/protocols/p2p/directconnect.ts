import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

export const DIRECTCONNECT_NICK = attribute("directconnect.nick", "text", { many: true });
export const DIRECTCONNECT_HUB = attribute("directconnect.hub", "text");
/** Software of the side that sends the lock, as it stands behind `Pk=`. */
export const DIRECTCONNECT_SOFTWARE = attribute("directconnect.software", "text", { many: true });

/** After the verdict: a command without its dollar sign, or longer than any. */
export const DIRECTCONNECT_COMMAND_MALFORMED = new Malformed("directconnect.command-malformed");

const DOLLAR = 0x24;
const BAR = 0x7c;
const LOCK = "$Lock ";
const NICK = "$MyNick ";
const HUB = "$HubName ";
const COMMAND_OCTETS_MAX = 4_096;

export const directconnect: Protocol = {
  name: "directconnect",
  title: "Direct Connect (NMDC)",
  spec: "NMDC protocol documentation",
  category: "peer-to-peer",
  attributes: [DIRECTCONNECT_NICK, DIRECTCONNECT_HUB, DIRECTCONNECT_SOFTWARE],
  malformed: [DIRECTCONNECT_COMMAND_MALFORMED],
  recognises: "The command $Lock with its Pk part, or $MyNick followed by it.",
  omits: "Searches, chat, files, and the later ADC protocol.",
  stream: {
    ports: [411, 412],
    firstOctets: [DOLLAR],
    dissect(octets, offset, end, flow) {
      const undecided = flow.stage === 0;
      const first = u8(octets, offset);
      // A bar alone keeps the connection alive; what is said in a hub's chat begins with <.
      if (!undecided && (first === BAR || first === 0x3c)) return skip(octets, offset, end, flow);
      if (first !== DOLLAR) return undecided ? NO : DIRECTCONNECT_COMMAND_MALFORMED;
      if (undecided && !mayBe(octets, offset, end, LOCK) && !mayBe(octets, offset, end, NICK)) return NO;
      const bar = indexOfOctet(octets, BAR, offset, Math.min(end, offset + COMMAND_OCTETS_MAX));
      if (bar < 0) {
        if (end - offset >= COMMAND_OCTETS_MAX) return undecided ? NO : DONE;
        return undecided ? MORE : MATCH;
      }
      if (undecided && !startsWith(octets, offset, bar, LOCK)) {
        const lock = bar + 1;
        if (!mayBe(octets, lock, end, LOCK)) return NO;
        if (end - lock < LOCK.length) return MORE;
      }
      if (startsWith(octets, offset, bar, LOCK)) {
        const software = softwareAt(octets, offset, bar);
        if (software < 0 && undecided) return NO;
        if (software >= 0) flow.text(DIRECTCONNECT_SOFTWARE, octets, software, bar);
      } else if (startsWith(octets, offset, bar, NICK)) {
        flow.text(DIRECTCONNECT_NICK, octets, offset + NICK.length, bar);
      } else if (startsWith(octets, offset, bar, HUB)) {
        flow.text(DIRECTCONNECT_HUB, octets, offset + HUB.length, bar);
      }
      flow.stage = 1;
      flow.consume(bar + 1 - offset);
      return MATCH;
    },
  },
};

function skip(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const bar = indexOfOctet(octets, BAR, offset, end);
  if (bar < 0) return end - offset >= COMMAND_OCTETS_MAX ? DONE : MATCH;
  flow.consume(bar + 1 - offset);
  return MATCH;
}

/** Whether the octets are `word`, as far as they go. */
function mayBe(octets: Uint8Array, offset: number, end: number, word: string): boolean {
  return startsWith(octets, offset, end, word.slice(0, Math.min(word.length, end - offset)));
}

/** Where the text behind ` Pk=` begins, or -1. */
function softwareAt(octets: Uint8Array, offset: number, bar: number): number {
  for (let at = offset + LOCK.length; at + 4 <= bar; at += 1) {
    if (u8(octets, at) === 0x20 && startsWith(octets, at, bar, " Pk=")) return at + 4;
  }
  return -1;
}
