/** Ports as sorted ranges: small, and quick to ask. */

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export type PortRanges = readonly PortRange[];

/** Reads `80,8000-8100`; undefined where it is no list of ports 0 … 65,535. */
export function parsePortRanges(text: string): PortRanges | undefined {
  const ranges: PortRange[] = [];
  for (const part of text.split(",")) {
    const [, low, high] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (low === undefined) return undefined;
    const range = { first: Number(low), last: Number(high ?? low) };
    if (range.last > 65_535 || range.first > range.last) return undefined;
    ranges.push(range);
  }
  return ranges;
}

/** Whether a port is within one of the ranges. */
export function hasPort(ranges: PortRanges, port: number): boolean {
  for (const { first, last } of ranges) if (port >= first && port <= last) return true;
  return false;
}
