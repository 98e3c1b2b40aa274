/** What follows an upgrade (RFC 9110 §7.8): octets both ways, which nobody reads. */
import type { UpstreamConnection, UpstreamFailure, UpstreamUser } from "./upstream-connection.js";

/** The client's side. */
export interface TunnelClient {
  /** The octets may be overwritten when the call is over. */
  tunnelWrite(octets: Uint8Array): boolean;
  tunnelEnded(): void;
  tunnelFailed(): void;
  /** More may be written to the upstream. */
  tunnelDrained(): void;
}

export class Tunnel implements UpstreamUser {
  readonly #upstream: UpstreamConnection;
  readonly #client: TunnelClient;
  #blocked = false;

  constructor(upstream: UpstreamConnection, client: TunnelClient) {
    this.#upstream = upstream;
    this.#client = client;
    upstream.handOver(this);
    // How long neither may say anything is watched at the client's connection.
    upstream.unwatch();
  }

  /** Whether the client's octets have to wait. */
  get isBlocked(): boolean {
    return this.#blocked;
  }

  toUpstream(octets: Uint8Array): void {
    this.#blocked = !this.#upstream.write(octets);
    this.#upstream.unwatch();
  }

  clientEnded(): void {
    this.#upstream.end();
  }

  clientDrained(): void {
    this.#upstream.resume();
    this.#upstream.unwatch();
  }

  destroy(): void {
    this.#upstream.destroy();
  }

  responseTunnel(octets: Uint8Array, start: number, end: number): void {
    this.#upstream.unwatch();
    if (!this.#client.tunnelWrite(octets.subarray(start, end))) this.#upstream.pause();
  }

  upstreamDrained(): void {
    this.#upstream.unwatch();
    this.#blocked = false;
    this.#client.tunnelDrained();
  }

  upstreamEnded(): void {
    this.#client.tunnelEnded();
  }

  upstreamFailed(_failure: UpstreamFailure): void {
    this.#client.tunnelFailed();
  }

  responseFlush(): void {}
  responseHead(): void {}
  responseBody(): void {}
  responseEnd(): void {}
}
