import { getSystemErrorName } from "node:util";
import { PalisadeError } from "@palisade/base";

/** `EPERM` for 1; on Linux. */
export function errnoName(errno: number): string {
  return errno > 0 ? getSystemErrorName(-errno) : `error ${errno}`;
}

/** `LINK_NO_DESCRIPTORS`, for a call that found no free one. */
export function noDescriptors(call: string, errno: number): PalisadeError {
  return new PalisadeError(
    "LINK_NO_DESCRIPTORS",
    `no socket to connect with could be had (${call}: ${errnoName(errno)}): raise the limit of open files (ulimit -n), or close some`,
  );
}
