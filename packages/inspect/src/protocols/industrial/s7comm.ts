import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { findSelector, firstUserData, readTpkt, TPKT_CONTROL, TPKT_DATA, TPKT_SHORT, tpkt } from "./tpkt.js";

/** Function codes of jobs: 4 read, 5 write, 0xF0 set up communication, 0x1A request download, 0x29 stop … */
export const S7COMM_FUNCTION = attribute("s7comm.function", "number", { many: true });
/** Transport selectors of the connection: the kind of connection, then rack and slot in one octet. */
export const S7COMM_CALLING = attribute("s7comm.calling-tsap", "hex");
export const S7COMM_CALLED = attribute("s7comm.called-tsap", "hex");
/** Error class and code of answers that report an error, as one number: 0x8104 "not supported". */
export const S7COMM_ERROR = attribute("s7comm.error", "number", { many: true });

/** Not a TPKT with data of transport class 0. */
export const S7COMM_FRAME_INVALID = new Malformed("s7comm.frame-invalid");
/** Lengths of parameters and data that are not the packet's. */
export const S7COMM_LENGTH_INVALID = new Malformed("s7comm.length-invalid");

export const S7COMM_STOP: FindingKind = {
  name: "s7comm.stop",
  severity: "high",
  title: "A client tells a Siemens S7 controller to stop",
};
export const S7COMM_DOWNLOAD: FindingKind = {
  name: "s7comm.download",
  severity: "medium",
  title: "A client writes program blocks into a Siemens S7 controller",
};

const PROTOCOL_ID = 0x32;
const JOB = 1;
const ACKNOWLEDGE = 2;
const ANSWER = 3;
const USER_DATA = 7;
const HEADER_BYTES = 10;
/** Acknowledgements and answers have an error class and code behind the header. */
const ANSWER_HEADER_BYTES = 12;
const REQUEST_DOWNLOAD = 0x1a;
const STOP = 0x29;

export const s7comm: Protocol = {
  name: "s7comm",
  title: "Siemens S7 communication",
  spec: "RFC 1006; S7 messages as published in analyses of Siemens STEP 7 traffic",
  category: "industrial",
  attributes: [S7COMM_FUNCTION, S7COMM_CALLING, S7COMM_CALLED, S7COMM_ERROR],
  malformed: [S7COMM_FRAME_INVALID, S7COMM_LENGTH_INVALID],
  findings: [S7COMM_STOP, S7COMM_DOWNLOAD],
  recognises:
    "ISO transport data that begins with 32 and a known message type, and whose lengths are the packet's.",
  omits: "Variables and their values, blocks, system status lists and the user data functions.",
  stream: {
    ports: [102],
    firstOctets: [3],
    dissect(octets, offset, end, flow) {
      if (flow.stage === 0) return decide(octets, offset, end, flow);
      const kind = readTpkt(octets, offset, end);
      if (kind === TPKT_SHORT) return MATCH;
      if (kind !== TPKT_DATA && kind !== TPKT_CONTROL) return S7COMM_FRAME_INVALID;
      const packetEnd = tpkt.end;
      if (packetEnd > end) return MATCH;
      if (kind === TPKT_DATA && tpkt.start + HEADER_BYTES <= packetEnd) {
        // Data that begin otherwise continue a message of several packets.
        if (u8(octets, tpkt.start) === PROTOCOL_ID) {
          if (!fits(octets, tpkt.start, packetEnd)) return S7COMM_LENGTH_INVALID;
          readMessage(octets, tpkt.start, packetEnd, flow);
        }
      }
      flow.consume(packetEnd - offset);
      return MATCH;
    },
  },
};

function decide(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const kind = firstUserData(octets, offset, end);
  if (kind === TPKT_SHORT) return MORE;
  if (kind !== TPKT_DATA) return NO;
  const start = tpkt.start;
  const packetEnd = tpkt.end;
  if (packetEnd - start < HEADER_BYTES) return NO;
  if (start < end && u8(octets, start) !== PROTOCOL_ID) return NO;
  if (end < packetEnd) return MORE;
  if (u16(octets, start + 2) !== 0 || !fits(octets, start, packetEnd)) return NO;
  flow.stage = 1;
  if (findSelector(octets, offset, end, false)) flow.hex(S7COMM_CALLING, octets, tpkt.start, tpkt.end);
  if (findSelector(octets, offset, end, true)) flow.hex(S7COMM_CALLED, octets, tpkt.start, tpkt.end);
  readMessage(octets, start, packetEnd, flow);
  flow.consume(packetEnd - offset);
  return MATCH;
}

function headerBytes(type: number): number {
  return type === ACKNOWLEDGE || type === ANSWER ? ANSWER_HEADER_BYTES : HEADER_BYTES;
}

/** Whether type and lengths of the message hold; one of several packets may promise more than the first has. */
function fits(octets: Uint8Array, start: number, end: number): boolean {
  const type = u8(octets, start + 1);
  if (type !== JOB && type !== ACKNOWLEDGE && type !== ANSWER && type !== USER_DATA) return false;
  const promised = headerBytes(type) + u16(octets, start + 6) + u16(octets, start + 8);
  return tpkt.last ? promised === end - start : promised >= end - start;
}

function readMessage(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  const type = u8(octets, start + 1);
  if ((type === ACKNOWLEDGE || type === ANSWER) && end - start >= ANSWER_HEADER_BYTES) {
    const error = u16(octets, start + 10);
    if (error !== 0) flow.set(S7COMM_ERROR, error);
  }
  if (type !== JOB || u16(octets, start + 6) === 0 || end - start <= HEADER_BYTES) return;
  const code = u8(octets, start + HEADER_BYTES);
  flow.set(S7COMM_FUNCTION, code);
  if (code === STOP) flow.report(S7COMM_STOP);
  else if (code === REQUEST_DOWNLOAD) flow.report(S7COMM_DOWNLOAD);
}
