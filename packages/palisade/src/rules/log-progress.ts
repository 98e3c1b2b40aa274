import { formatBytes, formatCount, formatDuration } from "../terminal.js";
import { progressBar, TerminalLine } from "../terminal-line.js";
import type { AuditLog } from "./audit-log.js";

/** How far the reading of an audit log is: share, rate and time left. Only on a terminal. */
export class LogProgress {
  readonly #log: AuditLog;
  readonly #line: TerminalLine;

  constructor(log: AuditLog, enabled: boolean) {
    this.#log = log;
    this.#line = new TerminalLine(enabled);
  }

  /** @param what is done, as in `replaying` */
  show(what: string, records: number): void {
    this.#line.show((elapsedMs) => {
      const { sizeBytes, positionBytes } = this.#log;
      const counts = `${what}  ${formatCount(records)} records  ${formatCount(records / (elapsedMs / 1000))}/s`;
      if (sizeBytes === undefined || sizeBytes === 0) return `${counts}  ${formatBytes(positionBytes)}`;
      const share = Math.min(1, positionBytes / sizeBytes);
      const left = share > 0 ? formatDuration((elapsedMs / share - elapsedMs) / 1000) : "?";
      return `${progressBar(share)}  ${counts}  ${left} left`;
    });
  }

  clear(): void {
    this.#line.clear();
  }
}
