/**
 * Pings: what can be asked to learn whether a host is up, by the names that nmap's options give them. Where a port scan asks
 * the same, a ping is its technique with another reading of the reply: whatever the host itself says means up.
 *
 * Of errors, two from the host itself mean up: nobody listens on the port (port unreachable), and nobody speaks the protocol
 * (protocol unreachable; over IPv6 an unrecognised next header). The others, also from the host's own address, are what
 * filters and routers say, and they say it of hosts that are not there as well.
 */
import { PalisadeError } from "@palisade/base";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_IGMP,
  IP_PROTOCOL_IPV4,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
} from "@palisade/wire";
import { REPLY_ERROR, type Reason, type Technique, type Verdict } from "../technique.js";
import { ack } from "../techniques/ack.js";
import { ipProtocol } from "../techniques/ip-protocol.js";
import { sctpInit } from "../techniques/sctp-init.js";
import { syn } from "../techniques/syn.js";
import { udp } from "../techniques/udp.js";
import { verdict } from "../techniques/verdicts.js";
import { addressMask, echo, echoV6, NO_PORT, timestamp } from "./icmp-pings.js";

/** One thing to ask of each host. */
export type Ping =
  | { readonly kind: "echo" | "timestamp" | "address-mask" }
  | {
      readonly kind: "syn" | "ack" | "udp" | "sctp-init";
      /** 0 … 65,535. */
      readonly port: number;
    }
  | {
      readonly kind: "ip-protocol";
      /** 0 … 255. */
      readonly protocol: number;
    };

export type PingKind = Ping["kind"];

/** A ping as a scheduler needs it. To it, `open` means up, and `filtered` that the host was not reached. */
export interface PingTechnique {
  /** As results and messages name it: `echo`, `syn 443`, `ip-protocol 4`. */
  readonly name: string;
  readonly technique: Technique;
  /** The port that is asked; the protocol's number where `technique.ipProtocol` is 0; `NO_PORT` where there is none. */
  readonly port: number;
}

/** Ports that are asked where the user names none: nmap's reference guide, "Host Discovery". */
export const PING_PORTS: Readonly<Record<"syn" | "ack" | "udp" | "sctp-init", number>> = {
  syn: 80,
  ack: 80,
  udp: 40_125,
  "sctp-init": 80,
};

/**
 * IP protocols that are asked where the user names none: as nmap does, ICMP, IGMP and IP in IP; over IPv6, which has no
 * IGMP and an ICMP of its own, ICMPv6 and IP in IP.
 */
export function pingProtocols(version: 4 | 6): readonly number[] {
  return version === 4
    ? [IP_PROTOCOL_ICMP, IP_PROTOCOL_IGMP, IP_PROTOCOL_IPV4]
    : [IP_PROTOCOL_ICMPV6, IP_PROTOCOL_IPV4];
}

/** What is asked where the user does not say: nmap's four, of which IPv6 has no timestamp. */
export function defaultPings(version: 4 | 6): readonly Ping[] {
  const pings: readonly Ping[] = [{ kind: "echo" }, { kind: "syn", port: 443 }, { kind: "ack", port: 80 }];
  return version === 4 ? [...pings, { kind: "timestamp" }] : pings;
}

/**
 * How a ping is asked and its reply read.
 *
 * @throws {PalisadeError} `SCAN_PING_IPV4_ONLY` where IPv6 has no such ping; `SCAN_PING_RANGE` where a port or protocol is none
 */
export function pingTechnique(ping: Ping, version: 4 | 6): PingTechnique {
  switch (ping.kind) {
    case "echo":
      return { name: ping.kind, technique: version === 4 ? ECHO : ECHO_V6, port: NO_PORT };
    case "timestamp":
    case "address-mask":
      if (version === 6) {
        throw new PalisadeError(
          "SCAN_PING_IPV4_ONLY",
          `ICMPv6 has no ${ping.kind} message: ask IPv6 hosts by echo (-PE) or by ports (-PS, -PA, -PU)`,
        );
      }
      return {
        name: ping.kind,
        technique: ping.kind === "timestamp" ? TIMESTAMP : ADDRESS_MASK,
        port: NO_PORT,
      };
    case "ip-protocol":
      inRange("IP protocol", ping.protocol, 0xff);
      return { ...protocolTechnique(ping.protocol), name: `${ping.kind} ${ping.protocol}` };
    default:
      inRange("port", ping.port, 0xffff);
      return { name: `${ping.kind} ${ping.port}`, technique: BY_PORT[ping.kind], port: ping.port };
  }
}

