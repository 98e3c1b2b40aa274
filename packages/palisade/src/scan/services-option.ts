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
  refuseOtherOctets(file, text);
  const database = NMAP_LINE.test(text) ? parseNmapProbes(file, text) : ownFormat(file, text);
  for (const remark of database.remarks) process.stderr.write(`palisade: ${printable(remark)}\n`);
  return database;
}

/** What is no UTF-8 has become U+FFFD: a probe would send that in its place. Comments may hold what they like. */
function refuseOtherOctets(file: string, text: string): void {
  if (!text.includes("\uFFFD")) return;
  const at = text.split("\n").findIndex((line) => line.includes("\uFFFD") && !/^\s*#/.test(line));
  if (at >= 0)
    throw new PalisadeError(
      "SERVICES_MALFORMED",
      `${file}:${at + 1}:1: an octet in it is no UTF-8: write it as in \\xff`,
    );
}

/** The patterns of nmap's format are tried as they are read; of ours, with the examples beside them. */
function ownFormat(file: string, text: string): ServiceDatabase {
  const database = new ServiceDatabase(parseServices([{ file, text }]));
  const [first, ...others] = checkDatabase(database);
  if (first === undefined) return database;
  const more = others.length === 0 ? "" : `; ${others.length} more like this`;
  throw new PalisadeError("SERVICES_MALFORMED", `${first}${more}`);
}
