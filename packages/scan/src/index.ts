export { type TimingTemplate, timingTemplateOf, timingTemplates } from "./pace/templates.js";
export { parseShard, type Shard } from "./permutation.js";
export { type PortSets, parsePorts } from "./ports/ports.js";
export { serviceName } from "./ports/services.js";
export { TOP_PORTS_DEFAULT, TOP_PORTS_FAST, topPorts } from "./ports/top-ports.js";
export type { ProbeProgress } from "./probe-scan.js";
export { scanCsv } from "./report/csv.js";
export { scanGrepable } from "./report/grepable.js";
export { hostJson, scanJson } from "./report/json.js";
export { scanXml } from "./report/xml.js";
export type {
  HostResult,
  HostState,
  Losses,
  PortCount,
  PortProtocol,
  PortResult,
  ScanResult,
} from "./result.js";
export { CONNECT, type ScanOptions, scan } from "./scan.js";
export { builtInServices } from "./service/built-in.js";
export {
  checkDatabase,
  type Found,
  readMatch,
  ServiceDatabase,
  type ServiceDatabaseOptions,
} from "./service/database.js";
export { type DetectOptions, detectServices } from "./service/detect.js";
export { parseNmapProbes } from "./service/nmap-format.js";
export type { MatchExample, ServiceMatch, ServiceProbe } from "./service/probe.js";
export type {
  CertificateResult,
  ServiceDetails,
  ServiceResult,
  ServiceTarget,
  TlsResult,
} from "./service/service-result.js";
export { parseServices, type ServicesText } from "./service/services-format.js";
export { parseTarget, parseTargetList, type TargetExpression } from "./targets/expression.js";
export { type ResolvedName, TargetSet, type TargetSetOptions } from "./targets/target-set.js";
export type { PortState, Reason, Technique, Verdict } from "./technique.js";
export { techniqueOf, techniques } from "./techniques/index.js";
export { type UdpPayload, udpPayload, udpPayloads } from "./udp-payloads.js";
