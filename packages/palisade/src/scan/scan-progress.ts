import type { ProbeProgress } from "@palisade/scan";
import { formatCount, formatDuration } from "../terminal.js";
import { progressBar, TerminalLine } from "../terminal-line.js";

/** How far a scan is: share of the pass, rate, answers and time left. Only on a terminal. */
export class ScanProgress {
  readonly #line: TerminalLine;
  #pass = 0;
  #passStartedMs = performance.now();

  constructor(enabled: boolean) {
    this.#line = new TerminalLine(enabled);
  }

  show(progress: ProbeProgress): void {
    if (progress.pass !== this.#pass) {
      this.#pass = progress.pass;
      this.#passStartedMs = performance.now();
    }
    this.#line.show((elapsedMs) =>
      progressLine(progress, elapsedMs, performance.now() - this.#passStartedMs),
    );
  }

  clear(): void {
    this.#line.clear();
  }
}

function progressLine(
  { pass, asked, size, answered, probes }: ProbeProgress,
  ms: number,
  passMs: number,
): string {
  const share = size === 0 ? 1 : asked / size;
  const rate = formatCount(probes / (ms / 1000));
  const left = share > 0 ? formatDuration((passMs / share - passMs) / 1000) : "?";
  const which = pass === 0 ? "" : `  pass ${pass + 1}`;
  return `${progressBar(share)}  ${formatCount(probes)} probes  ${rate}/s  ${formatCount(answered)} answered${which}  ${left} left  Ctrl-C ends`;
}
