import { Malformed } from "@palisade/base";
import { startsWithNoCase } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import { startTls } from "../starttls.js";
import {
  contains,
  firstOctetsOf,
  isWord,
  LINE_NOT_TEXT,
  LINE_OPEN,
  lineStop,
  replyCode,
  skipSpaces,
  textLine,
  wordStop,
} from "../text-line.js";

/** Text of the server's greeting, after its code. */
export const NNTP_BANNER = attribute("nntp.banner", "text");
export const NNTP_USER = attribute("nntp.user", "text");
/** Newsgroups selected. */
export const NNTP_GROUP = attribute("nntp.group", "text", { many: true });

/** A command with control characters, or beyond every bound. */
export const NNTP_LINE_INVALID = new Malformed("nntp.line-invalid");

export const NNTP_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "nntp.cleartext-credentials",
  severity: "medium",
  title: "A news reader logs in with its password in clear",
};

// Bits of `stage`.
const RECOGNISED = 1;
const GREETED = 2;
const STARTTLS_SENT = 4;

export const nntp: Protocol = {
  name: "nntp",
  title: "Network News Transfer Protocol",
  spec: "RFC 3977, RFC 4642 (STARTTLS), RFC 4643 (AUTHINFO)",
  category: "messaging",
  attributes: [NNTP_BANNER, NNTP_USER, NNTP_GROUP],
  malformed: [NNTP_LINE_INVALID],
  findings: [NNTP_CLEARTEXT_CREDENTIALS],
  recognises:
    "A greeting 200 or 201 that names NNTP, news or a common server, or the commands MODE READER, AUTHINFO and GROUP.",
  omits: "Articles and their numbers.",
  stream: {
    ports: [119, 433],
    firstOctets: [0x32, ...firstOctetsOf("mode", "authinfo", "group")],
    dissect(octets, offset, end, flow): Outcome {
      const isRecognised = (flow.stage & RECOGNISED) !== 0;
      const tls = isRecognised ? startTls(octets, offset, end, flow, STARTTLS_SENT) : undefined;
      if (tls !== undefined) return tls;
      const lineFeed = textLine(octets, offset, end);
      if (lineFeed === LINE_OPEN) return isRecognised ? MATCH : MORE;
      if (lineFeed === LINE_NOT_TEXT) {
        if (!isRecognised) return NO;
        if (flow.direction === 0) return NNTP_LINE_INVALID;
        flow.consume(end - offset); // articles are in any encoding
        return MATCH;
      }
      const stop = lineStop(octets, offset, lineFeed);
      const code = replyCode(octets, offset, stop);
      if (!isRecognised) {
        const isGreeting =
          (code === 200 || code === 201) &&
          (contains(octets, offset, stop, "nntp") ||
            contains(octets, offset, stop, "news") ||
            contains(octets, offset, stop, "inn2") ||
            contains(octets, offset, stop, "internetnews"));
        const isCommand =
          startsWithNoCase(octets, offset, stop, "mode reader") ||
          startsWithNoCase(octets, offset, stop, "authinfo ") ||
          startsWithNoCase(octets, offset, stop, "group ");
        if (!isGreeting && !isCommand) return NO;
        flow.stage = RECOGNISED;
      }
      flow.consume(lineFeed + 1 - offset);
      if (code >= 0) {
        if ((flow.stage & GREETED) === 0) {
          flow.stage |= GREETED;
          if (code === 200 || code === 201) flow.text(NNTP_BANNER, octets, Math.min(stop, offset + 4), stop);
        }
        if ((flow.stage & STARTTLS_SENT) === 0) return MATCH;
        flow.stage &= ~STARTTLS_SENT;
        return code === 382 ? flow.become("tls") : MATCH;
      }
      if (flow.direction === 1) return MATCH;
      if (startsWithNoCase(octets, offset, stop, "authinfo user ")) {
        flow.text(NNTP_USER, octets, skipSpaces(octets, offset + 14, stop), stop);
      } else if (startsWithNoCase(octets, offset, stop, "authinfo pass ")) {
        flow.report(NNTP_CLEARTEXT_CREDENTIALS);
      } else if (isWord(octets, offset, stop, "group")) {
        const name = skipSpaces(octets, offset + 5, stop);
        flow.text(NNTP_GROUP, octets, name, wordStop(octets, name, stop));
      } else if (isWord(octets, offset, stop, "starttls")) {
        flow.stage |= STARTTLS_SENT;
      }
      return MATCH;
    },
  },
};
