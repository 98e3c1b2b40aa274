/**
 * Users in SASL messages, which text protocols send in base64: PLAIN (RFC 4616), and LOGIN, where a line is the user.
 */
import type { Attribute } from "../attribute.js";
import type { FlowContext } from "../flow-context.js";

/** Octets of base64 that are decoded; what follows is left out. */
const BASE64_OCTETS_MAX = 2_048;

/** Sets `attribute` to the user of the PLAIN message in `octets[start … stop)`: authzid, NUL, user, NUL, password (RFC 4616 §2). */
export function setPlainUser(
  flow: FlowContext,
  attribute: Attribute<"text">,
  octets: Uint8Array,
  start: number,
  stop: number,
): void {
  if (!flow.wants(attribute)) return;
  const message = decodeBase64(octets, start, stop);
  const user = message.indexOf(0) + 1;
  const userStop = user === 0 ? -1 : message.indexOf(0, user);
  if (userStop > user) flow.text(attribute, message, user, userStop);
}

/** Sets `attribute` to what `octets[start … stop)` stands for. */
export function setBase64(
  flow: FlowContext,
  attribute: Attribute<"text">,
  octets: Uint8Array,
  start: number,
  stop: number,
): void {
  if (!flow.wants(attribute)) return;
  const text = decodeBase64(octets, start, stop);
  if (text.length > 0) flow.text(attribute, text, 0, text.length);
}

function decodeBase64(octets: Uint8Array, start: number, stop: number): Buffer {
  const length = Math.min(Math.max(0, stop - start), BASE64_OCTETS_MAX);
  const text = Buffer.from(octets.buffer, octets.byteOffset + start, length).toString("latin1");
  return Buffer.from(text, "base64");
}
