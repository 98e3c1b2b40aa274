/**
 * Names of addresses, as their owners have put them into the reverse zones (RFC 1035 §3.5, RFC 3596 §2.5). Whoever runs those zones
 * writes there what they like: a name is a hint, and what could be no host's is left out.
 */
import { setMaxListeners } from "node:events";

/** Names of an address, none where it has none. It throws where nobody could say, and when the signal aborts. */
export type ReverseLookUp = (address: string, signal: AbortSignal) => Promise<readonly string[]>;

/** Addresses that are looked up at the same time. */
export const REVERSE_AT_ONCE_MAX = 64;
/** Addresses in all; further ones are counted. */
export const REVERSE_ADDRESSES_MAX = 262_144;
/** Names of an address that are kept, the first ones: an address of a hosting provider may have thousands. */
export const REVERSE_NAMES_MAX = 8;
/** Look-ups in a row that fail before the rest is left: servers that say nothing would be waited for, for hours. */
export const REVERSE_FAILURES_MAX = 256;

/** Letters, digits, hyphens and dots (RFC 1123 §2.1), and underscores, which are in use: nothing that any report has to escape. */
const HOST_NAME = /^[a-z0-9_][a-z0-9_.-]{0,254}$/i;

export interface ReverseNames {
  /** By address, where it has any. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** Addresses of which it is not known, and why the first of those. */
  readonly unknown: number;
  readonly because: string | undefined;
}

/** Looks addresses up, `REVERSE_AT_ONCE_MAX` at a time. When the signal aborts, the result is what was known by then. */
export async function lookUpReverse(
  all: Iterable<string>,
  lookUp: ReverseLookUp,
  signal: AbortSignal,
  progress: (done: number, size: number) => void,
): Promise<ReverseNames> {
  const names = new Map<string, readonly string[]>();
  const addresses: string[] = [];
  let beyond = 0;
  for (const address of all) {
    if (addresses.length < REVERSE_ADDRESSES_MAX) addresses.push(address);
    else beyond += 1;
  }
  const size = addresses.length;
  let next = 0;
  let known = 0;
  let done = 0;
  let failuresInRow = 0;
  let because = beyond > 0 ? `there are more than ${size} addresses` : undefined;
  // All look-ups that run listen to it.
  const stopped = AbortSignal.any([signal]);
  setMaxListeners(REVERSE_AT_ONCE_MAX, stopped);
  progress(0, size);
  const work = async (): Promise<void> => {
    while (next < size && failuresInRow < REVERSE_FAILURES_MAX && !signal.aborted) {
      const address = addresses[next++]!;
      try {
        const found = (await lookUp(address, stopped)).filter((name) => HOST_NAME.test(name));
        if (found.length > 0) names.set(address, found.slice(0, REVERSE_NAMES_MAX));
        known += 1;
        failuresInRow = 0;
      } catch (error) {
        if (signal.aborted) return;
        failuresInRow += 1;
        because ??= error instanceof Error ? error.message : String(error);
      }
      done += 1;
      progress(done, size);
    }
  };
  await Promise.all(Array.from({ length: Math.min(REVERSE_AT_ONCE_MAX, size) }, work));
  const unknown = size + beyond - known;
  return { names, unknown, because: unknown === 0 ? undefined : (because ?? "stopped before its end") };
}
