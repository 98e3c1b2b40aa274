/** Numbers and tables for people: aligned columns, short numbers, control characters made visible. */

/** 1,234 stays; 12,345,678 is 12.3 M. */
export function formatCount(count: number): string {
  if (count < 10_000) return Math.round(count).toString();
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} k`;
  if (count < 1e9) return `${(count / 1e6).toFixed(1)} M`;
  return `${(count / 1e9).toFixed(1)} G`;
}

/** Octets in powers of 1,024. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** Seconds as a person says them: 0.8 s, 12 s, 3 min 20 s, 2 h 5 min. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.round((seconds % 86_400) / 3600)} h`;
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

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Characters at most. */
  readonly width?: number;
}

/** Rows as aligned text, a heading line first; blanks at line ends are left out. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) =>
    columns.map((column, at) => clip(row[at] ?? "", column.width ?? Number.POSITIVE_INFINITY)),
  );
  const widths = columns.map((column, at) =>
    Math.max(column.title.length, ...cells.map((row) => row[at]!.length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) =>
        columns[at]!.align === "right" ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!),
      )
      .join("  ")
      .trimEnd();
  return `${[line(columns.map(({ title }) => title)), ...cells.map(line)].join("\n")}\n`;
}
