/** Digests, in binary; rules put `t:hexEncode` after them. */
import { createHash } from "node:crypto";
import type { Transformation } from "./transformation.js";

function digest(name: string, bytes: number): Transformation {
  return {
    name,
    actsOn: undefined,
    bytesMax: () => bytes,
    apply(octets, start, end, out, at) {
      out.set(createHash(name).update(octets.subarray(start, end)).digest(), at);
      return bytes;
    },
  };
}

/** `md5`: RFC 1321, 16 octets. Allocates. */
export const md5: Transformation = digest("md5", 16);

/** `sha1`: RFC 3174, 20 octets. Allocates. */
export const sha1: Transformation = digest("sha1", 20);
