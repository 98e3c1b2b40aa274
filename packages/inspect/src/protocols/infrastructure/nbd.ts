import { startsWith, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Export that the client asks for. */
export const NBD_EXPORT = attribute("nbd.export", "text");

const GREETING = "NBDMAGIC";
const NEW_STYLE = "IHAVEOPT";
const OLD_STYLE = "\0\0\x42\x02\x81\x86\x12\x53";
const MAGIC_BYTES = 8;
/** Magic 8, option 4, length 4. */
const OPTION_BYTES = 16;
const CLIENT_FLAGS_BYTES = 4;
const EXPORT_NAME = 1;
const INFO = 6;
const GO = 7;
const OPTION_MAX = 65_536;
const NAME_MAX = 4096;

// `flow.stage`
const KNOWN = 1;
const FLAGS_READ = 2;

export const nbd: Protocol = {
  name: "nbd",
  title: "Network Block Device",
  spec: "NetworkBlockDevice/nbd, doc/proto.md",
  category: "file-transfer",
  attributes: [NBD_EXPORT],
  malformed: [],
  recognises: "The server's greeting NBDMAGIC and one of the two numbers behind it.",
  omits: "Options other than the export's name, and blocks.",
  stream: {
    ports: [10_809],
    firstOctets: [0x4e],
    dissect(octets, offset, end, flow) {
      if (flow.stage === 0) {
        const size = end - offset;
        const shown = Math.min(size, MAGIC_BYTES);
        if (!startsWith(octets, offset, end, GREETING.slice(0, shown))) return NO;
        if (size < 2 * MAGIC_BYTES) return MORE;
        const old = startsWith(octets, offset + MAGIC_BYTES, end, OLD_STYLE);
        if (!old && !startsWith(octets, offset + MAGIC_BYTES, end, NEW_STYLE)) return NO;
        flow.stage = KNOWN;
        // Old servers have one export, without a name.
        return old || flow.direction === 0 ? DONE : MATCH;
      }
      return flow.direction === 1 ? MATCH : readOption(octets, offset, end, flow);
    },
  },
};

/** The client's flags once, then options. */
function readOption(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if ((flow.stage & FLAGS_READ) === 0) {
    if (end - offset < CLIENT_FLAGS_BYTES) return MATCH;
    flow.stage |= FLAGS_READ;
    flow.consume(CLIENT_FLAGS_BYTES);
    return MATCH;
  }
  if (end - offset < OPTION_BYTES) return MATCH;
  const option = u32(octets, offset + MAGIC_BYTES);
  const length = u32(octets, offset + MAGIC_BYTES + 4);
  if (!startsWith(octets, offset, end, NEW_STYLE) || length > OPTION_MAX) return DONE;
  if (end - offset < OPTION_BYTES + length) return MATCH;
  const data = offset + OPTION_BYTES;
  if (option === EXPORT_NAME) {
    if (length > 0 && length <= NAME_MAX) flow.text(NBD_EXPORT, octets, data, data + length);
    return DONE;
  }
  if ((option === INFO || option === GO) && length >= 6) {
    const nameBytes = u32(octets, data);
    if (nameBytes > 0 && nameBytes <= NAME_MAX && nameBytes + 6 <= length) {
      flow.text(NBD_EXPORT, octets, data + 4, data + 4 + nameBytes);
    }
  }
  flow.consume(OPTION_BYTES + length);
  return MATCH;
}
