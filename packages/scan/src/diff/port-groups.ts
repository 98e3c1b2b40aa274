/**
 * Ports of a host that a record counts and does not list, of one protocol: which group a port is in takes as many steps as the number of
 * ranges has bits, since a record may have a hundred thousand groups.
 */
import type { PortProtocol } from "../ports/services.js";
import type { RecordedCount } from "../report/json-reader.js";

interface GroupRange {
  readonly first: number;
  readonly last: number;
  readonly group: RecordedCount;
}

export class PortGroups {
  /** Groups that do not say which ports are theirs. */
  readonly unnamed: readonly RecordedCount[];
  /** Ascending: a port is in one group. */
  readonly #ranges: readonly GroupRange[];

  /** @param groups of any protocols */
  constructor(groups: readonly RecordedCount[], protocol: PortProtocol) {
    const same = groups.filter((group) => group.protocol === protocol);
    this.unnamed = same.filter(({ ports }) => ports === undefined);
    this.#ranges = same
      .flatMap((group) => (group.ports ?? []).map(([first, last]) => ({ first, last, group })))
      .sort((a, b) => a.first - b.first);
  }

  /** The group that says that a port is its own; undefined where none does. */
  with(port: number): RecordedCount | undefined {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle]!.first <= port) low = middle + 1;
      else high = middle;
    }
    const found = this.#ranges[low - 1];
    return found !== undefined && port <= found.last ? found.group : undefined;
  }
}
