/** Whose word counts about where a request came from: X-Forwarded-For by custom, RFC 7239 §7.4 for why others' does not. */
import { PalisadeError } from "@palisade/base";
import { FIELD_X_FORWARDED_FOR, type RequestHead } from "@palisade/http";
import { IpSet } from "@palisade/match";
import { formatIpAddress, parseIpAddress } from "@palisade/wire";

/** Addresses of X-Forwarded-For that are looked at, from the last one on; an address beyond them is not the client's. */
export const FORWARDED_ADDRESSES_MAX = 32;

const MAPPED = "::ffff:";

export class TrustedProxies {
  readonly #set: IpSet | undefined;

  /**
   * @param prefixes addresses and prefixes, as `10.0.0.0/8`
   * @throws {PalisadeError} `USAGE` for a text that is neither
   */
  constructor(prefixes: readonly string[]) {
    if (prefixes.length === 0) return;
    const set = new IpSet();
    for (const prefix of prefixes)
      if (set.add(prefix) !== undefined)
        throw new PalisadeError("USAGE", `${prefix}: give an address or a prefix, such as 10.0.0.0/8`);
    this.#set = set.freeze();
  }

  trusts(address: string): boolean {
    return this.#set?.hasText(address) === true;
  }

  /** The client's address: the last one in X-Forwarded-For that is no trusted proxy's; `peer` where that field says nothing. */
  clientOf({ fields }: RequestHead, peer: string): string {
    let client = peer;
    let seen = 0;
    for (let field = fields.count - 1; field >= 0; field -= 1) {
      if (fields.id(field) !== FIELD_X_FORWARDED_FOR) continue;
      for (const word of fields.value(field).split(",").reverse()) {
        const octets = parseIpAddress(plainAddress(word.trim()));
        if (octets === undefined || ++seen > FORWARDED_ADDRESSES_MAX) return client;
        client = formatIpAddress(octets);
        if (!this.trusts(client)) return client;
      }
    }
    return client;
  }
}

/** An IPv4 address that came by a socket of IPv6 (RFC 4291 §2.5.5.2), as one of IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith(MAPPED) && address.includes(".") ? address.slice(MAPPED.length) : address;
}
