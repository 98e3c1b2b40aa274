/**
 * One technique over the addresses of one family: what is known of each pair of host and port, and how it was obtained. What
 * a resume file holds of a scan, and what results are made of.
 */
import { randomBytes } from "node:crypto";
import { COOKIE_KEY_BYTES } from "./cookie.js";
import { HostDetails } from "./discovery/host-details.js";
import { chooseSourcePort } from "./links/packet-link.js";
import type { ScanPosition } from "./passes.js";
import type { ScanPlan } from "./scan-plan.js";
import { StateTable } from "./state-table.js";
import { VerdictCodes } from "./verdict-codes.js";

export interface Part {
  /** As in `ipv4 syn`: each once in a scan. */
  readonly name: string;
  readonly table: StateTable;
  readonly codes: VerdictCodes;
  /** By pair: time to live of replies that say open. */
  readonly ttls: Map<number, number>;
  /** Of discovery alone, whose pairs are hosts: what else their replies said. */
  readonly details: HostDetails | undefined;
  /** Of the cookies, so that replies to probes of before a stop still count. */
  readonly key: Uint8Array;
  /** 1 … 65,535: the port that probes come from. */
  readonly sourcePort: number;
  /** What was done in the end: `connect` where packets were not permitted. */
  technique: string;
  /** How probes were sent; `none` before there were any. */
  engine: string;
  /** Why no better engine was taken. */
  because: string | undefined;
  position: ScanPosition;
  /** Everything has answered, or silence is an answer. */
  isDone: boolean;
  /** The time for its hosts was over before that. */
  isTimedOut: boolean;
  /** Milliseconds since the epoch; 0 before it was begun. */
  startedMs: number;
  finishedMs: number;
  probes: number;
  ringDrops: number;
  sendRefusals: number;
  /** As of `Losses`. */
  firewalled: number;
  /** As of `ScanSummary`. */
  limitedHosts: number;
}

/** The technique of parts that look for hosts. */
export const DISCOVERY = "discovery";

export const START: ScanPosition = { pass: 0, place: 0, answers: 0 };

/** A part of which nothing is known yet. */
export function newPart(name: string, technique: string, pairs: number, sourcePort?: number): Part {
  return {
    name,
    table: new StateTable(pairs),
    codes: new VerdictCodes(),
    ttls: new Map(),
    details: technique === DISCOVERY ? new HostDetails(pairs) : undefined,
    key: randomBytes(COOKIE_KEY_BYTES),
    sourcePort: sourcePort ?? chooseSourcePort(Math.random()),
    technique,
    engine: "none",
    because: undefined,
    position: START,
    isDone: false,
    isTimedOut: false,
    startedMs: 0,
    finishedMs: 0,
    probes: 0,
    ringDrops: 0,
    sendRefusals: 0,
    firewalled: 0,
    limitedHosts: 0,
  };
}

/**
 * Places of the order whose pairs were asked and have had the time to answer: silence is what those say. The others were
 * not asked, or not waited for, before the part was stopped or its time was over.
 */
export function placesAsked({ isDone, isTimedOut, position }: Part, plan: ScanPlan): number {
  return (isDone && !isTimedOut) || position.pass > 0 ? plan.size : Math.min(position.place, plan.size);
}

/** Pairs of which nothing is known, neither an answer nor silence. One look at each answer. */
export function pairsNotAsked(part: Part, plan: ScanPlan): number {
  const asked = placesAsked(part, plan);
  if (asked === plan.size) return 0;
  let answered = 0;
  for (const { number, octets } of part.table.blocks()) {
    const first = number * part.table.blockEntries;
    for (let at = 0; at < octets.length; at += 1) {
      if (octets[at] !== 0 && plan.placeOf(first + at) >= asked) answered += 1;
    }
  }
  return plan.size - asked - answered;
}
