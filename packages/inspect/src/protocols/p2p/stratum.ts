import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { hasString, memberValue, setMember, setString, skipJsonWhitespace } from "../json-member.js";

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
const BRACKET = 0x5b;
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
      const method = memberValue(octets, offset, lineFeed, '"method"');
      if (undecided && !isMining(octets, offset, lineFeed, method)) return NO;
      if (flow.stage === 0) flow.report(STRATUM_MINING);
      flow.stage = 1;
      describe(octets, offset, lineFeed, method, flow);
      flow.consume(lineFeed + 1 - offset);
      return MATCH;
    },
  },
};

function isMining(octets: Uint8Array, start: number, stop: number, method: number): boolean {
  if (method < 0) return false;
  if (startsWith(octets, method, stop, '"mining.')) return true;
  if (startsWith(octets, method, stop, '"eth_submitLogin"')) return true;
  return (
    startsWith(octets, method, stop, '"login"') &&
    hasString(octets, start, stop, '"login"') &&
    hasString(octets, start, stop, '"pass"') &&
    hasString(octets, start, stop, '"agent"')
  );
}

function describe(octets: Uint8Array, start: number, stop: number, method: number, flow: FlowContext): void {
  if (method < 0) return;
  setString(flow, STRATUM_METHOD, octets, method, stop);
  if (startsWith(octets, method, stop, '"login"')) {
    setMember(flow, STRATUM_USER, octets, start, stop, '"login"');
    setMember(flow, STRATUM_AGENT, octets, start, stop, '"agent"');
  } else if (startsWith(octets, method, stop, '"mining.subscribe"')) {
    setFirstParameter(octets, start, stop, flow, STRATUM_AGENT);
  } else if (
    startsWith(octets, method, stop, '"mining.authorize"') ||
    startsWith(octets, method, stop, '"eth_submitLogin"')
  ) {
    setFirstParameter(octets, start, stop, flow, STRATUM_USER);
  }
}

/** The text that `"params":[…]` begins with. */
function setFirstParameter(
  octets: Uint8Array,
  start: number,
  stop: number,
  flow: FlowContext,
  to: typeof STRATUM_AGENT,
): void {
  const list = memberValue(octets, start, stop, '"params"');
  if (list < 0 || u8(octets, list) !== BRACKET) return;
  setString(flow, to, octets, skipJsonWhitespace(octets, list + 1, stop), stop);
}
