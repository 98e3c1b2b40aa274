import { PalisadeError } from "@palisade/base";
import { compileExpression, type FilterExpression, parseExpression } from "./expression.js";
import { compileFilter, type FrameTest } from "./program.js";

/**
 * An expression over the frames of a capture, whose link types may differ from frame to frame: compiled once for each.
 *
 * ```ts
 * const filter = new FrameFilter("tcp port 443");
 * if (filter.accepts(octets, offset, capturedBytes, wireBytes, linkType)) …
 * ```
 */
export class FrameFilter {
  readonly #expression: FilterExpression;
  /** By link type; `undefined` for those whose frames cannot be asked. A link type is a number of 16 bits. */
  readonly #tests = new Map<number, FrameTest | undefined>();
  #lastLinkType = -1;
  #lastTest: FrameTest | undefined;
  #refusals = 0;
  #reason: string | undefined;

  /** @throws {PalisadeError} `FILTER_SYNTAX` */
  constructor(text: string) {
    this.#expression = parseExpression(text);
  }

  /** Frames refused because the expression cannot be asked of their link type. Say so: their absence proves nothing. */
  get unreadable(): number {
    return this.#refusals;
  }

  /** Why the first of them could not be asked. */
  get unreadableReason(): string | undefined {
    return this.#reason;
  }

  accepts(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    linkType: number,
  ): boolean {
    if (linkType !== this.#lastLinkType) {
      if (!this.#tests.has(linkType)) this.#tests.set(linkType, this.#compile(linkType));
      this.#lastTest = this.#tests.get(linkType);
      this.#lastLinkType = linkType;
    }
    if (this.#lastTest !== undefined) return this.#lastTest(octets, offset, capturedBytes, wireBytes);
    this.#refusals += 1;
    return false;
  }

  #compile(linkType: number): FrameTest | undefined {
    try {
      return compileFilter(compileExpression(this.#expression, { linkType }));
    } catch (error) {
      if (!(error instanceof PalisadeError)) throw error;
      this.#reason ??= error.message;
      return undefined;
    }
  }
}
