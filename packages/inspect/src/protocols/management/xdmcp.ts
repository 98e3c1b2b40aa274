import { Malformed } from "@palisade/base";
import { u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** 1 … 3 query, 5 willing, 6 unwilling, 7 request, 8 accept, 9 decline, 10 manage, 12 failed, 13 and 14 keep alive. */
export const XDMCP_OPCODE = attribute("xdmcp.opcode", "number", { many: true });
/** Name of the host that offers or refuses a session. */
export const XDMCP_HOST = attribute("xdmcp.host", "text");
/** What it says of itself: "Willing to manage". */
export const XDMCP_STATUS = attribute("xdmcp.status", "text");
/** Display that is to be managed. */
export const XDMCP_DISPLAY = attribute("xdmcp.display", "number");
/** Class of the display. */
export const XDMCP_DISPLAY_CLASS = attribute("xdmcp.display-class", "text");

/** Octets other than the length field counts. */
export const XDMCP_LENGTH_WRONG = new Malformed("xdmcp.length-wrong");
/** A version or operation that does not exist. */
export const XDMCP_HEADER_WRONG = new Malformed("xdmcp.header-wrong");

const PORT_XDMCP = 177;
const HEADER_BYTES = 6;
const VERSION = 1;
const OPCODE_LAST = 14;
const WILLING = 5;
const UNWILLING = 6;
const REQUEST = 7;
const MANAGE = 10;

export const xdmcp: Protocol = {
  name: "xdmcp",
  title: "X Display Manager Control Protocol",
  spec: "X.Org: X Display Manager Control Protocol version 1.1",
  category: "remote-access",
  attributes: [XDMCP_OPCODE, XDMCP_HOST, XDMCP_STATUS, XDMCP_DISPLAY, XDMCP_DISPLAY_CLASS],
  malformed: [XDMCP_LENGTH_WRONG, XDMCP_HEADER_WRONG],
  recognises: "A datagram from or to port 177 of version 1, with a known operation and exactly its length.",
  omits: "Authentication and the addresses of displays.",
  datagram: {
    ports: [PORT_XDMCP],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES) return XDMCP_LENGTH_WRONG;
      const opcode = u16(octets, offset + 2);
      if (u16(octets, offset) !== VERSION || opcode === 0 || opcode > OPCODE_LAST) return XDMCP_HEADER_WRONG;
      if (u16(octets, offset + 4) !== end - offset - HEADER_BYTES) return XDMCP_LENGTH_WRONG;
      flow.set(XDMCP_OPCODE, opcode);
      const body = offset + HEADER_BYTES;
      if (opcode === WILLING) {
        // Authentication name, host name, status.
        const host = setArray(octets, skipArray(octets, body, end), end, XDMCP_HOST, flow);
        setArray(octets, host, end, XDMCP_STATUS, flow);
      } else if (opcode === UNWILLING) {
        const status = setArray(octets, body, end, XDMCP_HOST, flow);
        setArray(octets, status, end, XDMCP_STATUS, flow);
      } else if (opcode === REQUEST && end - body >= 2) {
        flow.set(XDMCP_DISPLAY, u16(octets, body));
      } else if (opcode === MANAGE && end - body >= 6 && u32(octets, body) !== 0) {
        flow.set(XDMCP_DISPLAY, u16(octets, body + 4));
        setArray(octets, body + 6, end, XDMCP_DISPLAY_CLASS, flow);
      }
      return MATCH;
    },
  },
};

/** Index after the ARRAY8 at `at`: a length of two octets, then as many; beyond `end` where it does not fit. */
function skipArray(octets: Uint8Array, at: number, end: number): number {
  return at + 2 > end ? end + 1 : at + 2 + u16(octets, at);
}

function setArray(
  octets: Uint8Array,
  at: number,
  end: number,
  to: typeof XDMCP_HOST,
  flow: FlowContext,
): number {
  const after = skipArray(octets, at, end);
  if (after <= end && after > at + 2) flow.text(to, octets, at + 2, after);
  return after;
}
