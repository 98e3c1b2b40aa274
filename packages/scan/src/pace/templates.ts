/**
 * Timing templates: what of nmap's T0 … T5 (its reference guide, "Timing and Performance") means something to a scan that asks all
 * hosts at once and keeps its pace by what is lost; in microseconds.
 *
 * T0 to T2 ask one probe after the other there. Here their delay is between any two probes of a scan, not only between those to
 * one host: with round trips shorter than the delay that comes to the same, and of many hosts it is slower. T4 and T5 there also
 * bound how far the delay grows where a host limits what it answers by TCP, and let the congestion window grow faster: here the rate
 * that was answered is the bound (`Passes`). T5 there waits for ICMP errors, and gives a host up after 15 minutes. Here it does not
 * wait, since it is chosen for its speed, and no template gives hosts up, since all share the time and a large scan would end in the
 * middle: whoever wants that says `hostTimeoutMs`.
 */
import { PalisadeError } from "@palisade/base";

const MS = 1_000;
const SECOND = 1_000 * MS;
const MINUTE = 60 * SECOND;

export interface TimingTemplate {
  /** 0 … 5, as in `-T4`. */
  readonly level: number;
  readonly name: "paranoid" | "sneaky" | "polite" | "normal" | "aggressive" | "insane";
  /** Least time between two probes; 0 for none. */
  readonly scanDelayUs: number;
  /** How long to wait for a reply: before the first is measured, and the bounds of what is measured. */
  readonly timeoutInitialUs: number;
  readonly timeoutMinUs: number;
  readonly timeoutMaxUs: number;
  /** Times that a probe is sent again. */
  readonly retriesMax: number;
  /** Whether hosts that limit their ICMP errors are asked at their pace. */
  readonly waitsForErrors: boolean;
}

const normal: TimingTemplate = {
  level: 3,
  name: "normal",
  scanDelayUs: 0,
  timeoutInitialUs: SECOND,
  timeoutMinUs: 100 * MS,
  timeoutMaxUs: 10 * SECOND,
  retriesMax: 10,
  waitsForErrors: true,
};

/** By level. */
export const timingTemplates: readonly TimingTemplate[] = [
  {
    ...normal,
    level: 0,
    name: "paranoid",
    scanDelayUs: 5 * MINUTE,
    timeoutInitialUs: 5 * MINUTE,
    timeoutMaxUs: 5 * MINUTE,
  },
  {
    ...normal,
    level: 1,
    name: "sneaky",
    scanDelayUs: 15 * SECOND,
    timeoutInitialUs: 15 * SECOND,
    timeoutMaxUs: 15 * SECOND,
  },
  { ...normal, level: 2, name: "polite", scanDelayUs: 400 * MS },
  normal,
  {
    ...normal,
    level: 4,
    name: "aggressive",
    timeoutInitialUs: 500 * MS,
    timeoutMaxUs: 1_250 * MS,
    retriesMax: 6,
  },
  {
    ...normal,
    level: 5,
    name: "insane",
    timeoutInitialUs: 250 * MS,
    timeoutMinUs: 50 * MS,
    timeoutMaxUs: 300 * MS,
    retriesMax: 2,
    waitsForErrors: false,
  },
];

/**
 * The template that somebody means by `4`, `T4` or `aggressive`.
 *
 * @throws {PalisadeError} `SCAN_TIMING_UNKNOWN`
 */
export function timingTemplateOf(text: string): TimingTemplate {
  const wanted = text.toLowerCase().replace(/^t(?=\d$)/, "");
  const found = timingTemplates.find(({ level, name }) => name === wanted || String(level) === wanted);
  if (found !== undefined) return found;
  const names = timingTemplates.map(({ level, name }) => `${level} (${name})`).join(", ");
  throw new PalisadeError(
    "SCAN_TIMING_UNKNOWN",
    `there is no timing template "${text}": use one of ${names}`,
  );
}
