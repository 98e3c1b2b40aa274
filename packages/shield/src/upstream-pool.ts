/** Connections to the upstream, kept for the next request. */
import type { Deadlines } from "./deadlines.js";
import {
  type UpstreamAddress,
  UpstreamConnection,
  type UpstreamOwner,
  type UpstreamTimes,
} from "./upstream-connection.js";

/** Connections to the upstream at once; with more requests than that under way, further ones are answered 503. */
export const UPSTREAM_CONNECTIONS_MAX = 1_024;
/** Connections that are kept while nobody needs them; further ones are closed. */
export const UPSTREAM_IDLE_CONNECTIONS_MAX = 128;
/** Milliseconds that a connection is kept. Less than servers wait (Node: 5 s), so that it is seldom they who close it. */
export const UPSTREAM_IDLE_MS_MAX = 4_000;

export interface UpstreamPoolOptions {
  readonly connectionsMax: number;
  readonly idleConnectionsMax: number;
  readonly idleMs: number;
  readonly times: UpstreamTimes;
}

export class UpstreamPool implements UpstreamOwner {
  readonly deadlines: Deadlines;
  readonly times: UpstreamTimes;
  readonly #address: UpstreamAddress;
  readonly #options: UpstreamPoolOptions;
  /** The one used last is used first: so few are kept warm, and the others go. */
  readonly #idle: UpstreamConnection[] = [];
  readonly #all = new Set<UpstreamConnection>();

  constructor(address: UpstreamAddress, deadlines: Deadlines, options: UpstreamPoolOptions) {
    this.deadlines = deadlines;
    this.times = options.times;
    this.#address = address;
    this.#options = options;
  }

  get connections(): number {
    return this.#all.size;
  }

  /** @param fresh whether none will do that was used before. @returns undefined where there are too many */
  acquire(fresh: boolean): UpstreamConnection | undefined {
    if (!fresh) {
      for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
        if (kept.usable) return kept;
        kept.destroy();
      }
    }
    if (this.#all.size >= this.#options.connectionsMax) {
      const eldest = this.#idle.shift();
      if (eldest === undefined) return undefined;
      eldest.destroy();
    }
    const connection = new UpstreamConnection(this.#address, this);
    this.#all.add(connection);
    return connection;
  }

  /** The response is over. @param keep whether both sides let another request follow */
  release(connection: UpstreamConnection, keep: boolean): void {
    const { idleConnectionsMax, idleMs } = this.#options;
    if (!keep || !connection.usable || this.#idle.length >= idleConnectionsMax) {
      connection.destroy();
      return;
    }
    connection.idle(this.deadlines.nowMs + idleMs);
    this.#idle.push(connection);
  }

  closed(connection: UpstreamConnection): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  destroy(): void {
    for (const connection of this.#all) connection.destroy();
  }
}
