/** Which pings a scan looks for hosts by, from words. */
import {
  type DiscoveryOptions,
  PING_PORTS,
  type Ping,
  type PingKind,
  type PortProtocol,
  parsePorts,
  pingProtocols,
} from "@palisade/scan";
import { quoted, usage } from "../words.js";

/** By kind: what the list behind it is of; undefined where there is none. */
const KINDS: Readonly<Record<PingKind, PortProtocol | undefined>> = {
  echo: undefined,
  timestamp: undefined,
  "address-mask": undefined,
  syn: "tcp",
  ack: "tcp",
  udp: "udp",
  "sctp-init": "sctp",
  "ip-protocol": "ip",
};

/** Pings of ICMP that ICMPv6 does not have. */
const IPV4_ONLY: ReadonlySet<PingKind> = new Set(["timestamp", "address-mask"]);

/**
 * @param words as in `echo`, `syn:22,443`; none for what is usual
 * @throws {PalisadeError} `USAGE`, `SCAN_PORTS_INVALID`
 */
export function discoveryOf(words: readonly string[], withoutSweep: boolean): DiscoveryOptions {
  if (words.length === 0) return { withoutSweep };
  const pings = [4, 6].map((version) => words.flatMap((word) => pingsOf(word, version as 4 | 6)));
  const ipv6 = pings[1]!.filter(({ kind }) => !IPV4_ONLY.has(kind));
  // With nothing else to ask IPv6 hosts by, the refusal says so.
  return {
    withoutSweep,
    pings: (version) => (version === 4 ? pings[0]! : ipv6.length > 0 ? ipv6 : pings[1]!),
  };
}

function pingsOf(word: string, version: 4 | 6): Ping[] {
  const [name, ...rest] = word.split(":");
  const list = rest.length === 0 ? undefined : rest.join(":");
  if (!isKind(name)) throw usage(`--ping ${quoted(word)}: there are ${Object.keys(KINDS).join(", ")}`);
  const protocol = KINDS[name];
  if (name === "echo" || name === "timestamp" || name === "address-mask" || protocol === undefined) {
    if (list !== undefined) throw usage(`--ping ${quoted(word)}: ${name} has no ports`);
    return [{ kind: name } as Ping];
  }
  const numbers =
    list === undefined
      ? usual(name, version)
      : parsePorts(list, [protocol], { before: `--ping ${name}:` })[protocol];
  return [...numbers].map(
    (number): Ping =>
      name === "ip-protocol" ? { kind: name, protocol: number } : ({ kind: name, port: number } as Ping),
  );
}

function usual(kind: PingKind, version: 4 | 6): readonly number[] {
  return kind === "ip-protocol" ? pingProtocols(version) : [PING_PORTS[kind as keyof typeof PING_PORTS]];
}

function isKind(word: string | undefined): word is PingKind {
  return word !== undefined && Object.hasOwn(KINDS, word);
}
