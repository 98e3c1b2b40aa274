/** The reports of a scan: files are opened before anything is sent, lines of records are written as they come, the rest at the end. */

import { PalisadeError } from "@palisade/base";
import {
  compareScans,
  differenceJson,
  type RecordedScan,
  readScanJson,
  recordJson,
  type ScanDifference,
  type ScanRecord,
  type ScanResult,
  scanCsv,
  scanGrepable,
  scanJson,
  scanXml,
} from "@palisade/scan";
import { Output } from "../output.js";
import { version } from "../version.js";
import { renderDifference } from "./diff-table.js";
import type { MainReport, ScanFormat } from "./output-options.js";
import { renderScan } from "./result-table.js";

interface Report {
  readonly format: ScanFormat;
  readonly output: Output;
}

export class Reports {
  #reports: readonly Report[] = [];
  readonly #warn: (message: string) => void;
  #failure: PalisadeError | undefined;

  /** @param warn is told of each report that cannot be written any further; the others are */
  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** The first report's that could not be written in full. */
  get failure(): PalisadeError | undefined {
    return this.#failure;
  }

  /**
   * Opens all of them. Standard output comes last: who reads it may go away, and that ends the process.
   *
   * @throws {PalisadeError} `OUTPUT_FAILED`
   */
  open(files: readonly MainReport[]): void {
    for (const { format, path } of files)
      this.#reports = [...this.#reports, { format, output: new Output(path) }];
  }

  /** Whether any is written while the scan runs. */
  get areFollowed(): boolean {
    return this.#reports.some(({ format }) => format === "jsonl");
  }

  /** What was found, for those who follow. */
  async record(record: ScanRecord): Promise<void> {
    for (const report of this.#reports) {
      const { format, output } = report;
      if (format !== "jsonl") continue;
      await this.#attempt(report, async () => {
        output.write(`${recordJson(record)}\n`);
        // A port is told at once; hosts come together.
        if (record.type === "port") output.flush();
        await output.drained();
      });
    }
  }

  /** Writes what is written at the end. `older` is a scan that the result is compared with. */
  async end(result: ScanResult, older: RecordedScan | undefined): Promise<void> {
    const difference = older === undefined ? undefined : this.#difference(result, older);
    for (const report of this.#reports) {
      const { format, output } = report;
      if (format === "jsonl") continue;
      await this.#attempt(report, async () => {
        for (const piece of reportOf(result, difference, format, output)) {
          output.write(piece);
          await output.drained();
        }
      });
    }
  }

  /** Undefined where the result is none that can be compared, which is told: it is written all the same. */
  #difference(result: ScanResult, older: RecordedScan): ScanDifference | undefined {
    try {
      return compareScans(older, recorded(result));
    } catch (error) {
      if (!(error instanceof PalisadeError)) throw error;
      this.#failed(error, `this scan cannot be compared with the older one: ${error.message}`);
      return undefined;
    }
  }

  #failed(error: PalisadeError, message: string): void {
    this.#failure ??= error;
    this.#warn(message);
  }

  /** Closes each, whatever becomes of the others; once. */
  async close(): Promise<void> {
    const reports = this.#reports;
    this.#reports = [];
    for (const report of reports) await this.#attempt(report, () => report.output.close());
  }

  /** Writes to one; where that fails, nothing more is written there. */
  async #attempt(report: Report, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!(error instanceof PalisadeError)) throw error;
      this.#reports = this.#reports.filter((other) => other !== report);
      report.output.abandon();
      this.#failed(error, error.message);
    }
  }
}

function recorded(result: ScanResult): RecordedScan {
  return readScanJson([...scanJson(result)].join(""));
}

function* reportOf(
  result: ScanResult,
  difference: ScanDifference | undefined,
  format: Exclude<ScanFormat, "jsonl">,
  output: Output,
): Iterable<string> {
  switch (format) {
    case "json":
      yield* scanJson(
        result,
        difference === undefined ? {} : { difference: JSON.parse(differenceJson(difference)) },
      );
      return;
    case "xml":
      yield* scanXml(result, version);
      return;
    case "grepable":
      yield* scanGrepable(result, version);
      return;
    case "csv":
      yield* scanCsv(result);
      return;
    case "table":
      yield* renderScan(result, output.columns);
      if (difference !== undefined) yield `\n${renderDifference(difference, output.columns)}`;
  }
}
