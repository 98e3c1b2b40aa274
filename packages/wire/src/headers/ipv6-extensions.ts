import { assert, Malformed } from "@palisade/base";
import { u8, u16, u32 } from "../octets.js";
import { needRoom, put8, put16, put32 } from "../put.js";
import { AH_HEADER_BYTES, emitAh, parseAh } from "./ah.js";
import {
  IP_PROTOCOL_AH,
  IP_PROTOCOL_DESTINATION_OPTIONS,
  IP_PROTOCOL_FRAGMENT,
  IP_PROTOCOL_HOP_BY_HOP,
  IP_PROTOCOL_ROUTING,
} from "./ip-protocols.js";

/**
 * IPv6 extension headers: RFC 8200 §4; the authentication header among them is RFC 4302's.
 *
 * The chain is read until a header that is none of these: the upper layer, ESP (whose inside is encrypted), "no next header".
 * After a fragment header with an offset the rest is a piece of the original packet, whose start is in another fragment, so
 * the chain ends there too.
 */
/** More extension headers than any sender has a use for (RFC 8200 §4.1 recommends each at most once, or twice). */
export const IPV6_EXTENSIONS_MAX = 16;
export const IPV6_FRAGMENT_HEADER_BYTES = 8;

/** Fewer octets than an extension header promises. */
export const IPV6_EXTENSION_TRUNCATED: Malformed = new Malformed("ipv6.extension-truncated");
/** More than `IPV6_EXTENSIONS_MAX` extension headers. */
export const IPV6_EXTENSIONS_TOO_MANY: Malformed = new Malformed("ipv6.extensions-too-many");

export type Ipv6Extension =
  /** RFC 8200 §4.3, §4.6. `options` are as they are, padding included: 8n + 6 octets. */
  | { readonly kind: "hop-by-hop" | "destination-options"; readonly options: Uint8Array }
  /** RFC 8200 §4.4. `data` is of 8n + 4 octets. */
  | {
      readonly kind: "routing";
      readonly type: number;
      readonly segmentsLeft: number;
      readonly data: Uint8Array;
    }
  /** RFC 8200 §4.5. */
  | {
      readonly kind: "fragment";
      /** A multiple of 8. */
      readonly offsetBytes: number;
      readonly moreFragments: boolean;
      readonly identification: number;
    }
  | {
      readonly kind: "authentication";
      readonly spi: number;
      readonly sequence: number;
      readonly integrityCheckValue: Uint8Array;
    };

export interface Ipv6Extensions {
  readonly extensions: readonly Ipv6Extension[];
  /** What the payload is, or is a piece of. */
  readonly nextHeader: number;
  readonly payload: Uint8Array;
}

/** `nextHeader` and `bytes` are those of the IPv6 header. */
export function parseIpv6Extensions(nextHeader: number, bytes: Uint8Array): Ipv6Extensions | Malformed {
  const extensions: Ipv6Extension[] = [];
  let next = nextHeader;
  let rest = bytes;
  while (isIpv6Extension(next)) {
    if (extensions.length === IPV6_EXTENSIONS_MAX) return IPV6_EXTENSIONS_TOO_MANY;
    if (next === IP_PROTOCOL_AH) {
      const ah = parseAh(rest);
      if (ah instanceof Malformed) return ah;
      const { spi, sequence, integrityCheckValue } = ah;
      extensions.push({ kind: "authentication", spi, sequence, integrityCheckValue });
      next = ah.nextHeader;
      rest = ah.payload;
      continue;
    }
    if (rest.length < 8) return IPV6_EXTENSION_TRUNCATED;
    // The fragment header's second octet is reserved and its size fixed (RFC 8200 §4.5).
    const headerBytes = next === IP_PROTOCOL_FRAGMENT ? IPV6_FRAGMENT_HEADER_BYTES : (u8(rest, 1) + 1) * 8;
    if (headerBytes > rest.length) return IPV6_EXTENSION_TRUNCATED;
    const extension = readExtension(next, rest.subarray(0, headerBytes));
    extensions.push(extension);
    next = u8(rest, 0);
    rest = rest.subarray(headerBytes);
    if (extension.kind === "fragment" && extension.offsetBytes > 0) break;
  }
  return { extensions, nextHeader: next, payload: rest };
}

