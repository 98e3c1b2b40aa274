import type { ProbeProgress } from "@palisade/scan";
import { formatCount, formatDuration } from "../terminal.js";

const REFRESH_MS = 100;
/** A scan shorter than this needs no bar. */
const SHOW_AFTER_MS = 400;
const BAR_CELLS = 24;

/** A line on standard error, drawn over itself: share of the pass, rate, answers and time left. Only on a terminal. */
export class ScanProgress {
  readonly #enabled: boolean;
  readonly #startedMs = performance.now();
  #shownMs = 0;
  #pass = 0;
  #passStartedMs = this.#startedMs;
  #drawn = false;

  constructor(enabled: boolean) {
    this.#enabled = enabled && process.stderr.isTTY === true;
  }

  show(progress: ProbeProgress): void {
    if (!this.#enabled) return;
    const nowMs = performance.now();
    if (progress.pass !== this.#pass) {
      this.#pass = progress.pass;
      this.#passStartedMs = nowMs;
    }
    if (nowMs - this.#startedMs < SHOW_AFTER_MS || nowMs - this.#shownMs < REFRESH_MS) return;
    this.#shownMs = nowMs;
    this.#drawn = true;
    const line = progressLine(progress, nowMs - this.#startedMs, nowMs - this.#passStartedMs);
    process.stderr.write(`\r\x1b[K${line}`);
  }

  clear(): void {
    if (this.#drawn) process.stderr.write("\r\x1b[K");
    this.#drawn = false;
  }
}

function progressLine(
  { pass, asked, size, answered, probes }: ProbeProgress,
  ms: number,
  passMs: number,
): string {
  const share = size === 0 ? 1 : asked / size;
  const filled = Math.round(share * BAR_CELLS);
  const bar = `${"█".repeat(filled)}${"░".repeat(BAR_CELLS - filled)} ${(share * 100).toFixed(0).padStart(3)} %`;
  const rate = formatCount(probes / (ms / 1000));
  const left = share > 0 ? formatDuration((passMs / share - passMs) / 1000) : "?";
  const which = pass === 0 ? "" : `  pass ${pass + 1}`;
  return `${bar}  ${formatCount(probes)} probes  ${rate}/s  ${formatCount(answered)} answered${which}  ${left} left  Ctrl-C ends`;
}
