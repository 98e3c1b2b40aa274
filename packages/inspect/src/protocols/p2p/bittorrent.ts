import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { fieldIs, headEnd, headerField, nextField } from "../text-head.js";
import { bencodeEnd, bencodeStringStart, bencodeStringStop, bencodeValue } from "./bencode.js";
import { UTP_EXTENSION_OVERRUN, utpOutcome, utpPayload } from "./utp.js";

/** SHA-1 of the torrent's description: which content is shared. */
export const BITTORRENT_INFO_HASH = attribute("bittorrent.info-hash", "hex", { many: true });
/** Start of the peer identifier, by which software names itself and its version: `-UT3450-`. */
export const BITTORRENT_CLIENT = attribute("bittorrent.client", "text", { many: true });
/** How it is spoken: `peer`, `utp`, `dht`, `tracker`, `discovery`. */
export const BITTORRENT_KIND = attribute("bittorrent.kind", "text", { many: true });
/** Queries of the distributed hash table: `ping`, `find_node`, `get_peers`, `announce_peer`. */
export const BITTORRENT_QUERY = attribute("bittorrent.query", "text", { many: true });

/** A bencoded message of the distributed hash table that does not hold what BEP 5 asks for. */
export const BITTORRENT_DHT_MALFORMED = new Malformed("bittorrent.dht-malformed");

const HANDSHAKE = "\x13BitTorrent protocol";
/** Name, eight reserved octets, information hash, peer identifier (BEP 3). */
const HANDSHAKE_BYTES = 68;
const HASH_BYTES = 20;
const CLIENT_BYTES = 8;
const SEARCH = "BT-SEARCH * HTTP/1.";
const DICTIONARY = 0x64;
/** BEP 15: the constant that opens a connection to a tracker. */
const TRACKER_MAGIC_HIGH = 0x417;
const TRACKER_MAGIC_LOW = 0x27101980;
const CONNECT_BYTES = 16;
const ANNOUNCE_BYTES = 98;
/** Apart from the counts and verdict that µTP keeps in `flow.stage`. */
const TRACKER_DECIDED = -2;

export const bittorrent: Protocol = {
  name: "bittorrent",
  title: "BitTorrent",
  spec: "BEP 3 (peers), BEP 5 (DHT), BEP 14 (local discovery), BEP 15 (UDP trackers), BEP 29 (µTP)",
  category: "peer-to-peer",
  attributes: [BITTORRENT_INFO_HASH, BITTORRENT_CLIENT, BITTORRENT_KIND, BITTORRENT_QUERY],
  malformed: [BITTORRENT_DHT_MALFORMED, UTP_EXTENSION_OVERRUN],
  recognises:
    "The peers' handshake, a bencoded DHT message, a tracker's connection constant, a local search, or µTP packets that agree with each other.",
  omits:
    "Pieces, extension messages, encrypted peers (message stream encryption), and HTTP trackers, which are HTTP.",
  stream: {
    ports: [6881],
    firstOctets: [0x13],
    dissect(octets, offset, end, flow) {
      const have = end - offset;
      if (have < HANDSHAKE.length) {
        return startsWith(octets, offset, end, HANDSHAKE.slice(0, have))
          ? flow.stage === 0
            ? MORE
            : MATCH
          : NO;
      }
      if (!startsWith(octets, offset, end, HANDSHAKE)) return flow.stage === 0 ? NO : DONE;
      if (have < HANDSHAKE_BYTES) return MATCH;
      flow.stage |= 1 << flow.direction;
      handshake(octets, offset, flow);
      flow.consume(HANDSHAKE_BYTES);
      return flow.stage === 3 ? DONE : MATCH;
    },
  },
  datagram: {
    ports: [6881, 6771],
    firstOctets: [0x00, 0x01, 0x11, 0x21, 0x31, 0x41, 0x42, DICTIONARY],
    dissect(octets, offset, end, flow) {
      const first = u8(octets, offset);
      if (first === DICTIONARY) {
        const outcome = hashTable(octets, offset, end, flow);
        if (outcome !== NO) return outcome;
      } else if (first === 0x42) {
        return search(octets, offset, end, flow);
      } else if (first === 0 || flow.stage === TRACKER_DECIDED) {
        const outcome = tracker(octets, offset, end, flow);
        if (outcome !== NO) return outcome;
      }
      const outcome = utpOutcome(octets, offset, end, flow);
      if (outcome !== MATCH) return outcome;
      flow.set(BITTORRENT_KIND, "utp");
      const payload = utpPayload(octets, offset, end);
      if (startsWith(octets, payload, end, HANDSHAKE) && end - payload >= HANDSHAKE_BYTES) {
        identify(octets, payload, flow);
      }
      return MATCH;
    },
  },
};

function handshake(octets: Uint8Array, offset: number, flow: FlowContext): void {
  flow.set(BITTORRENT_KIND, "peer");
  identify(octets, offset, flow);
}

