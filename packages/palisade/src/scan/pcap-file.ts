/**
 * The file of all packets of a scan (`--pcap`): what leaves and what comes by every link, discovery's and each technique's, as
 * pcapng. Connections of `-sT` and of service detection are the system's own, and are not in it.
 *
 * The file is opened at once, and keeps what it holds until the first link is open. Pieces are written as they are, whole
 * blocks each, so that a scan that is killed leaves a file that is read to its end. Where a piece cannot be written, that is told in a
 * line, the file ends behind the last whole piece, and the scan goes on.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  constants as openFlags,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { PalisadeError } from "@palisade/base";
import { findLinkAddress, findRoute, listInterfaces, type NetworkInterface, RouteMap } from "@palisade/link";
import {
  type LinkSweepOptions,
  openPacketLink,
  type PacketLinkOptions,
  type ProbeLink,
  Recorder,
  RecordingLink,
  RecordingSweep,
  type SweepLink,
} from "@palisade/scan";
import { isStandardOutput, whyUnwritable } from "../output.js";
import { usage } from "../words.js";

export interface PcapFileOptions {
  /** Told, once, why no more is written. */
  readonly warn: (message: string) => void;
  /** Opens links to be recorded. Default `openPacketLink`. */
  readonly openLink?: ((options: PacketLinkOptions) => Promise<ProbeLink>) | undefined;
}

/** For hosts up to so many the kernel is asked one by one, which takes less time than listing its routes. */
const HOSTS_ASKED_FOR = 64;
/** Of more hosts nobody looks whether they are reached by one interface. */
const HOSTS_LOOKED_AT = 65_536;
/** The clock that has no steps is set by the other one where they are farther apart, in milliseconds. */
const CLOCK_APART_MS = 2;
/** What sweeps leave by where nobody says. */
const SWEEP = "sweep";

export class PcapFile {
  readonly #path: string;
  readonly #options: PcapFileOptions;
  readonly #recorder: Recorder;
  #file: number | undefined;
  readonly #made: boolean;
  #begun = false;
  #isRegular = false;
  /** Octets of whole pieces in the file. */
  #bytes = 0;

