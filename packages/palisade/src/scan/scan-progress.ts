import type { LimitedProgress, ScanProgress as Progress } from "@palisade/scan";
import { clip, counted, formatCount, formatDuration } from "../terminal.js";
import { progressBar, TerminalLine } from "../terminal-line.js";

/** Parts of the drawn line that go first where it is wider than the terminal, which would leave a line behind at every look. */
const LEAST_WANTED = [6, 3, 2, 0];

/** How far a scan is: share of the pass, rate, answers and time left. */
export class ScanProgress {
  readonly #line: TerminalLine;
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #at: Progress | undefined;
  #pass = "";
  #passStartedMs = this.#startedMs;
  #hasToldLimit = false;

  /**
   * @param drawn on a terminal, as a line that is drawn over itself
   * @param everyMs milliseconds between two lines that stay, on a terminal or not
   */
  constructor(drawn: boolean, everyMs?: number) {
    this.#line = new TerminalLine(drawn);
    if (everyMs !== undefined) this.#timer = setInterval(() => this.tellStatus(), everyMs);
  }

  show(progress: Progress): void {
    this.#tellLimit(progress.limited);
    const pass = `${progress.part} ${progress.pass}`;
    if (pass !== this.#pass) {
      // The first is counted from the start.
      if (this.#pass !== "") this.#passStartedMs = performance.now();
      this.#pass = pass;
    }
    this.#at = progress;
    this.#line.show(() => {
      const [share, ...others] = this.#parts(progress);
      return fitted([progressBar(share), ...others, "Ctrl-C ends"]);
    });
  }

  /** Tells, once, that hosts that limit their ICMP errors will take long. */
  #tellLimit(limited: LimitedProgress | undefined): void {
    if (limited === undefined || this.#hasToldLimit) return;
    const { hosts, pairs, secondsLeft } = limited;
    if (secondsLeft < TOLD_SECONDS_MIN) return;
    this.#hasToldLimit = true;
    this.tell(
      `${counted(hosts, "host")} ${hosts === 1 ? "says" : "say"} only so often that something is closed: ` +
        `asking ${counted(pairs, "port")} at that pace takes up to ${formatDuration(secondsLeft)}; ` +
        "Ctrl-C ends with what is known by then, --defeat-icmp-ratelimit does not wait",
    );
  }

  /** A line that stays. */
  tell(text: string): void {
    this.#line.clear();
    process.stderr.write(`palisade: ${text}\n`);
  }

  /** How far the scan is, as a line that stays. */
  tellStatus(): void {
    this.tell(this.#at === undefined ? "nothing is asked yet" : this.#status(this.#at));
  }

  close(): void {
    clearInterval(this.#timer);
    this.#line.clear();
  }

  #status(progress: Progress): string {
    const [share, ...others] = this.#parts(progress);
    return [`${(share * 100).toFixed(0)} %`, ...others].join(GAP);
  }

  /** The share that was asked, then what is said of it. */
  #parts(progress: Progress): [share: number, ...texts: string[]] {
    const { part, pass, asked, size, answered, probes } = progress;
    const nowMs = performance.now();
    const share = size === 0 ? 1 : asked / size;
    const rate = formatCount(probes / Math.max(0.001, (nowMs - this.#startedMs) / 1000));
    const left = this.#left(progress, share, nowMs);
    const which = pass === 0 ? part : `${part}, pass ${pass + 1}`;
    const count = counted(probes, "probe");
    return [share, which, count, `${rate}/s`, `${formatCount(answered)} answered`, `${left} left`];
  }

  /** How long it takes from now on: this pass, or until the last host is done that limits its ICMP errors. */
  #left({ limited }: Progress, share: number, nowMs: number): string {
    if (limited !== undefined) return formatDuration(limited.secondsLeft);
    const passMs = nowMs - this.#passStartedMs;
    return share > 0 && passMs >= LEFT_AFTER_MS ? formatDuration((passMs / share - passMs) / 1000) : "?";
  }
}

/** Seconds; of shorter waits nothing is told. */
const TOLD_SECONDS_MIN = 10;

const GAP = "  ";

/** A pass that has just begun says nothing of how long it takes. */
const LEFT_AFTER_MS = 200;

/** A line that the terminal holds. */
function fitted(parts: readonly string[]): string {
  // A terminal that does not know says 0; the last column stays free for the cursor.
  const room = (process.stderr.columns || Number.POSITIVE_INFINITY) - 1;
  const gone = new Set<number>();
  const line = (): string => parts.filter((_, at) => !gone.has(at)).join(GAP);
  for (const at of LEAST_WANTED) if (line().length > room) gone.add(at);
  return clip(line(), room);
}
