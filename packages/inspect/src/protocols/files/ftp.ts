import { Malformed } from "@palisade/base";
import { startsWithNoCase, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { startTls } from "../starttls.js";
import {
  contains,
  firstOctetsOf,
  isReplyContinued,
  isWord,
  LINE_NOT_TEXT,
  LINE_OPEN,
  lineStop,
  recogniseLines,
  replyCode,
  skipSpaces,
  textLine,
  wordAmong,
} from "../text-line.js";
import { activePort, extendedPassivePort, extendedPort, passivePort } from "./ftp-address.js";

/** Text of the server's greeting, after its code. */
export const FTP_BANNER = attribute("ftp.banner", "text");
export const FTP_USER = attribute("ftp.user", "text");
/** Commands, in upper case. */
export const FTP_COMMAND = attribute("ftp.command", "text", { many: true });
/** Reply codes, RFC 959 §4.2. */
export const FTP_REPLY_CODE = attribute("ftp.reply-code", "number", { many: true });
/** Path names of transfers: RETR, STOR, APPE, STOU. */
export const FTP_FILE = attribute("ftp.file", "text", { many: true });
/** Answer to SYST: "UNIX Type: L8". */
export const FTP_SYSTEM = attribute("ftp.system", "text");

/** A line with control characters, or beyond every bound. */
export const FTP_LINE_INVALID = new Malformed("ftp.line-invalid");
/** A data address that is not six numbers of 0 to 255, or no port (RFC 959 §4.1.2, RFC 2428). */
export const FTP_ADDRESS_INVALID = new Malformed("ftp.address-invalid");

export const FTP_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "ftp.cleartext-credentials",
  severity: "medium",
  title: "A user of a file server, who is not anonymous, logs in with a password in clear",
};
export const FTP_SITE_EXEC: FindingKind = {
  name: "ftp.site-exec",
  severity: "high",
  title: "A client asks a file server to run a command (SITE EXEC)",
};

const PORT = 21;
const DATA_PROTOCOL = "ftp-data";
const TCP = 6;

// Bits of `stage`, beside `RECOGNISED`.
/** A greeting of 220 was seen, which mail servers give as well. */
const GREETED = 2;
const BANNER_READ = 4;
const TLS_ASKED = 8;
const ANONYMOUS = 16;
/** The direction, shifted by its number, that replies come from: its other lines belong to replies of several lines. */
const REPLIES = 32;

/** Commands of RFC 959, RFC 2228, RFC 2389, RFC 2428, RFC 3659 and RFC 7151, longest use first. */
const COMMANDS: readonly string[] = [
  "user",
  "pass",
  "acct",
  "cwd",
  "cdup",
  "smnt",
  "quit",
  "rein",
  "port",
  "pasv",
  "epsv",
  "eprt",
  "type",
  "stru",
  "mode",
  "retr",
  "stor",
  "stou",
  "appe",
  "allo",
  "rest",
  "rnfr",
  "rnto",
  "abor",
  "dele",
  "rmd",
  "mkd",
  "pwd",
  "list",
  "nlst",
  "site",
  "syst",
  "stat",
  "help",
  "noop",
  "auth",
  "adat",
  "prot",
  "pbsz",
  "ccc",
  "feat",
  "opts",
  "lang",
  "size",
  "mdtm",
  "mfmt",
  "mlst",
  "mlsd",
  "host",
  "clnt",
  "xpwd",
  "xcwd",
  "xmkd",
];
/** Of these, the ones that no other protocol of lines has. */
const DECISIVE: readonly string[] = ["pasv", "epsv", "feat", "syst", "eprt", "pbsz", "cwd", "xpwd", "mlsd"];
/** Second replies that a mail server's greeting is not followed by. */
const SECOND_REPLIES = new Set([211, 215, 230, 232, 234, 331, 332, 334, 530]);

export const ftp: Protocol = {
  name: "ftp",
  title: "File Transfer Protocol (control)",
  spec: "RFC 959, RFC 2428 (EPRT, EPSV), RFC 4217 (AUTH TLS)",
  category: "file-transfer",
  attributes: [FTP_BANNER, FTP_USER, FTP_COMMAND, FTP_REPLY_CODE, FTP_FILE, FTP_SYSTEM],
  malformed: [FTP_LINE_INVALID, FTP_ADDRESS_INVALID],
  findings: [FTP_CLEARTEXT_CREDENTIALS, FTP_SITE_EXEC],
  recognises:
    "A greeting 220 that names FTP, or one followed by a command or reply of FTP's, or a command that only FTP has.",
  omits: "Telnet negotiation inside the control connection, and the contents of listings.",
  stream: {
    ports: [PORT, 2121],
    firstOctets: [0x32, 0x33, 0x35, ...firstOctetsOf("user", "auth", "feat", "syst", "pasv", "epsv", "cwd")],
    follow: true,
    dissect(octets, offset, end, flow) {
      const outcome = recogniseLines(octets, offset, end, flow, judge);
      return outcome === MATCH ? read(octets, offset, end, flow) : outcome;
    },
  },
};

