/**
 * Applications by host name: what the name in a TLS hello or an HTTP request belongs to. Written from vendors' own
 * documentation (domain lists for firewalls and allow-lists); `source` says which.
 */
import { assert, Malformed } from "@palisade/base";
import { DomainTable } from "@palisade/match";
import { applicationEntries } from "./application-entries.js";
import type { Category } from "./dissector.js";

/** An application or service, and the host names that are its own. */
export interface Application {
  /** As it stands in `app`: lower case letters, digits and hyphens. */
  readonly name: string;
  readonly title: string;
  readonly category: Category;
  /** Where the vendor lists these names. */
  readonly source: string;
  /** `example.com` for the name and all below it, `=example.com` for the name alone. */
  readonly hosts: readonly string[];
}

/** The compiled table of applications. */
export function compileApplications(entries: readonly Application[]): DomainTable<Application> {
  const table = new DomainTable<Application>();
  for (const entry of entries) {
    for (const host of entry.hosts) {
      const added = table.add(host, entry);
      assert(!(added instanceof Malformed), `application ${entry.name}: "${host}" is no domain name`);
    }
  }
  return table.freeze();
}

let compiled: DomainTable<Application> | undefined;

/** The built-in table, compiled when first asked for. */
export function builtInApplications(): DomainTable<Application> {
  compiled ??= compileApplications(applicationEntries);
  return compiled;
}
