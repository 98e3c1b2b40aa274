/**
 * Questions for link addresses, written in place: a frame for each address that we ask from, of which only what depends on who
 * is asked is written per question.
 */
import { assert } from "@palisade/base";
import { arpRequest, neighbourSolicitation } from "@palisade/link";
import {
  checksumWithout,
  ETHERNET_HEADER_BYTES,
  IP_PROTOCOL_ICMPV6,
  IPV4_BYTES,
  IPV6_BYTES,
  IPV6_HEADER_BYTES,
  pseudoHeaderSumAt,
  put16,
} from "@palisade/wire";
import { atIpv6 } from "../links/frames.js";
import type { HostList } from "../scan-plan.js";

/** Where fields lie in an ARP request, and in a solicitation, from the frame's start. */
const ARP_TARGET = ETHERNET_HEADER_BYTES + 24;
const IPV6_AT = ETHERNET_HEADER_BYTES;
const ICMPV6_AT = IPV6_AT + IPV6_HEADER_BYTES;
const ND_TARGET = ICMPV6_AT + 8;
const IPV6_SOURCE = IPV6_AT + atIpv6.source;
const IPV6_DESTINATION = IPV6_AT + atIpv6.destination;
const ICMPV6_CHECKSUM = ICMPV6_AT + 2;
/** Octets of the target that the group it is asked by, and so the frame's destination, ends with (RFC 4291 §2.7.1). */
const GROUP_BYTES = 3;

/** Questions from one of our addresses. */
export class LinkQuestion {
  /** What does not change, and room for what does. */
  readonly #frame: Uint8Array;
  readonly #addressBytes: 4 | 16;

  /**
   * @param link our link address, 6 octets
   * @param source our address, 4 or 16 octets: neither is asked for, or anything else, by a question from the other
   */
  constructor(link: Uint8Array, source: Uint8Array) {
    assert(source.length === IPV4_BYTES || source.length === IPV6_BYTES, "a question comes from an address");
    this.#addressBytes = source.length;
    this.#frame =
      source.length === IPV4_BYTES
        ? arpRequest(link, source, new Uint8Array(IPV4_BYTES))
        : neighbourSolicitation(link, source, new Uint8Array(IPV6_BYTES));
  }

  /** Octets of every question. */
  get bytes(): number {
    return this.#frame.length;
  }

  /** Writes all that does not change. */
  begin(octets: Uint8Array, start: number): void {
    octets.set(this.#frame, start);
  }

  /** Asks for a host in a frame that was begun, or asked for another. */
  ask(hosts: HostList, host: number, octets: Uint8Array, start: number): void {
    if (this.#addressBytes === IPV4_BYTES) {
      hosts.write(host, octets, start + ARP_TARGET);
      return;
    }
    hosts.write(host, octets, start + ND_TARGET);
    const endsAt = start + ND_TARGET + IPV6_BYTES - GROUP_BYTES;
    const linkAt = start + 6 - GROUP_BYTES;
    const groupAt = start + IPV6_DESTINATION + IPV6_BYTES - GROUP_BYTES;
    for (let octet = 0; octet < GROUP_BYTES; octet += 1) {
      const value = octets[endsAt + octet]!;
      octets[linkAt + octet] = value;
      octets[groupAt + octet] = value;
    }
    const end = start + this.#frame.length;
    const pseudo = pseudoHeaderSumAt(
      octets,
      start + IPV6_SOURCE,
      IPV6_BYTES,
      IP_PROTOCOL_ICMPV6,
      end - start - ICMPV6_AT,
    );
    const checksumAt = start + ICMPV6_CHECKSUM;
    put16(octets, checksumAt, checksumWithout(octets, start + ICMPV6_AT, end, checksumAt, pseudo));
  }
}
