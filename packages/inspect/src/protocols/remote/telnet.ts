import { Malformed } from "@palisade/base";
import { startsWithNoCase, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** Options negotiated, by number (IANA telnet-options). */
export const TELNET_OPTION = attribute("telnet.option", "number", { many: true });
/** Terminal type that the client names (RFC 1091). */
export const TELNET_TERMINAL = attribute("telnet.terminal-type", "text");
/** What the client answers to a prompt that ends in "login:" or "Username:". */
export const TELNET_USER = attribute("telnet.user", "text");

/** A command after IAC that was never published (RFC 854). */
export const TELNET_COMMAND_INVALID = new Malformed("telnet.command-invalid");

export const TELNET_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "telnet.cleartext-credentials",
  severity: "medium",
  title: "A terminal server asks for a password, which Telnet sends in clear",
};

const PORT = 23;
const IAC = 0xff;
const SE = 0xf0;
const SB = 0xfa;
const WILL = 0xfb;
const DONT = 0xfe;
const TERMINAL_TYPE = 24;
const IS = 0;
/** The highest of the options that IANA lists in one row; three more stand apart. */
const OPTION_MAX = 49;
const SUBNEGOTIATION_OCTETS_MAX = 512;
/** Octets of text without a line end that are held in wait for the rest of a prompt. */
const PROMPT_OCTETS_MAX = 256;

// Bits of `stage`; the first two stand for the directions that begin with a command.
const OPENED = 1;
const RECOGNISED = 4;
const USER_ASKED = 8;

export const telnet: Protocol = {
  name: "telnet",
  title: "Telnet",
  spec: "RFC 854, RFC 855",
  category: "remote-access",
  attributes: [TELNET_OPTION, TELNET_TERMINAL, TELNET_USER],
  malformed: [TELNET_COMMAND_INVALID],
  findings: [TELNET_CLEARTEXT_CREDENTIALS],
  recognises:
    "Two option negotiations in a row with listed options, or one from each side, or one on port 23, at the start of the connection.",
  omits: "The text of the session, and what other subnegotiations carry.",
  stream: {
    ports: [PORT],
    firstOctets: [IAC],
    dissect(octets, offset, end, flow) {
      if ((flow.stage & RECOGNISED) === 0) {
        const outcome = recognise(octets, offset, end, flow);
        if (outcome !== MATCH) return outcome;
        flow.stage |= RECOGNISED;
      }
      return u8(octets, offset) === IAC
        ? readCommand(octets, offset, end, flow)
        : readText(octets, offset, end, flow);
    },
  },
};

function recognise(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const first = negotiation(octets, offset, end);
  if (first <= 0) return first < 0 ? NO : MORE;
  flow.stage |= OPENED << flow.direction;
  const isEither = flow.sourcePort === PORT || flow.destinationPort === PORT;
  if (isEither || (flow.stage & 3) === 3) return MATCH;
  if (end - offset === 3) return MORE;
  const second = negotiation(octets, offset + 3, end);
  return second > 0 ? MATCH : second < 0 ? NO : MORE;
}

/** 1 where IAC, WILL … DONT and a listed option stand, 0 where they may come, -1 where not. */
function negotiation(octets: Uint8Array, offset: number, end: number): number {
  if (u8(octets, offset) !== IAC) return -1;
  if (end - offset < 2) return 0;
  const command = u8(octets, offset + 1);
  if (command < WILL || command > DONT) return -1;
  if (end - offset < 3) return 0;
  return isOption(u8(octets, offset + 2)) ? 1 : -1;
}

function isOption(option: number): boolean {
  return option <= OPTION_MAX || (option >= 138 && option <= 140) || option === 255;
}

function readCommand(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < 2) return MATCH;
  const command = u8(octets, offset + 1);
  if (command >= WILL && command < IAC) {
    if (end - offset < 3) return MATCH;
    flow.set(TELNET_OPTION, u8(octets, offset + 2));
    flow.consume(3);
    return MATCH;
  }
  if (command !== SB) {
    // RFC 854 names 240 … 250, RFC 1184 and RFC 885 name 236 … 239; a doubled IAC is the octet itself.
    if (command < 236) return TELNET_COMMAND_INVALID;
    flow.consume(2);
    return MATCH;
  }
  const limit = Math.min(end, offset + SUBNEGOTIATION_OCTETS_MAX);
  for (let index = offset + 2; index + 1 < limit; index += 1) {
    if (u8(octets, index) !== IAC) continue;
    if (u8(octets, index + 1) === SE) {
      if (u8(octets, offset + 2) === TERMINAL_TYPE && u8(octets, offset + 3) === IS && index > offset + 4) {
        flow.text(TELNET_TERMINAL, octets, offset + 4, index);
      }
      flow.consume(index + 2 - offset);
      return MATCH;
    }
    index += 1; // a doubled IAC
  }
  if (end - offset >= SUBNEGOTIATION_OCTETS_MAX) return TELNET_COMMAND_INVALID;
  return MATCH;
}

/** Text up to the next command or line end; a prompt that may still grow is held. */
function readText(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  let stop = offset;
  while (stop < end) {
    const octet = u8(octets, stop);
    if (octet === IAC || octet === 0x0a || octet === 0x0d || octet === 0) break;
    stop += 1;
    if (octet === 0x3a && flow.direction === 1 && isPrompt(octets, offset, stop, flow)) {
      flow.consume(stop - offset);
      return MATCH;
    }
  }
  if (stop === end) {
    if (end - offset >= PROMPT_OCTETS_MAX) flow.consume(end - offset);
    return MATCH;
  }
  if (flow.direction === 0 && (flow.stage & USER_ASKED) !== 0 && u8(octets, stop) !== IAC && stop > offset) {
    flow.stage &= ~USER_ASKED;
    flow.text(TELNET_USER, octets, offset, stop);
  }
  flow.consume(stop - offset + (u8(octets, stop) === IAC ? 0 : 1));
  return MATCH;
}

/** Whether the text that ends in a colon asks for a user or a password, and notes it. */
function isPrompt(octets: Uint8Array, start: number, stop: number, flow: FlowContext): boolean {
  if (endsWith(octets, start, stop, "password:")) {
    flow.report(TELNET_CLEARTEXT_CREDENTIALS);
    return true;
  }
  if (endsWith(octets, start, stop, "login:") || endsWith(octets, start, stop, "username:")) {
    flow.stage |= USER_ASKED;
    return true;
  }
  return false;
}

function endsWith(octets: Uint8Array, start: number, stop: number, lower: string): boolean {
  return stop - start >= lower.length && startsWithNoCase(octets, stop - lower.length, stop, lower);
}
