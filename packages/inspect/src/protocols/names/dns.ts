import { Malformed } from "@palisade/base";
import { startsWithNoCase, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { malformedKind } from "../../malformed-kind.js";
import {
  CLASS_IN,
  DNS_HEADER_BYTES,
  NAME_LABEL_RESERVED,
  NAME_POINTER_WRONG,
  NAME_TOO_LONG,
  nameText,
  RECORD_TRUNCATED,
  readRecord,
  record,
  setAddress,
  skipName,
  skipQuestions,
  skipRecords,
  TYPE_AXFR,
  TYPE_CNAME,
  TYPE_IXFR,
  TYPE_OPT,
  targetName,
} from "./dns-message.js";

/** Names asked for, in presentation form without the final dot. */
export const DNS_QUERY = attribute("dns.query", "text", { many: true });
/** Types asked for: 1 A, 28 AAAA, 65 HTTPS … (IANA "Resource Record (RR) TYPEs"). */
export const DNS_QUERY_TYPE = attribute("dns.query-type", "number", { many: true });
/** Class of the first question: 1 IN. */
export const DNS_QUERY_CLASS = attribute("dns.query-class", "number");
/** 0 query, 4 notify, 5 update, 6 stateful operation. */
export const DNS_OPCODE = attribute("dns.opcode", "number");
/** Response codes of the header: 0 no error, 2 server failure, 3 no such name, 5 refused. */
export const DNS_RCODE = attribute("dns.rcode", "number", { many: true });
/** Records in the answer section of the first response. */
export const DNS_ANSWERS = attribute("dns.answers", "number");
/** Addresses in the answers. */
export const DNS_ADDRESS = attribute("dns.address", "address", { many: true });
/** Canonical names in the answers (CNAME). */
export const DNS_CNAME = attribute("dns.cname", "text", { many: true });
/** Names that addresses map to (PTR), name servers (NS) and targets of services (SRV) in the answers. */
export const DNS_TARGET = attribute("dns.target", "text", { many: true });
/** A message carries the OPT pseudo-record: EDNS(0), RFC 6891. */
export const DNS_EDNS = attribute("dns.edns", "flag");
/** Octets of UDP payload that the sender of the first OPT record takes (RFC 6891 §6.2.3). */
export const DNS_EDNS_PAYLOAD = attribute("dns.edns-payload-bytes", "number");
/** A response was cut to fit: to be asked for again over TCP. */
export const DNS_TRUNCATION = attribute("dns.truncation", "flag");

/** Fewer octets than a header, or than the counts of the header promise. */
export const DNS_TRUNCATED = new Malformed("dns.truncated");
/** A compression pointer leads forward, in a circle, or through too many others (RFC 1035 §4.1.4). */
export const DNS_POINTER_WRONG = new Malformed("dns.pointer-wrong");
/** A name of more than 255 octets (RFC 1035 §2.3.4). */
export const DNS_NAME_TOO_LONG = new Malformed("dns.name-too-long");
/** A label of a reserved type (RFC 1035 §4.1.4). */
export const DNS_LABEL_RESERVED = new Malformed("dns.label-reserved");
/** An opcode that was never assigned, more questions than anybody sends, or (on a foreign port) reserved bits. */
export const DNS_HEADER_WRONG = new Malformed("dns.header-wrong");

/** A whole zone is asked for. */
export const DNS_ZONE_TRANSFER: FindingKind = {
  name: "dns.zone-transfer",
  severity: "low",
  title: "A client asks for a transfer of a whole DNS zone",
};
export const PORT_DNS = 53;
/** Ports of protocols that use the same message format and have dissectors of their own. */
const PORTS_OF_OTHERS: readonly number[] = [137, 5353, 5355];
const LENGTH_BYTES = 2;
/** A TCP message is read up to here; what is longer is skipped (a zone transfer, mostly). */
const STREAM_READ_BYTES = 8_192;
const OPCODE_DSO = 6;
/** More questions than one are not sent (RFC 9619); some are read, so that an odd message is still one. */
const QUESTIONS_MAX = 16;
const RCODE_MAX = 11;
const TYPE_META_FIRST = 249;
const TYPE_META_LAST = 261;
const TYPE_PLAIN_LAST = 109;
/** Questions that fetch a certificate of an encrypted protocol, which dissectors of their own read: DNSCrypt's, and Avast's of the same design. */
const CERTIFICATE_NAMES: readonly string[] = ["\x012\x0ddnscrypt-cert", "\x012\x09securedns\x05avast\x03com"];

export const dns: Protocol = {
  name: "dns",
  title: "Domain Name System",
  spec: "RFC 1035, RFC 6891 (EDNS), RFC 7766 (TCP), RFC 2136 (update), RFC 8490 (stateful operations)",
  category: "network",
  attributes: [
    DNS_QUERY,
    DNS_QUERY_TYPE,
    DNS_QUERY_CLASS,
    DNS_OPCODE,
    DNS_RCODE,
    DNS_ANSWERS,
    DNS_ADDRESS,
    DNS_CNAME,
    DNS_TARGET,
    DNS_EDNS,
    DNS_EDNS_PAYLOAD,
    DNS_TRUNCATION,
  ],
  malformed: [DNS_TRUNCATED, DNS_POINTER_WRONG, DNS_NAME_TOO_LONG, DNS_LABEL_RESERVED, DNS_HEADER_WRONG],
  findings: [DNS_ZONE_TRANSFER],
  recognises:
    "On port 53 a header with an assigned opcode and a sound first question; on other ports a header with all reserved bits clear, one question of a usual name, type and class, and sections that end exactly where the message ends.",
  omits:
    "Records of the authority and additional sections (but OPT), DNSSEC validation, TXT data, and messages above 8,192 octets beyond that length.",
  datagram: {
    ports: [PORT_DNS],
    dissect(octets, offset, end, flow) {
      return readMessage(octets, offset, end, end, flow);
    },
  },
  stream: {
    ports: [PORT_DNS],
    dissect(octets, offset, end, flow) {
      const again = flow.stage === 0 ? MORE : MATCH;
      if (end - offset < LENGTH_BYTES) return again;
      const length = u16(octets, offset);
      if (length < DNS_HEADER_BYTES) return flow.stage === 0 ? NO : DNS_TRUNCATED;
      const message = offset + LENGTH_BYTES;
      if (end - message >= DNS_HEADER_BYTES && !isHeader(octets, message, flow)) return DNS_HEADER_WRONG;
      const readable = message + Math.min(length, STREAM_READ_BYTES);
      if (end < readable) return again;
      const outcome = readMessage(octets, message, readable, message + length, flow);
      if (outcome === MATCH) flow.consume(LENGTH_BYTES + length);
      return outcome;
    },
  },
};

function onPort(flow: FlowContext): boolean {
  return flow.sourcePort === PORT_DNS || flow.destinationPort === PORT_DNS;
}

/** Whether the first twelve octets can be a header: the opcode always, on a foreign port also all else. */
function isHeader(octets: Uint8Array, message: number, flow: FlowContext): boolean {
  const flags = u16(octets, message + 2);
  const opcode = (flags >>> 11) & 0b1111;
  if (opcode > OPCODE_DSO || opcode === 3 || u16(octets, message + 4) > QUESTIONS_MAX) return false;
  if (onPort(flow)) return true;
  if (opcode !== 0 || (flags & 0x0040) !== 0 || u16(octets, message + 4) !== 1) return false;
  if ((flags & 0x8000) !== 0) return (flags & 0b1111) <= RCODE_MAX;
  // A query on a foreign port: neither authoritative, cut, recursion available nor failed; OPT and TSIG at most.
  const none = u16(octets, message + 6) === 0 && u16(octets, message + 8) === 0;
  return (flags & 0x068f) === 0 && none && u16(octets, message + 10) <= 2;
}

/** Reads the message in `message … end`, of which the whole ends at `messageEnd`. */
function readMessage(
  octets: Uint8Array,
  message: number,
  end: number,
  messageEnd: number,
  flow: FlowContext,
): Outcome {
  const strict = flow.stage === 0 && !onPort(flow);
  if (end - message < DNS_HEADER_BYTES) return DNS_TRUNCATED;
  if (strict && (isOthersPort(flow.sourcePort) || isOthersPort(flow.destinationPort))) return NO;
  if (!isHeader(octets, message, flow)) return DNS_HEADER_WRONG;
  const flags = u16(octets, message + 2);
  const opcode = (flags >>> 11) & 0b1111;
  const questions = u16(octets, message + 4);
  const answers = u16(octets, message + 6);
  const authorities = u16(octets, message + 8);
  const additionals = u16(octets, message + 10);
  const question = message + DNS_HEADER_BYTES;
  const isResponse = (flags & 0x8000) !== 0;
  if (questions === 0 && !isResponse && opcode !== OPCODE_DSO) return DNS_TRUNCATED;
  const afterQuestions = skipQuestions(octets, message, question, end, questions);
  if (afterQuestions < 0) return malformedOf(afterQuestions);
  if (isCertificateQuestion(octets, question, afterQuestions)) return NO;
  if (strict && !isUsualQuestion(octets, message, question, afterQuestions)) return NO;

  let after = skipRecords(octets, message, afterQuestions, end, answers);
  if (after >= 0) after = skipRecords(octets, message, after, end, authorities);
  const afterAuthorities = after;
  if (after >= 0) after = skipRecords(octets, message, after, end, additionals);
  const isCut = messageEnd > end;
  if (strict && isCut) return NO;
  if (strict && after !== end) return after < 0 ? malformedOf(after) : NO;
  const isBroken = after < 0 && !(isCut && after === RECORD_TRUNCATED) && (flags & 0x0200) === 0;
  if (isBroken && flow.stage !== 0) return malformedOf(after);

  flow.stage = 1;
  flow.set(DNS_OPCODE, opcode);
  readQuestions(octets, message, question, afterQuestions, questions, flow);
  if (isResponse) {
    flow.set(DNS_RCODE, flags & 0b1111);
    flow.set(DNS_ANSWERS, answers);
    if ((flags & 0x0200) !== 0) flow.set(DNS_TRUNCATION, true);
    if (after >= 0) readAnswers(octets, message, afterQuestions, end, answers, flow);
  }
  if (after >= 0) readOpt(octets, message, afterAuthorities, end, additionals, flow);
  // The question has decided what it is; the lie is told beside it.
  if (isBroken) flow.report(malformedKind(malformedOf(after)));
  return MATCH;
}

function isOthersPort(port: number): boolean {
  return PORTS_OF_OTHERS.includes(port);
}

/** A name with at least one label of printing ASCII, an assigned type, and a class that is in use. */
function isUsualQuestion(octets: Uint8Array, message: number, question: number, after: number): boolean {
  const first = u8(octets, question);
  if (first === 0 || first > 63 || question + 1 + first > after) return false;
  for (let index = question + 1; index <= question + first; index += 1) {
    const octet = u8(octets, index);
    if (octet <= 0x20 || octet >= 0x7f) return false;
  }
  const fixed = skipName(octets, message, question, after);
  const type = u16(octets, fixed);
  const rrClass = u16(octets, fixed + 2);
  const known = (type >= 1 && type <= TYPE_PLAIN_LAST) || (type >= TYPE_META_FIRST && type <= TYPE_META_LAST);
  return known && (rrClass === CLASS_IN || rrClass === 3 || rrClass === 4 || rrClass === 255);
}

/** Letters are sent in any case, which resolvers use to tell answers from forgeries. */
function isCertificateQuestion(octets: Uint8Array, question: number, after: number): boolean {
  for (const name of CERTIFICATE_NAMES) {
    if (startsWithNoCase(octets, question, after, name)) return true;
  }
  return false;
}

function malformedOf(code: number): Malformed {
  if (code === NAME_POINTER_WRONG) return DNS_POINTER_WRONG;
  if (code === NAME_TOO_LONG) return DNS_NAME_TOO_LONG;
  if (code === NAME_LABEL_RESERVED) return DNS_LABEL_RESERVED;
  return DNS_TRUNCATED;
}

function readQuestions(
  octets: Uint8Array,
  message: number,
  at: number,
  end: number,
  count: number,
  flow: FlowContext,
): void {
  let index = at;
  for (let question = 0; question < count; question += 1) {
    const fixed = skipName(octets, message, index, end);
    const type = u16(octets, fixed);
    if (flow.wants(DNS_QUERY)) flow.set(DNS_QUERY, nameText(octets, message, index));
    flow.set(DNS_QUERY_TYPE, type);
    flow.set(DNS_QUERY_CLASS, u16(octets, fixed + 2));
    if (type === TYPE_AXFR || type === TYPE_IXFR) {
      if ((u8(octets, message + 2) & 0x80) === 0) flow.report(DNS_ZONE_TRANSFER);
    }
    index = fixed + 4;
  }
}

function readAnswers(
  octets: Uint8Array,
  message: number,
  at: number,
  end: number,
  count: number,
  flow: FlowContext,
): void {
  if (!flow.wants(DNS_ADDRESS) && !flow.wants(DNS_CNAME) && !flow.wants(DNS_TARGET)) return;
  let index = at;
  for (let left = count; left > 0; left -= 1) {
    index = readRecord(octets, message, index, end);
    if (setAddress(flow, DNS_ADDRESS, octets)) continue;
    const attribute = record.type === TYPE_CNAME ? DNS_CNAME : DNS_TARGET;
    const target = flow.wants(attribute) ? targetName(octets, message) : -1;
    if (target >= 0) flow.set(attribute, nameText(octets, message, target));
  }
}

function readOpt(
  octets: Uint8Array,
  message: number,
  at: number,
  end: number,
  count: number,
  flow: FlowContext,
): void {
  let index = at;
  for (let left = count; left > 0; left -= 1) {
    index = readRecord(octets, message, index, end);
    if (record.type !== TYPE_OPT) continue;
    flow.set(DNS_EDNS, true);
    flow.set(DNS_EDNS_PAYLOAD, record.rrClass);
    return;
  }
}
