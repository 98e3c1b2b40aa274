export { formatDdd, parseDdd } from "./bpf/ddd.js";
export {
  type CompileOptions,
  compileExpression,
  EXPRESSION_DEPTH_MAX,
  EXPRESSION_PRIMITIVES_MAX,
  EXPRESSION_TEXT_MAX,
  FILTER_COOKED_IN_KERNEL,
  type FilterExpression,
  parseExpression,
} from "./bpf/expression.js";
export { FrameFilter } from "./bpf/frame-filter.js";
export {
  BPF_ACCEPT_BYTES,
  BPF_INSTRUCTIONS_MAX,
  type BpfInstruction,
  type BpfProgram,
  bpf,
  compileFilter,
  encodeProgram,
  type FrameTest,
  instruction,
  limitKept,
  needsKernel,
  verifyProgram,
} from "./bpf/program.js";
export { type CaptureFileOptions, openCaptureFile } from "./capture-file.js";
export {
  type Attempt,
  type AttemptSource,
  type AttemptStep,
  blankAttempt,
  type Connector,
  type ConnectorName,
  type ConnectorOptions,
  ERRNO,
} from "./connect/connector.js";
export { openConnector } from "./connect/open-connector.js";
export type { ChunksOptions, Device, DeviceStatistics } from "./device.js";
export {
  ANY_INTERFACE,
  findInterface,
  linkTypeOf,
  listInterfaces,
  type NetworkInterface,
} from "./interfaces.js";
export { DURATION_MS_MAX, type LiveDevice, type LiveOptions, openInterface } from "./live-device.js";
export type { InterfaceAddress } from "./netlink-messages.js";
export { isDroppedHere, type OutputCounts, outputCounts } from "./own-firewall.js";
export {
  BLOCK_BYTES,
  PacketRing,
  type PacketRingOptions,
  RETIRE_MS,
  RING_BYTES,
  RING_BYTES_MAX,
} from "./packet-ring.js";
export {
  type EthernetSenderOptions,
  type IpSenderOptions,
  openEthernetSender,
  openIpSender,
  type PacketSender,
  type PacketSenderOptions,
  type SendDone,
  type SenderStatistics,
  SLOT_BYTES,
  SLOTS,
} from "./packet-sender.js";
export {
  arpRequest,
  neighbourSolicitation,
  RESOLVE_TIMEOUT_MS,
  type ResolveOptions,
  resolveNeighbour,
} from "./resolve.js";
export { RouteMap, type RouteMapOptions } from "./route-map.js";
export {
  type FindRouteOptions,
  findLinkAddress,
  findNeighbour,
  findRoute,
  listAddresses,
  type NeighbourVisitor,
  type Route,
  visitPermanentNeighbours,
} from "./routes.js";
export { interfaceNames } from "./system.js";
