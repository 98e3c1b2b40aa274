export {
  type Resume,
  resumePlanBytesMax,
  StateTable,
  type StateTableOptions,
  stateBytesMax,
  stateEntriesMax,
} from "./bitmap.js";
export { COOKIE_KEY_BYTES, Cookie, type HalfSipHashRounds, halfSipHash } from "./cookie.js";
export {
  Permutation,
  parseShard,
  permutationSizeMax,
  type Shard,
  shardIndex,
  shardSize,
  shardsMax,
} from "./permutation.js";
export type { PortState, ProbeTarget, Reason, Reply, Technique, Verdict } from "./technique.js";
