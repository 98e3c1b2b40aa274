/** Which violations refuse a message, the bounds of a head, and what is wrong with one message. */
import { PalisadeError } from "@palisade/base";
import type { HttpViolation, ViolationAction } from "./violations.js";
import { httpViolations } from "./violations.js";

/** Octets of a head, start line and empty lines before it included. */
export const HTTP_HEAD_BYTES_MAX = 65_536;
/** Octets of a request line, its end not counted. RFC 9112 §3 wants 8,000 at least. */
export const HTTP_REQUEST_LINE_BYTES_MAX = 16_384;
/** Fields of a head, and fields of trailers. */
export const HTTP_FIELDS_MAX = 128;
/** Octets of trailers. */
export const HTTP_TRAILER_BYTES_MAX = 8_192;
/** The most that a bound given as an option may be: octets. */
export const HTTP_OPTION_BYTES_MAX = 16_777_216;
/** The most fields that an option may allow. */
export const HTTP_OPTION_FIELDS_MAX = 16_384;

export interface HttpParserOptions {
  /** Octets of a head (default `HTTP_HEAD_BYTES_MAX`). */
  readonly headBytesMax?: number;
  /** Octets of a request line (default `HTTP_REQUEST_LINE_BYTES_MAX`). */
  readonly requestLineBytesMax?: number;
  /** Fields (default `HTTP_FIELDS_MAX`). */
  readonly fieldsMax?: number;
  /** Octets of trailers (default `HTTP_TRAILER_BYTES_MAX`). */
  readonly trailerBytesMax?: number;
  /** Violations that refuse, beyond those that do by default. */
  readonly refuse?: readonly HttpViolation[];
  /** Violations that are noted where they refuse by default; only those that are `relaxable`. */
  readonly note?: readonly HttpViolation[];
}

/** Options after their check. */
export interface HttpPolicy {
  readonly headBytesMax: number;
  readonly requestLineBytesMax: number;
  readonly fieldsMax: number;
  readonly trailerBytesMax: number;
  /** By a violation's index: 1 refuses. */
  readonly refuses: Uint8Array;
}

/**
 * @throws {PalisadeError} `HTTP_OPTION` for a bound out of range, for a violation that cannot be noted since nothing safe
 *   could be forwarded, and for one that is to be both
 */
export function compilePolicy(side: "request" | "response", options: HttpParserOptions = {}): HttpPolicy {
  const refuses = Uint8Array.from(httpViolations, (violation) => (violation[side] === "refuse" ? 1 : 0));
  const set = (violations: readonly HttpViolation[], action: ViolationAction) => {
    for (const violation of violations) {
      if (action === "note" && !violation.relaxable && violation[side] === "refuse") {
        throw new PalisadeError(
          "HTTP_OPTION",
          `${violation.name} cannot be noted: no safe form of such a message can be forwarded; leave it out of \`note\``,
        );
      }
      if (action === "note" && options.refuse?.includes(violation)) {
        throw new PalisadeError(
          "HTTP_OPTION",
          `${violation.name} is in \`note\` and in \`refuse\`: choose one`,
        );
      }
      refuses[violation.index] = action === "refuse" ? 1 : 0;
    }
  };
  set(options.refuse ?? [], "refuse");
  set(options.note ?? [], "note");
  return {
    headBytesMax: bound("headBytesMax", options.headBytesMax, HTTP_HEAD_BYTES_MAX, HTTP_OPTION_BYTES_MAX),
    requestLineBytesMax: bound(
      "requestLineBytesMax",
      options.requestLineBytesMax,
      HTTP_REQUEST_LINE_BYTES_MAX,
      HTTP_OPTION_BYTES_MAX,
    ),
    fieldsMax: bound("fieldsMax", options.fieldsMax, HTTP_FIELDS_MAX, HTTP_OPTION_FIELDS_MAX),
    trailerBytesMax: bound(
      "trailerBytesMax",
      options.trailerBytesMax,
      HTTP_TRAILER_BYTES_MAX,
      HTTP_OPTION_BYTES_MAX,
    ),
    refuses,
  };
}

function bound(name: string, given: number | undefined, otherwise: number, most: number): number {
  const value = given ?? otherwise;
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new PalisadeError("HTTP_OPTION", `${name} ${value}: give a whole number from 1 to ${most}`);
  }
  return value;
}

/** What is wrong with one message, in the order of finding. */
export class MessageViolations {
  readonly #refuses: Uint8Array;
  #low = 0;
  #high = 0;
  readonly #found: HttpViolation[] = [];
  readonly #offsets: number[] = [];
  #refusal: HttpViolation | undefined;

  constructor(policy: HttpPolicy) {
    this.#refuses = policy.refuses;
  }

  /** The first violation that refuses the message. */
  get refusal(): HttpViolation | undefined {
    return this.#refusal;
  }

  get count(): number {
    return this.#found.length;
  }

  has(violation: HttpViolation): boolean {
    const { index } = violation;
    return ((index < 32 ? this.#low >>> index : this.#high >>> (index - 32)) & 1) === 1;
  }

  /** In the order of finding, each once. */
  list(): readonly HttpViolation[] {
    return this.#found.slice();
  }

  /**
   * Where it was first seen: in a head an offset in `head.octets`; in trailers one in `trailers.octets`; in the body's framing
   * one in the body as it came, from 0 on; -1 where it is not among these.
   */
  offsetOf(violation: HttpViolation): number {
    const place = this.#found.indexOf(violation);
    return place < 0 ? -1 : this.#offsets[place]!;
  }

  /** @internal */
  add(violation: HttpViolation, offset: number): void {
    if (this.has(violation)) return;
    const { index } = violation;
    if (index < 32) this.#low |= 1 << index;
    else this.#high |= 1 << (index - 32);
    this.#found.push(violation);
    this.#offsets.push(offset);
    if (this.#refusal === undefined && this.#refuses[index] === 1) this.#refusal = violation;
  }

  /** @internal */
  clear(): void {
    if (this.#found.length === 0) return;
    this.#low = 0;
    this.#high = 0;
    this.#found.length = 0;
    this.#offsets.length = 0;
    this.#refusal = undefined;
  }
}
