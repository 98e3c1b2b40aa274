import { Malformed } from "@palisade/base";
import { u8, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

export const SOULSEEK_USER = attribute("soulseek.user", "text");
/** `login`, `peer`, `distributed`, `file`. */
export const SOULSEEK_CONNECTION = attribute("soulseek.connection", "text");

/** After the login: a message of no code. */
export const SOULSEEK_LENGTH_IMPOSSIBLE = new Malformed("soulseek.length-impossible");

export const SOULSEEK_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "soulseek.cleartext-credentials",
  severity: "medium",
  title: "A Soulseek client sends its password in clear",
};

const LOGIN = 1;
const PEER_INIT = 1;
const NAME_OCTETS_MAX = 64;
const PASSWORD_OCTETS_MAX = 256;
const HASH_DIGITS = 32;
const MESSAGE_OCTETS_MAX = 16_777_216;
const KINDS: ReadonlyMap<number, string> = new Map([
  [0x50, "peer"],
  [0x44, "distributed"],
  [0x46, "file"],
]);

export const soulseek: Protocol = {
  name: "soulseek",
  title: "Soulseek",
  spec: "Soulseek protocol documentation of the Nicotine+ project",
  category: "peer-to-peer",
  attributes: [SOULSEEK_USER, SOULSEEK_CONNECTION],
  malformed: [SOULSEEK_LENGTH_IMPOSSIBLE],
  findings: [SOULSEEK_CLEARTEXT_CREDENTIALS],
  recognises:
    "A login with user, password, version and hash, or a peer's introduction, whose texts add up to the message's length.",
  omits: "Searches, rooms, and files.",
  stream: {
    ports: [2242, 2234],
    dissect(octets, offset, end, flow) {
      if (flow.stage !== 0) {
        if (end - offset < 8) return MATCH;
        const length = u32le(octets, offset);
        if (length < 4 || length > MESSAGE_OCTETS_MAX) return SOULSEEK_LENGTH_IMPOSSIBLE;
        flow.consume(4 + length);
        return MATCH;
      }
      if (end - offset < 5) {
        return end - offset === 4 && u32le(octets, offset) > 512 ? NO : MORE;
      }
      const length = u32le(octets, offset);
      if (length < 12 || length > 512) return NO;
      if (u8(octets, offset + 4) !== PEER_INIT) return NO;
      if (end - offset < 4 + length) return MORE;
      const stop = offset + 4 + length;
      return login(octets, offset + 4, stop, flow) ? MATCH : peerInit(octets, offset + 4, stop, flow);
    },
  },
};

/** Code of 32 bits, user, password, version, MD5 of both in hexadecimal, minor version. Texts have lengths of 32 bits. */
function login(octets: Uint8Array, start: number, stop: number, flow: FlowContext): boolean {
  if (stop - start < 24 + HASH_DIGITS || u32le(octets, start) !== LOGIN) return false;
  const userLength = u32le(octets, start + 4);
  if (userLength === 0 || userLength > NAME_OCTETS_MAX) return false;
  const user = start + 8;
  const password = user + userLength;
  if (password + 4 > stop) return false;
  const passwordLength = u32le(octets, password);
  if (passwordLength > PASSWORD_OCTETS_MAX) return false;
  const version = password + 4 + passwordLength;
  if (version + 8 + HASH_DIGITS > stop || u32le(octets, version + 4) !== HASH_DIGITS) return false;
  const rest = stop - version - 8 - HASH_DIGITS;
  if (rest !== 0 && rest !== 4) return false;
  flow.stage = 1;
  flow.text(SOULSEEK_USER, octets, user, password);
  flow.set(SOULSEEK_CONNECTION, "login");
  if (passwordLength > 0) flow.report(SOULSEEK_CLEARTEXT_CREDENTIALS);
  flow.consume(stop - start + 4);
  return true;
}

/** Code of one octet, user, kind of connection (one letter), token. */
function peerInit(octets: Uint8Array, start: number, stop: number, flow: FlowContext): Outcome {
  const userLength = u32le(octets, start + 1);
  if (userLength === 0 || userLength > NAME_OCTETS_MAX || stop - start !== 1 + 4 + userLength + 4 + 1 + 4)
    return NO;
  const kindLength = start + 5 + userLength;
  const kind = KINDS.get(u8(octets, kindLength + 4));
  if (u32le(octets, kindLength) !== 1 || kind === undefined) return NO;
  flow.stage = 1;
  flow.text(SOULSEEK_USER, octets, start + 5, kindLength);
  flow.set(SOULSEEK_CONNECTION, kind);
  return DONE;
}
