import type { EvasionOptions } from "../scan-options.js";

/** What is done to probes, in words for reports and logs; empty where nothing is. */
export function describeEvasion(evasion: EvasionOptions | undefined): string[] {
  if (evasion === undefined) return [];
  const { decoys, fragmentBytes, timeToLive, badChecksum, dataBytes } = evasion;
  return [
    ...(decoys === undefined ? [] : ["decoys"]),
    ...(fragmentBytes === undefined ? [] : [`fragments of ${fragmentBytes} octets`]),
    ...(timeToLive === undefined ? [] : [`a time to live of ${timeToLive}`]),
    ...(badChecksum === true ? ["wrong checksums"] : []),
    ...(dataBytes === undefined ? [] : [`${dataBytes} octets of data`]),
  ];
}
