import { PalisadeError } from "@palisade/base";
import { errorName } from "../system.js";

/** `LINK_NO_DESCRIPTORS`, for a call that found no free one. */
export function noDescriptors(call: string, errno: number): PalisadeError {
  return new PalisadeError(
    "LINK_NO_DESCRIPTORS",
    `no socket to connect with could be had (${call}: ${errorName(errno)}): raise the limit of open files (ulimit -n), or close some`,
  );
}
