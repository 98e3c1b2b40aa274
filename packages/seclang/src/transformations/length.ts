import type { Transformation } from "./transformation.js";

/** How many digits a whole number has. */
function digitsOf(count: number): number {
  let digits = 1;
  for (let rest = count; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  return digits;
}

/** `length`: how many octets the value has, in decimal digits. */
export const length: Transformation = {
  name: "length",
  ignoresCase: true,
  actsOn: undefined,
  bytesMax: digitsOf,
  apply(_octets, start, end, out, at) {
    const digits = digitsOf(end - start);
    for (let i = digits - 1, rest = end - start; i >= 0; i--, rest = Math.floor(rest / 10)) {
      out[at + i] = 0x30 + (rest % 10);
    }
    return digits;
  },
};
