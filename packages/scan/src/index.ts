export { CONNECT } from "./ask.js";
export { CANARIES_MAX } from "./canary.js";
export { checkpointArguments } from "./checkpoint.js";
export { compareScans } from "./diff/compare.js";
export type {
  ComparedHost,
  ComparedScan,
  HostChange,
  NotCompared,
  NotComparedBecause,
  OpenPort,
  PortChange,
  PortSight,
  ScanDifference,
  ServiceChange,
} from "./diff/difference.js";
export { differenceJson } from "./diff/difference-json.js";
export {
  type DiscoverOptions,
  type Discovery,
  discover,
  type Sweep,
  type SweepEnd,
} from "./discovery/discover.js";
export type { HostStates } from "./discovery/host-states.js";
export type { LinkSweepOptions } from "./discovery/link-sweep.js";
export { LINK_HOSTS_MAX } from "./discovery/link-sweep-neighbours.js";
export type { SweepLink } from "./discovery/link-sweep-socket.js";
export {
  defaultPings,
  PING_PORTS,
  type Ping,
  type PingKind,
  pingProtocols,
} from "./discovery/pings.js";
export {
  DECOYS_CHARACTERS_MAX,
  DECOYS_MAX,
  type Decoys,
  parseDecoys,
} from "./links/decoys.js";
export { askedAddress, describeFrame } from "./links/describe-frame.js";
export { type AttemptTaker, DryConnector } from "./links/dry-connector.js";
export { DryLink, type DryLinkOptions, DrySweep, type FrameRoom, type FrameTaker } from "./links/dry-link.js";
export {
  EVASION_DATA_BYTES_MAX,
  type Evasion,
  FRAGMENT_BYTES_MAX,
} from "./links/evasion.js";
export { describeEvasion } from "./links/evasion-text.js";
export { openPacketLink, type PacketLinkOptions } from "./links/packet-link.js";
export type { ProbeLink, ProbePath } from "./links/probe-link.js";
export { Recorder, type RecorderOptions } from "./links/recorder.js";
export { RecordingLink, RecordingSweep } from "./links/recording-link.js";
export { PROBES_PER_SECOND_MOST } from "./pace/pacer.js";
export { type TimingTemplate, timingTemplateOf, timingTemplates } from "./pace/templates.js";
export { parseShard, type Shard } from "./permutation.js";
export { type PortSets, type PortsOptions, parsePorts } from "./ports/ports.js";
export { serviceName } from "./ports/services.js";
export { TOP_PORTS_DEFAULT, TOP_PORTS_FAST, topPorts } from "./ports/top-ports.js";
export type { LimitedProgress, ProbeProgress } from "./probe-scan.js";
export { PROVIDER_PORTS, type Provider, providerOf, providers } from "./providers/index.js";
export { scanCsv } from "./report/csv.js";
export { scanGrepable } from "./report/grepable.js";
export { recordJson, scanJson } from "./report/json.js";
export {
  type RecordedCount,
  type RecordedHost,
  type RecordedPort,
  type RecordedScan,
  type RecordedService,
  readScanJson,
} from "./report/json-reader.js";
export { scanXml } from "./report/xml.js";
export { otherAnswers } from "./result/merge-techniques.js";
export type {
  AskSummary,
  DiscoverySummary,
  FoundPort,
  HostResult,
  HostState,
  HostVerdict,
  Losses,
  PortCount,
  PortProtocol,
  PortResult,
  PortService,
  ScanRecord,
  ScanResult,
  ScanSummary,
  TechniqueAnswer,
} from "./result/result.js";
export { Scan, scan } from "./scan.js";
export type {
  Ask,
  DiscoveryOptions,
  EvasionOptions,
  ScanOptions,
  ScanProgress,
} from "./scan-options.js";
export type { HostList } from "./scan-plan.js";
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
export type { ReverseLookUp } from "./targets/reverse-names.js";
export { type ResolvedName, TargetSet, type TargetSetOptions } from "./targets/target-set.js";
export type { HostReason, PortState, Reason, Technique, Verdict } from "./technique.js";
export { techniqueOf, techniques } from "./techniques/index.js";
export { type UdpPayload, udpPayload, udpPayloads } from "./techniques/udp-payloads.js";
