export {
  AUDIT_PENDING_CHARACTERS_MAX,
  AUDIT_UNWRITTEN_BYTES_MAX,
  AuditLog,
  type AuditLogOptions,
} from "./audit-log.js";
export type { ClientTimes } from "./client-connection.js";
export type { Counters } from "./context.js";
export { Latency } from "./latency.js";
export { type LoadedRuleSet, RuleSet, type RuleSetOptions } from "./rule-set.js";
export { type ListenAddress, Shield, type ShieldOptions, STOP_MS_MAX } from "./shield.js";
export { TrustedProxies } from "./trusted-proxies.js";
export type { UpstreamAddress, UpstreamTimes } from "./upstream-connection.js";
export type { UpstreamPoolOptions } from "./upstream-pool.js";
