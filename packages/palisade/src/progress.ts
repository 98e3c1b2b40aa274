import type { Device } from "@palisade/link";
import { deviceName } from "./device-name.js";
import { formatBytes, formatCount, formatDuration } from "./terminal.js";
import { progressBar, TerminalLine } from "./terminal-line.js";

/** How far the reading of a device is: share, rate and time left. Only on a terminal. */
export class Progress {
  readonly #device: Device;
  readonly #line: TerminalLine;

  constructor(device: Device, enabled: boolean) {
    this.#device = device;
    this.#line = new TerminalLine(enabled);
  }

  show(packets: number): void {
    this.#line.show((elapsedMs) => progressLine(this.#device, packets, elapsedMs));
  }

  clear(): void {
    this.#line.clear();
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
  const left = share > 0 ? formatDuration((elapsedMs / share - elapsedMs) / 1000) : "?";
  return `${progressBar(share)}  ${counts}  ${left} left`;
}
