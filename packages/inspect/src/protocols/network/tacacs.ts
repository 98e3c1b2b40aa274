import { Malformed } from "@palisade/base";
import { u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** Packet types: 1 authentication, 2 authorization, 3 accounting. */
export const TACACS_TYPE = attribute("tacacs.type", "number", { many: true });

/** Another version, or a type, flag or length that is not defined. */
export const TACACS_HEADER_INVALID = new Malformed("tacacs.header-invalid");

export const TACACS_UNENCRYPTED: FindingKind = {
  name: "tacacs.unencrypted",
  severity: "medium",
  title: "TACACS+ packets are sent without obfuscation: user names and passwords can be read",
};

const PORT = 49;
const HEADER_BYTES = 12;
const MAJOR = 0xc;
const TYPE_MAX = 3;
const UNENCRYPTED = 0x01;
const SINGLE_CONNECTION = 0x04;
const BODY_BYTES_MAX = 65_536;

export const tacacs: Protocol = {
  name: "tacacs",
  title: "TACACS+",
  spec: "RFC 8907 §4.1",
  category: "security",
  attributes: [TACACS_TYPE],
  malformed: [TACACS_HEADER_INVALID],
  findings: [TACACS_UNENCRYPTED],
  recognises: "On port 49 a header of version 12.0 or 12.1 with a defined type, flags and a sequence number.",
  omits: "Bodies, which are obfuscated.",
  stream: {
    ports: [PORT],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      if (end - offset < HEADER_BYTES) return known ? MATCH : MORE;
      const type = u8(octets, offset + 1);
      const flags = u8(octets, offset + 3);
      const length = u32(octets, offset + 8);
      const versionFits = u8(octets, offset) >>> 4 === MAJOR && (u8(octets, offset) & 0xf) <= 1;
      if (!versionFits || type < 1 || type > TYPE_MAX || u8(octets, offset + 2) === 0)
        return TACACS_HEADER_INVALID;
      if ((flags & ~(UNENCRYPTED | SINGLE_CONNECTION)) !== 0 || length > BODY_BYTES_MAX)
        return TACACS_HEADER_INVALID;
      flow.stage = 1;
      readHeader(type, flags, flow);
      flow.consume(HEADER_BYTES + length);
      return MATCH;
    },
  },
};

function readHeader(type: number, flags: number, flow: FlowContext): void {
  flow.set(TACACS_TYPE, type);
  if ((flags & UNENCRYPTED) !== 0) flow.report(TACACS_UNENCRYPTED);
}
