export { CONNECT } from "./ask.js";
export { checkpointArguments } from "./checkpoint.js";
export { type TimingTemplate, timingTemplateOf, timingTemplates } from "./pace/templates.js";
export { parseShard, type Shard } from "./permutation.js";
export { type PortSets, parsePorts } from "./ports/ports.js";
export { serviceName } from "./ports/services.js";
export { TOP_PORTS_DEFAULT, TOP_PORTS_FAST, topPorts } from "./ports/top-ports.js";
export { scanCsv } from "./report/csv.js";
export { scanGrepable } from "./report/grepable.js";
export { recordJson, scanJson } from "./report/json.js";
export { scanXml } from "./report/xml.js";
export type {
  FoundPort,
  HostResult,
  HostState,
  Losses,
  PortCount,
  PortProtocol,
  PortResult,
  ScanRecord,
  ScanResult,
  ScanSummary,
} from "./result.js";
export { type Ask, Scan, type ScanOptions, type ScanProgress, scan } from "./scan.js";
export { parseTarget, parseTargetList, type TargetExpression } from "./targets/expression.js";
export { type ResolvedName, TargetSet, type TargetSetOptions } from "./targets/target-set.js";
export type { PortState, Reason, Technique, Verdict } from "./technique.js";
export { techniqueOf, techniques } from "./techniques/index.js";
export { type UdpPayload, udpPayload, udpPayloads } from "./udp-payloads.js";
