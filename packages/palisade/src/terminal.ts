/** Numbers and tables for people: aligned columns, short numbers, control characters made visible. */

/** 1234 stays; 12,345,678 is 12.3 M. */
export function formatCount(count: number): string {
  if (count < 9_999.5) return Math.round(count).toString();
  // A count is of the unit in which it does not round to a thousand.
  if (count < 999_950) return `${(count / 1e3).toFixed(1)} k`;
  if (count < 999_950_000) return `${(count / 1e6).toFixed(1)} M`;
  return `${(count / 1e9).toFixed(1)} G`;
}

/** 1,234 and 12,345,678: for what somebody asked for and may add up. */
export function formatExactly(count: number): string {
  // By hand: the first use of Intl takes as long as all else that a small scan does.
  return String(count).replace(/\B(?=(?:[0-9]{3})+$)/g, ",");
}

/** "1 packet", "12,345,678 packets". */
export function countedExactly(count: number, noun: string): string {
  return `${formatExactly(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** "1 packet", "12.3 M packets". */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Octets in powers of 1,024. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** A Julian year. */
const YEAR_SECONDS = 31_557_600;

/** Seconds as a person says them: 10 ms, 0.8 s, 12 s, 3 min 20 s, 2 h 5 min, 2 d 8 h, 53.7 years. */
export function formatDuration(seconds: number): string {
  if (seconds === 0) return "0 s";
  if (seconds < 0.000_9995) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 0.009_95) return `${(seconds * 1e3).toFixed(1)} ms`;
  if (seconds < 0.0995) return `${Math.round(seconds * 1e3)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  // Rounded to the lesser unit before it is divided, so that no part rounds to a whole of the greater one.
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 2_880) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  if (seconds >= 2 * YEAR_SECONDS) return `${(seconds / YEAR_SECONDS).toFixed(1)} years`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/**
 * Text from the network, safe to show: control characters (which could rewrite the terminal) and characters that turn
 * the direction of text become `\x..` escapes.
 */
export function printable(text: string): string {
  let safe = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    safe += isUnsafe(code) ? `\\x${code.toString(16).padStart(2, "0")}` : character;
  }
  return safe;
}

/** Control characters of ASCII and ISO 8859-1, and Unicode's invisible and direction-turning ones (UAX #9, table 4). */
function isUnsafe(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code < 0xa0) ||
    code === 0x61c ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069) ||
    code === 0xfeff
  );
}

/** `text` in at most `width` characters. */
export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** `text` in at most `width` characters, its beginning and its end. */
function clipMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const tail = width >> 1;
  return `${text.slice(0, Math.max(0, width - 1 - tail))}…${text.slice(text.length - tail)}`;
}

/** `text` in lines of at most `width` characters, broken at blanks; a word that is longer is clipped. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    line = line === "" ? clip(word, width) : `${line} ${word}`;
  }
  lines.push(line.trimEnd());
  return lines;
}

/** With the interface that a link-local address is on behind it, as in `fe80::1%eth0` (RFC 4007 §11). */
export function addressText({
  address,
  zone,
}: {
  readonly address: string;
  readonly zone?: string | undefined;
}): string {
  return zone === undefined ? address : `${address}%${printable(zone)}`;
}

/** One end of a flow: an address, and a port unless that is 0, as in a URI (RFC 3986 §3.2.2). */
export function endText(address: string, port: number): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Characters at most. */
  readonly width?: number;
  /** Where a table is too wide: its cells go to lines of their own below the row, from the last such column on. */
  readonly folds?: boolean;
  /** The last column: clipped down to so many characters before it folds. */
  readonly clips?: number;
}

const GAP = "  ";
const INDENT = "    ";
/** Characters left of a cell that is clipped where nothing else makes the table narrow enough. */
const CELL_MIN = 8;

/**
 * Rows as aligned text, a heading line first; blanks at line ends are left out. `width` is what a line can hold: a table
 * that is too wide clips its last column, then folds columns, then clips the widest.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number = Number.POSITIVE_INFINITY,
): string {
  const cells = rows.map((row) =>
    columns.map((column, at) => clip(row[at] ?? "", column.width ?? Number.POSITIVE_INFINITY)),
  );
  const widths = columns.map((column, at) =>
    cells.reduce((most, row) => Math.max(most, row[at]!.length), column.title.length),
  );
  const folded = fit(columns, widths, width);
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => alignedCell(cell, widths[at]!, columns[at]!, at === columns.length - 1))
      .filter((_, at) => !folded.has(at))
      .join(GAP)
      .trimEnd();
  // On one line together, where there is room.
  const below = (row: readonly string[]): string[] => {
    const parts = row.filter((cell, at) => folded.has(at) && cell !== "");
    const together = parts.length === 0 ? [] : [parts.join(GAP)];
    const room = width - INDENT.length;
    const texts = together.every((text) => text.length <= room) ? together : parts;
    return texts.flatMap((text) => wrap(text, room)).map((text) => INDENT + text);
  };
  const lines = [line(columns.map(({ title }) => title))];
  for (const row of cells) lines.push(line(row), ...below(row));
  return `${lines.join("\n")}\n`;
}

function alignedCell(cell: string, width: number, column: Column, isLast: boolean): string {
  if (column.align === "right") return cell.padStart(width);
  return (isLast ? clip(cell, width) : clipMiddle(cell, width)).padEnd(width);
}

/** Makes `widths` such that a line holds no more than `width`, as far as that can be, and returns the columns that fold. */
function fit(columns: readonly Column[], widths: number[], width: number): ReadonlySet<number> {
  const folded = new Set<number>();
  const excess = (): number => {
    const kept = widths.filter((_, at) => !folded.has(at));
    return kept.reduce((sum, one) => sum + one, 0) + GAP.length * (kept.length - 1) - width;
  };
  const last = columns.length - 1;
  const lastFits = widths[last]! - excess();
  if (excess() > 0 && lastFits >= (columns[last]!.clips ?? widths[last]!)) widths[last] = lastFits;
  for (let at = last; at >= 0 && excess() > 0; at -= 1) if (columns[at]!.folds) folded.add(at);
  while (excess() > 0) {
    let widest = 0;
    for (let at = 1; at <= last; at += 1) {
      const canClip = !folded.has(at) && columns[at]!.align !== "right";
      if (canClip && widths[at]! > widths[widest]!) widest = at;
    }
    if (widths[widest]! <= CELL_MIN) break;
    widths[widest]! -= 1;
  }
  return folded;
}
