/** The reports of a scan: files are opened before anything is sent, lines of records are written as they come, the rest at the end. */
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
  readonly #reports: Report[] = [];

  /**
   * Opens all of them. Standard output comes last: who reads it may go away, and that ends the process.
   *
   * @throws {PalisadeError} `OUTPUT_FAILED`
   */
  open(files: readonly MainReport[]): void {
    for (const { format, path } of files) this.#reports.push({ format, output: new Output(path) });
  }

  /** Whether any is written while the scan runs. */
  get areFollowed(): boolean {
    return this.#reports.some(({ format }) => format === "jsonl");
  }

  /** What was found, for those who follow. */
  async record(record: ScanRecord): Promise<void> {
    for (const { format, output } of this.#reports) {
      if (format !== "jsonl") continue;
      output.write(`${recordJson(record)}\n`);
      // A port is told at once; hosts come together.
      if (record.type === "port") output.flush();
      await output.drained();
    }
  }

  /** Writes what is written at the end. `older` is a scan that the result is compared with. */
  async end(result: ScanResult, older: RecordedScan | undefined): Promise<void> {
    const difference = older === undefined ? undefined : compareScans(older, recorded(result));
    for (const { format, output } of this.#reports) {
      if (format === "jsonl") continue;
      for (const piece of reportOf(result, difference, format, output)) {
        output.write(piece);
        await output.drained();
      }
    }
  }

  /** Closes each, whatever becomes of the others. @throws {PalisadeError} the first that could not be written */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const { output } of this.#reports) {
      try {
        await output.close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
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
      yield renderScan(result, output.columns);
      if (difference !== undefined) yield `\n${renderDifference(difference, output.columns)}`;
  }
}
