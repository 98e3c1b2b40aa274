import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";

/** Commands and answers by the names of their code points: "EXCSAT", "ACCRDB". */
export const DRDA_COMMAND = attribute("drda.command", "text", { many: true });

/** After the verdict: no DSS header where one must begin. */
export const DRDA_HEADER_INVALID = new Malformed("drda.header-invalid");

/** Length, 0xd0, format, correlation; then the first object's length and code point (DRDA volume 3, "DSS", "DDM object"). */
const HEADER_BYTES = 10;
const MAGIC = 0xd0;
const CONTINUED = 0x8000;
/** DRDA volume 3, "code points". */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x1041, "EXCSAT"],
  [0x1443, "EXCSATRD"],
  [0x106d, "ACCSEC"],
  [0x14ac, "ACCSECRD"],
  [0x106e, "SECCHK"],
  [0x1219, "SECCHKRM"],
  [0x2001, "ACCRDB"],
  [0x2201, "ACCRDBRM"],
  [0x2002, "BGNBND"],
  [0x2005, "CLSQRY"],
  [0x2006, "CNTQRY"],
  [0x2008, "DSCSQLSTT"],
  [0x200a, "EXCSQLIMM"],
  [0x200b, "EXCSQLSTT"],
  [0x200c, "OPNQRY"],
  [0x200d, "PRPSQLSTT"],
  [0x200e, "RDBCMM"],
  [0x200f, "RDBRLLBCK"],
  [0x2014, "EXCSQLSET"],
  [0x2205, "OPNQRYRM"],
  [0x220b, "ENDQRYRM"],
  [0x220c, "ENDUOWRM"],
  [0x2408, "SQLCARD"],
  [0x2411, "SQLDARD"],
  [0x2412, "SQLDTA"],
  [0x2414, "SQLSTT"],
  [0x241a, "QRYDSC"],
  [0x241b, "QRYDTA"],
  [0x1232, "AGNPRMRM"],
  [0x124c, "SYNTAXRM"],
  [0x1245, "PRCCNVRM"],
  [0x2211, "RDBNFNRM"],
  [0x22cb, "RDBATHRM"],
]);

export const drda: Protocol = {
  name: "drda",
  title: "Distributed Relational Database Architecture",
  spec: "The Open Group, DRDA version 5, volume 3 (DDM)",
  category: "database",
  attributes: [DRDA_COMMAND],
  malformed: [DRDA_HEADER_INVALID],
  recognises:
    "A data stream structure with its magic octet, a published format, and an object of known code point that fits.",
  omits: "Parameters, statements and results.",
  stream: {
    ports: [446, 50000],
    dissect(octets, offset, end, flow) {
      const known = flow.stage !== 0;
      const wrong: Outcome = !known ? NO : flow.gap ? DONE : DRDA_HEADER_INVALID;
      const atHand = end - offset;
      if (atHand >= 3 && u8(octets, offset + 2) !== MAGIC) return wrong;
      if (atHand < HEADER_BYTES) return MORE;
      const field = u16(octets, offset);
      const length = field & ~CONTINUED;
      const format = u8(octets, offset + 3);
      // Types 1 … 5 (request, reply, object, communication, request without reply), and three chaining bits.
      const type = format & 0xf;
      if (type < 1 || type > 5 || (format & 0x80) !== 0 || length < HEADER_BYTES) return wrong;
      const objectLength = u16(octets, offset + 6);
      const name = NAMES.get(u16(octets, offset + 8));
      if (!known) {
        if (name === undefined || (objectLength & CONTINUED) !== 0 || objectLength + 6 > length) return NO;
        if (objectLength < 4) return NO;
      }
      flow.stage = 1;
      if (name !== undefined) flow.set(DRDA_COMMAND, name);
      // Where the structure continues in segments, their headers lie inside, and the end is not known beforehand.
      if ((field & CONTINUED) !== 0) return DONE;
      flow.consume(length);
      return MATCH;
    },
  },
};
