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
export { type PortSets, parsePorts, portsTextMax } from "./ports/ports.js";
export { namedPorts, type PortProtocol, serviceName, serviceNames, servicePorts } from "./ports/services.js";
export { rankedPorts, topPorts, topPortsDefault, topPortsFast } from "./ports/top-ports.js";
export {
  type Ipv4OctetsTarget,
  type Ipv4Target,
  type Ipv6Target,
  type NameTarget,
  parseTarget,
  parseTargetList,
  type TargetExpression,
  targetExpressionsMax,
  targetTextMax,
} from "./targets/expression.js";
export {
  namesAtOnceMax,
  type ResolvedName,
  TargetSet,
  type TargetSetOptions,
  targetAddressesMax,
  targetIntervalsMax,
  targetsWithoutExcludeMax,
} from "./targets/target-set.js";
export type { PortState, ProbeTarget, Reason, Reply, Technique, Verdict } from "./technique.js";
