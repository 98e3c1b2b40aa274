/**
 * The verdicts that techniques share, each one object: classifying a reply allocates nothing. And what ICMP's errors say,
 * which is the same to all techniques but for the port unreachable.
 */
import {
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_TIME_EXCEEDED,
  ICMPV6_DESTINATION_UNREACHABLE,
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_TIME_EXCEEDED,
  IP_PROTOCOL_TCP,
} from "@palisade/wire";
import type { PortState, Reason, Reply, Verdict } from "../technique.js";

export function verdict(state: PortState, reason: Reason): Verdict {
  return Object.freeze({ state, reason });
}

export const CLOSED_RESET: Verdict = verdict("closed", "reset");

const NET_UNREACHABLE = verdict("filtered", "net-unreach");
const NO_ROUTE = verdict("filtered", "no-route");
const HOST_UNREACHABLE = verdict("filtered", "host-unreach");
const NET_PROHIBITED = verdict("filtered", "net-prohibited");
const HOST_PROHIBITED = verdict("filtered", "host-prohibited");
const ADMIN_PROHIBITED = verdict("filtered", "admin-prohibited");
const TIME_EXCEEDED = verdict("filtered", "time-exceeded");
/** The host, or somebody in its name, knows no such transport. */
export const PROTOCOL_UNREACHABLE: Verdict = verdict("filtered", "proto-unreach");
/** The same over IPv6: an unrecognised next header. */
export const PARAMETER_PROBLEM: Verdict = verdict("filtered", "param-problem");
/** Nobody listens; to TCP, which has its own word for that, a filter that says so. */
export const PORT_UNREACHABLE: Verdict = verdict("filtered", "port-unreach");

/** By code: RFC 792 and RFC 1122 §3.2.2.1. The others say nothing about a port. */
const UNREACHABLE: readonly (Verdict | undefined)[] = sparse(16, [
  [0, NET_UNREACHABLE],
  [1, HOST_UNREACHABLE],
  [2, PROTOCOL_UNREACHABLE],
  [3, PORT_UNREACHABLE],
  [9, NET_PROHIBITED],
  [10, HOST_PROHIBITED],
  [13, ADMIN_PROHIBITED],
]);

/** By code: RFC 4443 §3.1, by which 5 (policy of the source) and 6 (reject route) are kinds of 1. */
const UNREACHABLE_V6: readonly (Verdict | undefined)[] = [
  NO_ROUTE,
  ADMIN_PROHIBITED,
  // Beyond the scope of our own address: there is no way from here to that host.
  HOST_UNREACHABLE,
  HOST_UNREACHABLE,
  PORT_UNREACHABLE,
  ADMIN_PROHIBITED,
  ADMIN_PROHIBITED,
];

/** Unrecognised next header (RFC 4443 §3.4): IPv6's protocol unreachable. */
const NEXT_HEADER_UNKNOWN = 1;
/** Time exceeded in transit; code 1 tells of fragments that did not all arrive, which is no filter's word. */
const HOPS_EXCEEDED = 0;

/**
 * What an ICMP or ICMPv6 error says to a technique that takes each as a filter's word: `filtered` and why, or undefined for
 * errors that say nothing about a port. Whether the error is about a probe of ours is for the caller to know.
 */
export function filteredByError(reply: Readonly<Reply>): Verdict | undefined {
  if (reply.ipVersion === 4) {
    if (reply.type === ICMP_DESTINATION_UNREACHABLE) return UNREACHABLE[reply.code];
    return reply.type === ICMP_TIME_EXCEEDED && reply.code === HOPS_EXCEEDED ? TIME_EXCEEDED : undefined;
  }
  if (reply.type === ICMPV6_DESTINATION_UNREACHABLE) return UNREACHABLE_V6[reply.code];
  if (reply.type === ICMPV6_PARAMETER_PROBLEM) {
    return reply.code === NEXT_HEADER_UNKNOWN ? PARAMETER_PROBLEM : undefined;
  }
  return reply.type === ICMPV6_TIME_EXCEEDED && reply.code === HOPS_EXCEEDED ? TIME_EXCEEDED : undefined;
}

/** The verdict of an error about a TCP probe, whose sequence number was the cookie. */
export function filteredByTcpError(reply: Readonly<Reply>, cookie: number): Verdict | undefined {
  return reply.ipProtocol === IP_PROTOCOL_TCP && reply.quoted === cookie ? filteredByError(reply) : undefined;
}

function sparse(length: number, entries: readonly (readonly [number, Verdict])[]): (Verdict | undefined)[] {
  const list: (Verdict | undefined)[] = Array.from({ length });
  for (const [at, value] of entries) list[at] = value;
  return list;
}