  /** @throws {PalisadeError} `OUTPUT_FAILED` where the file cannot be made; `USAGE` where it is standard output */
  constructor(path: string, options: PcapFileOptions) {
    if (isStandardOutput(path)) throw usage("--pcap -: standard output has the results: name a file");
    this.#path = path;
    this.#options = options;
    const { O_WRONLY, O_CREAT, O_EXCL } = openFlags;
    let made = false;
    try {
      try {
        this.#file = openSync(path, O_WRONLY | O_CREAT | O_EXCL);
        made = true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        this.#file = openSync(path, O_WRONLY | O_CREAT);
      }
    } catch (cause) {
      throw new PalisadeError("OUTPUT_FAILED", this.#complaint(cause), { cause });
    }
    this.#made = made;
    this.#recorder = new Recorder({
      write: (octets) => this.#write(octets),
      nowUs: wallClock(),
      nameOf: (index) => interfaceAt(index)?.name,
      linkAddressOf,
    });
  }

  /** As `openPacketLink`; what goes by the link is recorded. */
  readonly openLink = async (options: PacketLinkOptions): Promise<ProbeLink> => {
    const leaving = leavingOf(options);
    // Whoever has no link address yet is asked for it by a sweep of the link's own.
    const sweep: PacketLinkOptions["sweep"] & Pick<LinkSweepOptions, "wrap"> = {
      ...options.sweep,
      wrap: (link) => this.#sweep(link, leaving.others),
    };
    const link = await (this.#options.openLink ?? openPacketLink)({ ...options, sweep });
    this.begin();
    return new RecordingLink(link, this.#recorder, leavingBy(leaving, link.engine));
  };

  /** Records a sweep. @param device that it leaves by */
  readonly wrapSweep = (link: SweepLink, device?: NetworkInterface): SweepLink =>
    this.#sweep(link, device?.name);

  /** There is a recording, though it may hold no packet: what the file held before goes. Every link that opens begins it. */
  begin(): void {
    if (this.#begun || this.#file === undefined) return;
    this.#begun = true;
    try {
      this.#isRegular = fstatSync(this.#file).isFile();
      if (this.#isRegular && !this.#made) ftruncateSync(this.#file);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Writes the rest. A file that was made for a scan that came to nothing is taken away. */
  close(): void {
    if (this.#begun) this.#recorder.end();
    if (this.#file === undefined) return;
    const file = this.#file;
    this.#file = undefined;
    try {
      closeSync(file);
    } catch (error) {
      this.#options.warn(this.#complaint(error));
    }
    if (this.#made && !this.#begun) rmSync(this.#path, { force: true });
  }

  #sweep(link: SweepLink, leavingBy: string = SWEEP): SweepLink {
    this.begin();
    return new RecordingSweep(link, this.#recorder, leavingBy);
  }

  #write(octets: Uint8Array): void {
    if (this.#file === undefined) return;
    try {
      for (let at = 0; at < octets.length; ) at += writeSync(this.#file, octets, at);
      this.#bytes += octets.length;
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** The file ends with its last whole piece, and no more is written. */
  #giveUp(error: unknown): void {
    const file = this.#file!;
    this.#file = undefined;
    try {
      if (this.#isRegular) ftruncateSync(file, this.#bytes);
    } catch {
      // Then it ends in the middle of a block, which readers tell.
    }
    try {
      closeSync(file);
    } catch {
      // The reason is told already.
    }
    this.#options.warn(`${this.#complaint(error)}; the scan goes on without it`);
  }

  #complaint(error: unknown): string {
    return `${this.#path}: packets cannot be written: ${whyUnwritable(error, this.#path)}`;
  }
}

function interfaceAt(index: number): NetworkInterface | undefined {
  return listInterfaces().find((device) => device.index === index);
}

function linkAddressOf(index: number): Uint8Array | undefined {
  const device = interfaceAt(index);
  if (device === undefined) return undefined;
  try {
    return findLinkAddress(device);
  } catch (error) {
    // It has none, or is gone.
    if (error instanceof PalisadeError) return undefined;
    throw error;
  }
}

/** By which interfaces hosts are reached: the one that leads to others, where there is one, and the one to this machine. */
interface Leaving {
  readonly others: string | undefined;
  readonly loopback: string | undefined;
}

function leavingOf({ hosts, interface: device }: PacketLinkOptions): Leaving {
  if (device !== undefined) return { others: device.name, loopback: undefined };
  const unknown = { others: undefined, loopback: undefined };
  if (hosts.size > HOSTS_LOOKED_AT) return unknown;
  const routes = hosts.size > HOSTS_ASKED_FOR ? new RouteMap() : undefined;
  const address = new Uint8Array(hosts.addressBytes);
  let others: string | undefined;
  let loopback: string | undefined;
  for (let host = 0; host < hosts.size; host += 1) {
    hosts.write(host, address, 0);
    const route = routes === undefined ? routeTo(address) : routes.find(address, 0, hosts.addressBytes);
    if (route === undefined) continue;
    const { name } = route.interface;
    if (route.local) loopback = name;
    else if (others === undefined) others = name;
    else if (others !== name) return unknown;
  }
  return { others, loopback };
}

/** The interface that all leaves by; undefined where there are several. */
function leavingBy({ others, loopback }: Leaving, engine: string): string | undefined {
  // What is for this machine, among frames for others, is written as they are.
  if (engine === "packet" || loopback === undefined) return others;
  return others === undefined ? loopback : undefined;
}

function routeTo(address: Uint8Array): ReturnType<typeof findRoute> | undefined {
  try {
    return findRoute(address);
  } catch (error) {
    // The scan says what there is to say of that.
    if (error instanceof PalisadeError) return undefined;
    throw error;
  }
}

/** Microseconds since the epoch, finer than `Date.now`, and as right as that where the system's clock is set meanwhile. */
function wallClock(): () => number {
  let zeroMs = performance.timeOrigin;
  return () => {
    const sinceMs = performance.now();
    const wallMs = Date.now();
    if (Math.abs(wallMs - zeroMs - sinceMs) > CLOCK_APART_MS) zeroMs = wallMs - sinceMs;
    return (zeroMs + sinceMs) * 1_000;
  };
}
