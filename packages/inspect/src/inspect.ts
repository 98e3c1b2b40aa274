import { PalisadeError } from "@palisade/base";
import { CAPTURE_EMPTY, CAPTURE_UNKNOWN_FORMAT, type CaptureEnd, CaptureReader } from "@palisade/wire";
import { type Anomaly, mergeAnomalies } from "./anomalies.js";
import { Engine, type EngineTotals } from "./engine.js";
import type { FlowRecord } from "./flow/flow-record.js";
import type { EngineOptions } from "./options.js";
import { builtInRegistry } from "./protocols/registry.js";
import type { Registry } from "./registry.js";
import { type PathStatistics, statisticsTree } from "./statistics.js";
import { Subscriptions } from "./subscriptions.js";

/** What `inspect` knows and reads; bounds and timeouts as `EngineOptions` has them. */
export interface InspectOptions extends Partial<EngineOptions> {
  /** The protocols to know; default: all that are built in. */
  readonly registry?: Registry;
  /** Attributes to put into flow records, by name; default: all. */
  readonly attributes?: readonly string[];
}

/** What `inspect` returns at the end of the capture. */
export interface InspectSummary {
  readonly capture: CaptureEnd;
  readonly totals: EngineTotals;
  readonly statistics: readonly PathStatistics[];
  readonly anomalies: readonly Anomaly[];
}

/**
 * The flows of a capture, each when it ends; flows that end in the same second by their first packets. The capture is a
 * stream of octets in pcap or pcapng, such as `createReadStream("x.pcap")`; no more of it is read than flows are taken.
 *
 * The generator's return value is an `InspectSummary`, which also says whether the capture was whole; what stands before a
 * cut or damage has been given.
 *
 * @throws {PalisadeError} `CAPTURE_EMPTY`, `CAPTURE_UNKNOWN_FORMAT` where the octets are no capture at all
 * @throws {PalisadeError} `INSPECT_ATTRIBUTE_UNKNOWN` for an attribute that no protocol has
 */
export async function* inspect(
  capture: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: InspectOptions = {},
): AsyncGenerator<FlowRecord, InspectSummary> {
  const registry = options.registry ?? builtInRegistry();
  const subscriptions = new Subscriptions();
  subscribe(subscriptions, registry, options.attributes);
  const ended: FlowRecord[] = [];
  const engine = new Engine(
    registry,
    { flows: (records) => void ended.push(...records) },
    options,
    subscriptions,
  );
  const reader = new CaptureReader(engine);
  for await (const chunk of capture) {
    reader.push(chunk);
    if (reader.malformed === CAPTURE_UNKNOWN_FORMAT) break;
    yield* ended.splice(0);
  }
  const end = reader.end();
  if (end.malformed === CAPTURE_EMPTY) throw new PalisadeError("CAPTURE_EMPTY", "the capture is empty");
  if (end.malformed === CAPTURE_UNKNOWN_FORMAT) throw unknownFormat();
  engine.finish();
  yield* ended.splice(0);
  return {
    capture: end,
    totals: engine.totals,
    statistics: statisticsTree(engine.pathCounters()),
    anomalies: mergeAnomalies([engine.anomalies]),
  };
}

function unknownFormat(): PalisadeError {
  return new PalisadeError(
    "CAPTURE_UNKNOWN_FORMAT",
    "not a capture: neither pcap nor pcapng; decompress one that is compressed, for gzip with createGunzip of node:zlib",
  );
}

/**
 * Subscribes attributes by name; all of the registry's where `names` is undefined.
 *
 * @throws {PalisadeError} `INSPECT_ATTRIBUTE_UNKNOWN`
 */
export function subscribe(subscriptions: Subscriptions, registry: Registry, names?: readonly string[]): void {
  const known = new Map(
    registry.order.flatMap((id) => registry.protocols[id]!.attributes.map((one) => [one.name, one] as const)),
  );
  for (const name of names ?? known.keys()) {
    const attribute = known.get(name);
    if (attribute === undefined) {
      throw new PalisadeError("INSPECT_ATTRIBUTE_UNKNOWN", `no protocol has an attribute "${name}"`);
    }
    subscriptions.record(attribute);
  }
}
