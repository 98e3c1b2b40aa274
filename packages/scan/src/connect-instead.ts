import { PalisadeError } from "@palisade/base";

/**
 * Why connections take the place of packets, by what opening a packet link threw; undefined where that is no reason for it.
 */
export function whyConnect(error: unknown): string | undefined {
  if (!(error instanceof PalisadeError)) return undefined;
  switch (error.code) {
    case "LINK_NOT_PERMITTED":
      return "raw sockets need root or CAP_NET_RAW";
    case "LINK_UNSUPPORTED":
      return error.message;
    default:
      return undefined;
  }
}
