/**
 * Changes to frames and to runs of frames: what damaged captures, broken senders and attackers do to them.
 */
import { put8, put16, put32, u8, u16, u32 } from "@palisade/wire";
import type { Frame } from "./frames.js";
import { linkTypes } from "./grammar.js";
import { locate } from "./locate.js";
import type { Random } from "./random.js";

/** Octets of a frame that a mutation makes at most; captures hold no longer ones. */
export const FRAME_BYTES_MAX = 65_535;

/** Numbers at which lengths, counts and signs turn over. */
const INTERESTING = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 512, 1000, 1023, 1024, 4096, 16_383,
  16_384, 32_767, 32_768, 65_534, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];
const SYN = 0x02;

/** Changes a copy of the frame in one to four ways; `other` lends octets to splices. */
export function mutated(frame: Frame, other: Frame, random: Random): Frame {
  const changed: Frame = { ...frame, octets: frame.octets.slice() };
  const changes = 1 + random.small(3);
  for (let change = 0; change < changes; change += 1) mutateOnce(changed, other, random);
  return changed;
}

function mutateOnce(frame: Frame, other: Frame, random: Random): void {
  const { octets } = frame;
  if (octets.length === 0) {
    resize(frame, random.octets(random.between(1, 64)));
    return;
  }
  const at = aim(frame, random);
  switch (random.below(18)) {
    case 0:
      octets[at]! ^= 1 << random.below(8);
      return;
    case 1:
    case 2:
      octets[at] = random.word() & 0xff;
      return;
    case 3:
      octets[at] = random.pick(INTERESTING) & 0xff;
      return;
    case 4:
      writeNumber(octets, at, 2, random.pick(INTERESTING), random);
      return;
    case 5:
      writeNumber(octets, at, 4, random.pick(INTERESTING), random);
      return;
    case 6: {
      // A length, a count or a sequence number that is a little off.
      if (at + 2 > octets.length) return;
      const by = random.between(1, 35) * (random.chance(0.5) ? 1 : -1);
      put16(octets, at, (u16(octets, at) + by) & 0xffff);
      return;
    }
    case 7:
      resize(frame, octets.slice(0, at));
      // The capture's snap length cut it, or the sender did.
      if (random.chance(0.5)) frame.wireBytes = octets.length;
      return;
    case 8:
      resize(frame, joined(octets, random.octets(random.small(200))));
      return;
    case 9: {
      const until = Math.min(octets.length, at + random.between(1, 16));
      resize(frame, joined(octets.subarray(0, at), octets.subarray(until)));
      return;
    }
    case 10:
      resize(
        frame,
        joined(octets.subarray(0, at), random.octets(random.between(1, 16)), octets.subarray(at)),
      );
      return;
    case 11: {
      // A header or element many times over: depth and work that grow with octets.
      const length = Math.min(random.between(1, 40), octets.length - at);
      const times = random.chance(0.2) ? random.between(2, 2_000) : random.between(2, 30);
      resize(frame, repeated(octets, at, length, times));
      return;
    }
    case 12: {
      const from = random.below(other.octets.length);
      resize(frame, joined(octets.subarray(0, at), other.octets.subarray(from)));
      return;
    }
    case 13: {
      const from = random.below(other.octets.length);
      const length = Math.min(random.between(1, 64), other.octets.length - from, octets.length - at);
      octets.set(other.octets.subarray(from, from + length), at);
      return;
    }
    case 14:
      swapPayload(frame, other);
      return;
    case 15:
      mutateTransport(frame, random);
      return;
    case 16:
      if (random.chance(0.2)) frame.linkType = random.pick(linkTypes);
      else
        frame.wireBytes = random.chance(0.5) ? random.pick(INTERESTING) : octets.length + random.below(2_000);
      return;
    default:
      octets.fill(
        random.pick([0, 0xff, 0x20, 0x41]),
        at,
        Math.min(octets.length, at + random.between(1, 32)),
      );
  }
}

/** Somewhere in the frame: in headers or at the start of the payload more often than in its middle. */
function aim(frame: Frame, random: Random): number {
  const { octets } = frame;
  const found = locate(frame);
  const start =
    found.payload >= 0 && random.chance(0.6)
      ? found.payload
      : found.ip >= 0 && random.chance(0.5)
        ? found.ip
        : 0;
  const left = octets.length - start;
  if (left <= 0) return random.below(octets.length);
  return start + (random.chance(0.7) ? random.below(Math.min(left, 48)) : random.below(left));
}

