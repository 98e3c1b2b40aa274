/** Connections that this machine's own firewall dropped, which the kernel tells nobody who made them. */
import { setTimeout } from "node:timers/promises";
import { isDroppedHere, type OutputCounts, outputCounts } from "@palisade/link";

/** Somebody who stayed silent. */
export interface SilentPort {
  /** With its zone where it is link-local. */
  readonly address: string;
  readonly port: number;
}

/** Silent ports that are connected to once more, to see whether what goes there is dropped here. */
const LOOKED_AT_MAX = 8;

/** Whoever wants a longer time between two probes is not asked behind that time. */
const PAUSE_MS_MAX = 1_000;

/** How fast a scan may ask. */
interface Pace {
  readonly timing: { readonly scanDelayUs: number };
  readonly delayUs?: number | undefined;
  readonly probesPerSecondMax?: number | undefined;
}

/** Milliseconds between two probes at that pace. */
export function pauseMsOf({ timing, delayUs = timing.scanDelayUs, probesPerSecondMax }: Pace): number {
  return Math.max(delayUs / 1_000, probesPerSecondMax === undefined ? 0 : 1_000 / probesPerSecondMax);
}

export class OwnFirewall {
  readonly #ipVersion: 4 | 6;
  #before: OutputCounts | undefined;

  /** Counts from now on. */
  constructor(ipVersion: 4 | 6) {
    this.#ipVersion = ipVersion;
    this.begin();
  }

  /** Counts from now on. */
  begin(): void {
    this.#before = outputCounts(this.#ipVersion);
  }

  /**
   * How many packets were dropped here since, of as many as there were attempts: 0 unless that is certain of some of those that
   * stayed silent. Packets of other programs that were dropped meanwhile cannot be told apart.
   *
   * @param silent of which the first few are connected to, only where something was dropped
   * @param pauseMs before each of these; with more than a second, none is
   */
  async dropped(
    silent: Iterable<SilentPort>,
    attempts: number,
    pauseMs: number,
    signal: AbortSignal,
  ): Promise<number> {
    if (signal.aborted || pauseMs > PAUSE_MS_MAX) return 0;
    const after = outputCounts(this.#ipVersion);
    if (this.#before === undefined || after === undefined) return 0;
    const dropped = after.made - this.#before.made - (after.passed - this.#before.passed);
    if (dropped <= 0) return 0;
    let looked = 0;
    for (const { address, port } of silent) {
      if (pauseMs > 0) await setTimeout(pauseMs);
      if (signal.aborted) break;
      if (await isDroppedHere(address, port)) return Math.min(dropped, attempts);
      looked += 1;
      if (looked >= LOOKED_AT_MAX) break;
    }
    return 0;
  }
}
