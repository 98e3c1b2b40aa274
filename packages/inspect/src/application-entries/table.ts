import type { Application } from "../applications.js";
import type { Category } from "../dissector.js";

/** Name, title, host names with blanks between them, and the vendor's document that lists them where there is one. */
export type Row = readonly [name: string, title: string, hosts: string, source?: string];

/** For names without a published list: those that the vendor's own pages are served from and its legal notices name. */
const OWN_NAMES = "names of the vendor's own site, application and privacy notice";

/** Applications of one category, from rows short enough to be read as a table. */
export function applications(category: Category, rows: readonly Row[]): readonly Application[] {
  return rows.map(([name, title, hosts, source]) => ({
    name,
    title,
    category,
    source: source ?? OWN_NAMES,
    hosts: hosts.split(" "),
  }));
}
