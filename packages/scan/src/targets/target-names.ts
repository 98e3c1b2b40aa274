/**
 * Addresses of the host names among target expressions.
 */
import { PalisadeError } from "@palisade/base";
import { IPV4_BYTES, IPV6_BYTES, parseIpAddress } from "@palisade/wire";
import { ipv6Number, type TargetExpression } from "./expression.js";
import { MAPPED_FIRST } from "./target-intervals.js";

/** Most names that are looked up at the same time. */
export const NAMES_AT_ONCE_MAX = 16;

/** Addresses of a host name, best first. */
export type ResolveName = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** Addresses, best first, or why there are none, of every name among the expressions; each name is looked up once. */
export async function lookUp(
  targets: readonly TargetExpression[],
  resolve: ResolveName | undefined,
  signal: AbortSignal,
): Promise<Map<string, readonly Uint8Array[] | PalisadeError>> {
  const found = new Map<string, readonly Uint8Array[] | PalisadeError>();
  const names = [...new Set(targets.flatMap((target) => (target.kind === "name" ? [target.name] : [])))];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < names.length) {
      const name = names[next++]!;
      signal.throwIfAborted();
      found.set(name, await lookUpOne(name, resolve, signal));
    }
  };
  await Promise.all(Array.from({ length: Math.min(NAMES_AT_ONCE_MAX, names.length) }, work));
  signal.throwIfAborted();
  return found;
}

async function lookUpOne(
  name: string,
  resolve: ResolveName | undefined,
  signal: AbortSignal,
): Promise<readonly Uint8Array[] | PalisadeError> {
  if (resolve === undefined) return unresolved(name, "names are not looked up here");
  let texts: readonly string[];
  try {
    texts = await resolve(name, signal);
  } catch (cause) {
    signal.throwIfAborted();
    return unresolved(name, "looking it up failed", cause);
  }
  const addresses: Uint8Array[] = [];
  for (const text of texts) {
    const octets = parseIpAddress(text);
    if (octets === undefined) {
      return unresolved(
        name,
        `it was given ${JSON.stringify(text.slice(0, 64))} as an address, which is none`,
      );
    }
    addresses.push(unmapped(octets));
  }
  return addresses.length === 0 ? unresolved(name, "it has no address") : addresses;
}

/** That a name cannot be scanned, and why. */
export function unresolved(name: string, why: string, cause?: unknown): PalisadeError {
  return new PalisadeError(
    "SCAN_NAME_UNRESOLVED",
    `${name}: ${why}; check the name, or give the address itself`,
    {
      cause,
    },
  );
}

/** An IPv4-mapped address as the IPv4 address it stands for; any other as it is. */
function unmapped(octets: Uint8Array): Uint8Array {
  if (octets.length === IPV4_BYTES || ipv6Number(octets) >> 32n !== MAPPED_FIRST >> 32n) return octets;
  return octets.slice(IPV6_BYTES - IPV4_BYTES);
}
