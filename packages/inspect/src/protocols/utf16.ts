import { ATTRIBUTE_OCTETS_MAX, type Attribute } from "../attribute.js";
import type { FlowContext } from "../flow-context.js";

/** `octets[start … end)` as UTF-16, little-endian, as Microsoft's protocols have it. Cut at 1,024 octets. */
function decodeUtf16(octets: Uint8Array, start: number, end: number): string {
  const stop = Math.min(end, start + ATTRIBUTE_OCTETS_MAX);
  const length = Math.max(0, stop - start) & ~1;
  return Buffer.from(octets.buffer, octets.byteOffset + start, length).toString("utf16le");
}

/** Sets a text attribute from UTF-16, little-endian, where it is wanted and not empty. */
export function setUtf16(
  flow: FlowContext,
  attribute: Attribute<"text">,
  octets: Uint8Array,
  start: number,
  end: number,
): void {
  if (end - start >= 2 && flow.wants(attribute)) flow.set(attribute, decodeUtf16(octets, start, end));
}

/** `text` in UTF-16, little-endian; for builders. */
export function utf16le(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf16le"));
}
