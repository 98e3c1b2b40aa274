export {
  RESUME_PLAN_BYTES_MAX,
  type Resume,
  STATE_BYTES_MAX,
  STATE_ENTRIES_MAX,
  StateTable,
  type StateTableOptions,
} from "./bitmap.js";
export { COOKIE_KEY_BYTES, Cookie, type HalfSipHashRounds, halfSipHash } from "./cookie.js";
export {
  PERMUTATION_SIZE_MAX,
  Permutation,
  parseShard,
  SHARDS_MAX,
  type Shard,
  shardIndex,
  shardSize,
} from "./permutation.js";
export { PORTS_CHARACTERS_MAX, type PortSets, parsePorts } from "./ports/ports.js";
export { namedPorts, type PortProtocol, serviceName, serviceNames, servicePorts } from "./ports/services.js";
export { rankedPorts, TOP_PORTS_DEFAULT, TOP_PORTS_FAST, topPorts } from "./ports/top-ports.js";
export {
  type Ipv4OctetsTarget,
  type Ipv4Target,
  type Ipv6Target,
  type NameTarget,
  parseTarget,
  parseTargetList,
  TARGET_CHARACTERS_MAX,
  TARGET_EXPRESSIONS_MAX,
  type TargetExpression,
} from "./targets/expression.js";
export {
  NAMES_AT_ONCE_MAX,
  type ResolvedName,
  TARGET_ADDRESSES_MAX,
  TARGET_INTERVALS_MAX,
  TARGETS_WITHOUT_EXCLUDE_MAX,
  TargetSet,
  type TargetSetOptions,
} from "./targets/target-set.js";
export type { PortState, ProbeTarget, Reason, Reply, Technique, Verdict } from "./technique.js";
