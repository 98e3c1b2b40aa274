/**
 * A link, as `ScanOptions.openLink` opens one, whose hosts answer each TCP probe at once: for tests of whole scans on the clock of
 * this machine.
 */
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { Malformed } from "@palisade/base";
import {
  IP_PROTOCOL_TCP,
  ipv4,
  LINKTYPE_RAW,
  type PacketSink,
  parseIpv4,
  parseTcp,
  TCP_ACK,
  TCP_RST,
  TCP_SYN,
  tcp,
} from "@palisade/wire";
import type { PacketLinkOptions } from "./links/packet-link.js";
import type { ProbeLink, ProbePath } from "./links/probe-link.js";

const SLOTS = 64;
const SLOT_BYTES = 128;
const SOURCE = Uint8Array.of(192, 0, 2, 250);

/** Whether a port is open; undefined where it is silent. */
export type Answers = (address: string, port: number) => boolean | undefined;

export class AnsweringNetwork {
  /** Probes that have left, as `address:port`, in order. */
  readonly asked: string[] = [];
  /** Links that were opened, and those of them that are closed. */
  opened = 0;
  closed = 0;
  /** Called before a batch is sent. */
  onSend: () => void = () => {};
  readonly #answers: Answers;

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  readonly openLink = async (options: PacketLinkOptions): Promise<ProbeLink> => {
    assert.equal(options.hosts.addressBytes, 4, "the network of this test has IPv4 alone");
    this.opened += 1;
    const header = ipv4({
      source: "192.0.2.250",
      destination: "0.0.0.0",
      protocol: IP_PROTOCOL_TCP,
      payload: new Uint8Array(0),
    });
    const path: ProbePath = { header, ipAt: 0, source: SOURCE };
    const octets = new Uint8Array(SLOTS * SLOT_BYTES);
    const lengths = new Uint16Array(SLOTS);
    let replies: Uint8Array[] = [];
    return {
      engine: "answering",
      octets,
      slotBytes: SLOT_BYTES,
      slots: SLOTS,
      pathTo: () => path,
      set: (slot, bytes) => {
        lengths[slot] = bytes;
      },
      send: (count) => {
        this.onSend();
        for (let slot = 0; slot < count; slot += 1) {
          const start = slot * SLOT_BYTES;
          const reply = this.#reply(octets.slice(start, start + lengths[slot]!));
          if (reply !== undefined) replies.push(reply);
        }
        return count;
      },
      drain: (sink: PacketSink) => {
        const arrived = replies;
        replies = [];
        const nowUs = (performance.timeOrigin + performance.now()) * 1_000;
        for (const packet of arrived)
          sink.packet(packet, 0, packet.length, packet.length, nowUs, LINKTYPE_RAW, 0);
      },
      wait: (timeoutMs) => setTimeout(timeoutMs),
      ringDrops: () => 0,
      close: () => {
        this.closed += 1;
      },
    };
  };

  #reply(packet: Uint8Array): Uint8Array | undefined {
    const ip = parseIpv4(packet);
    assert.ok(!(ip instanceof Malformed));
    const segment = parseTcp(ip.payload);
    assert.ok(!(segment instanceof Malformed));
    const address = [...ip.destination].join(".");
    const { sourcePort, destinationPort, sequence } = segment;
    this.asked.push(`${address}:${destinationPort}`);
    const isOpen = this.#answers(address, destinationPort);
    if (isOpen === undefined) return undefined;
    return ipv4({
      source: address,
      destination: ip.source,
      payload: tcp({
        sourcePort: destinationPort,
        destinationPort: sourcePort,
        flags: TCP_ACK | (isOpen ? TCP_SYN : TCP_RST),
        sequence: 7,
        acknowledgement: (sequence + 1) >>> 0,
      }),
    });
  }
}
