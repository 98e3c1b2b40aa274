/** Ports as sorted ranges: small, and quick to ask. */

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export type PortRanges = readonly PortRange[];

/** Reads `80,8000-8100`: in order, and ranges that touch as one; undefined where it is no list of ports 0 … 65,535. */
export function parsePortRanges(text: string): PortRanges | undefined {
  const ranges: PortRange[] = [];
  for (const part of text.split(",")) {
    const [, low, high] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (low === undefined) return undefined;
    const range = { first: Number(low), last: Number(high ?? low) };
    if (range.last > 65_535 || range.first > range.last) return undefined;
    ranges.push(range);
  }
  return mergedRanges(ranges);
}

/** The same ports in as few ranges as can be, ascending. */
export function mergedRanges(ranges: readonly PortRange[]): PortRanges {
  const merged: PortRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before === undefined || range.first > before.last + 1) merged.push(range);
    else if (range.last > before.last) merged[merged.length - 1] = { first: before.first, last: range.last };
  }
  return merged;
}

/** Whether a port is within one of the ranges. */
export function hasPort(ranges: PortRanges, port: number): boolean {
  for (const { first, last } of ranges) if (port >= first && port <= last) return true;
  return false;
}
