/**
 * Providers that answer for other people's servers: content delivery networks and web application firewalls. Their addresses
 * answer for thousands of customers alike, and an open port there says nothing about whoever was meant.
 *
 * Each provider is a file, printed by `tools/providers.mjs` from the lists that the vendor publishes; do so again every few
 * months. `asOf` says how old a table is. The day is that of the copy of the vendor's list that the table was made from; what
 * has come since is not known to be the provider's, and what was given up still is. Not in the tables: Azure Front Door's IPv6;
 * of Google, whatever could also be a customer's of Google Cloud; edges that stand in networks of access providers.
 */
import { assert } from "@palisade/base";
import { IpTable } from "@palisade/match";
import { akamai } from "./akamai.js";
import { azureFrontDoor } from "./azure-front-door.js";
import { cloudflare } from "./cloudflare.js";
import { cloudfront } from "./cloudfront.js";
import { fastly } from "./fastly.js";
import { google } from "./google.js";
import { imperva } from "./imperva.js";
import type { Provider } from "./provider.js";
import { sucuri } from "./sucuri.js";

export type { Provider };

/** All providers, by name. */
export const providers: readonly Provider[] = [
  akamai,
  azureFrontDoor,
  cloudflare,
  cloudfront,
  fastly,
  google,
  imperva,
  sucuri,
];

/** The ports that providers serve their customers' sites at; all that is worth asking at an address of theirs. */
export const PROVIDER_PORTS: readonly number[] = [80, 443];

/** By octets of an address. */
const tables = new Map<number, IpTable<string>>();

/** Built when an address of its family is first asked about: most scans ask about one family, many about none. */
function tableOf(addressBytes: number): IpTable<string> {
  const known = tables.get(addressBytes);
  if (known !== undefined) return known;
  const table = new IpTable<string>();
  for (const { name, prefixes } of providers) {
    for (const prefix of prefixes.trim().split(/\s+/)) {
      if (prefix.includes(":") !== (addressBytes === 16)) continue;
      const wrong = table.add(prefix, name);
      assert(wrong === undefined, `providers: ${name} has a prefix that is none, ${prefix}`);
    }
  }
  tables.set(addressBytes, table.freeze());
  return table;
}

/**
 * The name of the provider whose address lies in `octets` from `at`; undefined where none is known to have it, or where
 * `addressBytes` is neither 4 nor 16. An IPv4-mapped IPv6 address is nobody's.
 */
export function providerOf(octets: Uint8Array, at: number, addressBytes: number): string | undefined {
  return tableOf(addressBytes).lookup(octets, at, addressBytes);
}
