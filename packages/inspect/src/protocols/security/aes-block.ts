/**
 * AES-128 of one block (FIPS 197), for QUIC's header protection: one block under one key for a packet. With a cipher of
 * `node:crypto` it takes eight times as long, of which nearly all goes into making one (`npm run bench:micro` shows both).
 *
 * What is looked up where depends on the key, which the time taken can tell: only for keys that are no secret.
 */
import { u32 } from "@palisade/wire";

const ROUNDS = 10;

/** SubBytes of each octet (§5.1.1), and MixColumns of (that, 0, 0, 0), its first row in the highest octet (§5.1.3). */
const { substitutes, columns } = tables();

function tables(): { substitutes: Uint8Array; columns: Int32Array } {
  // All that have an inverse, as powers of 3 (§4.2): that of 3^n is 3^(255 - n).
  const powers = new Uint8Array(255);
  for (let power = 0, value = 1; power < 255; power += 1, value ^= double(value)) powers[power] = value;
  const substitutes = new Uint8Array(256).fill(0x63);
  const columns = new Int32Array(256);
  for (let power = 0; power < 255; power += 1) {
    const twice = powers[(255 - power) % 255]! * 0x101;
    substitutes[powers[power]!]! ^= twice ^ (twice >>> 4) ^ (twice >>> 5) ^ (twice >>> 6) ^ (twice >>> 7);
  }
  for (let octet = 0; octet < 256; octet += 1) {
    const value = substitutes[octet]!;
    columns[octet] = (double(value) << 24) | (value << 16) | (value << 8) | (value ^ double(value));
  }
  return { substitutes, columns };
}

/** The octet times x, in GF(2^8). */
function double(octet: number): number {
  return (octet << 1) ^ (octet < 0x80 ? 0 : 0x11b);
}

/** A column of the state after SubBytes, ShiftRows and MixColumns: of each row, one octet from the column it comes from. */
function mixed(row0: number, row1: number, row2: number, row3: number): number {
  const one = columns[(row1 >>> 16) & 0xff]!;
  const two = columns[(row2 >>> 8) & 0xff]!;
  const three = columns[row3 & 0xff]!;
  return (
    columns[row0 >>> 24]! ^
    ((one >>> 8) | (one << 24)) ^
    ((two >>> 16) | (two << 16)) ^
    ((three >>> 24) | (three << 8))
  );
}

/** As `mixed`, without MixColumns, which the last round leaves out. */
function substituted(row0: number, row1: number, row2: number, row3: number): number {
  return (
    (substitutes[row0 >>> 24]! << 24) |
    (substitutes[(row1 >>> 16) & 0xff]! << 16) |
    (substitutes[(row2 >>> 8) & 0xff]! << 8) |
    substitutes[row3 & 0xff]!
  );
}

/** Encrypts the 16 octets at `at` with a key of as many, into four words of 32 bits. */
export function encryptBlock(key: Uint8Array, octets: Uint8Array, at: number, out: Int32Array): void {
  // Round keys are made as they are needed (§5.2).
  let key0 = u32(key, 0) | 0;
  let key1 = u32(key, 4) | 0;
  let key2 = u32(key, 8) | 0;
  let key3 = u32(key, 12) | 0;
  let a = u32(octets, at) ^ key0;
  let b = u32(octets, at + 4) ^ key1;
  let c = u32(octets, at + 8) ^ key2;
  let d = u32(octets, at + 12) ^ key3;
  for (let round = 1, constant = 1; ; round += 1, constant = double(constant)) {
    const rotated = (key3 << 8) | (key3 >>> 24);
    key0 ^= substituted(rotated, rotated, rotated, rotated) ^ (constant << 24);
    key1 ^= key0;
    key2 ^= key1;
    key3 ^= key2;
    if (round === ROUNDS) break;
    const nextA = mixed(a, b, c, d) ^ key0;
    const nextB = mixed(b, c, d, a) ^ key1;
    const nextC = mixed(c, d, a, b) ^ key2;
    d = mixed(d, a, b, c) ^ key3;
    a = nextA;
    b = nextB;
    c = nextC;
  }
  out[0] = substituted(a, b, c, d) ^ key0;
  out[1] = substituted(b, c, d, a) ^ key1;
  out[2] = substituted(c, d, a, b) ^ key2;
  out[3] = substituted(d, a, b, c) ^ key3;
}
