import type { Device } from "@palisade/link";
import { deviceName } from "./device-name.js";
import { formatBytes, formatCount, formatDuration } from "./terminal.js";

const REFRESH_MS = 100;
/** A run shorter than this needs no bar. */
const SHOW_AFTER_MS = 400;
const BAR_CELLS = 24;

/** A line on standard error, drawn over itself: share, rate and time left. Only on a terminal. */
export class Progress {
  readonly #device: Device;
  readonly #enabled: boolean;
  readonly #startedMs = performance.now();
  #shownMs = 0;
  #drawn = false;

  constructor(device: Device, enabled: boolean) {
    this.#device = device;
    this.#enabled = enabled && process.stderr.isTTY === true;
  }

  show(packets: number): void {
    if (!this.#enabled) return;
    const nowMs = performance.now();
    const elapsedMs = nowMs - this.#startedMs;
    if (elapsedMs < SHOW_AFTER_MS || nowMs - this.#shownMs < REFRESH_MS) return;
    this.#shownMs = nowMs;
    this.#drawn = true;
    process.stderr.write(`\r\x1b[K${progressLine(this.#device, packets, elapsedMs)}`);
  }

  clear(): void {
    if (this.#drawn) process.stderr.write("\r\x1b[K");
    this.#drawn = false;
  }
}

/** The progress line of a device after `elapsedMs`. */
function progressLine(device: Device, packets: number, elapsedMs: number): string {
  const rate = packets / (elapsedMs / 1000);
  const counts = `${formatCount(packets)} packets  ${formatCount(rate)}/s`;
  const { sizeBytes, positionBytes } = device;
  const kernel = device.statistics();
  if (kernel !== undefined) return `${deviceName(device)}  ${counts}  ${kernel.dropped} dropped  Ctrl-C ends`;
  if (sizeBytes === undefined || sizeBytes === 0)
    return `${deviceName(device)}  ${counts}  ${formatBytes(positionBytes)}`;
  const share = Math.min(1, positionBytes / sizeBytes);
  const filled = Math.round(share * BAR_CELLS);
  const left = share > 0 ? formatDuration((elapsedMs / share - elapsedMs) / 1000) : "?";
  return `${"█".repeat(filled)}${"░".repeat(BAR_CELLS - filled)} ${(share * 100).toFixed(0).padStart(3)} %  ${counts}  ${left} left`;
}
