/**
 * Questions to the kernel by netlink (netlink(7)), and the walk through its answers.
 *
 * The kernel answers while it takes the question, so that no answer is waited for. Answers are walked with every length
 * held against what is there: a message that is not understood, or not an answer to the question, is passed over.
 */
import { assert, PalisadeError } from "@palisade/base";
import { put32le, u16le, u32le } from "@palisade/wire";
import {
  AF_NETLINK,
  errorName,
  type KernelCall,
  type Memory,
  openSystem,
  SOCK_CLOEXEC,
  SOCK_RAW,
} from "./system.js";

/** Messages of an answer and what they hold. */
export interface NetlinkSink {
  /** `start … end` is what stands behind the message's header. */
  message(type: number, octets: Uint8Array, start: number, end: number): void;
  /** The answer is over; `errno` is 0, or why the question was refused. */
  over(errno: number): void;
  /** What was asked for changed while it was listed. */
  interrupted(): void;
}

/** A room that takes the longest datagram of an answer: the kernel fills 32 KiB at most. */
const ANSWER_BYTES = 64 * 1024;
/** Datagrams of one answer, 32 KiB of addresses or routes each: two million routes of IPv6 take some 9,000. */
const ANSWER_DATAGRAMS_MAX = 16_384;
/** The longest question: header, family's header, and two attributes. */
const QUESTION_BYTES = 128;

const EINTR = 4;
const EAGAIN = 11;
const NETLINK_ROUTE = 0;
const MSG_DONTWAIT = 0x40;
/** recv(2) tells the datagram's own length, so that one that was cut is noticed. */
const MSG_TRUNC = 0x20;

const NLMSG_HEADER_BYTES = 16;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 0x1;
const NLM_F_MULTI = 0x2;
const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;

const ATTRIBUTE_HEADER_BYTES = 4;
/** The flags "nested" and "network byte order" lie above. */
const ATTRIBUTE_TYPE = 0x3fff;

/** Functions and memory for questions: one for the process, since JavaScript asks them one at a time. */
interface Doors {
  readonly socket: KernelCall;
  readonly send: KernelCall;
  readonly receive: KernelCall;
  readonly close: KernelCall;
  readonly indexToName: KernelCall;
  readonly errno: () => number;
  readonly memory: Memory;
}

let doors: Doors | undefined;
let sequence = 0;

function openDoors(): Doors {
  if (doors !== undefined) return doors;
  const system = openSystem();
  doors = {
    socket: system.door("socket", "int", ["int", "int", "int"]),
    send: system.door("send", "intptr_t", ["int", "void *", "size_t", "int"]),
    receive: system.door("recv", "intptr_t", ["int", "void *", "size_t", "int"]),
    close: system.door("close", "int", ["int"]),
    errno: () => system.errno(),
    indexToName: system.door("if_indextoname", "intptr_t", ["uint", "void *"]),
    memory: system.allocate(ANSWER_BYTES, "routes"),
  };
  return doors;
}

/**
 * Walks the messages of one datagram of an answer. A length that is smaller than a header, or points past the end, ends the
 * walk.
 *
 * @param wanted the question's sequence number; other messages are passed over
 */
export function visitMessages(octets: Uint8Array, bytes: number, wanted: number, sink: NetlinkSink): void {
  let at = 0;
  while (at + NLMSG_HEADER_BYTES <= bytes) {
    const length = u32le(octets, at);
    const end = at + length;
    if (length < NLMSG_HEADER_BYTES || end > bytes) return;
    const type = u16le(octets, at + 4);
    const flags = u16le(octets, at + 6);
    const body = at + NLMSG_HEADER_BYTES;
    if (u32le(octets, at + 8) === wanted) {
      if ((flags & NLM_F_DUMP_INTR) !== 0) sink.interrupted();
      if (type === NLMSG_ERROR || type === NLMSG_DONE) {
        // Both begin with a number: 0, or a negative errno. An end without one is a good end.
        sink.over(end - body >= 4 ? -(u32le(octets, body) | 0) : 0);
        return;
      }
      sink.message(type, octets, body, end);
      if ((flags & NLM_F_MULTI) === 0) {
        sink.over(0);
        return;
      }
    }
    at += aligned(length);
  }
}

