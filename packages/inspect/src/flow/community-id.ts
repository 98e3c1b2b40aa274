/**
 * Community ID, version 1: a flow's name that every tool computes alike (Corelight's published specification,
 * "Community ID Flow Hashing", version 1).
 */
import { createHash } from "node:crypto";

/** ICMP types that ask, and their answers, for which the specification gives a direction (RFC 792 and RFC 4443 numbers). */
const ICMP_ANSWERS: ReadonlyMap<number, number> = new Map([
  [0, 8],
  [8, 0],
  [13, 14],
  [14, 13],
  [15, 16],
  [16, 15],
  [10, 9],
  [9, 10],
  [17, 18],
  [18, 17],
]);
const ICMPV6_ANSWERS: ReadonlyMap<number, number> = new Map([
  [128, 129],
  [129, 128],
  [133, 134],
  [134, 133],
  [135, 136],
  [136, 135],
  [130, 131],
  [131, 130],
  [144, 145],
  [145, 144],
]);

const input = Buffer.alloc(40);

/**
 * @param source address of 4 or 16 octets
 * @param sourcePort port, or the type of an ICMP message
 * @param destinationPort port, or the code of an ICMP message
 * @param seed 0 … 65,535; tools that are to agree use the same
 */
export function communityId(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  sourcePort: number,
  destinationPort: number,
  seed = 0,
): string {
  let from = sourcePort;
  let to = destinationPort;
  let oneWay = false;
  if (protocol === 1 || protocol === 58) {
    const answer = (protocol === 1 ? ICMP_ANSWERS : ICMPV6_ANSWERS).get(sourcePort);
    if (answer === undefined) oneWay = true;
    else to = answer;
  }
  const order = Buffer.compare(source, destination) || from - to;
  const swap = !oneWay && order > 0;
  const first = swap ? destination : source;
  const second = swap ? source : destination;
  if (swap) [from, to] = [to, from];
  const length = source.length;
  input.writeUInt16BE(seed, 0);
  input.set(first, 2);
  input.set(second, 2 + length);
  let at = 2 + 2 * length;
  input[at] = protocol;
  input[at + 1] = 0;
  at += 2;
  if (protocol === 6 || protocol === 17 || protocol === 132 || protocol === 1 || protocol === 58) {
    input.writeUInt16BE(from, at);
    input.writeUInt16BE(to, at + 2);
    at += 4;
  }
  return `1:${createHash("sha1").update(input.subarray(0, at)).digest("base64")}`;
}
