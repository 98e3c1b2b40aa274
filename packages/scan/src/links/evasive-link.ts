/**
 * A link that changes what leaves by another one: decoys, fragments, wrong checksums, other hops, data behind the probe. For
 * trying out filters and detection systems.
 *
 * The scheduler writes into slots of this link as it would into the other's, and each frame in them becomes one or more in the
 * other's slots, its pieces: the copies in the order of the decoys, of each copy the fragments from the first on. Of a probe's
 * first eight octets behind the IP header nothing is changed but a checksum or a UDP length, so the cookie comes back by replies
 * and by errors that quote the probe.
 *
 * What each engine makes of it. `packet` sends the octets as they are. `raw-ip` has the kernel write the total length and the
 * header checksum of IPv4, which are right here anyway, and the identification and source address where they are zero, which
 * they never are (raw(7)); it routes by the destination alone and looks neither at the source nor at the transport. Where this
 * machine's firewall follows connections, the kernel puts fragments of `raw-ip` together for it: those of IPv4 it cuts again to
 * the size of the largest, which makes the same ones, and those of IPv6 only to 1,280 octets (ip6_fragment), so they would leave
 * whole. Whether it does so nothing tells, and fragments of IPv6 are refused there.
 */
import { assert, PalisadeError } from "@palisade/base";
import {
  finishChecksum,
  IP_PROTOCOL_FRAGMENT,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  IPV4_HEADER_BYTES,
  IPV6_FRAGMENT_HEADER_BYTES,
  IPV6_HEADER_BYTES,
  internetSum,
  type PacketSink,
  put8,
  put16,
  put32,
  put32le,
  sctpChecksum,
  u8,
  u16,
} from "@palisade/wire";
import { DataAcknowledgements } from "./data-acknowledgements.js";
import {
  checkEvasion,
  type Evasion,
  type EvasiveProbes,
  evasiveProbeBytes,
  framesPerProbe,
} from "./evasion.js";
import { atIpv4, atIpv6 } from "./frames.js";
import { identification4, mixed, nextRandom } from "./identifications.js";
import type { ProbeLink, ProbePath } from "./probe-link.js";
import {
  checksumOffset,
  countsAddresses,
  isSummed,
  spoiledChecksum,
  spoiledCrc,
} from "./transport-checksum.js";

export interface EvasiveLinkOptions extends EvasiveProbes {
  readonly evasion: Evasion;
  /** For identifications and data: 0 … 1, exclusive. Default `Math.random`. */
  readonly random?: () => number;
}

/** Probes that are written before they are sent; a larger batch is not faster. */
const SLOTS_MAX = 64;
/** Ethernet and IPv6. */
const HEADER_BYTES_MAX = 14 + 40;

const atFragment = { nextHeader: 0, reserved: 1, offset: 2, identification: 4 } as const;
const UDP_LENGTH_AT = 4;
const MORE_FRAGMENTS_V4 = 0x2000;
const MORE_FRAGMENTS_V6 = 1;

export class EvasiveLink implements ProbeLink {
  readonly engine: string;
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots: number;
  readonly linkAddresses: Uint8Array | undefined;
  /** Frames that the longest probe comes to. The scheduler's rate counts probes. */
  readonly framesPerProbe: number;
  readonly #inner: ProbeLink;
  readonly #evasion: Evasion;
  readonly #ipVersion: 4 | 6;
  readonly #ipBytes: number;
  readonly #sourceAt: number;
  readonly #addressBytes: 4 | 16;
  readonly #replies: DataAcknowledgements | undefined;
  readonly #data: Uint8Array;
  readonly #copies: number;
  /** Where the IP header begins in each frame; -1 until a way was asked for. */
  #ipAt = -1;

  /** By slot: octets of the frame there, and what the identifications of its pieces are made from. */
  readonly #lengths: Uint32Array;
  readonly #seeds: Uint32Array;
  /** By the other link's slot: whose piece stands there, and its which. */
  readonly #slotOf: Uint16Array;
  readonly #pieceOf: Uint32Array;

  /** The frame that is cut, as its copy `#copy` is: link header, IP header, transport, data. */
  readonly #frame: Uint8Array;
  #frameSlot = -1;
  #copy = -1;
  #fragments = 1;
  #transportAt = 0;
  #transportBytes = 0;
  #protocol = 0;
  /** Sum that the transport's checksum is made from, without the source address, which each copy adds where it counts. */
  #sum = 0;
  #checksumAt = 0;

