/** Rule sets that are there without being named: the base rule set that Palisade comes with, and the Core Rule Set where Debian puts it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PalisadeError } from "@palisade/base";

/** A rule set by its files, in the order in which they are loaded. */
export interface RuleSet {
  /** For people: `base rules`. */
  readonly name: string;
  /** Absolute paths. */
  readonly files: readonly string[];
}

/** Beside the bundled command, and in the repository, as seen from where this file is then. */
const FOLDERS = ["./rules/", "../../../../rules/"];

/**
 * The base rule set.
 *
 * @throws {PalisadeError} `RULES_MISSING` where its folder is not there
 */
export function defaultRules(): RuleSet {
  for (const folder of FOLDERS) {
    const path = fileURLToPath(new URL(folder, import.meta.url));
    const files = confFiles(path).filter((file) => file.startsWith("base-"));
    if (files.length > 0) return { name: "base rules", files: files.map((file) => join(path, file)) };
  }
  throw new PalisadeError(
    "RULES_MISSING",
    `no base-*.conf beside ${fileURLToPath(import.meta.url)}: install Palisade again, or name rule files with --rules`,
  );
}

/** The Core Rule Set, as found. */
export interface CoreRules extends RuleSet {
  /**
   * Whether it is a version that Palisade loads: 4 and later. Debian 12 has 3.3.4, which needs what is refused: look-ahead, `@geoLookup`,
   * macros in patterns.
   */
  readonly loads: boolean;
}

/** The file of the base rule set that refuses bodies which cannot be read. */
const BODIES_FILE = "base-7-bodies.conf";

/** What belongs around the Core Rule Set, which says nothing about the engine, nor about bodies that cannot be read. */
export interface CoreSurroundings {
  /** Settings, before it. */
  readonly before: string;
  /** Refusals of bodies that cannot be read, behind it. */
  readonly behind: string;
}

/**
 * Files of the base rule set, by their paths.
 *
 * @throws {PalisadeError} `RULES_MISSING` where they are not there
 */
export function coreSurroundings(): CoreSurroundings {
  const { files } = defaultRules();
  const behind = files.find((file) => file.endsWith(BODIES_FILE));
  if (behind === undefined)
    throw new PalisadeError("RULES_MISSING", `no ${BODIES_FILE} beside ${files[0]!}: install Palisade again`);
  return { before: files[0]!, behind };
}

/** What the settings of CRS say about their version: 330 is 3.3.0, 4280 is 4.28.0. */
const SETUP_VERSION = /setvar:'?tx\.crs_setup_version=(\d{1,9})/;

/**
 * The Core Rule Set, where Debian's package modsecurity-crs puts it: its settings and a site's exclusions in /etc/modsecurity/crs, its rules
 * in /usr/share/modsecurity-crs/rules. The order is that of the package's own owasp-crs.load. Undefined where the settings or the rules
 * are not there. CRS sets neither the engine nor the limits of bodies: a file that does comes before these.
 *
 * @param root the folder that stands for `/`
 */
export function coreRules(root = "/"): CoreRules | undefined {
  const settings = join(root, "etc/modsecurity/crs");
  const rules = join(root, "usr/share/modsecurity-crs/rules");
  const own = confFiles(settings);
  const shared = confFiles(rules);
  if (!own.includes("crs-setup.conf") || shared.length === 0) return undefined;
  const exclusions = own.filter((file) => file !== "crs-setup.conf");
  const early = exclusions.filter((file) => file.startsWith("REQUEST-"));
  const late = exclusions.filter((file) => file.startsWith("RESPONSE-"));
  const files = [
    ...["crs-setup.conf", ...early].map((file) => join(settings, file)),
    ...shared.map((file) => join(rules, file)),
    ...late.map((file) => join(settings, file)),
  ];
  const version = setupVersion(join(settings, "crs-setup.conf"));
  return { name: "OWASP Core Rule Set", files, loads: version !== undefined && version >= 4000 };
}

/** Undefined where the file does not say, or cannot be read. */
function setupVersion(path: string): number | undefined {
  try {
    const found = SETUP_VERSION.exec(readFileSync(path, "latin1"));
    return found === null ? undefined : Number(found[1]);
  } catch {
    return undefined;
  }
}

/** Names of a folder's rule files in their order; none where it cannot be read. */
function confFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".conf"))
      .sort();
  } catch {
    return [];
  }
}
