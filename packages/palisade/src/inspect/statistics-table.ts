import type { PathStatistics } from "@palisade/inspect";
import { formatBytes, formatCount, renderTable } from "../terminal.js";

/** The tree of protocol paths, each with what it and all above it came to. */
export function renderStatistics(roots: readonly PathStatistics[], width?: number): string {
  const total = roots.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows: string[][] = [];
  const add = (node: PathStatistics, prefix: string, branch: string, below: string): void => {
    rows.push([
      `${prefix}${branch}${node.name}`,
      formatCount(node.packets),
      formatBytes(node.bytes),
      `${((100 * node.bytes) / (total || 1)).toFixed(1)} %`,
      formatBytes(node.payloadBytes),
      formatCount(node.sessions),
      formatCount(node.timedOutSessions),
    ]);
    node.children.forEach((child, at) => {
      const last = at === node.children.length - 1;
      add(child, prefix + below, last ? "└ " : "├ ", last ? "  " : "│ ");
    });
  };
  for (const root of roots) add(root, "", "", "");
  return renderTable(
    [
      { title: "PROTOCOL PATH" },
      { title: "PACKETS", align: "right" },
      { title: "BYTES", align: "right" },
      { title: "SHARE", align: "right" },
      { title: "PAYLOAD", align: "right" },
      { title: "FLOWS", align: "right" },
      { title: "TIMED OUT", align: "right" },
    ],
    rows,
    width,
  );
}
