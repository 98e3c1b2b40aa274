import { Malformed } from "@palisade/base";
import { u8, u16, u24, u32 } from "@palisade/wire";
import { ATTRIBUTE_OCTETS_MAX, attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import { decodeText, type FlowContext } from "../../flow-context.js";
import { MAGIC_OTHER, MAGIC_PARTIAL, magicAt } from "../text-line.js";
import { HpackDecoder, type HpackField } from "./hpack.js";
import * as facts from "./http-facts.js";

/** Types of frames seen, RFC 9113 §6: 0 DATA, 1 HEADERS, 4 SETTINGS … */
export const HTTP2_FRAME_TYPE = attribute("http2.frame-type", "number", { many: true });

/** A frame of a size or on a stream that its type forbids (RFC 9113 §4.2, §6). */
export const HTTP2_FRAME_INVALID = new Malformed("http2.frame-invalid");
/** A header block that is not HPACK (RFC 9113 §4.3: a connection error). */
export const HTTP2_COMPRESSION_INVALID = new Malformed("http2.compression-invalid");

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADER_OCTETS = 9;
const DATA = 0;
const HEADERS = 1;
const PRIORITY = 2;
const RST_STREAM = 3;
const SETTINGS = 4;
const PUSH_PROMISE = 5;
const PING = 6;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
const CONTINUATION = 9;
const FLAG_ACK = 0x01;
const FLAG_END_HEADERS = 0x04;
const FLAG_PADDED = 0x08;
const FLAG_PRIORITY = 0x20;
/** A header block longer than this is skipped, and with it the decoding of its direction. */
const BLOCK_OCTETS_MAX = 12_000;
const SETTINGS_OCTETS_MAX = 96;
/** Octets of a field's value that are read: an attribute's, and one that says that there are more. */
const READ_OCTETS_MAX = ATTRIBUTE_OCTETS_MAX + 1;

const RECOGNISED = 1;
const PREFACE_READ = 2;

/** Header tables of both directions; undefined where a block was missed. */
class Tables {
  readonly decoders: [HpackDecoder | undefined, HpackDecoder | undefined] = [
    new HpackDecoder(),
    new HpackDecoder(),
  ];

  static create(this: void): Tables {
    return new Tables();
  }
}

export const http2: Protocol = {
  name: "http2",
  title: "Hypertext Transfer Protocol, version 2, without TLS",
  spec: "RFC 9113, RFC 7541",
  category: "web",
  attributes: [...facts.httpAttributes, HTTP2_FRAME_TYPE],
  malformed: [HTTP2_FRAME_INVALID, HTTP2_COMPRESSION_INVALID],
  findings: [facts.HTTP_BASIC_CREDENTIALS],
  recognises:
    "The client's connection preface, or a server's first SETTINGS frame with known settings and a second well-formed frame.",
  omits: "Bodies, header blocks that span frames or are longer than 12,000 octets, and pushed requests.",
  stream: {
    ports: [],
    firstOctets: [0x50, 0],
    dissect(octets, offset, end, flow): Outcome {
      if ((flow.stage & RECOGNISED) === 0) {
        const outcome =
          u8(octets, offset) === 0 ? recogniseServer(octets, offset, end) : preface(octets, offset, end);
        if (outcome !== MATCH) return outcome;
        flow.stage = RECOGNISED;
      }
      if ((flow.stage & PREFACE_READ) === 0 && u8(octets, offset) === 0x50) {
        const outcome = preface(octets, offset, end);
        if (outcome === NO) return HTTP2_FRAME_INVALID;
        if (outcome !== MATCH) return MATCH;
        flow.stage |= PREFACE_READ;
        flow.consume(PREFACE.length);
        return MATCH;
      }
      return readFrame(octets, offset, end, flow);
    },
  },
};

/** RFC 9113 §3.4. */
function preface(octets: Uint8Array, offset: number, end: number): Outcome {
  const magic = magicAt(octets, offset, end, PREFACE);
  return magic === MAGIC_OTHER ? NO : magic === MAGIC_PARTIAL ? MORE : MATCH;
}

/** RFC 9113 §3.4: the server begins with SETTINGS. */
function recogniseServer(octets: Uint8Array, offset: number, end: number): Outcome {
  if (end - offset < HEADER_OCTETS) {
    const isSettings =
      (end - offset < 2 || u8(octets, offset + 1) === 0) &&
      (end - offset < 4 || u8(octets, offset + 3) === SETTINGS);
    return isSettings ? MORE : NO;
  }
  const length = u24(octets, offset);
  if (u8(octets, offset + 3) !== SETTINGS || u8(octets, offset + 4) !== 0 || u32(octets, offset + 5) !== 0)
    return NO;
  if (length % 6 !== 0 || length > SETTINGS_OCTETS_MAX) return NO;
  if (end - offset < HEADER_OCTETS + length) return MORE;
  for (let at = offset + HEADER_OCTETS; at < offset + HEADER_OCTETS + length; at += 6) {
    const setting = u16(octets, at);
    if (setting === 0 || setting > 9) return NO;
  }
  const next = offset + HEADER_OCTETS + length;
  if (end - next < HEADER_OCTETS) return MORE;
  return isFrame(octets, next) && u8(octets, next + 3) !== DATA ? MATCH : NO;
}

/** Whether the frame whose header is at hand is of a published type, and keeps that type's rules of size and stream. */
function isFrame(octets: Uint8Array, offset: number): boolean {
  const length = u24(octets, offset);
  const type = u8(octets, offset + 3);
  const flags = u8(octets, offset + 4);
  const stream = u32(octets, offset + 5) & 0x7fff_ffff;
  switch (type) {
    case DATA:
    case HEADERS:
    case CONTINUATION:
    case PUSH_PROMISE:
      return stream !== 0;
    case PRIORITY:
      return stream !== 0 && length === 5;
    case RST_STREAM:
      return stream !== 0 && length === 4;
    case SETTINGS:
      return stream === 0 && length % 6 === 0 && ((flags & FLAG_ACK) === 0 || length === 0);
    case PING:
      return stream === 0 && length === 8;
    case GOAWAY:
      return stream === 0 && length >= 8;
    case WINDOW_UPDATE:
      return length === 4;
    default:
      return false;
  }
}

function readFrame(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < HEADER_OCTETS) return MATCH;
  const length = u24(octets, offset);
  const type = u8(octets, offset + 3);
  // Frames of unknown types are passed over (§4.1).
  if (type <= CONTINUATION && !isFrame(octets, offset)) return HTTP2_FRAME_INVALID;
  const tables = flow.memo(Tables.create);
  if (flow.gap || type === PUSH_PROMISE || type === CONTINUATION) tables.decoders[flow.direction] = undefined;
  if (type === HEADERS) {
    const decoder = tables.decoders[flow.direction];
    const flags = u8(octets, offset + 4);
    if ((flags & FLAG_END_HEADERS) === 0 || length > BLOCK_OCTETS_MAX) {
      tables.decoders[flow.direction] = undefined;
    } else if (decoder !== undefined) {
      if (end - offset < HEADER_OCTETS + length) return MATCH;
      if (
        !readHeaders(octets, offset + HEADER_OCTETS, offset + HEADER_OCTETS + length, flags, flow, decoder)
      ) {
        return HTTP2_COMPRESSION_INVALID;
      }
    }
  }
  flow.set(HTTP2_FRAME_TYPE, type);
  flow.consume(HEADER_OCTETS + length);
  return MATCH;
}

