/**
 * Fuzzes the readers of capture files: pcap and pcapng of every kind that writers make, and then some octets changed,
 * pushed in chunks of random sizes; now and then compressed and damaged as well.
 *
 * What must hold, whatever the octets: nothing throws; the frames, and how the capture ended, are the same however it is
 * cut; a frame lies inside the octets that were pushed, or in the reader's own; its numbers are what the sink is promised.
 */
import { gzipSync } from "node:zlib";
import {
  type CaptureEnd,
  CaptureReader,
  concat,
  FRAME_BYTES_MAX,
  PCAPNG_INTERFACES_MAX,
} from "@palisade/wire";
import { Random } from "./random.js";

/** Files of one life. */
export const FILES_PER_LIFE = 500;
/** Octets of a file that is a seed. */
export const SEED_BYTES_MAX = 16_384;

/** What a decompressor makes of the chunks: all it gave out, and how it ended; it does not throw for what they hold. */
export type Unpack = (chunks: readonly Uint8Array[]) => Promise<{ octets: Uint8Array; end: string }>;

export interface CaptureCampaignOptions {
  readonly seed: number;
  /** Files of the whole run: lives are `FILES_PER_LIFE` long, the last one what is left. */
  readonly runs: number;
  /** This process's number and how many share the run: it lives every `workers`-th life. */
  readonly worker: number;
  readonly workers: number;
  /** The one life to live, of those of the run. */
  readonly life?: number | undefined;
  /** Captures to start from, beside those that are made. */
  readonly files: readonly Uint8Array[];
  /** Reads gzip; without it nothing is compressed. */
  readonly unpack?: Unpack | undefined;
  /** Called before each life, so that somebody can tell which one does not end. */
  readonly living?: (life: number) => void;
}

export interface CaptureFailure {
  readonly kind: "throws" | "depends-on-chunks" | "frame" | "decompression";
  /** What happened, in one line or with a stack. */
  readonly detail: string;
}

export interface CaptureLifeDone {
  readonly life: number;
  readonly executions: number;
  /** Frames that came out. */
  readonly frames: number;
  /** The first file of the life that fails; the life ends with it. */
  readonly failed: { readonly failure: CaptureFailure; readonly octets: Uint8Array } | undefined;
}

/** One life after the other; each is over when it is handed out. */
export async function* captureCampaign(
  options: CaptureCampaignOptions,
): AsyncGenerator<CaptureLifeDone, void> {
  const lives = Math.ceil(options.runs / FILES_PER_LIFE);
  const first = options.life ?? options.worker;
  const step = options.life === undefined ? options.workers : lives;
  for (let life = first; life < lives; life += step) {
    options.living?.(life);
    const files = Math.min(FILES_PER_LIFE, options.runs - life * FILES_PER_LIFE);
    yield await live(life, files, new Random(options.seed, life), options);
  }
}

async function live(
  life: number,
  files: number,
  random: Random,
  { files: seeds, unpack }: CaptureCampaignOptions,
): Promise<CaptureLifeDone> {
  let frames = 0;
  for (let file = 0; file < files; file += 1) {
    const octets = captureFile(random, seeds);
    const examined = examineCapture(octets, random);
    frames += examined.frames;
    let { failure } = examined;
    if (failure === undefined && unpack !== undefined && random.chance(0.1))
      failure = await examineCompressed(octets, random, unpack);
    if (failure !== undefined) return { life, executions: file + 1, frames, failed: { failure, octets } };
  }
  return { life, executions: files, frames, failed: undefined };
}

// What holds --------------------------------------------------------------------------------------------------------

/** Pieces, about, that a file is cut into at most: small files into single octets. */
const CHUNKS_MAX = 2_000;
/** The same of a compressed one: a decompressor works in another thread, and is waited for after each. */
const COMPRESSED_CHUNKS_MAX = 20;
/** Octets before and after a chunk, which are none of its own. */
const GUARD_BYTES = 64;
const GUARD_OCTET = 0xa5;