/** Walks attributes, as `visitMessages` does messages. */
export function visitAttributes(
  octets: Uint8Array,
  start: number,
  end: number,
  visit: (type: number, from: number, to: number) => void,
): void {
  let at = start;
  while (at + ATTRIBUTE_HEADER_BYTES <= end) {
    const length = u16le(octets, at);
    if (length < ATTRIBUTE_HEADER_BYTES || at + length > end) return;
    visit(u16le(octets, at + 2) & ATTRIBUTE_TYPE, at + ATTRIBUTE_HEADER_BYTES, at + length);
    at += aligned(length);
  }
}

/** A message to the kernel. */
export class Question {
  readonly octets = new Uint8Array(QUESTION_BYTES);
  readonly bodyAt = NLMSG_HEADER_BYTES;
  readonly sequence: number;
  #bytes: number;

  constructor(type: number, flags: number, bodyBytes: number) {
    sequence = (sequence + 1) >>> 0;
    this.sequence = sequence;
    this.#bytes = NLMSG_HEADER_BYTES + bodyBytes;
    this.octets[4] = type;
    this.octets[6] = (NLM_F_REQUEST | flags) & 0xff;
    this.octets[7] = flags >>> 8;
    put32le(this.octets, 8, this.sequence);
  }

  attribute(type: number, value: Uint8Array): void {
    const length = ATTRIBUTE_HEADER_BYTES + value.length;
    const at = this.#bytes;
    assert(at + aligned(length) <= QUESTION_BYTES, "routes: a question fits into its room");
    this.octets[at] = length;
    this.octets[at + 2] = type;
    this.octets.set(value, at + ATTRIBUTE_HEADER_BYTES);
    this.#bytes = at + aligned(length);
  }

  /** The whole, its length written in. */
  finished(): Uint8Array {
    put32le(this.octets, 0, this.#bytes);
    return this.octets.subarray(0, this.#bytes);
  }
}

/**
 * Asks, and hands out the messages of the answer, up to where there are `enough`.
 *
 * @returns 0, or the error number by which the kernel refused
 * @throws {PalisadeError} `LINK_UNSUPPORTED`, `LINK_FAILED`
 */
export function ask(
  question: Question,
  message: (type: number, octets: Uint8Array, start: number, end: number) => void,
  interrupted: () => void = () => undefined,
  enough: () => boolean = () => false,
): number {
  const { socket, send, receive, close, errno, memory } = openDoors();
  // A socket for each question: a network namespace is that of the moment when the socket is made.
  const fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) throw noNetlink(errno());
  try {
    const octets = question.finished();
    memory.octets.set(octets);
    if (send(fd, memory.address, octets.length, 0) < 0) throw failed("netlink: send", errno());
    let result: number | undefined;
    const sink: NetlinkSink = { message, interrupted, over: (number) => (result = number) };
    for (let datagrams = 0; datagrams < ANSWER_DATAGRAMS_MAX && result === undefined; datagrams += 1) {
      const bytes = receive(fd, memory.address, ANSWER_BYTES, MSG_DONTWAIT | MSG_TRUNC);
      if (bytes < 0) {
        const number = errno();
        if (number === EINTR) continue;
        throw failed(number === EAGAIN ? "netlink: the answer has no end" : "netlink: recv", number);
      }
      visitMessages(memory.octets, Math.min(bytes, ANSWER_BYTES), question.sequence, sink);
      if (enough()) return 0;
    }
    if (result === undefined) {
      throw new PalisadeError(
        "LINK_FAILED",
        `cannot ask the kernel about routes: its answer has over ${ANSWER_DATAGRAMS_MAX} parts, which is more than is read`,
      );
    }
    return result;
  } finally {
    close(fd);
  }
}

export function failed(what: string, errno: number): PalisadeError {
  return new PalisadeError("LINK_FAILED", `cannot ask the kernel about routes: ${what}: ${errorName(errno)}`);
}

function noNetlink(errno: number): PalisadeError {
  return new PalisadeError(
    "LINK_UNSUPPORTED",
    `cannot ask the kernel about routes: socket: ${errorName(errno)}: let this process use netlink ` +
      "(systemd: RestrictAddressFamilies=AF_NETLINK and what else it lists)",
  );
}

/** Messages and attributes begin at multiples of four octets. */
function aligned(length: number): number {
  return (length + 3) & ~3;
}

/** The name of the interface of an index; `undefined` where there is none. */
export function interfaceName(index: number): string | undefined {
  const { indexToName, memory } = openDoors();
  if (indexToName(index, memory.address) === 0) return undefined;
  return new TextDecoder().decode(memory.octets.subarray(0, memory.octets.indexOf(0)));
}
