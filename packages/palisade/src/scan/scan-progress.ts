import type { ScanProgress as Progress } from "@palisade/scan";
import { formatCount, formatDuration } from "../terminal.js";
import { progressBar, TerminalLine } from "../terminal-line.js";

/** How far a scan is: share of the pass, rate, answers and time left. */
export class ScanProgress {
  readonly #line: TerminalLine;
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #at: Progress | undefined;
  #pass = "";
  #passStartedMs = this.#startedMs;

  /**
   * @param drawn on a terminal, as a line that is drawn over itself
   * @param everyMs milliseconds between two lines that stay, on a terminal or not
   */
  constructor(drawn: boolean, everyMs?: number) {
    this.#line = new TerminalLine(drawn);
    if (everyMs !== undefined) this.#timer = setInterval(() => this.tellStatus(), everyMs);
  }

  show(progress: Progress): void {
    const pass = `${progress.part} ${progress.pass}`;
    if (pass !== this.#pass) {
      // The first is counted from the start.
      if (this.#pass !== "") this.#passStartedMs = performance.now();
      this.#pass = pass;
    }
    this.#at = progress;
    this.#line.show(() => `${this.#text(progress)}  Ctrl-C ends`);
  }

  /** A line that stays. */
  tell(text: string): void {
    this.#line.clear();
    process.stderr.write(`palisade: ${text}\n`);
  }

  /** How far the scan is, as a line that stays. */
  tellStatus(): void {
    this.tell(this.#at === undefined ? "nothing is asked yet" : this.#text(this.#at));
  }

  close(): void {
    clearInterval(this.#timer);
    this.#line.clear();
  }

  #text({ part, pass, asked, size, answered, probes }: Progress): string {
    const nowMs = performance.now();
    const share = size === 0 ? 1 : asked / size;
    const rate = formatCount(probes / Math.max(0.001, (nowMs - this.#startedMs) / 1000));
    const passMs = nowMs - this.#passStartedMs;
    const left = share > 0 ? formatDuration((passMs / share - passMs) / 1000) : "?";
    const which = pass === 0 ? part : `${part}, pass ${pass + 1}`;
    return `${progressBar(share)}  ${which}  ${formatCount(probes)} probes  ${rate}/s  ${formatCount(answered)} answered  ${left} left`;
  }
}