/** Whether a next header value is one of those that `parseIpv6Extensions` reads on from. */
export function isIpv6Extension(nextHeader: number): boolean {
  return (
    nextHeader === IP_PROTOCOL_HOP_BY_HOP ||
    nextHeader === IP_PROTOCOL_ROUTING ||
    nextHeader === IP_PROTOCOL_FRAGMENT ||
    nextHeader === IP_PROTOCOL_AH ||
    nextHeader === IP_PROTOCOL_DESTINATION_OPTIONS
  );
}

function readExtension(number: number, header: Uint8Array): Ipv6Extension {
  if (number === IP_PROTOCOL_ROUTING) {
    return { kind: "routing", type: u8(header, 2), segmentsLeft: u8(header, 3), data: header.subarray(4) };
  }
  if (number === IP_PROTOCOL_FRAGMENT) {
    const offset = u16(header, 2);
    return {
      kind: "fragment",
      offsetBytes: offset & ~7,
      moreFragments: (offset & 1) !== 0,
      identification: u32(header, 4),
    };
  }
  const kind = number === IP_PROTOCOL_HOP_BY_HOP ? "hop-by-hop" : "destination-options";
  return { kind, options: header.subarray(2) };
}

/** The next header value that names an extension. */
export function ipv6ExtensionNumber(extension: Ipv6Extension): number {
  switch (extension.kind) {
    case "hop-by-hop":
      return IP_PROTOCOL_HOP_BY_HOP;
    case "destination-options":
      return IP_PROTOCOL_DESTINATION_OPTIONS;
    case "routing":
      return IP_PROTOCOL_ROUTING;
    case "fragment":
      return IP_PROTOCOL_FRAGMENT;
    case "authentication":
      return IP_PROTOCOL_AH;
  }
}

function extensionBytes(extension: Ipv6Extension): number {
  switch (extension.kind) {
    case "hop-by-hop":
    case "destination-options":
      return 2 + extension.options.length;
    case "routing":
      return 4 + extension.data.length;
    case "fragment":
      return IPV6_FRAGMENT_HEADER_BYTES;
    case "authentication":
      return AH_HEADER_BYTES + extension.integrityCheckValue.length;
  }
}

/** Octets that `emitIpv6Extensions` writes. */
export function ipv6ExtensionsBytes(chain: Ipv6Extensions): number {
  let bytes = chain.payload.length;
  for (const extension of chain.extensions) bytes += extensionBytes(extension);
  return bytes;
}

/**
 * Writes the chain and the payload. The IPv6 header's next header is `ipv6ExtensionNumber` of the first.
 *
 * @throws {AssertionFailure} where an extension is no whole number of 8 octets (AH: of 4), or over 2048 octets
 */
export function emitIpv6Extensions(chain: Ipv6Extensions, out: Uint8Array, offset: number): number {
  const bytes = ipv6ExtensionsBytes(chain);
  needRoom(out, offset, bytes);
  let index = offset;
  chain.extensions.forEach((extension, place) => {
    const following = chain.extensions[place + 1];
    const next = following === undefined ? chain.nextHeader : ipv6ExtensionNumber(following);
    index += writeExtension(extension, next, out, index);
  });
  out.set(chain.payload, index);
  return bytes;
}

const NOTHING = new Uint8Array(0);

function writeExtension(extension: Ipv6Extension, next: number, out: Uint8Array, offset: number): number {
  if (extension.kind === "authentication") {
    return emitAh({ ...extension, nextHeader: next, payload: NOTHING }, out, offset);
  }
  const bytes = extensionBytes(extension);
  assert(
    bytes % 8 === 0 && bytes <= 2048,
    `emitIpv6Extensions: a ${extension.kind} header of ${bytes} octets`,
  );
  put8(out, offset, next);
  put8(out, offset + 1, bytes / 8 - 1);
  if (extension.kind === "routing") {
    put8(out, offset + 2, extension.type);
    put8(out, offset + 3, extension.segmentsLeft);
    out.set(extension.data, offset + 4);
  } else if (extension.kind === "fragment") {
    put16(out, offset + 2, (extension.offsetBytes & ~7) | (extension.moreFragments ? 1 : 0));
    put32(out, offset + 4, extension.identification);
  } else {
    out.set(extension.options, offset + 2);
  }
  return bytes;
}
