import { Malformed } from "@palisade/base";
import { u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import {
  LINE_NOT_TEXT,
  LINE_OPEN,
  lineStop,
  MAGIC_OTHER,
  MAGIC_PARTIAL,
  magicAt,
  textLine,
  wordStop,
} from "../text-line.js";

/** Protocol version that a side offers: "31.0". */
export const RSYNC_VERSION = attribute("rsync.version", "text");
/** Module that the client asks for; empty for a list. */
export const RSYNC_MODULE = attribute("rsync.module", "text");

/** The greeting of a side is no version number. */
export const RSYNC_VERSION_INVALID = new Malformed("rsync.version-invalid");

const GREETING = "@RSYNCD: ";

// Steps of a direction, shifted by its number.
const GREETED = 1;
const VERSION_READ = 4;
const MODULE_READ = 16;

export const rsync: Protocol = {
  name: "rsync",
  title: "rsync daemon",
  spec: "rsync's own protocol: what its daemon and client write, as their source's clientserver.c has it",
  category: "file-transfer",
  attributes: [RSYNC_VERSION, RSYNC_MODULE],
  malformed: [RSYNC_VERSION_INVALID],
  recognises: 'The greeting "@RSYNCD:" with a version number, from either side.',
  omits: "Everything after the module's name.",
  stream: {
    ports: [873],
    firstOctets: [0x40],
    dissect(octets, offset, end, flow): Outcome {
      const isGreeted = (flow.stage & (GREETED << flow.direction)) !== 0;
      if (!isGreeted) {
        const isFirst = flow.stage === 0;
        const magic = magicAt(octets, offset, end, GREETING);
        if (magic === MAGIC_OTHER) return isFirst ? NO : RSYNC_VERSION_INVALID;
        if (magic === MAGIC_PARTIAL) return isFirst ? MORE : MATCH;
        flow.stage |= GREETED << flow.direction;
        flow.consume(GREETING.length);
        return MATCH;
      }
      if ((flow.stage & (MODULE_READ << flow.direction)) !== 0) {
        flow.consume(end - offset);
        return MATCH;
      }
      const lineFeed = textLine(octets, offset, end);
      if (lineFeed === LINE_OPEN) return MATCH;
      if (lineFeed === LINE_NOT_TEXT) return RSYNC_VERSION_INVALID;
      flow.consume(lineFeed + 1 - offset);
      const stop = lineStop(octets, offset, lineFeed);
      if ((flow.stage & (VERSION_READ << flow.direction)) === 0) {
        const digit = u8(octets, offset);
        if (digit < 0x30 || digit > 0x39) return RSYNC_VERSION_INVALID;
        flow.text(RSYNC_VERSION, octets, offset, wordStop(octets, offset, stop));
        flow.stage |= VERSION_READ << flow.direction;
      } else {
        if (flow.direction === 0) flow.text(RSYNC_MODULE, octets, offset, stop);
        flow.stage |= MODULE_READ << flow.direction;
      }
      return MATCH;
    },
  },
};
