import type { PathStatistics } from "@palisade/inspect";
import { jsonText } from "../json-text.js";
import { seconds } from "./flow-json.js";

/** The tree of protocol paths as one line of JSON, under the capture's name where there are several. */
export function statisticsJson(roots: readonly PathStatistics[], capture: string | undefined): string {
  const statistics = roots.map(pathObject);
  return jsonText(capture === undefined ? statistics : { capture, statistics });
}

/** Named as in the records of flows. */
function pathObject(node: PathStatistics): Readonly<Record<string, unknown>> {
  const { originator, responder } = node;
  return {
    path: node.path,
    name: node.name,
    ts_first: seconds(node.firstUs),
    ts_last: seconds(node.lastUs),
    packets: node.packets,
    bytes: node.bytes,
    payload_bytes: node.payloadBytes,
    orig_packets: originator.packets,
    orig_bytes: originator.bytes,
    orig_payload_bytes: originator.payloadBytes,
    resp_packets: responder.packets,
    resp_bytes: responder.bytes,
    resp_payload_bytes: responder.payloadBytes,
    fragments: node.fragments,
    sessions: node.sessions,
    timed_out_sessions: node.timedOutSessions,
    children: node.children.map(pathObject),
  };
}
