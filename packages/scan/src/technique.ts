/**
 * What a scan technique is: how a probe is built, how a reply reads and what silence means. Pure: pacing, retries, sockets
 * and the matching of replies to targets belong to the scheduler.
 */

/** nmap's states of a port. */
export type PortState = "open" | "closed" | "filtered" | "unfiltered" | "open|filtered" | "closed|filtered";

/** nmap's words for why. */
export type Reason =
  | "syn-ack"
  | "reset"
  | "conn-refused"
  | "init-ack"
  | "abort"
  | "udp-response"
  | "proto-response"
  | "echo-reply"
  | "no-response"
  | "no-route"
  | "net-unreach"
  | "host-unreach"
  | "proto-unreach"
  | "port-unreach"
  | "param-problem"
  | "net-prohibited"
  | "host-prohibited"
  | "admin-prohibited"
  | "time-exceeded"
  | HostReason;

/** nmap's words for why a host is up that are not said of ports. */
export type HostReason =
  | "timestamp-reply"
  | "addressmask-reply"
  | "arp-response"
  | "nd-response"
  | "localhost-response"
  | "user-set";

export interface Verdict {
  readonly state: PortState;
  readonly reason: Reason;
}

/** One probe to be written; one object, filled anew for each. */
export interface ProbeTarget {
  readonly ipVersion: 4 | 6;
  /** Sum of the 16-bit words of both addresses: what the pseudo header's checksum begins with (RFC 1071). */
  readonly addressSum: number;
  readonly sourcePort: number;
  /** The port that is asked about; the IP protocol number where the technique asks about those. */
  readonly port: number;
  /** The pass that the probe belongs to, from 0. Default 0. */
  readonly pass?: number | undefined;
  /** 32 bits that only we know for this address and port: what a true reply carries back. */
  readonly cookie: number;
}

export const REPLY_TCP = 1;
export const REPLY_UDP = 2;
export const REPLY_SCTP = 3;
/** An ICMP or ICMPv6 error about a probe. */
export const REPLY_ERROR = 4;
/** Another IP protocol, from the address that was asked. */
export const REPLY_IP = 5;

/** One packet that may answer a probe; one object, filled anew for each. Fields that its kind does not have are 0. */
export interface Reply {
  kind: number;
  ipVersion: 4 | 6;
  /** IP protocol of the reply; of the quoted probe where it is an error. What a scan of IP protocols asked about. */
  ipProtocol: number;
  /** TCP: flags, sequence and acknowledgement number (32 bits, unsigned), window. */
  tcpFlags: number;
  sequence: number;
  acknowledgement: number;
  window: number;
  /** SCTP: verification tag, and type of the first chunk. */
  verificationTag: number;
  chunkType: number;
  /** ICMP and ICMPv6, errors or not: type and code. */
  type: number;
  code: number;
  /**
   * Errors: 32 bits of the quoted probe, where its technique put the cookie. TCP: the sequence number. SCTP: the initiate tag
   * of an INIT, 0 where the quotation ends before it. Else the four octets of the transport header behind the ports.
   * ICMP that is no error: the four octets behind the checksum (an echo's identifier and sequence number).
   */
  quoted: number;
  /** The error came from the address that was asked, not from a router on the way. */
  fromTarget: boolean;
}

export interface Technique {
  /** As the user names it: `syn`. */
  readonly name: string;
  /** nmap's letter: `S` in `-sS`. */
  readonly letter: string;
  /** What its ports are called in results. */
  readonly protocol: "tcp" | "udp" | "sctp" | "ip";
  /** The IP protocol number of its probes; 0 where each target has its own. */
  readonly ipProtocol: number;
  /** What a port is that never answered. */
  readonly silence: PortState;
  /** Whether the host's own ICMP error says that a port is closed: hosts limit those (`LimitedHosts`). Default: something else does. */
  readonly closedByError?: boolean;
  /** Octets of the longest probe. */
  readonly probeBytesMax: number;
  /** Writes the probe's transport part, its checksum included, at `at`. Returns its length in octets. */
  write(octets: Uint8Array, at: number, target: ProbeTarget): number;
  /**
   * What a reply from the address and port that were asked says; undefined where it answers no probe of ours. Returns one
   * of a few constants, never a new object.
   */
  classify(reply: Readonly<Reply>, cookie: number): Verdict | undefined;
}