/** The reader of the captures; another one in its place shows that what is wrong is noticed. */
export type Reader = Pick<CaptureReader, "push" | "end">;
export type MakeReader = (sink: ConstructorParameters<typeof CaptureReader>[0]) => Reader;

const readerOf: MakeReader = (sink) => new CaptureReader(sink);

/** Reads the file at once, then in chunks of random sizes, and says what does not hold; the first failure only. */
export function examineCapture(
  octets: Uint8Array,
  random: Random,
  makeReader: MakeReader = readerOf,
): { readonly failure: CaptureFailure | undefined; readonly frames: number } {
  let frames = 0;
  try {
    const whole = readInChunks([octets], makeReader);
    frames = whole.frames.length;
    const cut = readInChunks(chunksOf(octets, random, CHUNKS_MAX), makeReader);
    const problem = whole.problem ?? cut.problem;
    if (problem !== undefined) return { frames, failure: { kind: "frame", detail: problem } };
    const different = firstDifference(whole, cut);
    if (different !== undefined) return { frames, failure: { kind: "depends-on-chunks", detail: different } };
  } catch (error) {
    return { frames, failure: thrown(error) };
  }
  return { frames, failure: undefined };
}

/** The file compressed, in one member or several, sometimes damaged: decompressed at once and in chunks. */
async function examineCompressed(
  octets: Uint8Array,
  random: Random,
  unpack: Unpack,
): Promise<CaptureFailure | undefined> {
  const at = random.below(octets.length + 1);
  const members = random.chance(0.5) ? [octets] : [octets.subarray(0, at), octets.subarray(at)];
  let packed = concat(...members.map((member) => gzipSync(member, { level: random.pick([0, 1, 9]) })));
  const isDamaged = random.chance(0.6);
  if (isDamaged) packed = changed(packed, [], random);
  try {
    const whole = await unpack([packed]);
    const cut = await unpack(chunksOf(packed, random, COMPRESSED_CHUNKS_MAX));
    const end = `${whole.end} at once, ${cut.end} in chunks`;
    if (whole.end !== cut.end) return { kind: "decompression", detail: `it ends ${end}` };
    if (!isDamaged && whole.end !== "whole")
      return { kind: "decompression", detail: `it is whole and ends ${end}` };
    // Of the piece that holds the damage more or less is given out, as it is cut.
    const shared = Math.min(whole.octets.length, cut.octets.length);
    const same = Buffer.compare(whole.octets.subarray(0, shared), cut.octets.subarray(0, shared)) === 0;
    if (!same || (whole.end === "whole" && whole.octets.length !== cut.octets.length))
      return { kind: "decompression", detail: "other octets come out as it is cut" };
    if (!isDamaged && Buffer.compare(whole.octets, octets) !== 0)
      return { kind: "decompression", detail: "other octets come out than went in" };
  } catch (error) {
    return thrown(error);
  }
  return undefined;
}

