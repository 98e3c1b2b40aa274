/** The database that Palisade comes with. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PalisadeError } from "@palisade/base";
import { ServiceDatabase } from "./database.js";
import { parseServices, type ServicesText } from "./services-format.js";

/** Beside the bundled command, and in the package, as seen from where this file is then. */
const FOLDERS = ["./services/", "../../services/"];

let built: ServiceDatabase | undefined;

/**
 * The built-in database: all `*.services` of its folder, in the order of their names. Read when first asked for.
 *
 * @throws {PalisadeError} `SERVICES_MISSING` where the folder is not there; `SERVICES_MALFORMED`
 */
export function builtInServices(): ServiceDatabase {
  built ??= new ServiceDatabase(parseServices(readFolder(), { deferred: true }));
  return built;
}

function readFolder(): ServicesText[] {
  for (const folder of FOLDERS) {
    const url = new URL(folder, import.meta.url);
    let names: string[];
    try {
      names = readdirSync(url).filter((name) => name.endsWith(".services"));
    } catch {
      continue;
    }
    if (names.length === 0) continue;
    return names.sort().map((name) => ({ file: name, text: readFileSync(new URL(name, url), "utf8") }));
  }
  throw new PalisadeError(
    "SERVICES_MISSING",
    `no *.services beside ${fileURLToPath(import.meta.url)}: install Palisade again, or name a file with --service-probes`,
  );
}
