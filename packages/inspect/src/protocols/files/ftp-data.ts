import { u8 } from "@palisade/wire";
import { DONE, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import {
  LINE_NOT_TEXT,
  LINE_OPEN,
  lineStop,
  MAGIC_PARTIAL,
  MAGIC_WHOLE,
  magicAt,
  textLine,
} from "../text-line.js";

const ACTIVE_PORT = 20;
const PERMISSIONS = "rwxrwxrwx";
/** One letter of a file's kind, nine of its permissions, and a mark or blank. */
const PERMISSION_OCTETS = 11;

export const ftpData: Protocol = {
  name: "ftp-data",
  title: "File Transfer Protocol (data)",
  spec: "RFC 959 §3.2, RFC 3659 §7",
  category: "file-transfer",
  attributes: [],
  malformed: [],
  recognises:
    "A connection that FTP's control connection announces, or one between port 20 and an unprivileged port, or a Unix or MLSD listing of a directory.",
  omits: "What is transferred.",
  weak: true,
  stream: {
    ports: [ACTIVE_PORT],
    dissect(octets, offset, end, flow): Outcome {
      if (flow.announced) return DONE;
      // Active mode: the server connects from its port 20 (RFC 959 §3.2).
      if (flow.sourcePort === ACTIVE_PORT && flow.destinationPort > 1023) return DONE;
      if (flow.destinationPort === ACTIVE_PORT && flow.sourcePort > 1023) return DONE;
      return listing(octets, offset, end);
    },
  },
};

/** Whether the first line is of a listing: `drwxr-xr-x 2 …` as Unix servers write it, or `type=dir;modify=…`. */
function listing(octets: Uint8Array, offset: number, end: number): Outcome {
  const known = Math.min(end - offset, PERMISSION_OCTETS);
  const type = magicAt(octets, offset, end, "type=");
  const modify = magicAt(octets, offset, end, "modify=");
  if (type === MAGIC_WHOLE || modify === MAGIC_WHOLE) {
    const lineFeed = textLine(octets, offset, end);
    if (lineFeed === LINE_OPEN) return MORE;
    return lineFeed !== LINE_NOT_TEXT && isFactsLine(octets, offset, lineStop(octets, offset, lineFeed))
      ? DONE
      : NO;
  }
  if (type === MAGIC_PARTIAL || modify === MAGIC_PARTIAL) return MORE;
  for (let index = 0; index < known; index += 1) {
    const octet = u8(octets, offset + index);
    if (index === 0) {
      if (octet !== 0x64 && octet !== 0x2d && octet !== 0x6c) return NO;
    } else if (index < 10) {
      if (
        octet !== 0x2d &&
        octet !== PERMISSIONS.charCodeAt(index - 1) &&
        !(index % 3 === 0 && isSpecial(octet))
      ) {
        return NO;
      }
    } else if (octet !== 0x20 && octet !== 0x2b && octet !== 0x2e) {
      return NO;
    }
  }
  if (known < PERMISSION_OCTETS) return MORE;
  const lineFeed = textLine(octets, offset, end);
  return lineFeed === LINE_OPEN ? MORE : lineFeed === LINE_NOT_TEXT ? NO : DONE;
}

/** Facts of RFC 3659 §7.2: `size=0;type=dir; name`. */
function isFactsLine(octets: Uint8Array, start: number, stop: number): boolean {
  let facts = 0;
  for (let index = start; index < stop; index += 1) {
    const octet = u8(octets, index);
    if (octet === 0x3b) facts += 1;
    else if (octet === 0x20) return facts >= 2 && u8(octets, index - 1) === 0x3b && index + 1 < stop;
  }
  return false;
}

/** Set-user, set-group and sticky bits, in place of "x". */
function isSpecial(octet: number): boolean {
  return octet === 0x73 || octet === 0x53 || octet === 0x74 || octet === 0x54;
}
