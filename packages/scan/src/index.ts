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
export { AdaptiveRate, type AdaptiveRateOptions, type LossSignals } from "./pace/adaptive-rate.js";
export {
  type CongestionOptions,
  CongestionWindow,
  REPLY_WEIGHT_MAX,
  THRESHOLD_PROBES_INITIAL,
  WINDOW_PROBES_INITIAL,
  WINDOW_PROBES_MAX,
} from "./pace/congestion.js";
export {
  BURST_PACKETS_MAX,
  DELAY_US_MAX,
  PACKETS_PER_SECOND_MAX,
  PACKETS_PER_SECOND_MIN,
  Pace,
  type PaceOptions,
  TokenBucket,
} from "./pace/rate.js";
export { type RttBounds, RttEstimator } from "./pace/rtt.js";
export { type TimingTemplate, timingTemplateOf, timingTemplates } from "./pace/templates.js";
export { newReply, type ReplyRead, readReply } from "./reply.js";
export {
  type PortState,
  type ProbeTarget,
  REPLY_ERROR,
  REPLY_IP,
  REPLY_SCTP,
  REPLY_TCP,
  REPLY_UDP,
  type Reason,
  type Reply,
  type Technique,
  type Verdict,
} from "./technique.js";
export { techniqueOf, techniques } from "./techniques/index.js";
export { UDP_PAYLOAD_BYTES_MAX, type UdpPayload, udpPayload, udpPayloads } from "./udp-payloads.js";
