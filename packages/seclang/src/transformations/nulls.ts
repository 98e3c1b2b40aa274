import { u8 } from "@palisade/wire";
import { octetsOf, sameBytes } from "./octets.js";
import type { Transformation } from "./transformation.js";

/** `removeNulls` */
export const removeNulls: Transformation = {
  name: "removeNulls",
  ignoresCase: true,
  actsOn: octetsOf("\0"),
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; i++) {
      const octet = u8(octets, i);
      if (octet !== 0) out[to++] = octet;
    }
    return to - at;
  },
};

/** `replaceNulls`: by spaces. */
export const replaceNulls: Transformation = {
  name: "replaceNulls",
  ignoresCase: true,
  actsOn: octetsOf("\0"),
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    for (let i = start, to = at; i < end; i++, to++) out[to] = u8(octets, i) || 0x20;
    return end - start;
  },
};
