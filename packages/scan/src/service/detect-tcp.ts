/** The conversation with one TCP port until it is known what serves it: docs/services.md, "How a port is asked". */
import { isIP } from "node:net";
import type { ActiveTime } from "../active-time.js";
import { ConnectFailure, type Connection, type Dialler } from "./connection.js";
import type { Found, ServiceDatabase } from "./database.js";
import { NULL_PROBE, PROBE_LISTEN_MS, PROBE_WAIT_MS, type ServiceProbe } from "./probe.js";
import { type Attempt, race } from "./race.js";
import type { ServiceTarget, TlsResult } from "./service-result.js";
import { tlsAlert, tlsResult } from "./tls-session.js";

/** Silence before the first probe follows where none lists the port, if the round trip is short. */
const BANNER_WAIT_MS = PROBE_LISTEN_MS;
/** The same where TLS is to be expected, whose client speaks first (RFC 8446 §2). */
const TLS_LISTEN_MS = 100;
/** Further octets of an answer come within as long, where the round trip is short. */
const QUIET_MS = 200;
/** The same where the answer is understood, and only its version is not. */
const LINGER_MS = 60;
/** A probe is sent when the one before has not been answered for as long, where the round trip is short. */
const STAGGER_MS = 200;
/** A probe is left waiting at least as long. */
const PROBE_LEAST_MS = 1_000;
/**
 * A port that leaves probes unanswered is asked for as long, from the first one on, where the round trip is short: later ones wait for an answer
 * only until then, though no less than `PROBE_LEAST_MS`. Probes that list the port, or know more of a service that is known already, have all
 * of their own time.
 */
const SILENCE_MS = PROBE_WAIT_MS;
/** Most connections to one port at the same time. */
export const CONNECTIONS_PER_PORT_MAX = 8;
/** Attempts of general use that are not given up for others: the commonest probe, and TLS. */
const PATIENT = 2;
/** A port that refuses a connection while others are open is asked once more after as long. */
const REFUSED_WAIT_MS = 750;
/**
 * A port that closes without a word is connected to once more after as long: what serves one client at a time, as OpenVPN between two peers
 * does, begins anew when the last one has gone.
 */
const WRAPPED_WAIT_MS = 1_500;
/** Round trips that are waited for where they are longer than the times above. */
const ROUND_TRIPS = 4;

const CONNECT_MS = 5_000;
const HANDSHAKE_MS = 5_000;

export interface Conversation {
  readonly target: ServiceTarget;
  readonly database: ServiceDatabase;
  /** 0 … 9. */
  readonly intensity: number;
  readonly dialler: Dialler;
  /** While it stands still, nothing more is asked. */
  readonly time: ActiveTime;
  /** The port's time is over, or the caller's patience. */
  readonly signal: AbortSignal;
}

export interface TcpOutcome {
  readonly found: Found | undefined;
  /** The answer that was found something in, or the first that nothing was found in; empty where there was none. */
  readonly answer: Uint8Array;
  /** Detection took place within TLS, or TLS is all that is known. */
  readonly tls: TlsResult | undefined;
  /** Closed at once, without a word. */
  readonly wrapped: boolean;
  /** Why no connection came about. */
  readonly failure: string | undefined;
  readonly roundTripMs: number;
}

/** What an attempt comes to: something understood, or a session of TLS to begin anew in. */
type Success =
  | { readonly kind: "found"; readonly found: Found; readonly answer: Uint8Array }
  | { readonly kind: "tls"; readonly session: Connection }
  | { readonly kind: "alert"; readonly tls: TlsResult };

/** Opens a connection, with a TLS session in it where the port is asked within TLS. */
export type Opener = (signal: AbortSignal) => Promise<Connection | ConnectFailure>;

/** The way into a port. @param tunnelled within TLS */
export function openerFor({ target, dialler }: Conversation, tunnelled: boolean): Opener {
  return async (signal) => {
    const connection = await dialler.dial(CONNECT_MS);
    if (connection instanceof ConnectFailure || !tunnelled) return connection;
    return await connection.startTls({ serverName: serverNameOf(target), timeoutMs: HANDSHAKE_MS, signal });
  };
}

