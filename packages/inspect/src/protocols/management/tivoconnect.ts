import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWithNoCase } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import { nextLine, setField, valueEnd } from "./field-lines.js";

/** Name of the machine. */
export const TIVOCONNECT_MACHINE = attribute("tivoconnect.machine", "text");
/** Its unique identity: a serial number or `uuid:…`. */
export const TIVOCONNECT_IDENTITY = attribute("tivoconnect.identity", "text");
/** `tcd/Series2`, `pc/…`. */
export const TIVOCONNECT_PLATFORM = attribute("tivoconnect.platform", "text");
/** Services offered: `TiVoMediaServer:8200/http`. */
export const TIVOCONNECT_SERVICES = attribute("tivoconnect.services", "text");
/** Software and its version. */
export const TIVOCONNECT_SOFTWARE = attribute("tivoconnect.software", "text");

/** A line that is no pair of a name and a value. */
export const TIVOCONNECT_LINE_WRONG = new Malformed("tivoconnect.line-wrong");

const PORT_TIVOCONNECT = 2190;
const BEACON = "tivoconnect=";
const EQUALS = 0x3d;

const FIELDS = [
  ["machine=", TIVOCONNECT_MACHINE],
  ["identity=", TIVOCONNECT_IDENTITY],
  ["platform=", TIVOCONNECT_PLATFORM],
  ["services=", TIVOCONNECT_SERVICES],
  ["swversion=", TIVOCONNECT_SOFTWARE],
] as const;

export const tivoconnect: Protocol = {
  name: "tivoconnect",
  title: "TiVoConnect Automatic Machine Discovery",
  spec: "TiVo: TiVoConnect Automatic Machine Discovery Protocol Specification 1.5.1",
  category: "media",
  attributes: [
    TIVOCONNECT_MACHINE,
    TIVOCONNECT_IDENTITY,
    TIVOCONNECT_PLATFORM,
    TIVOCONNECT_SERVICES,
    TIVOCONNECT_SOFTWARE,
  ],
  malformed: [TIVOCONNECT_LINE_WRONG],
  recognises: "A datagram that begins with 'TiVoConnect=' and goes on in lines of names and values.",
  omits: "Beacons exchanged over TCP.",
  datagram: {
    ports: [PORT_TIVOCONNECT],
    firstOctets: [0x54, 0x74],
    dissect(octets, offset, end, flow) {
      if (!startsWithNoCase(octets, offset, end, BEACON)) return NO;
      let next = end;
      for (let line = offset; line < end; line = next) {
        next = nextLine(octets, line, end);
        if (valueEnd(octets, line, next) === line) continue;
        if (indexOfOctet(octets, EQUALS, line, next) < 0) return TIVOCONNECT_LINE_WRONG;
      }
      for (let line = offset; line < end; line = next) {
        next = nextLine(octets, line, end);
        setField(flow, FIELDS, octets, line, next);
      }
      return MATCH;
    },
  },
};
