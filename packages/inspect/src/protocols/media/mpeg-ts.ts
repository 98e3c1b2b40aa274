import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Packet identifiers seen: each is an elementary stream or a table. */
export const MPEG_TS_PID = attribute("mpeg-ts.pid", "number", { many: true });

/** After the verdict: a datagram that is no whole number of transport packets, each with its synchronisation octet. */
export const MPEG_TS_SYNC_LOST = new Malformed("mpeg-ts.sync-lost");

const PACKET_BYTES = 188;
const SYNC = 0x47;
/** As many as fit into an Ethernet frame. */
const PACKETS_MAX = 7;

export const mpegTs: Protocol = {
  name: "mpeg-ts",
  title: "MPEG transport stream",
  spec: "ISO/IEC 13818-1 §2.4.3.2, over UDP as ETSI TS 102 034 §7.1.2 has it",
  category: "media",
  attributes: [MPEG_TS_PID],
  malformed: [MPEG_TS_SYNC_LOST],
  recognises:
    "Datagrams that are one to seven packets of 188 octets with valid headers; of a single packet it takes two datagrams.",
  omits: "Tables, programmes and their names, and elementary streams.",
  datagram: {
    ports: [1234],
    firstOctets: [SYNC],
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      const count = length / PACKET_BYTES;
      if (!Number.isInteger(count) || count < 1 || count > PACKETS_MAX || !packetsHold(octets, offset, end)) {
        return flow.stage === 0 ? NO : MPEG_TS_SYNC_LOST;
      }
      if (flow.stage === 0 && count === 1 && flow.payloadPackets(flow.direction) < 2) return MORE;
      return describe(octets, offset, end, flow);
    },
  },
};

/** Synchronisation octet; scrambling control 1 and adaptation field control 0 are reserved; an adaptation field that fits. */
function packetsHold(octets: Uint8Array, offset: number, end: number): boolean {
  for (let at = offset; at < end; at += PACKET_BYTES) {
    if (u8(octets, at) !== SYNC) return false;
    const control = u8(octets, at + 3);
    if (control >>> 6 === 1 || (control & 0x30) === 0) return false;
    if ((control & 0x20) !== 0 && u8(octets, at + 4) > PACKET_BYTES - 5) return false;
  }
  return true;
}

function describe(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  flow.stage = 1;
  for (let at = offset; at < end; at += PACKET_BYTES) flow.set(MPEG_TS_PID, u16(octets, at + 1) & 0x1fff);
  return MATCH;
}
