/** Whether Palisade's answer about one of the bed's ports is right, and as good as nmap's. */
import { type Daemon, packagedVersion } from "./services-bed.build.js";
import type { Answer } from "./services-bed-answers.build.js";

/** What nmap calls a service, where Palisade has the name of the registry of ports. */
const NAMES: Readonly<Record<string, string>> = {
  "netbios-ssn": "microsoft-ds",
  memcached: "memcache",
  mosquitto: "mqtt",
};

/** Where nmap's version is no yardstick, and what is asked instead: the package's whole version, some of it, or nothing false. */
interface Otherwise {
  readonly version: "whole" | "part" | "true";
  readonly because: string;
}

const OTHERWISE: Readonly<Record<string, Otherwise>> = {
  MariaDB: {
    version: "whole",
    because: "nmap calls it MySQL, with the greeting's prefix 5.5.5- for older clients in the version",
  },
  PostgreSQL: { version: "part", because: "nmap says no more than 9.6.0 or later" },
  Mosquitto: { version: "whole", because: "nmap has the version in the service's name" },
  OpenLDAP: { version: "true", because: "nmap says 2.2.X - 2.3.X of every OpenLDAP" },
  chrony: {
    version: "true",
    because: "nmap says v4, the protocol's version, which a server repeats from the question (RFC 5905 §7.3)",
  },
  Samba: {
    version: "true",
    because: "nmap says 4.6.2 of every Samba since, and none tells its version to strangers",
  },
};

const words = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9.~]+/)
    .map((word) => word.replace(/^v(?=\d)/, ""))
    .filter((word) => word !== "");

/** Whether a product is this daemon's: `Postfix smtpd` is Postfix. */
function names(product: string, daemon: Daemon): boolean {
  const said = words(product);
  return words(daemon.name).every((word) => said.includes(word));
}

/**
 * What is wrong with Palisade's answer, or lacking of what nmap's says: the service, TLS, the product, the version. A word of nmap's
 * version that Palisade has elsewhere is not lacking: a distribution's revision is in `info`. Where the product is this
 * daemon, the version must be its package's, as far as it goes, whatever nmap says.
 *
 * @returns a sentence for each; none where it is as good, or better
 */
export function faults(daemon: Daemon, ours: Answer | undefined, theirs: Answer | undefined): string[] {
  if (ours === undefined) return ["Palisade has no answer"];
  if (theirs === undefined) return ["nmap has no answer"];
  const found: string[] = [];
  const packaged = packagedVersion(daemon.package);
  const [version = ""] = words(ours.version);
  if (packaged === "") found.push(`the version of the package ${daemon.package} is not known`);
  if (names(ours.product, daemon) && !isPrefix(version, packaged))
    found.push(`version "${ours.version}" of a package that has ${packaged}`);
  if (!theirs.probed) return found;
  if (service(ours.name) !== service(theirs.name)) found.push(`service ${ours.name} for ${theirs.name}`);
  if (theirs.tls && !ours.tls) found.push("nmap detects it within TLS");
  const otherwise = OTHERWISE[daemon.name];
  const isNamed = names(theirs.product, daemon) || (otherwise !== undefined && otherwise.version !== "true");
  if (isNamed && !names(ours.product, daemon))
    found.push(`product "${ours.product}" for "${theirs.product}"`);
  if (otherwise === undefined) return [...found, ...versionFaults(ours, theirs)];
  if (otherwise.version === "whole" ? version !== packaged : otherwise.version === "part" && version === "")
    found.push(`version "${ours.version}" of ${packaged}`);
  return found;
}

function service(name: string): string {
  const [first = ""] = name.split(" version ");
  return NAMES[first] ?? first;
}

function versionFaults(ours: Answer, theirs: Answer): string[] {
  const [number, ...revision] = words(theirs.version);
  if (number === undefined) return [];
  const said = new Set(words(`${ours.version} ${ours.info}`));
  const isSame = said.has(number) && revision.every((word) => said.has(word));
  return isSame ? [] : [`version "${ours.version}" (${ours.info}) for "${theirs.version}"`];
}

/** 15 of 15.20, and the other way round: some versions say more than the package's. */
function isPrefix(one: string, other: string): boolean {
  return `${one}.`.startsWith(`${other}.`) || one === "" || `${other}.`.startsWith(`${one}.`);
}
