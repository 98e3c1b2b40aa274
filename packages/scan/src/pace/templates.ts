/**
 * Timing templates: nmap's T0 … T5 by name and value (its reference guide, "Timing and Performance"), in microseconds.
 */
import { PalisadeError } from "@palisade/base";

const MS = 1_000;
const SECOND = 1_000 * MS;
const MINUTE = 60 * SECOND;

export interface TimingTemplate {
  /** 0 … 5, as in `-T4`. */
  readonly level: number;
  readonly name: "paranoid" | "sneaky" | "polite" | "normal" | "aggressive" | "insane";
  /** Probes that may be out at once; undefined where congestion alone decides. */
  readonly probesOutMax: number | undefined;
  /** Least time between two probes to one host. */
  readonly scanDelayUs: number;
  /** What `scanDelayUs` may grow to where a host answers too few probes, by protocol. Never below `scanDelayUs`. */
  readonly tcpDelayMaxUs: number;
  readonly udpDelayMaxUs: number;
  readonly sctpDelayMaxUs: number;
  /** How long to wait for a reply: before the first is measured, and the bounds of what is measured. */
  readonly timeoutInitialUs: number;
  readonly timeoutMinUs: number;
  readonly timeoutMaxUs: number;
  /** Times that a probe is sent again. */
  readonly retriesMax: number;
  /** What the congestion window grows by in a round trip, once past slow start, in probes. */
  readonly congestionIncrement: number;
  /** What the slow start's threshold is divided by when a probe is lost. */
  readonly thresholdDivisor: number;
  /** Time after which a host, and a script, is given up; undefined for never. */
  readonly hostTimeoutUs: number | undefined;
  readonly scriptTimeoutUs: number | undefined;
}

const normal: TimingTemplate = {
  level: 3,
  name: "normal",
  probesOutMax: undefined,
  scanDelayUs: 0,
  tcpDelayMaxUs: SECOND,
  udpDelayMaxUs: SECOND,
  sctpDelayMaxUs: SECOND,
  timeoutInitialUs: SECOND,
  timeoutMinUs: 100 * MS,
  timeoutMaxUs: 10 * SECOND,
  retriesMax: 10,
  congestionIncrement: 1,
  thresholdDivisor: 3 / 2,
  hostTimeoutUs: undefined,
  scriptTimeoutUs: undefined,
};

/** One probe after the other, `delayUs` apart. */
function serial(level: number, name: TimingTemplate["name"], delayUs: number): TimingTemplate {
  const delayMaxUs = Math.max(delayUs, SECOND);
  return {
    ...normal,
    level,
    name,
    probesOutMax: 1,
    scanDelayUs: delayUs,
    tcpDelayMaxUs: delayMaxUs,
    udpDelayMaxUs: delayMaxUs,
    sctpDelayMaxUs: delayMaxUs,
  };
}

/** By level. */
export const timingTemplates: readonly TimingTemplate[] = [
  {
    ...serial(0, "paranoid", 5 * MINUTE),
    timeoutInitialUs: 5 * MINUTE,
    timeoutMaxUs: 5 * MINUTE,
  },
  {
    ...serial(1, "sneaky", 15 * SECOND),
    timeoutInitialUs: 15 * SECOND,
    timeoutMaxUs: 15 * SECOND,
  },
  serial(2, "polite", 400 * MS),
  normal,
  {
    ...normal,
    level: 4,
    name: "aggressive",
    tcpDelayMaxUs: 10 * MS,
    sctpDelayMaxUs: 10 * MS,
    timeoutInitialUs: 500 * MS,
    timeoutMaxUs: 1_250 * MS,
    retriesMax: 6,
    congestionIncrement: 2,
    thresholdDivisor: 4 / 3,
  },
  {
    ...normal,
    level: 5,
    name: "insane",
    tcpDelayMaxUs: 5 * MS,
    sctpDelayMaxUs: 5 * MS,
    timeoutInitialUs: 250 * MS,
    timeoutMinUs: 50 * MS,
    timeoutMaxUs: 300 * MS,
    retriesMax: 2,
    congestionIncrement: 2,
    thresholdDivisor: 5 / 4,
    hostTimeoutUs: 15 * MINUTE,
    scriptTimeoutUs: 10 * MINUTE,
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
