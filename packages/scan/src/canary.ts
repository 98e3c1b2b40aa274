/**
 * Hosts that answer as if every port were open: tarpits (LaBrea, T. Liston, 2001: a SYN-ACK for every SYN to an unused
 * address, on all ports), SYN proxies and SYN cookies of middleboxes that answer before they know whether anybody listens
 * (RFC 4987, "Firewalls and Proxies"), and decoys (portspoof: all 65,535 ports redirected to one that accepts). What such a
 * host calls open says nothing of services.
 *
 * They are told by canaries: ports at which no real host is expected to listen, asked together with the others. Pure: who
 * sends and waits is the scheduler's business.
 */
import { assert } from "@palisade/base";
import { Permutation } from "./permutation.js";
import { serviceName } from "./ports/services.js";

/** Most canaries of a host. Were a host to open each port with a chance of a half, eight would all be open once in 256. */
export const CANARIES_MAX = 64;

/** The lowest canary: below it ports are registered (RFC 6335 §6), and old systems hand out ports from 1024 on. */
const CANARY_PORT_FIRST = 10_000;
const CANARY_PORT_LAST = 65_535;

/**
 * At most `count` ports (0 … `CANARIES_MAX`) from 10,000 up that are not among `asked` and that no TCP service is known for,
 * in an order that `seed` (0 … 2^53 - 1) decides: the same seed and ports give the same canaries. Fewer where so few are left,
 * none where all high ports are asked.
 *
 * @throws {AssertionFailure} where `count` or `seed` is out of range
 */
export function chooseCanaries(asked: ArrayLike<number>, seed: number, count: number): number[] {
  assert(Number.isInteger(count) && count >= 0 && count <= CANARIES_MAX, `canaries are 0 to ${CANARIES_MAX}`);
  const taken = new Uint8Array(CANARY_PORT_LAST + 1);
  for (let at = 0; at < asked.length; at += 1) taken[asked[at]!] = 1;
  if (taken.indexOf(0, CANARY_PORT_FIRST) < 0) return [];
  const order = new Permutation(CANARY_PORT_LAST - CANARY_PORT_FIRST + 1, seed);
  const canaries: number[] = [];
  for (let index = 0; index < order.size && canaries.length < count; index += 1) {
    const port = CANARY_PORT_FIRST + order.at(index);
    if (taken[port] === 0 && serviceName(port, "tcp") === undefined) canaries.push(port);
  }
  return canaries;
}

/** `all-open`: what it calls open is worth nothing. `suspect`: it may be; look before believing. */
export type HostJudgement = "ordinary" | "all-open" | "suspect";

export interface HostTally {
  /** Ports that were asked, canaries not counted. */
  readonly asked: number;
  /** Of those, the ones that answered as open. */
  readonly open: number;
  /** Canaries that were asked. */
  readonly canaries: number;
  /** Of those, the ones that answered as open. */
  readonly canariesOpen: number;
}

/** Below so many canaries their answers alone decide nothing: one could be a service that somebody has moved. */
const CANARIES_DECISIVE = 3;
/** A real host with so many open ports exists, but rarely with half of what it was asked. */
const OPEN_PORTS_MANY = 64;

/**
 * What a host's answers make of it.
 *
 * - `all-open`: at least three canaries, and three quarters of them or more were open. Probes or answers may get lost, and a
 *   tarpit may be told to answer at a limited rate, so not all of them need be.
 * - `suspect`: some canary was open, but not so many or of fewer than three; or, whatever the canaries say, more than 64 ports
 *   and at least half of those asked were open (a decoy on a list of ports, a proxy in front of some).
 * - `ordinary`: all else. A host whose few asked ports are all open is ordinary as long as its canaries are not: `-p 80,443`
 *   finds such.
 *
 * @throws {AssertionFailure} where more are open than were asked
 */
export function judgeHost({ asked, open, canaries, canariesOpen }: HostTally): HostJudgement {
  assert(open >= 0 && open <= asked, "no more ports are open than were asked");
  assert(canariesOpen >= 0 && canariesOpen <= canaries, "no more canaries are open than were asked");
  if (canaries >= CANARIES_DECISIVE && canariesOpen * 4 >= canaries * 3) return "all-open";
  if (canariesOpen > 0) return "suspect";
  return open > OPEN_PORTS_MANY && open * 2 >= asked ? "suspect" : "ordinary";
}
