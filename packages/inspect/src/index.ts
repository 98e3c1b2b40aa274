export type { Anomaly } from "./anomalies.js";
export { mergeAnomalies } from "./anomalies.js";
export { applicationEntries } from "./application-entries.js";
export type { Application } from "./applications.js";
export { builtInApplications, compileApplications } from "./applications.js";
export type { Attribute, AttributeType, AttributeValue, AttributeValues } from "./attribute.js";
export { attribute } from "./attribute.js";
export type { Category, DatagramDissector, Outcome, Protocol, StreamDissector } from "./dissector.js";
export { DONE, MATCH, MORE, NO } from "./dissector.js";
export type { EngineHandlers, EngineTotals, PacketHandler } from "./engine.js";
export { Engine } from "./engine.js";
export type { Example } from "./example.js";
export type { FindingKind } from "./finding-kind.js";
export type { EndedFlow } from "./flow/ended-flow.js";
export { networkProtocols } from "./flow/ended-flow.js";
export type { Confidence, VerdictStep } from "./flow/flow-facts.js";
export type {
  DirectionCounters,
  FlowEnd,
  FlowRecord,
  FlowRecordFinding,
  TcpRecord,
} from "./flow/flow-record.js";
export { flowBytes, flowPackets } from "./flow/flow-record.js";
export type { FlowContext } from "./flow-context.js";
export type { FlowFilter, FlowFilterField, FlowFilterTerm, FlowFilterType } from "./flow-filter.js";
export { compileFlowFilter, flowFilterFields, flowFilterTerms } from "./flow-filter.js";
export { FrameDivider, type FrameShare } from "./frame-divider.js";
export type { InspectOptions, InspectSummary } from "./inspect.js";
export { inspect, subscribe } from "./inspect.js";
export type { EngineOptions } from "./options.js";
export { engineDefaults } from "./options.js";
export { examples } from "./protocols/examples.js";
export { protocols } from "./protocols/index.js";
export { builtInRegistry } from "./protocols/registry.js";
export { buildCertificate, type CertificateOptions } from "./protocols/security/certificate.build.js";
export {
  buildCertificateMessage,
  buildClientHello,
  buildHandshake,
  buildRecord,
  buildServerHello,
  type ClientHelloOptions,
  type ServerHelloOptions,
} from "./protocols/security/client-hello.build.js";
export {
  buildCryptoFrame,
  buildQuicClientHello,
  buildQuicInitial,
  type QuicInitialOptions,
} from "./protocols/security/quic.build.js";
export { Registry } from "./registry.js";
export type { PathCounters, PathStatistics } from "./statistics.js";
export { statisticsTree } from "./statistics.js";
export type { AttributeHandler } from "./subscriptions.js";
export { Subscriptions } from "./subscriptions.js";
