export {
  DECOYS_CHARACTERS_MAX,
  DECOYS_MAX,
  type Decoys,
  isPublicUnicast,
  parseDecoys,
} from "./links/decoys.js";
export { describeFrame } from "./links/describe-frame.js";
export { DryLink, type DryLinkOptions, type FrameTaker } from "./links/dry-link.js";
export {
  checkEvasion,
  EVASION_DATA_BYTES_MAX,
  type Evasion,
  type EvasiveProbes,
  evasiveProbeBytes,
  FRAGMENT_BYTES_MAX,
  framesPerProbe,
} from "./links/evasion.js";
export { EvasiveLink, type EvasiveLinkOptions } from "./links/evasive-link.js";
export { RecordingLink, type RecordingLinkOptions } from "./links/recording-link.js";
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
export { parseTarget, parseTargetList, type TargetExpression } from "./targets/expression.js";
export { type ResolvedName, TargetSet, type TargetSetOptions } from "./targets/target-set.js";
export type { PortState, Reason, Technique, Verdict } from "./technique.js";
export { techniqueOf, techniques } from "./techniques/index.js";
export { type UdpPayload, udpPayload, udpPayloads } from "./udp-payloads.js";