function judge(
  octets: Uint8Array,
  start: number,
  stop: number,
  line: number,
  flow: FlowContext,
): Outcome | undefined {
  const code = replyCode(octets, start, stop);
  if (code >= 0) {
    if (line === 0 && code !== 220) return flow.sourcePort === PORT && SECOND_REPLIES.has(code) ? MATCH : NO;
    if (contains(octets, start, stop, "smtp")) return NO;
    if (contains(octets, start, stop, "ftp")) return MATCH;
    if (line > 0 && SECOND_REPLIES.has(code)) return MATCH;
    if (line > 0 && code !== 220) return NO;
    flow.stage |= GREETED;
  } else {
    const command = wordAmong(octets, start, stop, COMMANDS);
    if (command === undefined) return NO;
    if (DECISIVE.includes(command)) return MATCH;
    if (command === "auth") return isTls(octets, skipSpaces(octets, start + 4, stop), stop) ? MATCH : NO;
    // POP3 and IRC have USER as well, but no greeting of 220.
    if (command !== "user" && command !== "pass" && line === 0) return NO;
    if ((flow.stage & GREETED) !== 0 || flow.destinationPort === PORT) return MATCH;
  }
  return undefined;
}

function isTls(octets: Uint8Array, start: number, stop: number): boolean {
  return startsWithNoCase(octets, start, stop, "tls") || startsWithNoCase(octets, start, stop, "ssl");
}

function read(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const tls = startTls(octets, offset, end, flow, TLS_ASKED);
  if (tls !== undefined) return tls;
  // ABOR is preceded by Telnet's interrupt and synch (RFC 959 §4.1.3): IAC IP IAC DM.
  const first = u8(octets, offset);
  if (first === 0xff || first === 0xf4 || first === 0xf2) {
    flow.consume(1);
    return MATCH;
  }
  const lineFeed = textLine(octets, offset, end);
  if (lineFeed === LINE_NOT_TEXT) return FTP_LINE_INVALID;
  if (lineFeed === LINE_OPEN) return MATCH;
  const stop = lineStop(octets, offset, lineFeed);
  flow.consume(lineFeed + 1 - offset);
  const code = replyCode(octets, offset, stop);
  if (code >= 0) return readReply(octets, offset, stop, code, flow);
  if ((flow.stage & (REPLIES << flow.direction)) !== 0) return MATCH;
  const command = wordAmong(octets, offset, stop, COMMANDS);
  return command === undefined ? MATCH : readCommand(octets, offset, stop, command, flow);
}

function readReply(
  octets: Uint8Array,
  offset: number,
  stop: number,
  code: number,
  flow: FlowContext,
): Outcome {
  const text = Math.min(stop, offset + 4);
  flow.stage |= REPLIES << flow.direction;
  if ((flow.stage & BANNER_READ) === 0) {
    flow.stage |= BANNER_READ;
    if (code === 220) flow.text(FTP_BANNER, octets, text, stop);
  }
  flow.set(FTP_REPLY_CODE, code);
  if (isReplyContinued(octets, offset, stop)) return MATCH;
  if (code >= 400) flow.stage &= ~TLS_ASKED;
  switch (code) {
    case 215:
      flow.text(FTP_SYSTEM, octets, text, stop);
      break;
    case 227:
      return announce(passivePort(octets, text, stop), flow);
    case 229:
      return announce(extendedPassivePort(octets, text, stop), flow);
    case 234:
    case 334:
      if ((flow.stage & TLS_ASKED) !== 0) return flow.become("tls");
      break;
  }
  return MATCH;
}

function readCommand(
  octets: Uint8Array,
  start: number,
  stop: number,
  command: string,
  flow: FlowContext,
): Outcome {
  flow.set(FTP_COMMAND, command.toUpperCase());
  const argument = skipSpaces(octets, start + command.length, stop);
  switch (command) {
    case "user":
      flow.text(FTP_USER, octets, argument, stop);
      if (isWord(octets, argument, stop, "anonymous") || isWord(octets, argument, stop, "ftp")) {
        flow.stage |= ANONYMOUS;
      } else {
        flow.stage &= ~ANONYMOUS;
      }
      break;
    case "pass":
      if ((flow.stage & ANONYMOUS) === 0) flow.report(FTP_CLEARTEXT_CREDENTIALS);
      break;
    case "port":
      return announce(activePort(octets, argument, stop), flow);
    case "eprt":
      return announce(extendedPort(octets, argument, stop), flow);
    case "retr":
    case "stor":
    case "stou":
    case "appe":
      if (argument < stop) flow.text(FTP_FILE, octets, argument, stop);
      break;
    case "auth":
      if (isTls(octets, argument, stop)) flow.stage |= TLS_ASKED;
      break;
    case "site":
      if (isWord(octets, argument, stop, "exec")) flow.report(FTP_SITE_EXEC);
      break;
  }
  return MATCH;
}

function announce(port: number, flow: FlowContext): Outcome {
  if (port < 0) return FTP_ADDRESS_INVALID;
  flow.expect(port, TCP, DATA_PROTOCOL);
  return MATCH;
}
