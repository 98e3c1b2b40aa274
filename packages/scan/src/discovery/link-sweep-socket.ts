/**
 * Where a sweep's questions leave and answers come in: a packet socket and a ring on the interface.
 */
import { type NetworkInterface, openEthernetSender, PacketRing } from "@palisade/link";
import type { ProbeLink } from "../links/probe-link.js";

/** What a sweep needs of a link. */
export type SweepLink = Omit<ProbeLink, "engine" | "pathTo" | "linkAddresses">;

/** Room for the answers of some tens of milliseconds; blocks are closed when their time is over, however few they hold. */
const RING_BYTES = 1024 * 1024;
const BLOCK_BYTES = 16 * 1024;
/** An answer waits for its block at most so long. */
const RETIRE_MS = 2;
/** An advertisement with its option has 86 octets; others are few. */
const SNAPLEN_BYTES = 256;
/** A batch is small, since all on the link take each of its questions. */
const SLOTS = 64;
/** The longest question is one of 86 octets. */
const SLOT_BYTES = 128;

/**
 * Opens both.
 *
 * @param addressBytes 4 for ARP, 16 for neighbour discovery
 * @throws {PalisadeError} what `openEthernetSender` and `PacketRing` throw, `LINK_NOT_PERMITTED` without CAP_NET_RAW among it
 */
export function openSweepLink(device: NetworkInterface, addressBytes: 4 | 16): SweepLink {
  const sender = openEthernetSender(device, { slots: SLOTS, slotBytes: SLOT_BYTES });
  let ring: PacketRing;
  try {
    ring = new PacketRing(device.name, {
      filter: addressBytes === 4 ? "arp" : "icmp6",
      ringBytes: RING_BYTES,
      blockBytes: BLOCK_BYTES,
      snaplenBytes: SNAPLEN_BYTES,
      retireMs: RETIRE_MS,
    });
  } catch (error) {
    sender.close();
    throw error;
  }
  return {
    octets: sender.octets,
    slotBytes: sender.slotBytes,
    slots: sender.slots,
    set: (slot, bytes) => sender.set(slot, bytes),
    send: (count) => sender.send(count),
    drain: (sink) => ring.drain(sink),
    wait: (timeoutMs) => ring.wait(timeoutMs),
    ringDrops: () => ring.statistics().dropped,
    close() {
      sender.close();
      ring.close();
    },
  };
}
