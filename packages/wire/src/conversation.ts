import { IPV4_BYTES, parseIpAddress } from "./address.js";
import { type AddressLike, ipv4, ipv6, NOTHING, tcp, udp } from "./build.js";
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from "./headers/tcp.js";

/**
 * Whole conversations as IP packets, for tests and examples: `tcpConversation({ client, server, turns }).map((payload) =>
 * ethernet({ payload }))`.
 */
export interface Endpoint {
  /** Both ends' are of one IP version. */
  readonly address: AddressLike;
  readonly port: number;
}

/** What one end says, before the other answers. */
export interface Turn {
  readonly from: "client" | "server";
  readonly octets: Uint8Array;
}

/** Two ends, and what they say in turn. */
export interface ConversationOptions {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly turns: readonly Turn[];
}

/** As `ConversationOptions`, and how the connection is numbered, cut into segments, begun and ended. */
export interface TcpConversationOptions extends ConversationOptions {
  /** Initial sequence numbers; default 1000 and 5000. */
  readonly clientSequence?: number;
  readonly serverSequence?: number;
  /** Most octets of a turn in one segment; default 1460. */
  readonly segmentBytesMax?: number;
  /** Default `true`; without it the conversation is met midstream. */
  readonly handshake?: boolean;
  /** How the client ends it; default `"fin"`, which the server answers in kind. */
  readonly close?: "fin" | "reset" | "none";
}

/**
 * A TCP connection in which nothing is lost: handshake, the turns in segments, of which the other end acknowledges the last
 * of each turn, and the close.
 *
 * @throws {RangeError} where an address is none, or the segments are asked to be empty
 */
export function tcpConversation(options: TcpConversationOptions): Uint8Array[] {
  const segmentBytesMax = options.segmentBytesMax ?? 1460;
  if (segmentBytesMax < 1) throw new RangeError("tcpConversation: a segment carries at least one octet");
  const sequence = { client: options.clientSequence ?? 1000, server: options.serverSequence ?? 5000 };
  const packets: Uint8Array[] = [];
  const say = (from: Turn["from"], flags: number, payload: Uint8Array = NOTHING): void => {
    const { source, destination } = ends(options, from);
    const acknowledged = flags & TCP_ACK ? sequence[from === "client" ? "server" : "client"] : 0;
    const segment = tcp({
      sourcePort: source.port,
      destinationPort: destination.port,
      sequence: sequence[from],
      acknowledgement: acknowledged,
      flags,
      payload,
    });
    packets.push(ip(source, destination, segment));
    // SYN and FIN occupy one sequence number each (RFC 9293 §3.4).
    const numbers = payload.length + (flags & TCP_SYN ? 1 : 0) + (flags & TCP_FIN ? 1 : 0);
    sequence[from] = (sequence[from] + numbers) >>> 0;
  };
  if (options.handshake !== false) {
    say("client", TCP_SYN);
    say("server", TCP_SYN | TCP_ACK);
    say("client", TCP_ACK);
  }
  for (const { from, octets } of options.turns) {
    for (let start = 0; start < octets.length; start += segmentBytesMax) {
      const last = start + segmentBytesMax >= octets.length;
      say(from, TCP_ACK | (last ? TCP_PSH : 0), octets.subarray(start, start + segmentBytesMax));
    }
    if (octets.length > 0) say(from === "client" ? "server" : "client", TCP_ACK);
  }
  if (options.close === "reset") {
    say("client", TCP_RST | TCP_ACK);
  } else if (options.close !== "none") {
    say("client", TCP_FIN | TCP_ACK);
    say("server", TCP_FIN | TCP_ACK);
    say("client", TCP_ACK);
  }
  return packets;
}

/** Each turn as one UDP datagram. */
export function udpConversation(options: ConversationOptions): Uint8Array[] {
  return options.turns.map(({ from, octets }) => {
    const { source, destination } = ends(options, from);
    const datagram = udp({ sourcePort: source.port, destinationPort: destination.port, payload: octets });
    return ip(source, destination, datagram);
  });
}

function ends(options: ConversationOptions, from: Turn["from"]): { source: Endpoint; destination: Endpoint } {
  const { client, server } = options;
  return from === "client"
    ? { source: client, destination: server }
    : { source: server, destination: client };
}

function ip(source: Endpoint, destination: Endpoint, payload: Uint8Array): Uint8Array {
  const octets = typeof source.address === "string" ? parseIpAddress(source.address) : source.address;
  const builder = octets?.length === IPV4_BYTES ? ipv4 : ipv6;
  return builder({ source: source.address, destination: destination.address, payload });
}
