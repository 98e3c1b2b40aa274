/**
 * What discovery found out of each host: up or not, why, and by what reply. An octet for each host that is up or of which an
 * error told, in blocks (`StateTable`); time to live and round trip of the first `HOST_DETAILS_MAX` hosts alone.
 */
import { StateTable } from "../state-table.js";
import type { Reason, Verdict } from "../technique.js";
import { VerdictCodes } from "../verdict-codes.js";
import { HostDetails } from "./host-details.js";

export class HostStates {
  /** By host: 0 where it is not known to be up, else why, by `codes`. */
  readonly up: StateTable;
  /** What `up` and the table of errors hold. */
  readonly codes: VerdictCodes;
  /** What replies said besides. */
  readonly details: HostDetails;

  /**
   * @param known of as many hosts: what is filled on
   * @throws {PalisadeError} `SCAN_TABLE_TOO_LARGE` where there are more than `STATE_ENTRIES_MAX` hosts
   */
  constructor(hosts: number, known?: Known) {
    this.up = known?.table ?? new StateTable(hosts);
    this.codes = known?.codes ?? new VerdictCodes();
    this.details = known?.details ?? new HostDetails(hosts);
  }

  /**
   * Writes down what a reply says: `open` means up, anything else is why the host was not reached, which the first reply that
   * it is up outweighs.
   *
   * @param ttl of the reply, 0 where there is none
   * @param roundTripUs microseconds, negative where it is not known
   * @returns whether the host is up
   */
  told(host: number, verdict: Verdict, ttl: number, roundTripUs: number): boolean {
    if (verdict.state !== "open") {
      const { errors } = this.details;
      if (errors.get(host) === 0) errors.set(host, this.codes.codeOf(verdict));
      return false;
    }
    if (this.up.get(host) !== 0) return true;
    this.up.set(host, this.codes.codeOf(verdict));
    this.details.replied(host, ttl, roundTripUs);
    return true;
  }

  isUp(host: number): boolean {
    return this.up.get(host) !== 0;
  }

  /** Why a host is up; of one that is not, the error that told of it, or `no-response`. */
  reasonOf(host: number): Reason {
    const code = this.up.get(host) || this.details.errors.get(host);
    return code === 0 ? "no-response" : this.codes.verdictOf(code).reason;
  }

  /** Time to live, or hop limit, of the reply that showed a host to be up; 0 where it is not known. */
  ttlOf(host: number): number {
    return this.details.ttlOf(host);
  }

  /** Microseconds that this reply took; undefined where they are not known. */
  roundTripUsOf(host: number): number | undefined {
    return this.details.roundTripUsOf(host);
  }
}

/** What is known of as many hosts already. */
interface Known {
  readonly table: StateTable;
  readonly codes: VerdictCodes;
  readonly details?: HostDetails | undefined;
}
