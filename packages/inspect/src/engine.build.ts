/**
 * Frames with their times, and an engine run over them: for tests.
 */
import {
  type AddressLike,
  ethernet,
  ipv4,
  LINKTYPE_ETHERNET,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  type TcpConversationOptions,
  tcp,
  tcpConversation,
  udp,
} from "@palisade/wire";
import type { Anomaly } from "./anomalies.js";
import { Engine, type EngineHandlers } from "./engine.js";
import type { FlowRecord } from "./flow/flow-record.js";
import { FrameDivider } from "./frame-divider.js";
import { subscribe } from "./inspect.js";
import type { EngineOptions } from "./options.js";
import { builtInRegistry } from "./protocols/registry.js";
import type { Registry } from "./registry.js";
import { Subscriptions } from "./subscriptions.js";

export interface Frame {
  /** Microseconds since the epoch. */
  readonly timeUs: number;
  readonly octets: Uint8Array;
  /** Default Ethernet. */
  readonly linkType?: number;
  /** Octets of it that the capture kept; default all. */
  readonly capturedBytes?: number;
}

/** Where tests' clocks start: a whole second. */
export const START_US = 1_700_000_000_000_000;

/** Ethernet frames of these packets, `stepUs` apart. */
export function framesOf(packets: readonly Uint8Array[], startUs = START_US, stepUs = 1_000): Frame[] {
  return packets.map((payload, at) => ({ timeUs: startUs + at * stepUs, octets: ethernet({ payload }) }));
}

export interface RunSettings {
  readonly options?: Partial<EngineOptions>;
  readonly registry?: Registry;
  readonly subscriptions?: Subscriptions;
  readonly packet?: EngineHandlers["packet"];
}

export interface Run {
  readonly engine: Engine;
  /** In the order in which they ended. */
  readonly records: readonly FlowRecord[];
  /** By tick: what ended in it. */
  readonly ticks: readonly (readonly FlowRecord[])[];
  readonly anomalies: readonly Anomaly[];
}

/** An engine that has subscribed to all attributes, and what it says as frames are fed to it. */
export function startEngine(settings: RunSettings = {}): { engine: Engine; ticks: FlowRecord[][] } {
  const registry = settings.registry ?? builtInRegistry();
  const subscriptions = settings.subscriptions ?? new Subscriptions();
  if (settings.subscriptions === undefined) subscribe(subscriptions, registry);
  const ticks: FlowRecord[][] = [];
  const handlers: EngineHandlers = {
    flows: (records) => void ticks.push([...records]),
    ...(settings.packet !== undefined && { packet: settings.packet }),
  };
  return { engine: new Engine(registry, handlers, settings.options, subscriptions), ticks };
}

export function feed(engine: Engine | FrameDivider, frame: Frame): void {
  const { octets, timeUs } = frame;
  engine.packet(
    octets,
    0,
    frame.capturedBytes ?? octets.length,
    octets.length,
    timeUs,
    frame.linkType ?? LINKTYPE_ETHERNET,
  );
}

export function runEngine(frames: Iterable<Frame>, settings: RunSettings = {}): Run {
  const { engine, ticks } = startEngine(settings);
  for (const frame of frames) feed(engine, frame);
  engine.finish();
  return { engine, ticks, records: ticks.flat(), anomalies: engine.anomalies };
}

/** Engines between which the frames are divided. */
export function runDivided(frames: Iterable<Frame>, settings: readonly RunSettings[]): Run[] {
  const started = settings.map((one) => startEngine(one));
  const engines = started.map(({ engine }) => engine);
  const divider = new FrameDivider(engines, engines[0]!.options.timeoutSeconds);
  for (const frame of frames) feed(divider, frame);
  return started.map(({ engine, ticks }, number) => {
    divider.catchUp(number);
    engine.finish();
    return { engine, ticks, records: ticks.flat(), anomalies: engine.anomalies };
  });
}