function writeNumber(octets: Uint8Array, at: number, width: 2 | 4, value: number, random: Random): void {
  if (at + width > octets.length) return;
  for (let index = 0; index < width; index += 1) {
    put8(octets, at + index, (value / 2 ** (8 * (width - 1 - index))) & 0xff);
  }
  if (random.chance(0.4)) octets.subarray(at, at + width).reverse();
}

function resize(frame: Frame, octets: Uint8Array): void {
  frame.octets = octets.length > FRAME_BYTES_MAX ? octets.slice(0, FRAME_BYTES_MAX) : octets;
  frame.wireBytes = frame.octets.length;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function repeated(octets: Uint8Array, at: number, length: number, times: number): Uint8Array {
  const piece = octets.subarray(at, at + length);
  const count = Math.min(times, Math.floor((FRAME_BYTES_MAX - octets.length) / Math.max(1, length)));
  return joined(
    octets.subarray(0, at),
    ...Array.from({ length: Math.max(0, count) }, () => piece),
    octets.subarray(at),
  );
}

/** The other frame's payload behind this frame's headers: one protocol on another's port, in another's stream. */
function swapPayload(frame: Frame, other: Frame): void {
  const from = locate(other).payload;
  if (from < 0) return;
  const { ip, payload } = locate(frame);
  if (payload < 0) return;
  const carried = other.octets.subarray(from);
  resize(frame, joined(frame.octets.subarray(0, payload), carried));
  fitLengths(frame, ip);
}

/** Writes the lengths of the IP header, and of a UDP header, as they are now. */
function fitLengths(frame: Frame, ip: number): void {
  const { octets } = frame;
  const six = u8(octets, ip) >>> 4 === 6;
  put16(octets, ip + (six ? 4 : 2), (octets.length - ip - (six ? 40 : 0)) & 0xffff);
  const { transport, protocol } = locate(frame);
  if (protocol === 17) put16(octets, transport + 4, (octets.length - transport) & 0xffff);
}

function mutateTransport(frame: Frame, random: Random): void {
  const { octets } = frame;
  const { transport, protocol, payload } = locate(frame);
  if (payload < 0) return;
  if (protocol !== 6 || random.chance(0.2)) {
    put16(octets, transport + 2 * random.below(2), random.below(0x1_0000));
    return;
  }
  switch (random.below(4)) {
    case 0:
      put8(octets, transport + 13, random.chance(0.5) ? random.below(256) : SYN);
      return;
    case 1:
      put32(octets, transport + 4, random.word());
      return;
    default: {
      const by = random.between(1, 2_000) * (random.chance(0.5) ? 1 : -1);
      put32(octets, transport + 4, (u32(octets, transport + 4) + by) >>> 0);
    }
  }
}

/** Changes the order and number of frames, and lays segments over each other. The frames stay as they are. */
export function rearranged(frames: readonly Frame[], random: Random): Frame[] {
  const result = [...frames];
  for (let changes = random.between(1, 3); changes > 0; changes -= 1) {
    const at = random.below(result.length);
    const frame = result[at]!;
    switch (random.below(6)) {
      case 0:
        result.splice(at, 0, frame);
        break;
      case 1:
        if (result.length > 1) result.splice(at, 1);
        break;
      case 2: {
        const to = random.below(result.length);
        result[at] = result[to]!;
        result[to] = frame;
        break;
      }
      case 3:
        result.splice(at, random.between(2, 12), ...result.slice(at, at + random.between(2, 12)).reverse());
        if (result.length === 0) result.push(frame);
        break;
      default:
        result.splice(at + 1, 0, overlapping(frame, random));
    }
  }
  return result;
}

/** The same segment or fragment again, moved by a few octets and with some of them changed. */
function overlapping(frame: Frame, random: Random): Frame {
  const copy: Frame = { ...frame, octets: frame.octets.slice() };
  const { ip, transport, protocol, payload } = locate(copy);
  const { octets } = copy;
  if (payload >= 0 && protocol === 6) {
    put32(octets, transport + 4, (u32(octets, transport + 4) + random.between(-20, 20)) >>> 0);
    if (payload < octets.length && random.chance(0.5))
      octets[random.between(payload, octets.length - 1)]! ^= 0x20;
  } else if (ip >= 0 && u8(octets, ip) >>> 4 === 4) {
    put16(octets, ip + 6, (u16(octets, ip + 6) + random.between(-3, 3)) & 0xffff);
  }
  return copy;
}
