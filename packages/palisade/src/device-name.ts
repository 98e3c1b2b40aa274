import type { Device } from "@palisade/link";
import { printable } from "./terminal.js";

/** How a message names a device: as the user called it, safe to show. */
export function deviceName({ name }: Device): string {
  return name === "-" ? "standard input" : printable(name);
}
