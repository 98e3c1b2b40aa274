import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** Methods called by either side: `mining.subscribe`, `login`, `eth_submitLogin`. */
export const STRATUM_METHOD = attribute("stratum.method", "text", { many: true });
/** Software of the miner: `XMRig/6.20.0 (Linux x86_64)`. */
export const STRATUM_AGENT = attribute("stratum.agent", "text");
/** Who is paid: a wallet's address or a worker's name. */
export const STRATUM_USER = attribute("stratum.user", "text", { many: true });

/** After the verdict: a line that is no JSON object. */
export const STRATUM_LINE_MALFORMED = new Malformed("stratum.line-malformed");

export const STRATUM_MINING: FindingKind = {
  name: "stratum.mining",
  severity: "medium",
  title: "A host mines for a pool of a cryptocurrency",
};

const BRACE = 0x7b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LF = 0x0a;
const LINE_OCTETS_MAX = 8_192;
/** Octets of a line without a known method after which it is somebody else's. */
const UNKNOWN_OCTETS_MAX = 2_048;

export const stratum: Protocol = {
  name: "stratum",
  title: "Stratum mining protocol",
  spec: "Slush Pool's Stratum v1 description, xmrig-proxy's STRATUM.md, EthereumStratum/1.0.0",
  category: "finance",
  attributes: [STRATUM_METHOD, STRATUM_AGENT, STRATUM_USER],
  malformed: [STRATUM_LINE_MALFORMED],
  findings: [STRATUM_MINING],
  recognises:
    "A line of JSON whose method begins with mining., or is eth_submitLogin, or is login with a password and an agent.",
  omits: "Jobs, shares, and version 2, which is encrypted.",
  stream: {
    ports: [3333, 3334, 3335, 4444, 14444],
    firstOctets: [BRACE],
    dissect(octets, offset, end, flow) {
      const undecided = flow.stage === 0;
      if (u8(octets, offset) !== BRACE) return undecided ? NO : STRATUM_LINE_MALFORMED;
      const lineFeed = indexOfOctet(octets, LF, offset, Math.min(end, offset + LINE_OCTETS_MAX));
      if (lineFeed < 0) {
        if (end - offset >= (undecided ? UNKNOWN_OCTETS_MAX : LINE_OCTETS_MAX)) return undecided ? NO : DONE;
        return undecided ? MORE : MATCH;
      }
      const method = textOf(octets, offset, lineFeed, '"method"');
      if (undecided && !isMining(octets, offset, lineFeed, method)) return NO;
      if (flow.stage === 0) flow.report(STRATUM_MINING);
      flow.stage = 1;
      describe(octets, offset, lineFeed, method, flow);
      flow.consume(lineFeed + 1 - offset);
      return MATCH;
    },
  },
};

/** First octet of the text that is the value of `key`, quotes and perhaps colon included, or -1; the first in the line counts. */
function textOf(octets: Uint8Array, start: number, stop: number, key: string): number {
  for (let at = start; at + key.length < stop; at += 1) {
    if (u8(octets, at) !== QUOTE || !startsWith(octets, at, stop, key)) continue;
    let value = at + key.length;
    while (value < stop && (u8(octets, value) === 0x20 || u8(octets, value) === 0x3a)) value += 1;
    return value < stop && u8(octets, value) === QUOTE ? value + 1 : -1;
  }
  return -1;
}

function isMining(octets: Uint8Array, start: number, stop: number, method: number): boolean {
  if (method < 0) return false;
  if (startsWith(octets, method, stop, "mining.")) return true;
  if (startsWith(octets, method, stop, 'eth_submitLogin"')) return true;
  return (
    startsWith(octets, method, stop, 'login"') &&
    textOf(octets, start, stop, '"login":') >= 0 &&
    textOf(octets, start, stop, '"pass"') >= 0 &&
    textOf(octets, start, stop, '"agent"') >= 0
  );
}

function describe(octets: Uint8Array, start: number, stop: number, method: number, flow: FlowContext): void {
  if (method < 0) return;
  set(octets, method, stop, flow, STRATUM_METHOD);
  if (startsWith(octets, method, stop, 'login"')) {
    set(octets, textOf(octets, start, stop, '"login":'), stop, flow, STRATUM_USER);
    set(octets, textOf(octets, start, stop, '"agent"'), stop, flow, STRATUM_AGENT);
  } else if (startsWith(octets, method, stop, 'mining.subscribe"')) {
    set(octets, firstParameter(octets, start, stop), stop, flow, STRATUM_AGENT);
  } else if (
    startsWith(octets, method, stop, 'mining.authorize"') ||
    startsWith(octets, method, stop, 'eth_submitLogin"')
  ) {
    set(octets, firstParameter(octets, start, stop), stop, flow, STRATUM_USER);
  }
}

/** The first text of `"params":[…]`. */
function firstParameter(octets: Uint8Array, start: number, stop: number): number {
  const key = '"params"';
  for (let at = start; at + key.length < stop; at += 1) {
    if (u8(octets, at) !== QUOTE || !startsWith(octets, at, stop, key)) continue;
    let value = at + key.length;
    while (value < stop && (u8(octets, value) === 0x20 || u8(octets, value) === 0x3a)) value += 1;
    if (value >= stop || u8(octets, value) !== 0x5b) return -1;
    value += 1;
    while (value < stop && u8(octets, value) === 0x20) value += 1;
    return value < stop && u8(octets, value) === QUOTE ? value + 1 : -1;
  }
  return -1;
}

function set(
  octets: Uint8Array,
  from: number,
  stop: number,
  flow: FlowContext,
  field: typeof STRATUM_AGENT,
): void {
  if (from < 0) return;
  let to = from;
  while (to < stop && u8(octets, to) !== QUOTE) to += u8(octets, to) === BACKSLASH ? 2 : 1;
  if (to > from && to <= stop) flow.text(field, octets, from, to);
}
