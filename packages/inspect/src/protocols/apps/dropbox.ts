import { u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, NO, type Protocol } from "../../dissector.js";
import { digitsEnd, memberValue, setMember } from "../json-member.js";
import { decimal } from "../text-head.js";

/** Number of the device within the account's devices, as decimal digits: may exceed 2^53. */
export const DROPBOX_HOST_ID = attribute("dropbox.host-id", "text");
/** Name of the device, where its owner gave it one. */
export const DROPBOX_DISPLAY_NAME = attribute("dropbox.display-name", "text");
/** TCP port at which the device offers files to others in the network. */
export const DROPBOX_PORT = attribute("dropbox.port", "number");

const BRACE = 0x7b;
const BRACE_END = 0x7d;
const BRACKET = 0x5b;
const PORT_MAX = 0xffff;

export const dropbox: Protocol = {
  name: "dropbox",
  title: "Dropbox LAN sync discovery",
  spec: "behaviour of the Dropbox desktop client; Dropbox Help Center, “LAN sync” (UDP port 17500)",
  category: "file-transfer",
  attributes: [DROPBOX_HOST_ID, DROPBOX_DISPLAY_NAME, DROPBOX_PORT],
  malformed: [],
  recognises:
    "A datagram from or to port 17500 that is a JSON object with the members host_int, a number, and version, a list.",
  omits: "The folders (namespaces) that the device shares, and the transfer itself, which is TLS.",
  datagram: {
    ports: [17500],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (u8(octets, offset) !== BRACE || u8(octets, end - 1) !== BRACE_END) return NO;
      const host = memberValue(octets, offset, end, '"host_int"');
      const version = memberValue(octets, offset, end, '"version"');
      if (host < 0 || version < 0 || u8(octets, version) !== BRACKET) return NO;
      const hostEnd = digitsEnd(octets, host, end);
      if (hostEnd === host) return NO;
      flow.text(DROPBOX_HOST_ID, octets, host, hostEnd);
      setMember(flow, DROPBOX_DISPLAY_NAME, octets, offset, end, '"displayname"');
      if (flow.wants(DROPBOX_PORT)) {
        const port = memberValue(octets, offset, end, '"port"');
        const number = port < 0 ? -1 : decimal(octets, port, digitsEnd(octets, port, end));
        if (number >= 0 && number <= PORT_MAX) flow.set(DROPBOX_PORT, number);
      }
      return DONE;
    },
  },
};
