/**
 * Ports of a host that a record counts and does not list, of one protocol: which group a port is in takes as many steps as the number of
 * ranges has bits, since a record may have a hundred thousand groups.
 */
import type { PortProtocol } from "../ports/services.js";
import type { RecordedCount } from "../report/json-reader.js";
import { type Interval, placeOf } from "../targets/intervals.js";

export class PortGroups {
  /** Groups that do not say which ports are theirs. */
  readonly unnamed: readonly RecordedCount[];
  /** Ascending, and by place whose they are: a port is in one group. */
  readonly #intervals: readonly Interval<number>[];
  readonly #groups: readonly RecordedCount[];

  /** @param groups of any protocols */
  constructor(groups: readonly RecordedCount[], protocol: PortProtocol) {
    const same = groups.filter((group) => group.protocol === protocol);
    this.unnamed = same.filter(({ ports }) => ports === undefined);
    const ranges = same
      .flatMap((group) => (group.ports ?? []).map((interval) => ({ interval, group })))
      .sort((a, b) => a.interval[0] - b.interval[0]);
    this.#intervals = ranges.map(({ interval }) => interval);
    this.#groups = ranges.map(({ group }) => group);
  }

  /** The group that says that a port is its own; undefined where none does. */
  with(port: number): RecordedCount | undefined {
    const place = placeOf(this.#intervals, port);
    const found = this.#intervals[place];
    return found !== undefined && found[0] <= port ? this.#groups[place] : undefined;
  }
}
