/**
 * HPACK, header compression for HTTP/2: RFC 7541.
 */
import { u8 } from "@palisade/wire";
import { varintEnd, varintValue } from "../varint.js";
import { decodeHuffman } from "./hpack-huffman.js";

/** Octets of the dynamic table, as §4.1 counts them, that a peer may ask for; the default of HTTP/2 is 4,096. */
export const HPACK_TABLE_OCTETS_MAX = 65_536;
const TABLE_OCTETS_DEFAULT = 4_096;
/** §4.1: an entry counts its name, its value, and 32 octets. */
const ENTRY_OVERHEAD_OCTETS = 32;
const INTEGER_MAX = 2 ** 28;
/** Octets of an integer after its prefix; longer encodings count as wrong (§5.1). */
const INTEGER_OCTETS_MAX = 5;

/** Appendix A: names, with values where the table has them. */
const STATIC: readonly (readonly [name: string, value: string])[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language", ""],
  ["accept-ranges", ""],
  ["accept", ""],
  ["access-control-allow-origin", ""],
  ["age", ""],
  ["allow", ""],
  ["authorization", ""],
  ["cache-control", ""],
  ["content-disposition", ""],
  ["content-encoding", ""],
  ["content-language", ""],
  ["content-length", ""],
  ["content-location", ""],
  ["content-range", ""],
  ["content-type", ""],
  ["cookie", ""],
  ["date", ""],
  ["etag", ""],
  ["expect", ""],
  ["expires", ""],
  ["from", ""],
  ["host", ""],
  ["if-match", ""],
  ["if-modified-since", ""],
  ["if-none-match", ""],
  ["if-range", ""],
  ["if-unmodified-since", ""],
  ["last-modified", ""],
  ["link", ""],
  ["location", ""],
  ["max-forwards", ""],
  ["proxy-authenticate", ""],
  ["proxy-authorization", ""],
  ["range", ""],
  ["referer", ""],
  ["refresh", ""],
  ["retry-after", ""],
  ["server", ""],
  ["set-cookie", ""],
  ["strict-transport-security", ""],
  ["transfer-encoding", ""],
  ["user-agent", ""],
  ["vary", ""],
  ["via", ""],
  ["www-authenticate", ""],
];

/** The header fields of one direction of a connection, block after block. */
export class HpackDecoder {
  /** Newest first. */
  readonly #table: (readonly [name: string, value: string])[] = [];
  #tableOctets = 0;
  #tableOctetsMax = TABLE_OCTETS_DEFAULT;
  #at = 0;

  /**
   * Decodes the header block `octets[start … end)` and gives each field to `field`. False where it is not HPACK: then
   * the table is lost, and no further block of the direction can be decoded. Characters stand for single octets.
   */
  decode(
    octets: Uint8Array,
    start: number,
    end: number,
    field: (name: string, value: string) => void,
  ): boolean {
    this.#at = start;
    while (this.#at < end) {
      const first = u8(octets, this.#at);
      if (first >= 0x80) {
        // §6.1 indexed
        const entry = this.#entry(this.#integer(octets, end, 7));
        if (entry === undefined) return false;
        field(entry[0], entry[1]);
      } else if (first >= 0x20 && first < 0x40) {
        // §6.3 size update
        const size = this.#integer(octets, end, 5);
        if (size < 0 || size > HPACK_TABLE_OCTETS_MAX) return false;
        this.#tableOctetsMax = size;
        this.#evict();
      } else {
        // §6.2.1 with indexing, §6.2.2 without, §6.2.3 never
        const isIndexed = first >= 0x40;
        const index = this.#integer(octets, end, isIndexed ? 6 : 4);
        if (index < 0) return false;
        const name = index === 0 ? this.#string(octets, end) : this.#entry(index)?.[0];
        if (name === undefined) return false;
        const value = this.#string(octets, end);
        if (value === undefined) return false;
        if (isIndexed) this.#add(name, value);
        field(name, value);
      }
    }
    return true;
  }

  #entry(index: number): readonly [string, string] | undefined {
    if (index < 1) return undefined;
    return index <= STATIC.length ? STATIC[index - 1] : this.#table[index - STATIC.length - 1];
  }

  #add(name: string, value: string): void {
    this.#table.unshift([name, value]);
    this.#tableOctets += name.length + value.length + ENTRY_OVERHEAD_OCTETS;
    this.#evict();
  }

  #evict(): void {
    while (this.#tableOctets > this.#tableOctetsMax) {
      const [name, value] = this.#table.pop()!;
      this.#tableOctets -= name.length + value.length + ENTRY_OVERHEAD_OCTETS;
    }
  }

  /** §5.1: an integer with a prefix of `bits`; -1 where it does not end, or is larger than anything of use. */
  #integer(octets: Uint8Array, end: number, bits: number): number {
    const mask = (1 << bits) - 1;
    let value = u8(octets, this.#at) & mask;
    this.#at += 1;
    if (value < mask) return value;
    const after = varintEnd(octets, this.#at, end, INTEGER_OCTETS_MAX);
    if (after < 0) return -1;
    value += varintValue(octets, this.#at, after);
    this.#at = after;
    return value > INTEGER_MAX ? -1 : value;
  }

  /** §5.2: a string, Huffman-coded or not. */
  #string(octets: Uint8Array, end: number): string | undefined {
    if (this.#at >= end) return undefined;
    const isHuffman = u8(octets, this.#at) >= 0x80;
    const length = this.#integer(octets, end, 7);
    if (length < 0 || length > end - this.#at) return undefined;
    const start = this.#at;
    this.#at += length;
    return isHuffman
      ? decodeHuffman(octets, start, this.#at)
      : Buffer.from(octets.buffer, octets.byteOffset + start, length).toString("latin1");
  }
}
