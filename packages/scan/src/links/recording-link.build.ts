/** What stands in the blocks of a pcapng file that readers of packets do not tell: for tests. */
import assert from "node:assert/strict";
import { u32le } from "@palisade/wire";

/** Values of the option epb_flags (number 2) of each Enhanced Packet Block (type 6). */
export function directionsIn(file: Uint8Array): number[] {
  const directions: number[] = [];
  for (let at = 0; at < file.length; at += u32le(file, at + 4)) {
    if (u32le(file, at) !== 6) continue;
    const option = at + 28 + ((u32le(file, at + 20) + 3) & ~3);
    assert.equal(u32le(file, option), 2 | (4 << 16));
    assert.equal(u32le(file, option + 8), 0);
    assert.equal(u32le(file, at + u32le(file, at + 4) - 4), u32le(file, at + 4));
    directions.push(u32le(file, option + 4));
  }
  return directions;
}

/** Names of interfaces, in the order of their blocks (type 1). */
export function interfacesIn(file: Uint8Array): string[] {
  const names: string[] = [];
  for (let at = 0; at < file.length; at += u32le(file, at + 4)) {
    if (u32le(file, at) !== 1) continue;
    const bytes = u32le(file, at + 16) >>> 16;
    names.push(new TextDecoder().decode(file.subarray(at + 20, at + 20 + bytes)));
  }
  return names;
}
