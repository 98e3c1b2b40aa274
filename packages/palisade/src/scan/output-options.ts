/** Where the reports of a scan go, and in which formats. */
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { isStandardOutput } from "../output.js";
import { quoted, usage } from "../words.js";

export type ScanFormat = "table" | "json" | "jsonl" | "xml" | "grepable" | "csv";

export const FORMATS: readonly ScanFormat[] = ["table", "json", "jsonl", "xml", "grepable", "csv"];

/** A report that is written beside the one on standard output. */
export interface ReportFile {
  readonly format: ScanFormat;
  readonly path: string;
}

export interface MainReport {
  readonly format: ScanFormat;
  /** Undefined for standard output. */
  readonly path: string | undefined;
}

/**
 * Where each report goes. One that is asked for on standard output (`-oX -`) stands there alone, in place of the table; two
 * in one place would be neither.
 */
export function outputsOf(
  values: Readonly<Record<string, unknown>>,
  checked: boolean,
): { readonly output: MainReport; readonly reports: readonly ReportFile[] } {
  const { format: chosen, output: path } = values;
  const format = chosen ?? "table";
  if (typeof format !== "string" || !isFormat(format))
    throw usage(`--format ${quoted(String(format))}: there are ${FORMATS.join(", ")}`);
  const reports = reportsOf(values);
  const asked = chosen === undefined && path === undefined ? reports : [];
  const instead = asked.find((report) => isStandardOutput(report.path));
  const rest = reports.filter((report) => report !== instead);
  const output: MainReport =
    instead === undefined
      ? { format, path: typeof path === "string" ? path : undefined }
      : { format: instead.format, path: undefined };
  const places = new Set<string | undefined>();
  for (const report of [output, ...rest]) {
    const place = isStandardOutput(report.path) ? undefined : placeOf(report.path!);
    // What is no file, such as /dev/null, takes any number.
    if (checked && places.has(place) && place?.startsWith("/dev/") !== true)
      throw usage(
        `two reports would go to ${report.path === undefined || place === undefined ? "standard output" : quoted(report.path)}: give each its own file`,
      );
    places.add(place);
  }
  if (checked) refuseSharedFiles(values, places);
  return { output, reports: rest };
}

/** Files that a scan reads or writes besides reports. An older scan may be written over: it is read before. */
const OTHER_FILES = ["pcap", "resume", "targets-from", "excludefile", "scope", "service-probes"] as const;

/** One would be written over the other, or taken away at the end. @param places of the reports */
function refuseSharedFiles(
  values: Readonly<Record<string, unknown>>,
  places: ReadonlySet<string | undefined>,
): void {
  const written = new Set(places);
  for (const name of OTHER_FILES) {
    const isWritten = name === "pcap" || name === "resume";
    for (const path of [values[name] ?? []].flat()) {
      const place = path === "-" ? undefined : placeOf(String(path));
      if (place === undefined || place.startsWith("/dev/")) continue;
      if (written.has(place))
        throw usage(`--${name} ${quoted(String(path))}: another file of this scan goes there: name another`);
      if (isWritten) written.add(place);
    }
  }
}

/** Where a path leads, through links. */
function placeOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function reportsOf(values: Readonly<Record<string, unknown>>): ReportFile[] {
  const reports: ReportFile[] = [];
  for (const format of FORMATS) {
    const path = values[format];
    if (typeof path === "string") reports.push({ format, path });
  }
  const base = values["output-all"];
  if (typeof base === "string") {
    if (isStandardOutput(base))
      throw usage(
        `-oA ${quoted(base)}: several reports do not go to standard output: give the start of their names`,
      );
    reports.push(
      { format: "table", path: `${base}.txt` },
      { format: "xml", path: `${base}.xml` },
      { format: "grepable", path: `${base}.gnmap` },
      { format: "json", path: `${base}.json` },
    );
  }
  return reports;
}

function isFormat(word: string): word is ScanFormat {
  return FORMATS.some((format) => format === word);
}
