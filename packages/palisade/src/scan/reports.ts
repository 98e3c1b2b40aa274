/** The reports of a scan: files are opened before anything is sent, lines of records are written as they come, the rest at the end. */
import {
  recordJson,
  type ScanRecord,
  type ScanResult,
  scanCsv,
  scanGrepable,
  scanJson,
  scanXml,
} from "@palisade/scan";
import { Output } from "../output.js";
import { version } from "../version.js";
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

  async end(result: ScanResult): Promise<void> {
    for (const { format, output } of this.#reports) {
      if (format === "jsonl") continue;
      for (const piece of reportOf(result, format, output)) {
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

function reportOf(
  result: ScanResult,
  format: Exclude<ScanFormat, "jsonl">,
  output: Output,
): Iterable<string> {
  switch (format) {
    case "json":
      return scanJson(result);
    case "xml":
      return scanXml(result, version);
    case "grepable":
      return scanGrepable(result, version);
    case "csv":
      return scanCsv(result);
    case "table":
      return [renderScan(result, output.columns)];
  }
}