/** RFC 9113 §6.2: padding length and priority may stand before the block, padding behind it. */
function readHeaders(
  octets: Uint8Array,
  start: number,
  end: number,
  flags: number,
  flow: FlowContext,
  decoder: HpackDecoder,
): boolean {
  let from = start;
  let to = end;
  if ((flags & FLAG_PADDED) !== 0) {
    if (from >= end) return false;
    to -= u8(octets, from);
    from += 1;
  }
  if ((flags & FLAG_PRIORITY) !== 0) from += 5;
  if (from > to) return false;
  // None of these fields may stand twice in a block (RFC 9113 §8.3, RFC 9110 §5.3): the first counts, and a block of
  // references to the same long field costs no more than one.
  let seen = 0;
  return decoder.decode(octets, from, to, (field) => {
    const at = FIELDS.indexOf(field.name);
    if (at < 0 || (seen & (1 << at)) !== 0) return;
    seen |= 1 << at;
    setField(field, flow);
  });
}

/** Names of the fields that are read. */
const FIELDS: readonly string[] = [
  ":authority",
  ":method",
  ":path",
  ":status",
  "authorization",
  "content-type",
  "host",
  "location",
  "referer",
  "server",
  "user-agent",
];

function setField(field: HpackField, flow: FlowContext): void {
  const { name, value } = field;
  switch (name) {
    case ":authority":
    case "host": {
      const octets = Buffer.from(value.slice(0, READ_OCTETS_MAX), "latin1");
      const bracket = value.startsWith("[") ? 1 : 0;
      const stop = octets.indexOf(bracket === 1 ? "]" : ":");
      if (value !== "") flow.host(facts.HTTP_HOST, octets, bracket, stop < 0 ? octets.length : stop);
      break;
    }
    case ":method":
      setText(facts.HTTP_METHOD, field, flow);
      break;
    case ":path":
      setText(facts.HTTP_URI, field, flow);
      break;
    case ":status":
      if (/^[1-5][0-9]{2}$/.test(value)) flow.set(facts.HTTP_STATUS, Number(value));
      break;
    case "user-agent":
      setText(facts.HTTP_USER_AGENT, field, flow);
      break;
    case "referer":
      setText(facts.HTTP_REFERER, field, flow);
      break;
    case "server":
      setText(facts.HTTP_SERVER, field, flow);
      break;
    case "location":
      setText(facts.HTTP_LOCATION, field, flow);
      break;
    case "content-type":
      setText(flow.direction === 0 ? facts.HTTP_REQUEST_TYPE : facts.HTTP_CONTENT_TYPE, field, flow);
      break;
    case "authorization":
      if (/^basic /i.test(value)) {
        flow.report(facts.HTTP_BASIC_CREDENTIALS);
        const pair = Buffer.from(value.slice(6, 6 + 2 * READ_OCTETS_MAX), "base64");
        const colon = pair.indexOf(0x3a);
        if (colon >= 0) flow.text(facts.HTTP_USER, pair, 0, colon);
      }
      break;
  }
}

function setText(to: typeof facts.HTTP_URI, field: HpackField, flow: FlowContext): void {
  if (!flow.wants(to)) return;
  if (field.text === undefined) {
    const octets = Buffer.from(field.value.slice(0, READ_OCTETS_MAX), "latin1");
    field.text = decodeText(octets, 0, octets.length);
  }
  flow.set(to, field.text);
}
