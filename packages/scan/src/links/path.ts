import { IP_PROTOCOL_TCP, ipv4, ipv6 } from "@palisade/wire";
import type { ProbePath } from "./probe-link.js";

/** Hops that a probe may take, unless told otherwise: what most hosts send with. */
const TIME_TO_LIVE = 64;

/**
 * The way of all probes from an address.
 *
 * @param source 4 or 16 octets
 * @param timeToLive 1 … 255; default 64
 * @param linkHeader what stands before the IP header
 */
export function pathFrom(
  source: Uint8Array,
  timeToLive = TIME_TO_LIVE,
  linkHeader: Uint8Array = new Uint8Array(0),
): ProbePath {
  const payload = new Uint8Array(0);
  const destination = new Uint8Array(source.length);
  // The scheduler writes protocol and destination.
  const ip =
    source.length === 4
      ? ipv4({ source, destination, protocol: IP_PROTOCOL_TCP, timeToLive, payload })
      : ipv6({ source, destination, nextHeader: IP_PROTOCOL_TCP, hopLimit: timeToLive, payload });
  const header = new Uint8Array(linkHeader.length + ip.length);
  header.set(linkHeader);
  header.set(ip, linkHeader.length);
  return { header, ipAt: linkHeader.length, source };
}
