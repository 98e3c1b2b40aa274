/** How many descriptors this process may still open. */
import { readdirSync, readFileSync } from "node:fs";
import { PalisadeError } from "@palisade/base";

/** Left for the rest of the process: files, pipes of its children, modules that are loaded later. */
const DESCRIPTORS_SPARE = 16;

/** The soft limit of RLIMIT_NOFILE in the text of proc_pid_limits(5); `undefined` where it is not told or there is none. */
export function parseOpenFilesLimit(text: string): number | undefined {
  const soft = /^Max open files +([0-9]+) /m.exec(text)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

/** Room for sockets, and a phrase on what it comes from. */
export interface DescriptorRoom {
  readonly sockets: number;
  readonly phrase: string;
}

/**
 * What RLIMIT_NOFILE leaves when what is open and a margin are taken off.
 *
 * @returns `undefined` where the system does not tell; a socket that cannot be had then tells
 * @throws {PalisadeError} `LINK_NO_DESCRIPTORS` where nothing is left
 */
export function descriptorRoom(): DescriptorRoom | undefined {
  let limit: number | undefined;
  let open: number;
  try {
    limit = parseOpenFilesLimit(readFileSync("/proc/self/limits", "utf8"));
    open = readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
  if (limit === undefined) return undefined;
  const sockets = limit - open - DESCRIPTORS_SPARE;
  const phrase = `the limit of open files is ${limit}, of which ${open} are taken and ${DESCRIPTORS_SPARE} kept back`;
  if (sockets < 1) {
    throw new PalisadeError(
      "LINK_NO_DESCRIPTORS",
      `no descriptor is left to connect with: ${phrase}; raise it (ulimit -n 4096)`,
    );
  }
  return { sockets, phrase };
}
