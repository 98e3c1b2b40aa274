/** Gathers what body processors tell, for tests; octets as latin1. */
import type { BodyProcessor, BodySink } from "./body.js";

const text = (octets: Uint8Array, start: number, end: number) =>
  Buffer.from(octets.subarray(start, end)).toString("latin1");

export class Collected implements BodySink {
  readonly arguments: Array<readonly [name: string, value: string]> = [];
  readonly files: Array<readonly [field: string, name: string, bytes: number]> = [];
  readonly partHeaders: Array<readonly [part: string, line: string]> = [];
  readonly xmlTexts: string[] = [];
  readonly xmlAttributes: string[] = [];
  /** `multipart.lf-line@17` */
  readonly errors: string[] = [];
  /** Variables that errors set, and `REQBODY_ERROR`. */
  readonly variables: { REQBODY_ERROR?: number; [name: string]: number | undefined } = {};

  argument: BodySink["argument"] = (name, nameStart, nameEnd, value, valueStart, valueEnd) => {
    this.arguments.push([text(name, nameStart, nameEnd), text(value, valueStart, valueEnd)]);
  };
  file: BodySink["file"] = (field, fieldStart, fieldEnd, name, nameStart, nameEnd, bytes) => {
    this.files.push([text(field, fieldStart, fieldEnd), text(name, nameStart, nameEnd), bytes]);
  };
  partHeader: BodySink["partHeader"] = (part, partStart, partEnd, line, lineStart, lineEnd) => {
    this.partHeaders.push([text(part, partStart, partEnd), text(line, lineStart, lineEnd)]);
  };
  xmlText: BodySink["xmlText"] = (octets, start, end) => {
    this.xmlTexts.push(text(octets, start, end));
  };
  xmlAttribute: BodySink["xmlAttribute"] = (octets, start, end) => {
    this.xmlAttributes.push(text(octets, start, end));
  };
  error: BodySink["error"] = (error, at) => {
    this.errors.push(`${error.malformed.name}@${at}`);
    if (error.fails) this.variables.REQBODY_ERROR = 1;
    if (error.variable !== undefined)
      this.variables[error.variable] = Math.min(this.variables[error.variable] ?? error.value, error.value);
  };

  /** Names of the errors, without their places. */
  get kinds(): string[] {
    return this.errors.map((error) => error.replace(/@\d+$/, ""));
  }
}

/**
 * What a processor makes of a body.
 *
 * @param body latin1
 * @param cuts where it is cut into pieces
 */
export function collect(
  make: (sink: BodySink) => BodyProcessor,
  body: string,
  cuts: readonly number[] = [],
): Collected {
  const collected = new Collected();
  const processor = make(collected);
  const octets = Buffer.from(body, "latin1");
  let start = 0;
  for (const cut of [...cuts.map((cut) => Math.min(cut, octets.length)), octets.length].sort(
    (a, b) => a - b,
  )) {
    // Each piece in memory of its own, which is overwritten afterwards: nothing of it may be kept.
    const piece = Buffer.from(`<${octets.toString("latin1", start, cut)}>`, "latin1");
    processor.feed(piece, 1, piece.length - 1);
    piece.fill(0xa5);
    start = cut;
  }
  processor.finish();
  return collected;
}