export const CLIENT = "192.0.2.1";
export const SERVER = "198.51.100.2";
export const CLIENT_PORT = 49_152;
export const SERVER_PORT = 40_000;

const FLAGS: Readonly<Record<string, number>> = {
  S: TCP_SYN,
  A: TCP_ACK,
  F: TCP_FIN,
  R: TCP_RST,
  P: TCP_PSH,
};
const STEP = /^([<>]) ([SAFRP]+)(?: @(-?\d+))?(?: \+(\d+))?(?: w(\d+))?(?: at (\d+))?$/;

/**
 * Segments of one connection in words: `> S`, `< SA`, `> PA +10` (ten octets), `> A @1 +10` (at sequence number 1 of its
 * direction, where the SYN has 0), `< A w0` (window), `> A at 25` (milliseconds after the start; else a millisecond after
 * the one before).
 */
export function talk(
  steps: readonly string[],
  options: {
    readonly clientSequence?: number;
    readonly serverSequence?: number;
    readonly startUs?: number;
  } = {},
): Frame[] {
  const initial = [options.clientSequence ?? 1_000, options.serverSequence ?? 5_000] as const;
  const next: [number, number] = [0, 0];
  const startUs = options.startUs ?? START_US;
  let timeUs = startUs - 1_000;
  return steps.map((step) => {
    const match = STEP.exec(step);
    if (match === null) throw new RangeError(`talk: "${step}"`);
    const [, sender, letters, at, length, window, atMs] = match;
    const direction = sender === ">" ? 0 : 1;
    const flags = [...letters!].reduce((sum, letter) => sum | FLAGS[letter]!, 0);
    const payload = new Uint8Array(Number(length ?? 0)).fill(0x2e);
    // Without a SYN the direction starts where the SYN would have ended.
    if ((flags & TCP_SYN) === 0 && next[direction] === 0) next[direction] = 1;
    const start = at === undefined ? next[direction] : Number(at);
    const numbers = payload.length + (flags & TCP_SYN ? 1 : 0) + (flags & TCP_FIN ? 1 : 0);
    next[direction] = Math.max(next[direction], start + numbers);
    timeUs = atMs === undefined ? timeUs + 1_000 : startUs + Number(atMs) * 1_000;
    const segment = tcp({
      sourcePort: direction === 0 ? CLIENT_PORT : SERVER_PORT,
      destinationPort: direction === 0 ? SERVER_PORT : CLIENT_PORT,
      sequence: (initial[direction] + start) >>> 0,
      acknowledgement: (flags & TCP_ACK) === 0 ? 0 : (initial[1 - direction]! + next[1 - direction]!) >>> 0,
      flags,
      window: Number(window ?? 65_535),
      payload,
    });
    const [source, destination] = direction === 0 ? [CLIENT, SERVER] : [SERVER, CLIENT];
    return { timeUs, octets: ethernet({ payload: ipv4({ source, destination, payload: segment }) }) };
  });
}

export function udpFrame(
  timeUs: number,
  ends: {
    readonly source?: AddressLike;
    readonly destination?: AddressLike;
    readonly sourcePort?: number;
    readonly destinationPort?: number;
  } = {},
  payload: Uint8Array = new Uint8Array(8),
): Frame {
  const datagram = udp({
    sourcePort: ends.sourcePort ?? CLIENT_PORT,
    destinationPort: ends.destinationPort ?? SERVER_PORT,
    payload,
  });
  const packet = ipv4({
    source: ends.source ?? CLIENT,
    destination: ends.destination ?? SERVER,
    payload: datagram,
  });
  return { timeUs, octets: ethernet({ payload: packet }) };
}

/** A TCP conversation between the two hosts of tests. */
export function conversation(options: Partial<TcpConversationOptions>): Uint8Array[] {
  return tcpConversation({
    client: { address: CLIENT, port: CLIENT_PORT },
    server: { address: SERVER, port: SERVER_PORT },
    turns: [],
    ...options,
  });
}
