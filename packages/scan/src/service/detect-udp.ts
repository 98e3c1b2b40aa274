/** What serves a UDP port: every datagram is a question of its own, and silence says nothing. */
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { parseIpAddress } from "@palisade/wire";
import type { ActiveTime } from "../active-time.js";
import type { Found, ServiceDatabase } from "./database.js";
import type { ServiceProbe } from "./probe.js";
import { type Attempt, race } from "./race.js";
import type { ServiceTarget } from "./service-result.js";

/** A probe is sent once more when there was no answer for as long. */
const AGAIN_MS = 1_000;
const STAGGER_MS = 300;
const PROBE_LEAST_MS = 1_500;
/** Sockets for one port at the same time. */
const SOCKETS_PER_PORT = 4;
/** Datagrams that are read in answer to one probe. */
export const ANSWERS_PER_PROBE_MAX = 8;

export interface UdpConversation {
  readonly target: ServiceTarget;
  readonly database: ServiceDatabase;
  readonly intensity: number;
  /** While it stands still, nothing more is asked. */
  readonly time: ActiveTime;
  readonly signal: AbortSignal;
}

export interface UdpOutcome {
  readonly found: Found | undefined;
  readonly answer: Uint8Array;
  /** The port is closed after all: an ICMP error came back. */
  readonly failure: string | undefined;
}

const NO_OCTETS = new Uint8Array(0);

export async function detectUdp(conversation: UdpConversation): Promise<UdpOutcome> {
  const { database, target, intensity, time, signal } = conversation;
  let soft: { readonly found: Found; readonly answer: Uint8Array } | undefined;
  let unknown: Uint8Array = NO_OCTETS;
  let failure: string | undefined;
  const waiting = database.probesFor(target.port, "udp", false, intensity);
  const next = (): Attempt<{ readonly found: Found; readonly answer: Uint8Array }> | undefined => {
    for (;;) {
      const probe = waiting.shift();
      if (probe === undefined || failure !== undefined) return undefined;
      if (soft !== undefined && !database.tells(probe, soft.found.match.service)) continue;
      return async (ended) => {
        const judge = (
          answer: Uint8Array,
        ): { readonly found: Found; readonly answer: Uint8Array } | undefined => {
          const found = database.read(probe, answer, soft?.found.match.service);
          if (found === undefined) {
            if (unknown.length === 0) unknown = answer;
            return undefined;
          }
          if (!found.match.soft) return { found, answer };
          soft ??= { found, answer };
          return undefined;
        };
        return await ask(target, probe, ended, judge, (code) => {
          failure ??= code;
        });
      };
    }
  };
  const won = await race(next, {
    staggerMs: STAGGER_MS,
    openMax: SOCKETS_PER_PORT,
    leastMs: PROBE_LEAST_MS,
    isHeld: () => time.isHeld,
    signal,
  });
  const best = won ?? soft;
  return {
    found: best?.found,
    answer: best?.answer ?? unknown,
    failure: best === undefined && unknown.length === 0 ? failure : undefined,
  };
}

/** A network address as octets; undefined for what is none. The zone of a link-local one is left out. */
function octetsOf(address: string): Uint8Array | undefined {
  return parseIpAddress(address.replace(/%.*$/, ""));
}

/** Whether two texts are the same address: of IPv6, one may be written in several ways (RFC 5952 §2). */
function isSameAddress(one: string, other: string): boolean {
  const [a, b] = [octetsOf(one), octetsOf(other)];
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

/**
 * Sends a probe, up to twice, and reads answers until one is understood: from a socket that hears nobody but the port, or, where answers
 * may come from other ports, nobody but the host. ICMP errors reach only the former.
 */
async function ask<T>(
  { address, port }: ServiceTarget,
  probe: ServiceProbe,
  signal: AbortSignal,
  judge: (answer: Uint8Array) => T | undefined,
  refused: (code: string) => void,
): Promise<T | undefined> {
  return await new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    const timers: NodeJS.Timeout[] = [];
    let answers = 0;
    let over = false;
    const done = (value: T | undefined): void => {
      if (over) return;
      over = true;
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.close();
      resolve(value);
    };
    const onAbort = (): void => done(undefined);
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === "ECONNREFUSED") refused(error.code);
      done(undefined);
    };
    const send = (): void => {
      if (over) return;
      const sent = (error: Error | null): void => {
        if (error !== null) onError(error);
      };
      if (probe.anyPort) socket.send(probe.octets, port, address, sent);
      else socket.send(probe.octets, sent);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", onError);
    socket.on("message", (message, { address: sender }) => {
      if (probe.anyPort && !isSameAddress(sender, address)) return;
      answers += 1;
      let value: T | undefined;
      try {
        value = judge(Uint8Array.from(message));
      } catch (error) {
        reject(error);
        done(undefined);
        return;
      }
      if (value !== undefined || answers >= ANSWERS_PER_PROBE_MAX) done(value);
    });
    // Where no route leads there, the callback is what is told, and a socket without a peer must not send.
    const onConnect = (error?: NodeJS.ErrnoException): void => {
      if (error !== undefined && error !== null) {
        refused(error.code ?? "ECONNREFUSED");
        done(undefined);
        return;
      }
      send();
      timers.push(
        setTimeout(() => {
          if (answers === 0) send();
        }, AGAIN_MS),
      );
    };
    if (probe.anyPort) socket.bind(0, () => onConnect());
    else socket.connect(port, address, onConnect);
    timers.push(setTimeout(() => done(undefined), probe.waitMs));
    if (signal.aborted) onAbort();
  });
}