function inRange(what: string, value: number, last: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= last) return;
  throw new PalisadeError("SCAN_PING_RANGE", `${value} is no ${what} to ping: use 0 to ${last}`);
}

/** Protocols that carry a cookie are asked by what checks it. */
function protocolTechnique(protocol: number): Omit<PingTechnique, "name"> {
  switch (protocol) {
    case IP_PROTOCOL_ICMP:
      return { technique: PROTOCOL_ICMP, port: NO_PORT };
    case IP_PROTOCOL_ICMPV6:
      return { technique: PROTOCOL_ICMPV6, port: NO_PORT };
    case IP_PROTOCOL_TCP:
      return { technique: PROTOCOL_TCP, port: PING_PORTS.ack };
    case IP_PROTOCOL_UDP:
      return { technique: PROTOCOL_UDP, port: PING_PORTS.udp };
    case IP_PROTOCOL_SCTP:
      return { technique: PROTOCOL_SCTP, port: PING_PORTS["sctp-init"] };
    default:
      return { technique: PROTOCOL_OTHER, port: protocol };
  }
}

/** Errors of the host itself that mean up. */
const SAID_BY_HOST: ReadonlyMap<Reason, Verdict> = new Map(
  (["port-unreach", "proto-unreach", "param-problem"] as const).map((reason) => [
    reason,
    verdict("open", reason),
  ]),
);

/** By reason: what replies that are no errors come to. */
const ANSWERED: ReadonlyMap<Reason, Verdict> = new Map(
  (
    [
      "syn-ack",
      "reset",
      "init-ack",
      "abort",
      "udp-response",
      "proto-response",
      "echo-reply",
      "timestamp-reply",
      "addressmask-reply",
    ] as const
  ).map((reason) => [reason, verdict("open", reason)]),
);

/** By reason: the errors that do not mean up. */
const NOT_REACHED: ReadonlyMap<Reason, Verdict> = new Map(
  (
    [
      "no-route",
      "net-unreach",
      "host-unreach",
      "proto-unreach",
      "port-unreach",
      "param-problem",
      "net-prohibited",
      "host-prohibited",
      "admin-prohibited",
      "time-exceeded",
    ] as const
  ).map((reason) => [reason, verdict("filtered", reason)]),
);

/** @param answer the reason of every reply that is no error; by default the technique's own */
function asPing(technique: Technique, answer?: Reason): Technique {
  return {
    ...technique,
    silence: "filtered",
    classify(reply, cookie) {
      const said = technique.classify(reply, cookie);
      if (said === undefined) return undefined;
      if (reply.kind !== REPLY_ERROR) return ANSWERED.get(answer ?? said.reason);
      return (reply.fromTarget ? SAID_BY_HOST.get(said.reason) : undefined) ?? NOT_REACHED.get(said.reason);
    },
  };
}

const ECHO = asPing(echo);
const ECHO_V6 = asPing(echoV6);
const TIMESTAMP = asPing(timestamp);
const ADDRESS_MASK = asPing(addressMask);
const BY_PORT = { syn: asPing(syn), ack: asPing(ack), udp: asPing(udp), "sctp-init": asPing(sctpInit) };
const PROTOCOL_ICMP = asPing(echo, "proto-response");
const PROTOCOL_ICMPV6 = asPing(echoV6, "proto-response");
const PROTOCOL_TCP = asPing(ack, "proto-response");
const PROTOCOL_UDP = asPing(udp, "proto-response");
const PROTOCOL_SCTP = asPing(sctpInit, "proto-response");
const PROTOCOL_OTHER = asPing(ipProtocol, "proto-response");