  /** The frame that was begun and not ended, which stands in slot 0 of the next batch; how many pieces of it are out. */
  readonly #begun: Uint8Array;
  #begunBytes = 0;
  #begunPieces = 0;
  #begunSeed = 0;
  #random: number;

  /**
   * @param inner has slots with room for `evasiveProbeBytes` behind the headers; closed with this link
   * @throws {PalisadeError} as `checkEvasion`; `SCAN_EVASION_FRAGMENTS` also for IPv6 where the other link's engine is `raw-ip`
   */
  constructor(inner: ProbeLink, options: EvasiveLinkOptions) {
    const { evasion, ipVersion, ipProtocol, probeBytesMax, random = Math.random } = options;
    checkEvasion(evasion, options);
    if (evasion.fragmentBytes !== undefined && ipVersion === 6 && inner.engine === "raw-ip") {
      throw new PalisadeError(
        "SCAN_EVASION_FRAGMENTS",
        "fragments of IPv6 stay as they are only in frames of our own (engine packet), and the kernel routes these probes: scan one target, or targets behind one router, or do without fragments",
      );
    }
    assert(
      inner.slotBytes >= HEADER_BYTES_MAX + evasiveProbeBytes(evasion, options),
      "evasive link: what comes of a probe fits into a slot underneath",
    );
    this.engine = inner.engine;
    this.linkAddresses = inner.linkAddresses;
    this.#inner = inner;
    this.#evasion = evasion;
    this.#ipVersion = ipVersion;
    this.#ipBytes = ipVersion === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
    this.#sourceAt = ipVersion === 4 ? atIpv4.source : atIpv6.source;
    this.#addressBytes = ipVersion === 4 ? 4 : 16;
    this.#copies = 1 + (evasion.decoys?.addresses.length ?? 0);
    this.framesPerProbe = framesPerProbe(evasion, options);
    this.slots = Math.min(SLOTS_MAX, inner.slots);
    this.slotBytes = HEADER_BYTES_MAX + probeBytesMax;
    this.octets = new Uint8Array(this.slots * this.slotBytes);
    this.#lengths = new Uint32Array(this.slots);
    this.#seeds = new Uint32Array(this.slots);
    this.#slotOf = new Uint16Array(inner.slots);
    this.#pieceOf = new Uint32Array(inner.slots);
    const { dataBytes = 0 } = evasion;
    this.#data = Uint8Array.from({ length: dataBytes }, () => Math.floor(random() * 256));
    this.#frame = new Uint8Array(this.slotBytes + dataBytes);
    this.#begun = new Uint8Array(this.slotBytes);
    this.#random = Math.floor(random() * 0xffff_ffff) + 1;
    if (dataBytes > 0 && ipProtocol === IP_PROTOCOL_TCP) this.#replies = new DataAcknowledgements(dataBytes);
  }

