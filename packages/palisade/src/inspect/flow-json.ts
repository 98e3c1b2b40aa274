import { type FlowRecord, flowBytes, flowPackets } from "@palisade/inspect";
import { jsonText } from "../json-text.js";

/** A flow as one line of JSON. Fields that have nothing to say are left out, but for `app_proto`, `app` and `category`, which are null then. */
export function flowJson(flow: FlowRecord, capture: string | undefined): string {
  const { tcp } = flow;
  return jsonText({
    ...(capture !== undefined && { capture }),
    ts_first: seconds(flow.firstUs),
    ts_last: seconds(flow.lastUs),
    proto: flow.proto,
    src: flow.src,
    sport: flow.sport,
    dst: flow.dst,
    dport: flow.dport,
    ...(flow.vlan !== undefined && { vlan: flow.vlan }),
    app_proto: flow.appProto ?? null,
    app: flow.app ?? null,
    category: flow.category ?? null,
    confidence: flow.confidence,
    packets: flowPackets(flow),
    bytes: flowBytes(flow),
    path: flow.path,
    orig_packets: flow.originator.packets,
    orig_bytes: flow.originator.bytes,
    orig_payload_bytes: flow.originator.payloadBytes,
    resp_packets: flow.responder.packets,
    resp_bytes: flow.responder.bytes,
    resp_payload_bytes: flow.responder.payloadBytes,
    conn_state: flow.connState,
    history: flow.history,
    ...(flow.communityId !== undefined && { community_id: flow.communityId }),
    first_packet: flow.firstPacket,
    end: flow.end,
    ...(flow.fragments > 0 && { fragments: flow.fragments }),
    ...(tcp !== undefined && {
      tcp: {
        orig_flags: tcp.originatorFlags,
        resp_flags: tcp.responderFlags,
        orig_retransmissions: tcp.retransmissions[0],
        resp_retransmissions: tcp.retransmissions[1],
        orig_out_of_order: tcp.outOfOrder[0],
        resp_out_of_order: tcp.outOfOrder[1],
        orig_missed_bytes: tcp.missedBytes[0],
        resp_missed_bytes: tcp.missedBytes[1],
        ...(tcp.rttUs !== undefined && { rtt_ms: Math.round(tcp.rttUs) / 1000 }),
      },
    }),
    ...flow.attributes,
    ...(flow.findings.length > 0 && { findings: flow.findings }),
  });
}

/** Seconds since the epoch with the six decimals that a capture's clock has. */
export function seconds(us: number): number {
  return Math.round(us) / 1e6;
}
