/**
 * The engine's bounds and timeouts, with their defaults. Every table that traffic fills is named here or beside its
 * constant; docs/limits.md lists them all.
 */
export interface EngineOptions {
  /** Flows held at once, over all shards. At the bound the flow of the same shard that is closest to its timeout ends. */
  readonly flowsMax: number;
  /** Seconds without a packet after which a flow ends: MMT-DPI's four session timeouts. */
  readonly timeoutSeconds: {
    /** UDP and other protocols, and TCP without a whole handshake. */
    readonly default: number;
    /** TCP after both FINs or a RST. */
    readonly short: number;
    /** TCP connections that were established. */
    readonly long: number;
    /** TCP connections of protocols that idle for long: remote access, messaging, databases, VPNs. */
    readonly live: number;
  };
  /** Whether one 5-tuple on two VLANs is two flows. */
  readonly vlans: boolean;
  /** Seed of the flow table's hash, 32 bits. Fixed by default so that a run can be repeated to the octet. */
  readonly seed: number;
  /** Seed of community ids, 0 … 65,535. */
  readonly communityIdSeed: number;
  /** Whether records carry community ids: a hash for each. */
  readonly communityIds: boolean;
  /** Keeps the timeline of verdicts, with the octets that decided each. */
  readonly explain: boolean;
  /** This engine's number and how many engines share the shards. */
  readonly worker: number;
  readonly workers: number;
}

/** What holds for an option that is not given. */
export const engineDefaults: EngineOptions = {
  flowsMax: 1_048_576,
  timeoutSeconds: { default: 60, short: 15, long: 600, live: 1_500 },
  vlans: true,
  seed: 0x5061_6c69,
  communityIdSeed: 0,
  communityIds: true,
  explain: false,
  worker: 0,
  workers: 1,
};