/** RFC 6066 §3: no address is a server name. */
export function serverNameOf({ host }: ServiceTarget): string | undefined {
  return host === undefined || isIP(host) !== 0 ? undefined : host;
}

export async function detectTcp(conversation: Conversation): Promise<TcpOutcome> {
  const plain = openerFor(conversation, false);
  const first = await plain(conversation.signal);
  if (first instanceof ConnectFailure) return { ...NOTHING, failure: first.code };
  const outer = await new PortConversation(conversation, false, first.roundTripMs).run(first);
  if (outer.session === undefined) return outer.outcome;
  const { session } = outer;
  const tls = session.tls && tlsResult(session.tls);
  const inner = await new PortConversation(conversation, true, first.roundTripMs).run(session);
  return { ...inner.outcome, tls, wrapped: false };
}

const NO_OCTETS = new Uint8Array(0);
const NOTHING: TcpOutcome = {
  found: undefined,
  answer: NO_OCTETS,
  tls: undefined,
  wrapped: false,
  failure: undefined,
  roundTripMs: 0,
};

class PortConversation {
  readonly #conversation: Conversation;
  readonly #tunnelled: boolean;
  readonly #open: Opener;
  readonly #roundTripMs: number;
  /** What is known of the service, but not well. */
  #soft: Found | undefined;
  #softAnswer: Uint8Array = NO_OCTETS;
  /** The first answer that says nothing to us. */
  #answer: Uint8Array = NO_OCTETS;
  /** The service has spoken before it was asked, and will again. */
  #speaksFirst = false;
  /** TLS is next: an answer looks like it. */
  #tlsSeen = false;
  #tlsTried: boolean;
  /** When a port that leaves probes unanswered is no longer waited for. */
  #untilMs = Number.POSITIVE_INFINITY;

  constructor(conversation: Conversation, tunnelled: boolean, roundTripMs: number) {
    this.#conversation = conversation;
    this.#tunnelled = tunnelled;
    this.#open = openerFor(conversation, tunnelled);
    this.#roundTripMs = roundTripMs;
    this.#tlsTried = tunnelled;
  }

