/** What all exchanges of a proxy share. */
import type { BlockPool } from "@palisade/base";
import type { ResponseWriter } from "@palisade/http";
import type { AuditLog } from "./audit-log.js";
import type { Deadlines } from "./deadlines.js";
import type { Latency } from "./latency.js";
import type { OutBuffer } from "./out-buffer.js";
import type { RuleSet } from "./rule-set.js";
import type { TrustedProxies } from "./trusted-proxies.js";
import type { UniqueIds } from "./unique-id.js";
import type { UpstreamPool } from "./upstream-pool.js";

/** Octets of bodies that wait for a verdict, or after it for a slow client, of all exchanges together; a request that needs more is answered 503. */
export const HELD_BYTES_MAX = 536_870_912;

/** What a proxy has done since it began. */
export interface Counters {
  connections: number;
  /** Connections closed at once since there were too many. */
  connectionsRefused: number;
  /** Requests that were answered, or whose client went away. */
  requests: number;
  /** Answered by rules or by their limits. */
  blocked: number;
  /** No request, or none that is forwarded. */
  refused: number;
  /** Answered 502, 503 or 504. */
  upstreamFailures: number;
  /** Sent a second time. */
  retried: number;
}

export interface ShieldContext {
  readonly deadlines: Deadlines;
  readonly pool: UpstreamPool;
  readonly out: OutBuffer;
  /** For bodies that are held or kept for the audit log, and for heads of responses that are read after them. */
  readonly blocks: BlockPool;
  readonly ids: UniqueIds;
  /** Undefined: requests pass without rules. */
  readonly rules: RuleSet | undefined;
  readonly audit: AuditLog | undefined;
  readonly trusted: TrustedProxies;
  readonly responseWriter: ResponseWriter;
  readonly counters: Counters;
  readonly latency: Latency;
  readonly heldBytesMax: number;
  /** Octets that are held now. */
  heldBytes: number;
  /** No further request is taken. */
  stopping: boolean;
}
