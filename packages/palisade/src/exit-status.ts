import type { PalisadeError } from "@palisade/base";

export const EXIT_DONE = 0;
/** Done, and something was found by a command that checks. */
export const EXIT_FOUND = 1;
/** Bad usage, or input that could not be read in full. */
export const EXIT_BAD_INPUT = 2;
export const EXIT_NOT_PERMITTED = 3;
/** A defect of ours. */
export const EXIT_DEFECT = 70;
/** Stopped in the middle of a capture or a scan: 128 and the signal's number, as a shell says of what SIGHUP, SIGINT or SIGTERM ended. */
export const EXIT_HUNG_UP = 129;
export const EXIT_INTERRUPTED = 130;
export const EXIT_TERMINATED = 143;

/** The exit status that an error's code stands for. */
export function exitStatusOf(error: PalisadeError): number {
  return error.code.endsWith("_NOT_PERMITTED") ? EXIT_NOT_PERMITTED : EXIT_BAD_INPUT;
}