function thrown(error: unknown): CaptureFailure {
  return { kind: "throws", detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

interface Read {
  /** A line for each frame: its octets and its numbers. */
  readonly frames: string[];
  readonly end: CaptureEnd;
  readonly problem: string | undefined;
}

function readInChunks(chunks: Iterable<Uint8Array>, makeReader: MakeReader): Read {
  const frames: string[] = [];
  let problem: string | undefined;
  let chunk = new Uint8Array(0);
  const reader = makeReader({
    packet(octets, offset, capturedBytes, wireBytes, timeUs, linkType, interfaceIndex) {
      const [from, to] = octets === chunk ? [GUARD_BYTES, chunk.length - GUARD_BYTES] : [0, octets.length];
      problem ??= frameProblem(
        { offset, capturedBytes, wireBytes, timeUs, linkType, interfaceIndex },
        from,
        to,
      );
      const { buffer, byteOffset, length } = octets;
      const frame = Buffer.from(buffer, byteOffset, length).toString(
        "latin1",
        offset,
        offset + capturedBytes,
      );
      frames.push(`${capturedBytes} ${wireBytes} ${timeUs} ${linkType} ${interfaceIndex} ${frame}`);
    },
  });
  for (const piece of chunks) {
    // Each chunk in an array of its own between strange octets, which are changed when it has been pushed.
    chunk = new Uint8Array(piece.length + 2 * GUARD_BYTES).fill(GUARD_OCTET);
    chunk.set(piece, GUARD_BYTES);
    reader.push(chunk, GUARD_BYTES, GUARD_BYTES + piece.length);
    chunk.fill(GUARD_OCTET);
  }
  const end = reader.end();
  if (end.packets !== frames.length)
    problem ??= `${end.packets} packets are counted of ${frames.length} frames`;
  if (!(end.wholeOctets <= end.octets)) problem ??= `${end.wholeOctets} octets are whole of ${end.octets}`;
  return { frames, end, problem };
}

type FrameNumbers = Readonly<
  Record<"offset" | "capturedBytes" | "wireBytes" | "timeUs" | "linkType" | "interfaceIndex", number>
>;

function frameProblem(frame: FrameNumbers, from: number, to: number): string | undefined {
  const { offset, capturedBytes, wireBytes, timeUs, linkType, interfaceIndex } = frame;
  const ranges: readonly (readonly [string, number, number, number])[] = [
    ["captured length", capturedBytes, 0, FRAME_BYTES_MAX],
    ["first octet", offset, from, to],
    ["end", offset + capturedBytes, from, to],
    ["length on the wire", wireBytes, 0, 0xffff_ffff],
    ["link type", linkType, 0, 0xffff],
    ["interface", interfaceIndex, 0, PCAPNG_INTERFACES_MAX - 1],
  ];
  for (const [what, value, least, most] of ranges)
    if (!(Number.isInteger(value) && value >= least && value <= most))
      return `a frame's ${what} is ${value}, not in ${least} … ${most}`;
  return Number.isFinite(timeUs) ? undefined : `a frame's time is ${timeUs}`;
}

function firstDifference(whole: Read, cut: Read): string | undefined {
  for (let at = 0; at < Math.max(whole.frames.length, cut.frames.length); at += 1) {
    const [one = "none", other = "none"] = [whole.frames[at], cut.frames[at]];
    if (one !== other)
      return `frame ${at} is ${JSON.stringify(one.slice(0, 200))} at once and ${JSON.stringify(other.slice(0, 200))} in chunks`;
  }
  const [one, other] = [JSON.stringify(whole.end), JSON.stringify(cut.end)];
  return one === other ? undefined : `the end is ${one} at once and ${other} in chunks`;
}

/** The octets cut anywhere: in single ones, in pieces about as long as headers, or in few; some of them empty. */
function chunksOf(octets: Uint8Array, random: Random, chunksMax: number): Uint8Array[] {
  const most = Math.max(random.pick([1, 7, 64, 512, 4_096]), Math.ceil((2 * octets.length) / chunksMax));
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < octets.length; ) {
    const length = random.chance(0.05) ? 0 : random.between(1, most);
    chunks.push(octets.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

// Captures ----------------------------------------------------------------------------------------------------------

/** Numbers at which lengths, times and signs turn over. */
const INTERESTING = [
  0, 1, 2, 3, 4, 8, 11, 12, 16, 20, 24, 28, 31, 32, 36, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x1_0000,
  0x4_0000, 0x4_0001, 0x100_0000, 0x100_0001, 0x110_0000, 0x110_0004, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc,
  0xffff_ffff, 0x0a0d_0d0a, 0x1a2b_3c4d, 0xa1b2_c3d4,
];

/** A capture, made or a seed, as it is or changed in a few places. */
export function captureFile(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  const builder = new CaptureBuilder(random);
  const seed = seeds.length > 0 && random.chance(0.3) ? random.pick(seeds) : undefined;
  const octets = seed ?? (random.chance(0.4) ? builder.pcap() : builder.pcapng());
  return random.chance(0.15) ? octets : changed(octets, seed === undefined ? builder.numbers : [], random);
}

/** A copy with one to four changes, often to one of the `numbers`: where lengths, types and times of 32 bits stand. */
function changed(octets: Uint8Array, numbers: readonly number[], random: Random): Uint8Array {
  let result: Uint8Array = octets.slice();
  for (let changes = 1 + random.small(3); changes > 0; changes -= 1) {
    const at = numbers.length > 0 && random.chance(0.6) ? random.pick(numbers) : random.below(result.length);
    const length = Math.min(random.between(1, 48), result.length - at);
    switch (random.below(8)) {
      case 0:
        if (at < result.length) result[at]! ^= 1 << random.below(8);
        break;
      case 1:
        if (at < result.length) result[at] = random.word() & 0xff;
        break;
      case 2:
      case 3:
        write32(result, at, random.pick(INTERESTING), random.chance(0.5));
        break;
      case 4:
        result = result.slice(0, at);
        break;
      case 5:
        result = concat(result.subarray(0, at), result.subarray(at + length));
        break;
      case 6:
        result = concat(result.subarray(0, at), random.octets(random.between(1, 16)), result.subarray(at));
        break;
      default: {
        // A record or block, or half of one, many times over.
        const piece = result.subarray(at, at + length);
        const times = random.between(2, 20);
        result = concat(
          result.subarray(0, at),
          ...Array.from({ length: times }, () => piece),
          result.subarray(at),
        );
      }
    }
    if (result.length === 0) break;
  }
  return result;
}

function write32(octets: Uint8Array, at: number, value: number, little: boolean): void {
  for (let index = 0; index < 4 && at + index < octets.length; index += 1)
    octets[at + index] = (value / 2 ** (8 * (little ? index : 3 - index))) & 0xff;
}

class CaptureBuilder {
  /** Where the numbers of 32 bits of what was built stand. */
  readonly numbers: number[] = [];
  readonly #random: Random;
  #parts: Uint8Array[] = [];
  #length = 0;
  #little = true;

  constructor(random: Random) {
    this.#random = random;
  }

  /** draft-ietf-opsawg-pcap: any byte order, resolution and version 2.x, "modified" too. */
  pcap(): Uint8Array {
    const random = this.#random;
    this.#little = random.chance(0.7);
    const magic = random.pick([0xa1b2_c3d4, 0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34]);
    this.#u32(magic);
    this.#u16(2);
    this.#u16(random.pick([4, 4, 4, 3, 2]));
    this.#u32(0);
    this.#u32(0);
    this.#u32(random.pick([0, 64, 65_535, 262_144, 0x8000_0000]));
    this.#u32(random.pick([1, 101, 113, 0x1400_0001]));
    for (let record = random.below(20); record > 0; record -= 1) {
      const frame = this.#frame();
      this.#u32(random.word());
      this.#u32(random.word());
      this.#u32(frame.length);
      this.#u32(frame.length + random.small(2_000));
      if (magic === 0xa1b2_cd34) this.#octets(random.octets(8));
      this.#octets(frame);
    }
    return this.#whole();
  }

  /** draft-ietf-opsawg-pcapng: sections of either byte order, interfaces, packets in all blocks, blocks of unknown types. */
  pcapng(): Uint8Array {
    const random = this.#random;
    for (let section = 1 + random.small(3); section > 0; section -= 1) {
      this.#little = random.chance(0.6);
      this.#block(0x0a0d_0d0a, () => {
        this.#u32(0x1a2b_3c4d);
        this.#u16(1);
        this.#u16(random.pick([0, 0, 2]));
        const length = random.pick([0xffff_ffff, 0, random.word()]);
        this.#u32(length);
        this.#u32(length);
        if (random.chance(0.3)) this.#options();
      });
      const interfaces = random.chance(0.05) ? 0 : random.between(1, 4);
      for (let at = 0; at < interfaces; at += 1) this.#interface();
      for (let blocks = random.below(20); blocks > 0; blocks -= 1) this.#anyBlock(interfaces);
    }
    return this.#whole();
  }

  #anyBlock(interfaces: number): void {
    const random = this.#random;
    switch (random.below(8)) {
      case 0:
        this.#interface();
        return;
      case 1:
        this.#block(3, () => {
          const frame = this.#frame();
          this.#u32(frame.length + random.small(64));
          this.#padded(frame);
        });
        return;
      case 2:
        // Name resolution, statistics, decryption secrets, custom, and one that nobody published; also empty.
        this.#block(random.pick([4, 5, 10, 0xbad, 0x4000_0bad, random.word()]), () =>
          this.#octets(random.octets(4 * random.small(40))),
        );
        return;
      case 3:
        this.#block(2, () => {
          this.#u16(random.below(interfaces + 1));
          this.#u16(0);
          this.#packet();
        });
        return;
      default:
        this.#block(6, () => {
          this.#u32(random.below(random.chance(0.95) ? Math.max(1, interfaces) : interfaces + 2));
          this.#packet();
        });
    }
  }

  #packet(): void {
    const random = this.#random;
    const frame = this.#frame();
    this.#u32(random.chance(0.5) ? 0x0005_f000 : random.word());
    this.#u32(random.word());
    this.#u32(frame.length);
    this.#u32(frame.length + random.small(2_000));
    this.#padded(frame);
    if (random.chance(0.2)) this.#options();
  }

  #interface(): void {
    const random = this.#random;
    this.#block(1, () => {
      this.#u16(random.pick([1, 1, 101, 113, 0xffff]));
      this.#u16(0);
      this.#u32(random.pick([0, 64, 262_144, 0xffff_ffff]));
      if (random.chance(0.6)) this.#options();
    });
  }

  #options(): void {
    const random = this.#random;
    for (let options = random.small(6); options > 0; options -= 1) {
      const [code, length] = random.pick([
        [9, 1],
        [9, 1],
        [14, 8],
        [14, 8],
        [2, random.small(40)],
        [random.below(0x1_0000), random.small(200)],
        [9, random.below(4)],
        [14, random.below(12)],
      ] as const);
      this.#u16(code);
      this.#u16(random.chance(0.97) ? length : random.below(0x1_0000));
      this.#padded(random.octets(length));
    }
    if (random.chance(0.7)) this.#u32(0);
  }

  #block(type: number, body: () => void): void {
    const start = this.#length;
    const first = this.#parts.length;
    this.#u32(type);
    this.#u32(0);
    body();
    const length = this.#length - start + 4;
    this.#u32(length);
    write32(this.#parts[first + 1]!, 0, length, this.#little);
  }

  /** Octets of which nobody here reads any: short ones mostly. */
  #frame(): Uint8Array {
    return this.#random.octets(this.#random.small(1_500));
  }

  #u16(value: number): void {
    this.#octets(this.#little ? Uint8Array.of(value, value >>> 8) : Uint8Array.of(value >>> 8, value));
  }

  #u32(value: number): void {
    this.numbers.push(this.#length);
    const octets = new Uint8Array(4);
    write32(octets, 0, value, this.#little);
    this.#octets(octets);
  }

  #padded(octets: Uint8Array): void {
    this.#octets(octets);
    this.#octets(new Uint8Array((4 - (octets.length & 3)) & 3));
  }

  #octets(octets: Uint8Array): void {
    this.#parts.push(octets);
    this.#length += octets.length;
  }

  #whole(): Uint8Array {
    const whole = concat(...this.#parts);
    this.#parts = [];
    return whole;
  }
}
