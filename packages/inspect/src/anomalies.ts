import type { FindingKind } from "./finding-kind.js";

/** Different kinds of anomaly kept; further kinds are dropped (there are fewer kinds than this). */
const ANOMALY_KINDS_MAX = 256;

/** Something wrong with packets that no flow record can tell: seen how often, and first where. */
export interface Anomaly {
  readonly kind: FindingKind;
  readonly packet: number;
  count: number;
}

/** What was wrong with frames outside flows, and with the engine's own bounds: counted by kind. */
export class Anomalies {
  readonly #byKind = new Map<string, Anomaly>();

  report(kind: FindingKind, packet: number): void {
    const known = this.#byKind.get(kind.name);
    if (known !== undefined) known.count += 1;
    else if (this.#byKind.size < ANOMALY_KINDS_MAX) this.#byKind.set(kind.name, { kind, packet, count: 1 });
  }

  get all(): Anomaly[] {
    return [...this.#byKind.values()];
  }
}

/** One list from those of several engines. */
export function mergeAnomalies(lists: Iterable<readonly Anomaly[]>): Anomaly[] {
  const merged = new Map<string, Anomaly>();
  for (const list of lists) {
    for (const { kind, packet, count } of list) {
      const known = merged.get(kind.name);
      merged.set(kind.name, {
        kind,
        packet: Math.min(packet, known?.packet ?? packet),
        count: count + (known?.count ?? 0),
      });
    }
  }
  return [...merged.values()].sort((a, b) => a.packet - b.packet || (a.kind.name < b.kind.name ? -1 : 1));
}
