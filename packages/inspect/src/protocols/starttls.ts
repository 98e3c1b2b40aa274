/**
 * TLS that begins inside a text protocol, after the command that asks for it: STARTTLS, STLS, AUTH TLS.
 */
import { u8 } from "@palisade/wire";
import { MATCH, type Outcome } from "../dissector.js";
import type { FlowContext } from "../flow-context.js";

const CONTENT_HANDSHAKE = 0x16;
const VERSION_MAJOR = 0x03;

/**
 * What to return where a TLS handshake record (RFC 8446 §5.1) begins at `offset`, or may yet; undefined where none does.
 *
 * From the client that is looked for only after its command (`asked`, a bit of `stage`) that was not refused, or what
 * looks like TLS would hide the commands behind it from us, though not from the server.
 */
export function startTls(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
  asked: number,
): Outcome | undefined {
  if (u8(octets, offset) !== CONTENT_HANDSHAKE) return undefined;
  if (flow.direction === 0 && (flow.stage & asked) === 0) return undefined;
  if (end - offset < 2) return MATCH;
  return u8(octets, offset + 1) === VERSION_MAJOR ? flow.become("tls") : undefined;
}
