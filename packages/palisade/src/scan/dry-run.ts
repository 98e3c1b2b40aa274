/**
 * A scan that sends nothing (`--dry-run`): each packet that would leave is a line, and each connection that the system would be
 * asked for, and the last line says how many there are. Where packets are not permitted, it shows what would be done instead.
 *
 * Nobody answers, so what depends on answers is not shown: probes that are sent again to who stays silent, service detection, and
 * the ports of hosts that discovery would not find. Without ports, `scan` shows discovery's packets; without discovery, those to
 * the ports of all targets.
 */

import { PalisadeError } from "@palisade/base";
import { type Attempt, openIpSender } from "@palisade/link";
import {
  askedAddress,
  DryConnector,
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
import { formatIpAddress, LINKTYPE_ETHERNET, LINKTYPE_RAW } from "@palisade/wire";
import type { Output } from "../output.js";
import { countedExactly, endText, formatDuration } from "../terminal.js";

/** How fast the scan would be; undefined where nobody says. */
export interface DryPace {
  /** Probes per second at most. */
  readonly probesPerSecondMax?: number | undefined;
  /** Microseconds between two probes. */
  readonly delayUs?: number | undefined;
}

/** Hosts that are told apart; further ones are counted as "more than". */
const HOSTS_COUNTED_MAX = 1_048_576;
/** How long a reply would be waited for: none comes. In microseconds. */
const REPLY_US = 1;

export class DryRun {
  readonly #output: Output;
  readonly #hosts = new Set<string>();
  #packets = 0;
  #connections = 0;
  /** Why packets would not leave; undefined where they would, or nobody has looked. */
  #refusal: PalisadeError | undefined;
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
   * The scan that shows once, and as fast as lines can be written, what would be sent: each probe once, and by connections where
   * packets are not permitted and connections may take their place.
   */
  scanOptions(options: ScanOptions): ScanOptions {
    return {
      ...options,
      openLink: (link) => this.#openLink(link, options.orConnect === true),
      openConnector: () => new DryConnector((attempt) => this.#tellConnection(attempt), this.#room),
      wrapSweep: this.wrapSweep,
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

  /**
   * Opens a link that sends nothing.
   *
   * @throws {PalisadeError} `LINK_NOT_PERMITTED`, as the scan's own link would, where something else can then be done
   */
  async #openLink(options: PacketLinkOptions, mayConnect: boolean): Promise<ProbeLink> {
    const addressBytes = options.hosts.addressBytes === 4 ? 4 : 16;
    this.#refusal ??= whyRefused(addressBytes);
    if (this.#refusal !== undefined && mayConnect) throw this.#refusal;
    return new DryLink({
      addressBytes,
      probeBytesMax: options.probeBytesMax,
      interface: options.interface,
      timeToLive: options.timeToLive,
      room: this.#room,
      frame: (octets, at, bytes) => this.#tell(octets, at, bytes, LINKTYPE_RAW),
    });
  }

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
   * @param because why connections take the place of packets, as results say it; undefined where they do not
   */
  end(probes: number, { probesPerSecondMax, delayUs = 0 }: DryPace, because?: string): void {
    const isMany = this.#hosts.size >= HOSTS_COUNTED_MAX;
    const hosts = `${isMany ? "at least " : ""}${countedExactly(this.#hosts.size, "host")}`;
    const apartUs = Math.max(delayUs, probesPerSecondMax === undefined ? 0 : 1e6 / probesPerSecondMax);
    const seconds = (Math.max(0, probes - this.#repeated - 1) * apartUs) / 1e6;
    const pace =
      apartUs === 0 ? "no rate is given" : `it takes ${formatDuration(seconds)} at least at the given rate`;
    const parts = [pace, "who does not answer is asked again"];
    if (because !== undefined) parts.push(`by connections (${because})`);
    else if (this.#refusal !== undefined)
      parts.push(`the scan itself would be refused: ${this.#refusal.message}`);
    const packets = countedExactly(this.#packets, "packet");
    const connections = countedExactly(this.#connections, "connection");
    const what =
      this.#connections === 0
        ? `${packets} to ${hosts}, not sent`
        : this.#packets === 0
          ? `${connections} to ${hosts}, not made`
          : `${packets} and ${connections} to ${hosts}, not sent`;
    this.#output.write(`${what}: ${parts.join("; ")}\n`);
    this.#output.flush();
  }

  #tellConnection({ address, addressBytes, port }: Attempt): void {
    this.#connections += 1;
    const octets = address.subarray(0, addressBytes);
    this.#count(Buffer.from(octets).toString("latin1"));
    this.#output.write(`TCP connection to ${endText(formatIpAddress(octets), port)}\n`);
  }

  /** @param host a key; empty where it is nobody's */
  #count(host: string): void {
    if (host !== "" && this.#hosts.size < HOSTS_COUNTED_MAX) this.#hosts.add(host);
  }

  #tell(octets: Uint8Array, at: number, bytes: number, linkType: number): void {
    this.#packets += 1;
    this.#count(keyOf(octets, at, bytes, linkType));
    this.#output.write(`${describeFrame(octets, at, bytes, linkType)}\n`);
  }
}

/** What opening a raw socket throws without the capability for it; undefined where it is permitted. */
function whyRefused(addressBytes: 4 | 16): PalisadeError | undefined {
  try {
    openIpSender(addressBytes === 4 ? 4 : 6, { slots: 1 }).close();
    return undefined;
  } catch (error) {
    if (error instanceof PalisadeError && error.code === "LINK_NOT_PERMITTED") return error;
    throw error;
  }
}

/** Whom a packet asks, as a key; empty where it asks nobody. */
function keyOf(octets: Uint8Array, at: number, bytes: number, linkType: number): string {
  const address = askedAddress(octets, at, bytes, linkType);
  return address === undefined ? "" : Buffer.from(address).toString("latin1");
}
