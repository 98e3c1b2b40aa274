/** Names of addresses, from the system's resolvers or others. */
import { Resolver } from "node:dns/promises";
import type { ReverseLookUp } from "@palisade/scan";
import { IPV4_BYTES, IPV6_BYTES, parseIpAddress } from "@palisade/wire";
import { hostAndPort, quoted, usage } from "../words.js";

/** Milliseconds that the first question to a server waits at most, and the second: nobody waits long for a name. */
const TIMEOUT_MS = 2_000;
const TIMEOUT_AGAIN_MS = 4_000;
/** Answers that say that there is no name. */
const NO_NAME: ReadonlySet<unknown> = new Set(["ENOTFOUND", "ENODATA"]);

/** Addresses of name servers, with a port where it is not 53: `192.0.2.53`, `127.0.0.1:5353`, `[::1]:5353`. @throws {PalisadeError} `USAGE` */
export function nameServersOf(list: string | undefined): readonly string[] {
  if (list === undefined) return [];
  const servers = list.split(",");
  if (!servers.every(isNameServer))
    throw usage(
      `--dns-servers ${quoted(list)}: give addresses, separated by commas: 192.0.2.53, 127.0.0.1:5353, [::1]:53`,
    );
  return servers;
}

function isNameServer(text: string): boolean {
  if (parseIpAddress(text) !== undefined) return true;
  const server = hostAndPort(text);
  if (server === undefined || server.port === 0) return false;
  return parseIpAddress(server.host)?.length === (text.startsWith("[") ? IPV6_BYTES : IPV4_BYTES);
}

/** @param servers none for the system's */
export function reverseLookUpOf(servers: readonly string[]): ReverseLookUp {
  const resolver = resolverOf(servers, TIMEOUT_MS);
  return async (address, signal) => {
    const zone = reverseZoneOf(address);
    try {
      return await namesIn(zone, resolver, signal).catch((error: unknown) => {
        if (NO_NAME.has(codeOf(error)) || signal.aborted) throw error;
        // Again by a resolver of its own. The first one waits a few times as long as others' answers took, which their server may have known,
        // and whatever is no answer ends all questions that were on the way with it.
        return namesIn(zone, resolverOf(servers, TIMEOUT_AGAIN_MS), signal);
      });
    } catch (error) {
      const code = codeOf(error);
      if (NO_NAME.has(code)) return [];
      throw new Error(`${resolver.getServers().join(", ")}: ${code}`, { cause: error });
    }
  };
}

function resolverOf(servers: readonly string[], timeout: number): Resolver {
  const resolver = new Resolver({ timeout, tries: 1 });
  if (servers.length > 0) resolver.setServers(servers);
  return resolver;
}

async function namesIn(zone: string, resolver: Resolver, signal: AbortSignal): Promise<readonly string[]> {
  // One for each question: a listener that all share would be gone with the first answer.
  const stop = (): void => resolver.cancel();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await resolver.resolvePtr(zone);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Where an address's names are: `4.3.2.1.in-addr.arpa` of 1.2.3.4 (RFC 1035 §3.5), nibbles under `ip6.arpa` (RFC 3596 §2.5). */
export function reverseZoneOf(address: string): string {
  const octets = parseIpAddress(address)!;
  if (octets.length === 4) return `${[...octets].reverse().join(".")}.in-addr.arpa`;
  const nibbles = Buffer.from(octets).toString("hex");
  return `${[...nibbles].reverse().join(".")}.ip6.arpa`;
}
