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
/** Places of evicted fields that are left in the table's array in any case. */
const EVICTED_KEPT = 32;

/** A header field. One that a table holds is the same object whenever it is referred to. */
export interface HpackField {
  readonly name: string;
  readonly value: string;
  /** What its reader makes of the value, kept with it: a reference of one octet may bring a value of thousands again. */
  text: string | undefined;
}

function fieldOf(name: string, value: string): HpackField {
  return { name, value, text: undefined };
}

/** Appendix A: names, with values where the table has them. */
const STATIC: readonly HpackField[] = [
  fieldOf(":authority", ""),
  fieldOf(":method", "GET"),
  fieldOf(":method", "POST"),
  fieldOf(":path", "/"),
  fieldOf(":path", "/index.html"),
  fieldOf(":scheme", "http"),
  fieldOf(":scheme", "https"),
  fieldOf(":status", "200"),
  fieldOf(":status", "204"),
  fieldOf(":status", "206"),
  fieldOf(":status", "304"),
  fieldOf(":status", "400"),
  fieldOf(":status", "404"),
  fieldOf(":status", "500"),
  fieldOf("accept-charset", ""),
  fieldOf("accept-encoding", "gzip, deflate"),
  fieldOf("accept-language", ""),
  fieldOf("accept-ranges", ""),
  fieldOf("accept", ""),
  fieldOf("access-control-allow-origin", ""),
  fieldOf("age", ""),
  fieldOf("allow", ""),
  fieldOf("authorization", ""),
  fieldOf("cache-control", ""),
  fieldOf("content-disposition", ""),
  fieldOf("content-encoding", ""),
  fieldOf("content-language", ""),
  fieldOf("content-length", ""),
  fieldOf("content-location", ""),
  fieldOf("content-range", ""),
  fieldOf("content-type", ""),
  fieldOf("cookie", ""),
  fieldOf("date", ""),
  fieldOf("etag", ""),
  fieldOf("expect", ""),
  fieldOf("expires", ""),
  fieldOf("from", ""),
  fieldOf("host", ""),
  fieldOf("if-match", ""),
  fieldOf("if-modified-since", ""),
  fieldOf("if-none-match", ""),
  fieldOf("if-range", ""),
  fieldOf("if-unmodified-since", ""),
  fieldOf("last-modified", ""),
  fieldOf("link", ""),
  fieldOf("location", ""),
  fieldOf("max-forwards", ""),
  fieldOf("proxy-authenticate", ""),
  fieldOf("proxy-authorization", ""),
  fieldOf("range", ""),
  fieldOf("referer", ""),
  fieldOf("refresh", ""),
  fieldOf("retry-after", ""),
  fieldOf("server", ""),
  fieldOf("set-cookie", ""),
  fieldOf("strict-transport-security", ""),
  fieldOf("transfer-encoding", ""),
  fieldOf("user-agent", ""),
  fieldOf("vary", ""),
  fieldOf("via", ""),
  fieldOf("www-authenticate", ""),
];

/** The header fields of one direction of a connection, block after block. */
export class HpackDecoder {
  /** Oldest first; those before `#oldest` have been evicted. */
  readonly #table: (HpackField | undefined)[] = [];
  #oldest = 0;
  #tableOctets = 0;
  #tableOctetsMax = TABLE_OCTETS_DEFAULT;
  #at = 0;

  /**
   * Decodes the header block `octets[start … end)` and gives each field to `field`. False where it is not HPACK: then
   * the table is lost, and no further block of the direction can be decoded. Characters stand for single octets.
   */
  decode(octets: Uint8Array, start: number, end: number, field: (field: HpackField) => void): boolean {
    this.#at = start;
    while (this.#at < end) {
      const first = u8(octets, this.#at);
      if (first >= 0x80) {
        // §6.1 indexed
        const entry = this.#entry(this.#integer(octets, end, 7));
        if (entry === undefined) return false;
        field(entry);
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
        const name = index === 0 ? this.#string(octets, end) : this.#entry(index)?.name;
        if (name === undefined) return false;
        const value = this.#string(octets, end);
        if (value === undefined) return false;
        const literal = fieldOf(name, value);
        if (isIndexed) this.#add(literal);
        field(literal);
      }
    }
    return true;
  }

  /** §2.3.3: the static table, then the dynamic one, its newest field first. */
  #entry(index: number): HpackField | undefined {
    if (index < 1) return undefined;
    if (index <= STATIC.length) return STATIC[index - 1];
    const at = this.#table.length - (index - STATIC.length);
    return at >= this.#oldest ? this.#table[at] : undefined;
  }

  #add(field: HpackField): void {
    this.#table.push(field);
    this.#tableOctets += field.name.length + field.value.length + ENTRY_OVERHEAD_OCTETS;
    this.#evict();
  }

  #evict(): void {
    const table = this.#table;
    while (this.#tableOctets > this.#tableOctetsMax) {
      const { name, value } = table[this.#oldest]!;
      table[this.#oldest] = undefined;
      this.#oldest += 1;
      this.#tableOctets -= name.length + value.length + ENTRY_OVERHEAD_OCTETS;
    }
    // Closed up when half of it has been evicted, so that a field costs the same however many there are.
    if (this.#oldest > EVICTED_KEPT && this.#oldest * 2 > table.length) {
      table.splice(0, this.#oldest);
      this.#oldest = 0;
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
