/**
 * A run of the fuzzer, or the share of it that one process has.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CaptureReader, LINKTYPE_ETHERNET, PcapngWriter, PcapWriter } from "@palisade/wire";
import { examples } from "../protocols/examples.js";
import { protocols } from "../protocols/index.js";
import { SEED_BYTES_MAX } from "./captures.js";
import { examine, type Failure } from "./examine.js";
import type { Frame, FrameLog } from "./frames.js";
import { minimise } from "./minimise.js";
import { FRAMES_PER_LIFE, type Material, makeLife, type Plan } from "./plan.js";

/** Octets that the heap, and what it points to outside, may hold after a life. */
export const MEMORY_BYTES_MAX = 1_500_000_000;

export interface CampaignOptions {
  readonly seed: number;
  /** Executions of the whole run: lives are `FRAMES_PER_LIFE` long, the last one what is left. */
  readonly runs: number;
  /** This process's number and how many share the run: it lives every `workers`-th life. */
  readonly worker: number;
  readonly workers: number;
  /** The one life to live, of those of the run. */
  readonly life?: number | undefined;
  readonly captures: readonly (readonly Frame[])[];
  /** Called before each life, so that somebody can tell which one does not end. */
  readonly living?: (life: number) => void;
}

export interface FailedLife {
  readonly life: number;
  readonly failure: Failure;
  readonly plan: Plan;
  /** The frames that are left of it, minimised. */
  readonly log: FrameLog;
}

export interface LifeDone {
  readonly life: number;
  readonly executions: number;
  readonly flows: number;
  readonly failed: FailedLife | undefined;
}

/** One life after the other; each is over when it is handed out. */
export function* campaign(options: CampaignOptions): Generator<LifeDone, void> {
  const material: Material = { protocols, examples, captures: options.captures };
  const lives = Math.ceil(options.runs / FRAMES_PER_LIFE);
  const first = options.life ?? options.worker;
  const step = options.life === undefined ? options.workers : lives;
  for (let number = first; number < lives; number += step) {
    options.living?.(number);
    const frames = options.runs - number * FRAMES_PER_LIFE;
    const life = makeLife(options.seed, number, frames, material);
    const { failure, executions, flows } = examine(life, protocols);
    const failed =
      failure === undefined
        ? undefined
        : { life: number, failure, plan: life.plan, log: minimise(life, failure, protocols) };
    yield { life: number, executions, flows, failed };
  }
}

/** The first octets of every file of a folder, for `captureCampaign`. */
export function readFiles(folder: string): Uint8Array[] {
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)).subarray(0, SEED_BYTES_MAX))
    .filter((octets) => octets.length > 0);
}

/** The frames of every capture of a folder; files that are none, or hold none, are left out. */
export function readCaptures(folder: string): Frame[][] {
  return readdirSync(folder)
    .sort()
    .map((name) => readCapture(join(folder, name)))
    .filter((frames) => frames.length > 0);
}

function readCapture(path: string): Frame[] {
  const frames: Frame[] = [];
  const reader = new CaptureReader({
    packet(octets, offset, capturedBytes, wireBytes, _, linkType) {
      frames.push({ octets: octets.slice(offset, offset + capturedBytes), wireBytes, linkType });
    },
  });
  reader.push(readFileSync(path));
  return frames;
}

/** The frames as a capture: pcap where they are of one link, else pcapng. Times that neither can say are the nearest. */
export function captureOf(log: FrameLog): { readonly extension: string; readonly octets: Uint8Array } {
  const chunks: Uint8Array[] = [];
  const write = (chunk: Uint8Array): void => void chunks.push(chunk);
  const [first = LINKTYPE_ETHERNET] = log.linkTypes;
  const single = log.linkTypes.every((linkType) => linkType === first);
  const writer = single ? new PcapWriter(write, { linkType: first }) : new PcapngWriter(write);
  for (let frame = 0; frame < log.count; frame += 1) {
    const start = log.starts[frame]!;
    const length = log.starts[frame + 1]! - start;
    writer.packet(
      log.octets,
      start,
      length,
      log.wireBytes[frame]!,
      log.timesUs[frame]!,
      log.linkTypes[frame]!,
      0,
    );
  }
  writer.end();
  return { extension: single ? "pcap" : "pcapng", octets: Buffer.concat(chunks) };
}