  async run(begun: Connection): Promise<{ readonly outcome: TcpOutcome; readonly session?: Connection }> {
    const { database, target, intensity, time, signal } = this.#conversation;
    const nullProbe = database.probe(NULL_PROBE);
    const probes = database.probesFor(target.port, "tcp", this.#tunnelled, intensity);
    const asked = probes.filter((probe) => isListed(probe, target.port, this.#tunnelled));
    const patienceMs = this.#atLeast(this.#listenMs(asked));
    // With nothing to say, we hear the service out.
    const bannerMs = probes.length === 0 ? (nullProbe?.waitMs ?? PROBE_WAIT_MS) : patienceMs;
    let first = begun;
    let banner = await this.#hear(first, nullProbe, bannerMs);
    if (banner === undefined && this.#wrapped(first)) {
      first.close();
      await pause(WRAPPED_WAIT_MS, signal);
      await time.held(signal);
      const second = signal.aborted ? undefined : await this.#open(signal);
      if (second === undefined || second instanceof ConnectFailure) {
        return { outcome: { ...this.#unknown(), wrapped: true } };
      }
      first = second;
      banner = await this.#hear(first, nullProbe, bannerMs);
    }
    if (banner !== undefined) {
      first.close();
      return this.#outcome(banner);
    }
    if (this.#wrapped(first)) {
      first.close();
      return { outcome: { ...this.#unknown(), wrapped: true } };
    }
    const silent = this.#silent;
    this.#speaksFirst = !silent;
    const open = silent && first.ended === undefined && !signal.aborted ? first : undefined;
    if (open === undefined) first.close();
    // Who speaks first in clear does not speak TLS.
    if (!silent && !this.#tlsSeen) this.#tlsTried = true;
    this.#untilMs = time.nowMs + this.#atLeast(SILENCE_MS);
    const listed = asked.length;
    const success = await race(this.#attempts(probes, listed, open), {
      staggerMs: this.#atLeast(STAGGER_MS),
      openMax: CONNECTIONS_PER_PORT_MAX,
      leastMs: this.#atLeast(PROBE_LEAST_MS),
      patient: Math.min(listed + PATIENT, CONNECTIONS_PER_PORT_MAX / 2),
      isHeld: () => time.isHeld,
      signal,
    });
    return this.#outcome(success);
  }

  /** Nothing has been heard. */
  get #silent(): boolean {
    return this.#answer.length === 0 && this.#soft === undefined;
  }

  /** It was closed by the other side before anything was said. */
  #wrapped(connection: Connection): boolean {
    return this.#silent && connection.ended === "closed" && !this.#tunnelled;
  }

  #outcome(success: Success | undefined): { readonly outcome: TcpOutcome; readonly session?: Connection } {
    if (success?.kind === "tls") return { outcome: this.#unknown(), session: success.session };
    if (success?.kind === "alert") return { outcome: { ...this.#unknown(), tls: success.tls } };
    if (success === undefined) return { outcome: this.#unknown() };
    const { found, answer } = success;
    return { outcome: { ...NOTHING, found, answer, roundTripMs: this.#roundTripMs } };
  }

  #unknown(): TcpOutcome {
    return {
      ...NOTHING,
      found: this.#soft,
      answer: this.#soft === undefined ? this.#answer : this.#softAnswer,
      roundTripMs: this.#roundTripMs,
    };
  }

  /** Attempts in the order in which they are to begin; what was heard meanwhile leaves some out and puts TLS first. */
  #attempts(
    probes: readonly ServiceProbe[],
    listed: number,
    first: Connection | undefined,
  ): () => Attempt<Success> | undefined {
    const { database, target } = this.#conversation;
    const tlsFirst = database.expectsTls(target.port);
    const waiting = [...probes];
    let unused = first;
    const take = (): Connection | undefined => {
      const taken = unused;
      unused = undefined;
      return taken;
    };
    return () => {
      const sent = probes.length - waiting.length;
      const common = Math.max(listed, Math.min(1, probes.length));
      if (!this.#tlsTried && (this.#tlsSeen || tlsFirst || sent >= common)) {
        this.#tlsTried = true;
        return (signal) => this.#tryTls(take(), signal);
      }
      for (;;) {
        const probe = waiting.shift();
        if (probe === undefined) return undefined;
        if (this.#soft !== undefined && !database.tells(probe, this.#soft.match.service)) continue;
        return (signal) => this.#tryProbe(probe, take(), signal);
      }
    };
  }

  async #tryTls(unused: Connection | undefined, signal: AbortSignal): Promise<Success | undefined> {
    const plain = unused ?? (await this.#openAgain(openerFor(this.#conversation, false), signal));
    if (plain instanceof ConnectFailure) return undefined;
    const serverName = serverNameOf(this.#conversation.target);
    const session = await plain.startTls({ serverName, timeoutMs: this.#atLeast(HANDSHAKE_MS), signal });
    if (!(session instanceof ConnectFailure)) return { kind: "tls", session };
    const tls = tlsAlert(session);
    return tls && { kind: "alert", tls };
  }

  async #tryProbe(
    probe: ServiceProbe,
    unused: Connection | undefined,
    signal: AbortSignal,
  ): Promise<Success | undefined> {
    const connection = unused ?? (await this.#openAgain(this.#open, signal));
    if (connection instanceof ConnectFailure) return undefined;
    if (signal.aborted) {
      connection.close();
      return undefined;
    }
    const close = (): void => connection.close();
    signal.addEventListener("abort", close, { once: true });
    if (this.#speaksFirst) {
      // Its greeting is known already, and no part of the answer.
      await connection.collect(this.#atLeast(BANNER_WAIT_MS), this.#atLeast(LINGER_MS));
      connection.consume();
    }
    if (!signal.aborted) connection.write(probe.octets);
    const success = await this.#hear(connection, probe, this.#waitFor(probe));
    signal.removeEventListener("abort", close);
    connection.close();
    return success;
  }

  /** Opens a connection; a second time where a service that serves few at once has refused it. */
  async #openAgain(open: Opener, signal: AbortSignal): Promise<Connection | ConnectFailure> {
    const first = await open(signal);
    if (!(first instanceof ConnectFailure) || first.code === "timeout" || signal.aborted) return first;
    await pause(REFUSED_WAIT_MS, signal);
    return signal.aborted ? first : await open(signal);
  }

  /** How long a probe's answer is waited for, in ms. */
  #waitFor(probe: ServiceProbe): number {
    const waitMs = this.#atLeast(probe.waitMs);
    const { target, time } = this.#conversation;
    if (this.#soft !== undefined || isListed(probe, target.port, this.#tunnelled)) return waitMs;
    const leftMs = this.#untilMs - time.nowMs;
    return Math.min(waitMs, Math.max(leftMs, this.#atLeast(PROBE_LEAST_MS)));
  }

  /** Reads what comes within the time by the probe's matches; what is not a match is kept in mind. */
  async #hear(
    connection: Connection,
    probe: ServiceProbe | undefined,
    waitMs: number,
  ): Promise<Success | undefined> {
    let found: Found | undefined;
    const judge = (octets: Uint8Array): number | undefined => {
      found = this.#read(probe, octets);
      if (found === undefined || found.match.soft) return undefined;
      return found.fields.version === undefined ? this.#atLeast(LINGER_MS) : 0;
    };
    await connection.collect(waitMs, this.#atLeast(QUIET_MS), judge);
    // The connection's octets are its own to move.
    const octets = Uint8Array.from(connection.octets);
    if (octets.length === 0) return undefined;
    found = this.#read(probe, octets);
    if (!this.#tunnelled && !this.#tlsTried && saysTls(octets, found)) {
      this.#tlsSeen = true;
      // What is said in clear counts where TLS turns out not to be there.
      if (found !== undefined) [this.#soft, this.#softAnswer] = [found, octets];
      return undefined;
    }
    if (found === undefined) {
      if (this.#answer.length === 0) this.#answer = octets;
      return undefined;
    }
    if (!found.match.soft) return { kind: "found", found, answer: octets };
    if (this.#soft === undefined) [this.#soft, this.#softAnswer] = [found, octets];
    return undefined;
  }

  #read(probe: ServiceProbe | undefined, octets: Uint8Array): Found | undefined {
    return probe && this.#conversation.database.read(probe, octets, this.#soft?.match.service);
  }

  /** How long to listen before asking, in ms: as long as any of the probes for the port would have it. */
  #listenMs(listed: readonly ServiceProbe[]): number {
    if (listed.length > 0) return Math.max(...listed.map(({ listenMs }) => listenMs));
    const { database, target } = this.#conversation;
    return !this.#tunnelled && database.expectsTls(target.port) ? TLS_LISTEN_MS : BANNER_WAIT_MS;
  }

  #atLeast(ms: number): number {
    return Math.max(ms, ROUND_TRIPS * this.#roundTripMs);
  }
}

/** Ends after so long, or when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}

function isListed(probe: ServiceProbe, port: number, tunnelled: boolean): boolean {
  const within = ({ first, last }: { readonly first: number; readonly last: number }): boolean =>
    port >= first && port <= last;
  return probe.ports.some(within) || (tunnelled && probe.tlsPorts.some(within));
}

/** What of an answer is looked at for words about HTTPS. */
const WORDS_BYTES = 2_048;

/**
 * Whether a service that was asked in clear wants TLS: a record of TLS (RFC 8446 §5.1: alert or handshake, version 3.x), a match that says so, or
 * an HTTP error about it, as nginx, Apache httpd, Go's net/http and others send.
 */
function saysTls(octets: Uint8Array, found: Found | undefined): boolean {
  if ((octets[0] === 0x15 || octets[0] === 0x16) && octets[1] === 0x03 && octets[2]! <= 4) return true;
  if (found === undefined) return false;
  if (found.match.service === "tls" || found.match.service === "ssl") return true;
  if (found.match.service !== "http") return false;
  const text = Buffer.from(octets.subarray(0, WORDS_BYTES)).toString("latin1");
  return (
    /^HTTP\/1\.[01] 4\d\d/.test(text) &&
    /HTTP request[^\n]{0,40} HTTPS|SSL-enabled server|TLS-enabled/i.test(text)
  );
}
