/** The probes and matches that services are detected by. */
import { builtInServices, parseNmapProbes, parseServices, ServiceDatabase } from "@palisade/scan";
import { printable } from "../terminal.js";
import { readText } from "../text-file.js";

/** A line that only nmap's documented format has. */
const NMAP_LINE = /^Probe (?:TCP|UDP) /m;

/**
 * The built-in ones; or those of a file, in our format or in nmap's, alone.
 *
 * @throws {PalisadeError} `FILE_…`, `SERVICES_MALFORMED`, `SERVICES_MISSING`
 */
export function servicesOf(file: string | undefined): ServiceDatabase {
  if (file === undefined) return builtInServices();
  const text = readText(file, file, "list of service probes");
  const database = NMAP_LINE.test(text)
    ? parseNmapProbes(file, text)
    : new ServiceDatabase(parseServices([{ file, text }]));
  for (const remark of database.remarks) process.stderr.write(`palisade: ${printable(remark)}\n`);
  return database;
}
