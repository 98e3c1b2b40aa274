/**
 * A scan that sends nothing (`--dry-run`): each packet that would leave is a line, and the last line says how many there are.
 *
 * Nobody answers, so what depends on answers is not shown: probes that are sent again to who stays silent, service detection, and
 * the ports of hosts that discovery would not find. Without ports, `scan` shows discovery's packets; without discovery, those to
 * the ports of all targets.
 */

import {
  askedAddress,
  DryLink,
  DrySweep,
  describeFrame,
  type FrameRoom,
  type PacketLinkOptions,
  PROBES_PER_SECOND_MOST,
  type ProbeLink,
  type ScanOptions,
  type SweepLink,
} from "@palisade/scan";
import { LINKTYPE_ETHERNET, LINKTYPE_RAW } from "@palisade/wire";
import type { Output } from "../output.js";
import { counted, formatDuration } from "../terminal.js";

/** How fast the scan would be; undefined where nobody says. */
export interface DryPace {
  /** Probes per second at most. */
  readonly probesPerSecondMax?: number | undefined;
  /** Microseconds between two probes. */
  readonly delayUs?: number | undefined;
  /** Whether ports are asked by connections as well, whose packets the system makes. */
  readonly connects?: boolean | undefined;
}

/** Hosts that are told apart; further ones are counted as "more than". */
const HOSTS_COUNTED_MAX = 1_048_576;
/** How long a reply would be waited for: none comes. In microseconds. */
const REPLY_US = 1;

export class DryRun {
  readonly #output: Output;
  readonly #hosts = new Set<string>();
  #packets = 0;
  /** Questions of sweeps that are told already. */
  #repeated = 0;
  readonly #room: FrameRoom;

  constructor(output: Output) {
    this.#output = output;
    this.#room = {
      isFull: () => process.stdout.writableNeedDrain,
      drained: () => output.drained(),
    };
  }

  /**
   * The scan that shows once, and as fast as lines can be written, what would be sent: each probe once, and nothing by
   * connections, which the system would make.
   */
  scanOptions(options: ScanOptions): ScanOptions {
    return {
      ...options,
      openLink: this.openLink,
      wrapSweep: this.wrapSweep,
      orConnect: false,
      services: undefined,
      resume: undefined,
      checkpoint: undefined,
      timing: {
        ...options.timing,
        timeoutInitialUs: REPLY_US,
        timeoutMinUs: REPLY_US,
        timeoutMaxUs: REPLY_US,
      },
      probesPerSecondMin: PROBES_PER_SECOND_MOST,
      probesPerSecondMax: undefined,
      delayUs: 0,
      retriesMax: 0,
      hostTimeoutMs: undefined,
    };
  }

  /** Opens a link that sends nothing. */
  readonly openLink = async (options: PacketLinkOptions): Promise<ProbeLink> =>
    new DryLink({
      addressBytes: options.hosts.addressBytes === 4 ? 4 : 16,
      probeBytesMax: options.probeBytesMax,
      interface: options.interface,
      timeToLive: options.timeToLive,
      room: this.#room,
      frame: (octets, at, bytes) => this.#tell(octets, at, bytes, LINKTYPE_RAW),
    });

  /** A sweep that sends nothing, and tells each question once, however often it would be asked. */
  readonly wrapSweep = (link: SweepLink): SweepLink => {
    const asked = new Set<string>();
    const frame = (octets: Uint8Array, at: number, bytes: number): void => {
      const key = keyOf(octets, at, bytes, LINKTYPE_ETHERNET);
      if (asked.has(key)) {
        this.#repeated += 1;
        return;
      }
      // No more than `LINK_HOSTS_MAX`, which a sweep takes.
      asked.add(key);
      this.#tell(octets, at, bytes, LINKTYPE_ETHERNET);
    };
    return new DrySweep(link, frame, this.#room);
  };

  /**
   * Tells the sum.
   *
   * @param probes that were written (`ScanResult.probes`), of which a pace is one: a probe may be several packets
   */
  end(probes: number, { probesPerSecondMax, delayUs = 0, connects = false }: DryPace): void {
    const isMany = this.#hosts.size >= HOSTS_COUNTED_MAX;
    const hosts = `${isMany ? "at least " : ""}${counted(this.#hosts.size, "host")}`;
    const apartUs = Math.max(delayUs, probesPerSecondMax === undefined ? 0 : 1e6 / probesPerSecondMax);
    const seconds = (Math.max(0, probes - this.#repeated - 1) * apartUs) / 1e6;
    const pace =
      apartUs === 0 ? "no rate is given" : `it takes ${formatDuration(seconds)} at least at the given rate`;
    const again = `who does not answer is asked again${connects ? "; connections are the system's, and not shown" : ""}`;
    this.#output.write(`${counted(this.#packets, "packet")} to ${hosts}, not sent: ${pace}; ${again}\n`);
    this.#output.flush();
  }

  #tell(octets: Uint8Array, at: number, bytes: number, linkType: number): void {
    this.#packets += 1;
    if (this.#hosts.size < HOSTS_COUNTED_MAX) {
      const key = keyOf(octets, at, bytes, linkType);
      if (key !== "") this.#hosts.add(key);
    }
    this.#output.write(`${describeFrame(octets, at, bytes, linkType)}\n`);
  }
}

/** Whom a packet asks, as a key; empty where it asks nobody. */
function keyOf(octets: Uint8Array, at: number, bytes: number, linkType: number): string {
  const address = askedAddress(octets, at, bytes, linkType);
  return address === undefined ? "" : Buffer.from(address).toString("latin1");
}
