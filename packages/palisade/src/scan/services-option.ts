/** The probes and matches that services are detected by. */
import { PalisadeError } from "@palisade/base";
import {
  builtInServices,
  checkDatabase,
  parseNmapProbes,
  parseServices,
  ServiceDatabase,
} from "@palisade/scan";
import { printable } from "../terminal.js";
import { readText } from "../text-file.js";

/** A line that only nmap's documented format has. */
const NMAP_LINE = /^Probe (?:TCP|UDP) /m;

/**
 * The built-in ones; or those of a file, in our format or in nmap's, alone. A file is read and tried in full here, so that whatever is
 * wrong with it is told before anything is sent.
 *
 * @throws {PalisadeError} `FILE_…`, `SERVICES_MALFORMED`, `SERVICES_MISSING`
 */
export function servicesOf(file: string | undefined): ServiceDatabase {
  if (file === undefined) return builtInServices();
  const text = readText(file, file, "list of service probes");
  const database = NMAP_LINE.test(text) ? parseNmapProbes(file, text) : ownFormat(file, text);
  for (const remark of database.remarks) process.stderr.write(`palisade: ${printable(remark)}\n`);
  return database;
}

/** The patterns of nmap's format are tried as they are read; of ours, with the examples beside them. */
function ownFormat(file: string, text: string): ServiceDatabase {
  const database = new ServiceDatabase(parseServices([{ file, text }]));
  const [first, ...others] = checkDatabase(database);
  if (first === undefined) return database;
  const more = others.length === 0 ? "" : `; ${others.length} more like this`;
  throw new PalisadeError("SERVICES_MALFORMED", `${first}${more}`);
}
