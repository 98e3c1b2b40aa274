import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Requests by name: "ApiVersions", "Produce". */
export const KAFKA_REQUEST = attribute("kafka.request", "text", { many: true });
export const KAFKA_CLIENT_ID = attribute("kafka.client-id", "text", { many: true });

/** After the verdict: a request that no version of Kafka knows, or an impossible size. */
export const KAFKA_REQUEST_INVALID = new Malformed("kafka.request-invalid");

/** Size, API key, API version, correlation, length of the client's identifier ("Kafka protocol guide", "Request Header v1"). */
const REQUEST_BYTES = 14;
const REQUEST_OCTETS_MAX = 0x640_0000;
const CLIENT_OCTETS_MAX = 255;
const VERSION_MAX = 20;
const NO_CLIENT = 0xffff;

// `flow.stage`: 1 after the verdict, before it the correlation of the client's first request with bit 31 set.
const KNOWN = 1;

/** "Kafka protocol guide", "API keys". */
const APIS: readonly string[] = [
  "Produce",
  "Fetch",
  "ListOffsets",
  "Metadata",
  "LeaderAndIsr",
  "StopReplica",
  "UpdateMetadata",
  "ControlledShutdown",
  "OffsetCommit",
  "OffsetFetch",
  "FindCoordinator",
  "JoinGroup",
  "Heartbeat",
  "LeaveGroup",
  "SyncGroup",
  "DescribeGroups",
  "ListGroups",
  "SaslHandshake",
  "ApiVersions",
  "CreateTopics",
  "DeleteTopics",
  "DeleteRecords",
  "InitProducerId",
  "OffsetForLeaderEpoch",
  "AddPartitionsToTxn",
  "AddOffsetsToTxn",
  "EndTxn",
  "WriteTxnMarkers",
  "TxnOffsetCommit",
  "DescribeAcls",
  "CreateAcls",
  "DeleteAcls",
  "DescribeConfigs",
  "AlterConfigs",
  "AlterReplicaLogDirs",
  "DescribeLogDirs",
  "SaslAuthenticate",
  "CreatePartitions",
  "CreateDelegationToken",
  "RenewDelegationToken",
  "ExpireDelegationToken",
  "DescribeDelegationToken",
  "DeleteGroups",
  "ElectLeaders",
  "IncrementalAlterConfigs",
];
/** Keys given out since; those without a name above keep their number. */
const API_MAX = 120;

export const kafka: Protocol = {
  name: "kafka",
  title: "Apache Kafka",
  spec: "Apache Kafka, “Kafka protocol guide”",
  category: "messaging",
  attributes: [KAFKA_REQUEST, KAFKA_CLIENT_ID],
  malformed: [KAFKA_REQUEST_INVALID],
  recognises:
    "A request of known key and version with a printable client identifier, on port 9092 or answered with the same correlation number.",
  omits: "Bodies of requests and answers, and SASL tokens.",
  stream: {
    ports: [9092],
    firstOctets: [0, 1, 2, 3, 4, 5, 6],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === KNOWN;
      if (end - offset < 8) return u8(octets, offset) > 6 ? (known ? KAFKA_REQUEST_INVALID : NO) : MORE;
      const size = u32(octets, offset);
      if (known && flow.direction === 1) {
        if (size < 4 || size > REQUEST_OCTETS_MAX) return flow.gap ? DONE : KAFKA_REQUEST_INVALID;
        flow.consume(4 + size);
        return MATCH;
      }
      if (!known && flow.stage !== 0 && flow.direction === 1) {
        // The answer begins with its size and the request's correlation number.
        if (size < 6 || (u32(octets, offset + 4) | 0x8000_0000) !== flow.stage) return NO;
        flow.stage = KNOWN;
        flow.consume(4 + size);
        return MATCH;
      }
      return readRequest(flow, octets, offset, end, size);
    },
  },
};

function readRequest(
  flow: FlowContext,
  octets: Uint8Array,
  offset: number,
  end: number,
  size: number,
): Outcome {
  const known = flow.stage === KNOWN;
  const wrong: Outcome = !known ? NO : flow.gap ? DONE : KAFKA_REQUEST_INVALID;
  const key = u16(octets, offset + 4);
  const version = u16(octets, offset + 6);
  if (size < REQUEST_BYTES - 4 || size > REQUEST_OCTETS_MAX || key > API_MAX || version > VERSION_MAX)
    return wrong;
  if (end - offset < REQUEST_BYTES) return MORE;
  const clientLength = u16(octets, offset + 12);
  const client = offset + REQUEST_BYTES;
  const absent = clientLength === NO_CLIENT;
  if (!absent && (clientLength > CLIENT_OCTETS_MAX || REQUEST_BYTES - 4 + clientLength > size)) return wrong;
  const clientEnd = absent ? client : client + clientLength;
  if (!known && (absent || clientLength === 0)) return NO;
  if (end < clientEnd) return MORE;
  for (let index = client; index < clientEnd; index += 1) {
    const octet = u8(octets, index);
    if (octet < 0x20 || octet > 0x7e) return wrong;
  }
  if (!known && flow.destinationPort !== 9092) {
    if (flow.direction !== 0) return NO;
    // Correlations count up from a small number; the answer must have the same.
    const correlation = u32(octets, offset + 8);
    if (correlation >= 0x8000_0000) return NO;
    if (flow.stage === 0) flow.stage = correlation | 0x8000_0000;
    return MORE;
  }
  flow.stage = KNOWN;
  if (flow.wants(KAFKA_REQUEST)) flow.set(KAFKA_REQUEST, APIS[key] ?? String(key));
  if (clientEnd > client) flow.text(KAFKA_CLIENT_ID, octets, client, clientEnd);
  flow.consume(4 + size);
  return MATCH;
}
