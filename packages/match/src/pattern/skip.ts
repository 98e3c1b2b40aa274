import { OCTETS, type OctetSet, setSize } from "./octet-set.js";

/** Goes past octets that no match begins with. */
export class Skip {
  readonly #first: OctetSet;
  /** The only octet that one begins with, or -1. */
  readonly #only: number;

  constructor(first: OctetSet) {
    this.#first = first;
    this.#only = setSize(first) === 1 ? first.indexOf(1) : -1;
  }

  /** Whether every octet begins a match, so that there is nothing to gain. */
  static useful(first: OctetSet | undefined): first is OctetSet {
    return first !== undefined && setSize(first) < OCTETS;
  }

  /** Where from `at` on a match can begin; `end` where none can. */
  next(octets: Uint8Array, at: number, end: number): number {
    const only = this.#only;
    let next = at;
    if (only >= 0) {
      while (next < end && octets[next] !== only) next += 1;
      return next;
    }
    const first = this.#first;
    while (next < end && first[octets[next]!] === 0) next += 1;
    return next;
  }
}
