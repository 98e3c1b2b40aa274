/**
 * ICMP queries as pings: echo (RFC 792, RFC 4443 §4.1), timestamp (RFC 792) and address mask (RFC 950, appendix I; deprecated
 * by RFC 6918, and still answered by some routers and printers).
 *
 * Identifier and sequence number are the cookie, which every reply and every error gives back (RFC 1122 §3.2.2.6). ICMP has no
 * ports: the port of these techniques is 0.
 */
import {
  finishChecksum,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_BYTES,
  ICMP_TIMESTAMP_REPLY,
  ICMP_TIMESTAMP_REQUEST,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  internetSum,
  put8,
  put16,
  put32,
} from "@palisade/wire";
import { REPLY_ERROR, REPLY_IP, type Reason, type Technique } from "../technique.js";
import { filteredByError, verdict } from "../techniques/verdicts.js";

/** The port of a ping that has none, for plans and cookies. */
export const NO_PORT = 0;

/** RFC 950, appendix I: type of the request, and of the reply. */
const ADDRESS_MASK_REQUEST = 17;
const ADDRESS_MASK_REPLY = 18;
const ADDRESS_MASK_BYTES = 4;
/** Originate, receive and transmit timestamp. */
const TIMESTAMPS_BYTES = 12;
/** RFC 792: an originate timestamp with this bit counts from no particular time. */
const TIMESTAMP_NOT_STANDARD = 0x8000_0000;

interface Query {
  readonly name: string;
  /** nmap's letter, as in `-PE`. */
  readonly letter: string;
  readonly ipProtocol: typeof IP_PROTOCOL_ICMP | typeof IP_PROTOCOL_ICMPV6;
  readonly request: number;
  readonly reply: number;
  /** Octets behind the header: the first four hold `first`, the others 0. */
  readonly bodyBytes: number;
  readonly first: number;
  readonly reason: Reason;
}

function query(options: Query): Technique {
  const { name, letter, ipProtocol, request, bodyBytes, first } = options;
  const answered = verdict("open", options.reason);
  const bytes = ICMP_HEADER_BYTES + bodyBytes;
  return {
    name,
    letter,
    protocol: "ip",
    ipProtocol,
    silence: "filtered",
    probeBytesMax: bytes,
    write(octets, at, target) {
      put8(octets, at, request);
      put8(octets, at + 1, 0);
      put16(octets, at + 2, 0);
      put32(octets, at + 4, target.cookie);
      for (let index = 0; index < bodyBytes; index += 4) {
        put32(octets, at + ICMP_HEADER_BYTES + index, index === 0 ? first : 0);
      }
      // Of the two only ICMPv6's checksum covers a pseudo header (RFC 4443 §2.3).
      const pseudo = ipProtocol === IP_PROTOCOL_ICMPV6 ? target.addressSum + IP_PROTOCOL_ICMPV6 + bytes : 0;
      put16(octets, at + 2, finishChecksum(internetSum(octets, at, at + bytes, pseudo)));
      return bytes;
    },
    classify(reply, cookie) {
      if (reply.ipProtocol !== ipProtocol || reply.quoted !== cookie) return undefined;
      if (reply.kind === REPLY_ERROR) return filteredByError(reply);
      return reply.kind === REPLY_IP && reply.type === options.reply ? answered : undefined;
    },
  };
}

const ECHO = { name: "echo", letter: "E", bodyBytes: 0, first: 0, reason: "echo-reply" } as const;

/** Echo over IPv4: every host has to answer it (RFC 1122 §3.2.2.6), and many a filter drops it. */
export const echo: Technique = query({
  ...ECHO,
  ipProtocol: IP_PROTOCOL_ICMP,
  request: ICMP_ECHO_REQUEST,
  reply: ICMP_ECHO_REPLY,
});

/** Echo over IPv6 (RFC 4443 §4.2). */
export const echoV6: Technique = query({
  ...ECHO,
  ipProtocol: IP_PROTOCOL_ICMPV6,
  request: ICMPV6_ECHO_REQUEST,
  reply: ICMPV6_ECHO_REPLY,
});

/** Timestamp, IPv4 only: asks the time of a host that may answer it (RFC 1122 §3.2.2.8). What it says is not read. */
export const timestamp: Technique = query({
  name: "timestamp",
  letter: "P",
  ipProtocol: IP_PROTOCOL_ICMP,
  request: ICMP_TIMESTAMP_REQUEST,
  reply: ICMP_TIMESTAMP_REPLY,
  bodyBytes: TIMESTAMPS_BYTES,
  first: TIMESTAMP_NOT_STANDARD,
  reason: "timestamp-reply",
});

/** Address mask, IPv4 only: asks for the mask of the subnet. What it says is not read. */
export const addressMask: Technique = query({
  name: "address-mask",
  letter: "M",
  ipProtocol: IP_PROTOCOL_ICMP,
  request: ADDRESS_MASK_REQUEST,
  reply: ADDRESS_MASK_REPLY,
  bodyBytes: ADDRESS_MASK_BYTES,
  first: 0,
  reason: "addressmask-reply",
});
