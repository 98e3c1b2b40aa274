/** The probes and matches that detection goes by, and what an answer says by them. */
import { PalisadeError } from "@palisade/base";
import { hasPort } from "./port-ranges.js";
import { type FieldName, fieldNames, NULL_PROBE, type ServiceMatch, type ServiceProbe } from "./probe.js";
import { cpeValue, expandTemplate, groupsUsed, printable } from "./template.js";

/** What a match says of octets. */
export interface Found {
  readonly match: ServiceMatch;
  readonly fields: Readonly<Partial<Record<FieldName, string>>>;
  readonly cpe: readonly string[];
}

export interface ServiceDatabaseOptions {
  /** Ports that are never asked, as `Exclude` of nmap's format says. */
  readonly excludes?: (port: number, protocol: "tcp" | "udp") => boolean;
  /** What a person should be told about the database: patterns left out. */
  readonly remarks?: readonly string[];
}

export class ServiceDatabase {
  readonly probes: readonly ServiceProbe[];
  readonly remarks: readonly string[];
  readonly #byName: ReadonlyMap<string, ServiceProbe>;
  readonly #excludes: ((port: number, protocol: "tcp" | "udp") => boolean) | undefined;
  /** Names of services that a probe's answers can tell; filled when first asked for. */
  readonly #tells = new Map<ServiceProbe, ReadonlySet<string>>();

  constructor(probes: readonly ServiceProbe[], options: ServiceDatabaseOptions = {}) {
    this.probes = probes;
    this.remarks = options.remarks ?? [];
    this.#byName = new Map(probes.map((probe) => [probe.name, probe]));
    this.#excludes = options.excludes;
  }

  probe(name: string): ServiceProbe | undefined {
    return this.#byName.get(name);
  }

  /** The port is not to be asked. */
  excludes(port: number, protocol: "tcp" | "udp"): boolean {
    return this.#excludes?.(port, protocol) ?? false;
  }

  /**
   * Probes for a port in the order in which they are sent, without `null`: those that list it, by rarity, then the
   * others up to the intensity, by rarity.
   *
   * @param withinTls the port speaks TLS, and probes that list it in `tls-ports` come first
   * @param intensity 0 … 9; 0 leaves those that list the port
   */
  probesFor(port: number, protocol: "tcp" | "udp", withinTls: boolean, intensity: number): ServiceProbe[] {
    const listed = (probe: ServiceProbe): number => {
      if (withinTls && hasPort(probe.tlsPorts, port)) return 0;
      if (hasPort(probe.ports, port)) return withinTls ? 1 : 0;
      return 2;
    };
    return this.probes
      .filter(
        (probe) =>
          probe.protocol === protocol &&
          probe.name !== NULL_PROBE &&
          (listed(probe) < 2 || probe.rarity <= intensity),
      )
      .sort((a, b) => listed(a) - listed(b) || a.rarity - b.rarity);
  }

  /** Some probe says that the port's usual service is within TLS. */
  expectsTls(port: number): boolean {
    return this.probes.some((probe) => hasPort(probe.tlsPorts, port));
  }

  /** Some probe of the protocol lists the port. */
  expects(port: number, protocol: "tcp" | "udp"): boolean {
    return this.probes.some((probe) => probe.protocol === protocol && hasPort(probe.ports, port));
  }

  /** Whether answers to the probe can tell more about the service. */
  tells(probe: ServiceProbe, service: string): boolean {
    let services = this.#tells.get(probe);
    if (services === undefined) {
      services = new Set(probe.matches.map((match) => match.service));
      this.#tells.set(probe, services);
    }
    return services.has(service);
  }

  /**
   * What the answer to a probe says: the first match of the probe, of its fallbacks and of `null` (TCP); where none fits,
   * the first softmatch in the same order.
   *
   * @param service only matches of this service count, where given
   * @throws {PalisadeError} `PATTERN_…` of a pattern that cannot be compiled: `checkDatabase` finds those first
   */
  read(probe: ServiceProbe, octets: Uint8Array, service?: string): Found | undefined {
    if (octets.length === 0) return undefined;
    const probes = this.#readers(probe);
    for (const soft of [false, true]) {
      for (const { matches } of probes) {
        for (const match of matches) {
          if (match.soft !== soft || (service !== undefined && match.service !== service)) continue;
          const found = readMatch(match, octets);
          if (found !== undefined) return found;
        }
      }
    }
    return undefined;
  }

  #readers(probe: ServiceProbe): readonly ServiceProbe[] {
    const names = new Set([probe.name, ...probe.fallback]);
    if (probe.protocol === "tcp") names.add(NULL_PROBE);
    return [...names].flatMap((name) => this.#byName.get(name) ?? []);
  }
}

/** What one match says of octets; undefined where its pattern does not fit. */
export function readMatch(match: ServiceMatch, octets: Uint8Array): Found | undefined {
  const groups = match.pattern.exec(octets);
  if (groups === undefined) return undefined;
  const fields: Partial<Record<FieldName, string>> = {};
  for (const name of fieldNames) {
    const template = match.fields[name];
    const text = template && expandTemplate(template, octets, groups);
    if (text !== undefined) fields[name] = text;
  }
  const cpe = match.cpe.flatMap((template) => {
    const text = expandTemplate(template, octets, groups, cpeValue)?.replace(/[:]+$/, "");
    return text === undefined ? [] : [text];
  });
  return { match, fields, cpe };
}

/**
 * Compiles every pattern, looks whether each template names groups that there are, and whether every example is claimed by
 * the match that it stands at, with the fields that it says.
 *
 * @returns what is wrong, a line each, with its place; empty where all is well
 */
export function checkDatabase(database: ServiceDatabase): string[] {
  const wrong: string[] = [];
  for (const probe of database.probes) {
    for (const match of probe.matches) {
      let groups: number;
      try {
        groups = match.pattern.compiled.groups;
      } catch (error) {
        if (!(error instanceof PalisadeError)) throw error;
        wrong.push(`${match.patternPlace}: ${match.service}: ${error.message}`);
        continue;
      }
      for (const template of [...Object.values(match.fields), ...match.cpe]) {
        const used = groupsUsed(template);
        if (used > groups)
          wrong.push(`${match.patternPlace}: $${used} is used, but the pattern has ${groups} groups`);
      }
      wrong.push(...wrongExamples(database, probe, match));
    }
  }
  // What stands in the file stands in some of them.
  return wrong.map((line) => printable(line));
}

function wrongExamples(database: ServiceDatabase, probe: ServiceProbe, match: ServiceMatch): string[] {
  return match.examples.flatMap(({ octets, fields, place }) => {
    // Alone: of what an earlier match has of it, the next line tells.
    const found = compiles(() => database.read(probe, octets));
    if (found === undefined) return [`${place}: the pattern of ${match.service} does not fit the example`];
    if (found.match !== match) {
      return [
        `${place}: the example is claimed by the match of ${found.match.service} at ${found.match.place}`,
      ];
    }
    return Object.entries(fields).flatMap(([name, text]) => {
      const got = name === "cpe" ? found.cpe[0] : found.fields[name as FieldName];
      return got === text ? [] : [`${place}: ${name} is "${got ?? ""}", not "${text}"`];
    });
  });
}

/** What a pattern that cannot be compiled keeps from being said: that is reported at its own place. */
function compiles(read: () => Found | undefined): Found | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof PalisadeError) return undefined;
    throw error;
  }
}