function identify(octets: Uint8Array, offset: number, flow: FlowContext): void {
  const hash = offset + HANDSHAKE.length + 8;
  flow.hex(BITTORRENT_INFO_HASH, octets, hash, hash + HASH_BYTES);
  client(octets, hash + HASH_BYTES, flow);
}

/** `-UT3450-`: two letters of the program and four of its version between hyphens (BEP 20); other styles are left out. */
function client(octets: Uint8Array, start: number, flow: FlowContext): void {
  if (u8(octets, start) !== 0x2d) return;
  for (let index = start + 1; index < start + CLIENT_BYTES; index += 1) {
    if (u8(octets, index) < 0x21 || u8(octets, index) > 0x7e) return;
  }
  flow.text(BITTORRENT_CLIENT, octets, start, start + CLIENT_BYTES);
}

/** BEP 5: a dictionary with transaction `t` and type `y`, of which `q`, `r` and `e` exist. */
function hashTable(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  // Keys of one letter, or `ip` (BEP 42), stand first; anything else that begins with `d` is told apart by this.
  const keyLength = u8(octets, offset + 1);
  if (end - offset < 12 || (keyLength !== 0x31 && keyLength !== 0x32) || u8(octets, offset + 2) !== 0x3a)
    return NO;
  if (bencodeEnd(octets, offset, end) !== end) return BITTORRENT_DHT_MALFORMED;
  const type = bencodeStringStart(octets, bencodeValue(octets, offset, end, "y"), end);
  if (type < 0 || bencodeValue(octets, offset, end, "t") < 0) return BITTORRENT_DHT_MALFORMED;
  const kind = u8(octets, type);
  if (kind !== 0x71 && kind !== 0x72 && kind !== 0x65) return BITTORRENT_DHT_MALFORMED;
  const body = bencodeValue(octets, offset, end, kind === 0x71 ? "a" : kind === 0x72 ? "r" : "e");
  if (body < 0) return BITTORRENT_DHT_MALFORMED;
  flow.set(BITTORRENT_KIND, "dht");
  if (kind === 0x71) {
    const query = bencodeValue(octets, offset, end, "q");
    const from = bencodeStringStart(octets, query, end);
    if (from < 0) return BITTORRENT_DHT_MALFORMED;
    flow.text(BITTORRENT_QUERY, octets, from, bencodeStringStop(octets, query, end));
    if (u8(octets, body) !== DICTIONARY) return BITTORRENT_DHT_MALFORMED;
    const hash = bencodeValue(octets, body, end, "info_hash");
    const start = bencodeStringStart(octets, hash, end);
    if (start >= 0) flow.hex(BITTORRENT_INFO_HASH, octets, start, bencodeStringStop(octets, hash, end));
  }
  return MATCH;
}

/** BEP 14: `BT-SEARCH * HTTP/1.1`, with one `Infohash` or several. */
function search(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (!startsWith(octets, offset, end, SEARCH)) return NO;
  const headStop = headEnd(octets, offset, end);
  const stop = headStop < 0 ? end : headStop;
  flow.set(BITTORRENT_KIND, "discovery");
  for (let next = nextField(octets, offset, stop); next >= 0; next = nextField(octets, next, stop)) {
    if (fieldIs(octets, "infohash")) infoHashText(octets, headerField.from, headerField.to, flow);
  }
  return MATCH;
}

/** A hash in hexadecimal, in lower case as every other. */
function infoHashText(octets: Uint8Array, start: number, stop: number, flow: FlowContext): void {
  if (!flow.wants(BITTORRENT_INFO_HASH) || stop - start !== 2 * HASH_BYTES) return;
  let text = "";
  for (let index = start; index < stop; index += 1) {
    const digit = u8(octets, index);
    if (!isHexDigit(digit)) return;
    text += String.fromCharCode(digit >= 0x41 && digit <= 0x46 ? digit | 0x20 : digit);
  }
  flow.set(BITTORRENT_INFO_HASH, text);
}

function isHexDigit(octet: number): boolean {
  const lower = octet | 0x20;
  return (octet >= 0x30 && octet <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

/** BEP 15: a connect request holds the constant; after it come its answer and announcements. */
function tracker(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const length = end - offset;
  if (length === CONNECT_BYTES && u32(octets, offset) === TRACKER_MAGIC_HIGH) {
    if (u32(octets, offset + 4) !== TRACKER_MAGIC_LOW || u32(octets, offset + 8) !== 0) return NO;
    flow.stage = TRACKER_DECIDED;
    flow.set(BITTORRENT_KIND, "tracker");
    return MATCH;
  }
  if (flow.stage !== TRACKER_DECIDED) return NO;
  if (length >= ANNOUNCE_BYTES && u32(octets, offset + 8) === 1 && u16(octets, offset + 96) !== 0) {
    flow.hex(BITTORRENT_INFO_HASH, octets, offset + 16, offset + 36);
    client(octets, offset + 36, flow);
  }
  return MATCH;
}
