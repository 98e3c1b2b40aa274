/** `RAW`: a body of which nothing is taken apart. It has no arguments; `REQUEST_BODY`, which the engine keeps, is all of it. */
import { type BodyOptions, type BodyProcessor, BodyReport, type BodySink } from "./body.js";

export class RawBody implements BodyProcessor {
  readonly name = "RAW";
  readonly #report: BodyReport;

  constructor(sink: BodySink, options: BodyOptions = {}) {
    this.#report = new BodyReport(sink, options);
  }

  feed(_octets: Uint8Array, start: number, end: number): void {
    this.#report.passed(start, this.#report.admit(start, end), end);
  }

  finish(): void {}
}
