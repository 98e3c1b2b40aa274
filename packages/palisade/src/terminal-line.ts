/** Milliseconds between two looks of a progress line. */
const REFRESH_MS = 100;
/** A run shorter than this needs none. */
const SHOW_AFTER_MS = 400;
const BAR_CELLS = 24;

/** A line on standard error, drawn over itself. Only on a terminal, and only in runs that take their time. */
export class TerminalLine {
  readonly #enabled: boolean;
  readonly #startedMs = performance.now();
  #shownMs = 0;
  #drawn = false;

  constructor(enabled: boolean) {
    this.#enabled = enabled && process.stderr.isTTY === true;
  }

  /** Draws what `render` makes of the milliseconds since the start, unless it is too soon for another look. */
  show(render: (elapsedMs: number) => string): void {
    if (!this.#enabled) return;
    const nowMs = performance.now();
    const elapsedMs = nowMs - this.#startedMs;
    if (elapsedMs < SHOW_AFTER_MS || nowMs - this.#shownMs < REFRESH_MS) return;
    this.#shownMs = nowMs;
    this.#drawn = true;
    process.stderr.write(`\r\x1b[K${render(elapsedMs)}`);
  }

  clear(): void {
    if (this.#drawn) process.stderr.write("\r\x1b[K");
    this.#drawn = false;
  }
}

/** A bar and its percentage, of a share from 0 to 1. */
export function progressBar(share: number): string {
  const filled = Math.round(share * BAR_CELLS);
  return `${"█".repeat(filled)}${"░".repeat(BAR_CELLS - filled)} ${(share * 100).toFixed(0).padStart(3)} %`;
}
