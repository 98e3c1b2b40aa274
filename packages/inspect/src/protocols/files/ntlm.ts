/**
 * NTLM messages inside other protocols' security buffers: MS-NLMP.
 *
 * They come bare or inside SPNEGO (RFC 4178), always beginning with the signature "NTLMSSP" and a zero octet, so the
 * signature is searched for in the buffer and the wrapping is not read.
 */
import { startsWith, u16le, u32le } from "@palisade/wire";
import { type Attribute, attribute } from "../../attribute.js";
import type { FlowContext } from "../../flow-context.js";
import { setUtf16 } from "../utf16.js";

export const NTLM_USER = attribute("ntlm.user", "text", { many: true });
export const NTLM_DOMAIN = attribute("ntlm.domain", "text", { many: true });
/** Name of the client's machine, as it says. */
export const NTLM_WORKSTATION = attribute("ntlm.workstation", "text", { many: true });
/** DNS name of the server's machine; its NetBIOS name where there is no other. */
export const NTLM_SERVER = attribute("ntlm.server", "text");
/** Windows version of the server: major.minor.build. */
export const NTLM_SERVER_VERSION = attribute("ntlm.server-version", "text");

export const ntlmAttributes: readonly Attribute[] = [
  NTLM_USER,
  NTLM_DOMAIN,
  NTLM_WORKSTATION,
  NTLM_SERVER,
  NTLM_SERVER_VERSION,
];

const SIGNATURE = "NTLMSSP\0";
/** Octets of a security buffer that are searched for the signature: SPNEGO's wrapping is far shorter. */
const SEARCH_OCTETS_MAX = 512;
const CHALLENGE = 2;
const AUTHENTICATE = 3;
const NEGOTIATE_UNICODE = 0x0000_0001;
const NEGOTIATE_VERSION = 0x0200_0000;
/** Target information pairs that are read (MS-NLMP §2.2.2.1 defines eleven kinds). */
const PAIRS_MAX = 16;
const PAIR_NETBIOS_COMPUTER = 1;
const PAIR_DNS_COMPUTER = 3;

/** Reads the names of an NTLM message that lies somewhere in `octets[start … end)`, if there is one. */
export function readNtlm(flow: FlowContext, octets: Uint8Array, start: number, end: number): void {
  const last = Math.min(end - 12, start + SEARCH_OCTETS_MAX);
  for (let at = start; at <= last; at += 1) {
    if (octets[at] !== 0x4e || !startsWith(octets, at, end, SIGNATURE)) continue;
    const type = u32le(octets, at + 8);
    if (type === CHALLENGE) readChallenge(flow, octets, at, end);
    else if (type === AUTHENTICATE) readAuthenticate(flow, octets, at, end);
    return;
  }
}

/** CHALLENGE_MESSAGE: MS-NLMP §2.2.1.2. */
function readChallenge(flow: FlowContext, octets: Uint8Array, at: number, end: number): void {
  if (end - at < 48) return;
  const flags = u32le(octets, at + 20);
  let pair = at + u32le(octets, at + 44);
  const stop = Math.min(end, pair + u16le(octets, at + 40));
  let dnsSeen = false;
  let netbiosStart = 0;
  let netbiosEnd = 0;
  for (let count = 0; count < PAIRS_MAX && stop - pair >= 4; count += 1) {
    const id = u16le(octets, pair);
    const valueEnd = pair + 4 + u16le(octets, pair + 2);
    if (id === 0 || valueEnd > stop) break;
    if (id === PAIR_DNS_COMPUTER) {
      setUtf16(flow, NTLM_SERVER, octets, pair + 4, valueEnd);
      dnsSeen = true;
    } else if (id === PAIR_NETBIOS_COMPUTER) {
      netbiosStart = pair + 4;
      netbiosEnd = valueEnd;
    }
    pair = valueEnd;
  }
  if (!dnsSeen) setUtf16(flow, NTLM_SERVER, octets, netbiosStart, netbiosEnd);
  if ((flags & NEGOTIATE_VERSION) !== 0 && end - at >= 56 && flow.wants(NTLM_SERVER_VERSION)) {
    flow.set(NTLM_SERVER_VERSION, `${octets[at + 48]}.${octets[at + 49]}.${u16le(octets, at + 50)}`);
  }
}

/** AUTHENTICATE_MESSAGE: MS-NLMP §2.2.1.3. */
function readAuthenticate(flow: FlowContext, octets: Uint8Array, at: number, end: number): void {
  if (end - at < 64) return;
  const unicode = (u32le(octets, at + 60) & NEGOTIATE_UNICODE) !== 0;
  setField(flow, NTLM_DOMAIN, octets, at, at + 28, end, unicode);
  setField(flow, NTLM_USER, octets, at, at + 36, end, unicode);
  setField(flow, NTLM_WORKSTATION, octets, at, at + 44, end, unicode);
}

/** A payload field: length, space and offset from the message's start (MS-NLMP §2.2.1.3, "DomainNameFields"). */
function setField(
  flow: FlowContext,
  target: Attribute<"text">,
  octets: Uint8Array,
  message: number,
  field: number,
  end: number,
  unicode: boolean,
): void {
  const start = message + u32le(octets, field + 4);
  const stop = start + u16le(octets, field);
  if (stop > end || stop === start) return;
  if (unicode) setUtf16(flow, target, octets, start, stop);
  else flow.text(target, octets, start, stop);
}
