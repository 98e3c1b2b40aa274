/** Names of addresses, from the system's resolvers or others. */
import { Resolver } from "node:dns/promises";
import type { ReverseLookUp } from "@palisade/scan";
import { IPV4_BYTES, IPV6_BYTES, parseIpAddress } from "@palisade/wire";
import { quoted, usage } from "../words.js";

/** Milliseconds that the first question waits, and questions in all: nobody waits long for a name. */
const TIMEOUT_MS = 2_000;
const TRIES = 2;
const PORT_MAX = 65_535;
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
  const [, bracketed, bare = "", port] = /^(?:\[(.+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const isPort = Number(port) >= 1 && Number(port) <= PORT_MAX;
  return (
    isPort &&
    parseIpAddress(bracketed ?? bare)?.length === (bracketed === undefined ? IPV4_BYTES : IPV6_BYTES)
  );
}

/** @param servers none for the system's */
export function reverseLookUpOf(servers: readonly string[]): ReverseLookUp {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers(servers);
  const stop = (): void => resolver.cancel();
  return async (address, signal) => {
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await resolver.resolvePtr(reverseZoneOf(address));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (NO_NAME.has(code)) return [];
      throw new Error(`${resolver.getServers().join(", ")}: ${code}`, { cause: error });
    } finally {
      signal.removeEventListener("abort", stop);
    }
  };
}

/** Where an address's names are: `4.3.2.1.in-addr.arpa` of 1.2.3.4 (RFC 1035 §3.5), nibbles under `ip6.arpa` (RFC 3596 §2.5). */
export function reverseZoneOf(address: string): string {
  const octets = parseIpAddress(address)!;
  if (octets.length === 4) return `${[...octets].reverse().join(".")}.in-addr.arpa`;
  const nibbles = Buffer.from(octets).toString("hex");
  return `${[...nibbles].reverse().join(".")}.ip6.arpa`;
}
