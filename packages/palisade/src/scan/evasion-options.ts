/** What is done to probes for tests of detection systems, from words. */
import { type EvasionOptions, parseDecoys } from "@palisade/scan";
import { quoted, type Ranges, usage, whole } from "../words.js";

export const EVASION_RANGES = {
  mtu: [8, 1_480],
  ttl: [1, 255],
  "data-length": [0, 1_400],
} as const satisfies Ranges;

/** Octets of nmap's `-f`, and of the same twice. */
const FRAGMENT_BYTES = 8;

/** @throws {PalisadeError} `USAGE`; `SCAN_EVASION_DECOYS` when the decoys are asked for that are none */
export function evasionOf(values: Readonly<Partial<Record<string, unknown>>>): EvasionOptions | undefined {
  const { decoys, fragment, badsum } = values;
  const mtu = whole(EVASION_RANGES, "mtu", values);
  const times = Array.isArray(fragment) ? fragment.length : 0;
  if (times > 0 && mtu !== undefined)
    throw usage("-f and --mtu both say how long fragments are: give one of them");
  if (times > 2)
    throw usage("-f can be given once, for fragments of 8 octets, or twice, for 16: longer ones are --mtu's");
  if (mtu !== undefined && mtu % FRAGMENT_BYTES !== 0)
    throw usage(`--mtu ${mtu}: give a multiple of 8, as offsets of fragments are`);
  const text = typeof decoys === "string" ? decoys : undefined;
  if (text !== undefined && text.trim() === "")
    throw usage(`--decoys ${quoted(text)}: give addresses, as in 192.0.2.1,ME,RND:5`);
  const evasion: EvasionOptions = {
    decoys: text === undefined ? undefined : (version) => parseDecoys(text, version),
    fragmentBytes: times > 0 ? FRAGMENT_BYTES * times : mtu,
    timeToLive: whole(EVASION_RANGES, "ttl", values),
    badChecksum: badsum === true ? true : undefined,
    dataBytes: whole(EVASION_RANGES, "data-length", values),
  };
  return Object.values(evasion).every((value) => value === undefined) ? undefined : evasion;
}