  pathTo(address: Uint8Array, at: number): ProbePath | undefined {
    const path = this.#inner.pathTo(address, at);
    if (path === undefined) return undefined;
    assert(this.#ipAt < 0 || this.#ipAt === path.ipAt, "evasive link: all frames have the same link header");
    assert(path.header.length === path.ipAt + this.#ipBytes, "evasive link: probes have no IP options");
    this.#ipAt = path.ipAt;
    return path;
  }

  set(slot: number, bytes: number): void {
    assert(
      slot >= 0 && slot < this.slots && bytes <= this.slotBytes,
      "evasive link: a probe fits into its slot",
    );
    this.#lengths[slot] = bytes;
  }

  /**
   * As of every link, where fewer are taken than were given the rest may be sent again. Of the first of the rest some pieces may
   * be out: where it then stands in slot 0, unchanged, it goes on from the piece after them.
   *
   * @returns slots whose pieces were all taken
   * @throws {PalisadeError} as the other link, where nothing was sent by this call
   */
  send(count: number): number {
    assert(count >= 0 && count <= this.slots, "evasive link: so many slots there are");
    this.#frameSlot = -1;
    let slot = 0;
    let piece = count > 0 && this.#isBegun() ? this.#begunPieces : 0;
    const atFirst = piece;
    if (piece > 0) this.#seeds[0] = this.#begunSeed;
    while (slot < count) {
      let filled = 0;
      while (slot < count && filled < this.#inner.slots) {
        if (piece === 0) this.#seeds[slot] = this.#random = nextRandom(this.#random);
        if (this.#frameSlot !== slot) this.#load(slot);
        this.#slotOf[filled] = slot;
        this.#pieceOf[filled] = piece;
        this.#inner.set(filled, this.#write(piece, filled * this.#inner.slotBytes));
        filled += 1;
        piece += 1;
        if (piece === this.#copies * this.#fragments) {
          slot += 1;
          piece = 0;
        }
      }
      let taken = 0;
      try {
        taken = this.#inner.send(filled);
      } catch (error) {
        this.#keep(this.#slotOf[0]!, this.#pieceOf[0]!);
        if (this.#slotOf[0] === 0 && this.#pieceOf[0] === atFirst) throw error;
        // Packets are out, which must not leave again: the next call meets the same error, as with every sender.
        return this.#slotOf[0]!;
      }
      if (taken < filled) {
        this.#keep(this.#slotOf[taken]!, this.#pieceOf[taken]!);
        return this.#slotOf[taken]!;
      }
    }
    if (count > 0) this.#begunPieces = 0;
    return count;
  }

  drain(sink: PacketSink): void {
    if (this.#replies === undefined) this.#inner.drain(sink);
    else this.#inner.drain(this.#replies.before(sink));
  }

  wait(timeoutMs: number): Promise<void> {
    return this.#inner.wait(timeoutMs);
  }

  ringDrops(): number {
    return this.#inner.ringDrops();
  }

  firewalled(): number {
    return this.#inner.firewalled?.() ?? 0;
  }

  close(): void {
    this.#inner.close();
  }

  /** Remembers that the frame in a slot goes on with a piece. */
  #keep(slot: number, piece: number): void {
    this.#begunPieces = piece;
    if (piece === 0) return;
    const start = slot * this.slotBytes;
    this.#begunBytes = this.#lengths[slot]!;
    this.#begunSeed = this.#seeds[slot]!;
    copyOctets(this.octets, start, this.#begunBytes, this.#begun, 0);
  }

  /** Whether slot 0 holds the frame that was begun. */
  #isBegun(): boolean {
    if (this.#begunPieces === 0 || this.#lengths[0] !== this.#begunBytes) return false;
    for (let index = 0; index < this.#begunBytes; index += 1) {
      if (this.octets[index] !== this.#begun[index]) return false;
    }
    return true;
  }

  /** Takes the frame of a slot to be cut. */
  #load(slot: number): void {
    const frame = this.#frame;
    const data = this.#data;
    const ipAt = this.#ipAt;
    const bytes = this.#lengths[slot]!;
    assert(ipAt >= 0 && bytes >= ipAt + this.#ipBytes, "evasive link: a probe has the headers of its way");
    copyOctets(this.octets, slot * this.slotBytes, bytes, frame, 0);
    assert(
      u8(frame, ipAt) >>> 4 === this.#ipVersion,
      "evasive link: probes are of the IP version that was said",
    );
    copyOctets(data, 0, data.length, frame, bytes);
    this.#frameSlot = slot;
    this.#copy = -1;
    this.#transportAt = ipAt + this.#ipBytes;
    this.#transportBytes = bytes + data.length - this.#transportAt;
    const { fragmentBytes } = this.#evasion;
    this.#fragments =
      fragmentBytes === undefined ? 1 : Math.max(1, Math.ceil(this.#transportBytes / fragmentBytes));
    this.#protocol = u8(frame, ipAt + (this.#ipVersion === 4 ? atIpv4.protocol : atIpv6.nextHeader));
    this.#sumUp();
  }

  /** What the checksums of all copies have in common. */
  #sumUp(): void {
    const frame = this.#frame;
    const at = this.#transportAt;
    const bytes = this.#transportBytes;
    if (this.#protocol === IP_PROTOCOL_UDP && this.#data.length > 0) put16(frame, at + UDP_LENGTH_AT, bytes);
    this.#checksumAt = at + checksumOffset(this.#protocol);
    let pseudo = 0;
    if (countsAddresses(this.#protocol)) {
      const destinationAt = this.#ipAt + (this.#ipVersion === 4 ? atIpv4.destination : atIpv6.destination);
      pseudo = internetSum(frame, destinationAt, destinationAt + this.#addressBytes, this.#protocol + bytes);
    }
    this.#sum = internetSum(frame, at, at + bytes, pseudo) - u16(frame, this.#checksumAt);
  }

  /** Makes the frame the copy that comes from the nth sender. */
  #become(copy: number): void {
    const frame = this.#frame;
    const { decoys, timeToLive } = this.#evasion;
    const ipAt = this.#ipAt;
    const sourceAt = ipAt + this.#sourceAt;
    this.#copy = copy;
    if (decoys !== undefined) {
      if (copy === decoys.ownAt) {
        const start = this.#frameSlot * this.slotBytes;
        copyOctets(this.octets, start + sourceAt, this.#addressBytes, frame, sourceAt);
      } else {
        const decoy = decoys.addresses[copy < decoys.ownAt ? copy : copy - 1]!;
        copyOctets(decoy, 0, this.#addressBytes, frame, sourceAt);
      }
    }
    if (timeToLive !== undefined)
      put8(frame, ipAt + (this.#ipVersion === 4 ? atIpv4.timeToLive : atIpv6.hopLimit), timeToLive);
    // Copies that have the same one would be known for one sender's.
    if (this.#ipVersion === 4 && this.#copies * this.#fragments > 1)
      put16(frame, ipAt + atIpv4.identification, identification4(this.#identification(copy)));
    this.#writeChecksum(sourceAt);
  }

  #writeChecksum(sourceAt: number): void {
    const { badChecksum = false } = this.#evasion;
    const frame = this.#frame;
    const protocol = this.#protocol;
    const checksumAt = this.#checksumAt;
    if (protocol === IP_PROTOCOL_SCTP) {
      if (!badChecksum) return; // It covers nothing that is different in copies (RFC 9260 §6.8).
      const crc = sctpChecksum(frame, this.#transportAt, this.#transportAt + this.#transportBytes);
      put32le(frame, checksumAt, spoiledCrc(crc));
      return;
    }
    if (!isSummed(protocol, this.#transportBytes)) return;
    const sum = countsAddresses(protocol)
      ? internetSum(frame, sourceAt, sourceAt + this.#addressBytes, this.#sum)
      : this.#sum;
    const right = finishChecksum(sum);
    if (!badChecksum) {
      put16(frame, checksumAt, right === 0 && protocol === IP_PROTOCOL_UDP ? 0xffff : right);
      return;
    }
    put16(frame, checksumAt, spoiledChecksum(right));
  }

  /** Writes a piece into the other link's octets at `out`. Returns its length in octets. */
  #write(piece: number, out: number): number {
    const copy = Math.floor(piece / this.#fragments);
    if (copy !== this.#copy) this.#become(copy);
    const to = this.#inner.octets;
    const isWhole = this.#fragments === 1;
    const step = isWhole ? this.#transportBytes : this.#evasion.fragmentBytes!;
    const from = (piece - copy * this.#fragments) * step;
    const bytes = Math.min(step, this.#transportBytes - from);
    const isLast = from + bytes === this.#transportBytes;
    const ip = out + this.#ipAt;
    copyOctets(this.#frame, 0, this.#transportAt, to, out);
    let payload = out + this.#transportAt;
    if (this.#ipVersion === 4) {
      put16(to, ip + atIpv4.totalLength, this.#ipBytes + bytes);
      if (!isWhole) put16(to, ip + atIpv4.fragment, (isLast ? 0 : MORE_FRAGMENTS_V4) | (from >>> 3));
      put16(to, ip + atIpv4.checksum, 0);
      put16(to, ip + atIpv4.checksum, finishChecksum(internetSum(to, ip, ip + this.#ipBytes)));
    } else if (isWhole) {
      put16(to, ip + atIpv6.payloadLength, bytes);
    } else {
      put16(to, ip + atIpv6.payloadLength, IPV6_FRAGMENT_HEADER_BYTES + bytes);
      put8(to, ip + atIpv6.nextHeader, IP_PROTOCOL_FRAGMENT);
      put8(to, payload + atFragment.nextHeader, this.#protocol);
      put8(to, payload + atFragment.reserved, 0);
      // The offset in units of 8 octets stands above three bits: as a number of octets it is as it should be.
      put16(to, payload + atFragment.offset, from | (isLast ? 0 : MORE_FRAGMENTS_V6));
      put32(to, payload + atFragment.identification, this.#identification(copy));
      payload += IPV6_FRAGMENT_HEADER_BYTES;
    }
    copyOctets(this.#frame, this.#transportAt + from, bytes, to, payload);
    return payload + bytes - out;
  }

  /** The same for all fragments of a copy, also in another batch: 32 bits. */
  #identification(copy: number): number {
    return mixed(this.#seeds[this.#frameSlot]! + copy);
  }
}

/** A loop, since a view of its own for each copy would be an allocation, and probes are short. */
function copyOctets(from: Uint8Array, start: number, bytes: number, to: Uint8Array, at: number): void {
  for (let index = 0; index < bytes; index += 1) to[at + index] = from[start + index]!;
}
