/**
 * What a body processor is: octets in, in pieces as they come; arguments, files and errors out, to a sink. Each octet is read a bounded
 * number of times, and what is held is bounded by the body so far (`BODY_BYTES_MAX`).
 */
import { Malformed } from "@palisade/base";

/** Octets of a body after which a processor reads no more: ModSecurity's default for `SecRequestBodyLimit`. */
export const BODY_BYTES_MAX = 134_217_728;
/** Default of `argumentsMax`, as `SecArgumentsLimit`. */
export const BODY_ARGUMENTS_MAX = 1000;

/** Something wrong with a body. */
export interface BodyError {
  /** `multipart.lf-line` */
  readonly malformed: Malformed;
  /** The variable of SecLang that it sets besides `REQBODY_ERROR`, as the reference manual spells it. */
  readonly variable: string | undefined;
  /** What it sets the variable to. */
  readonly value: number;
  /** Whether the body counts as not parsed (`REQBODY_ERROR`); otherwise only `variable` says so. */
  readonly fails: boolean;
  /** For `REQBODY_ERROR_MSG`: one line. */
  readonly title: string;
}

/** @param name of its `Malformed` @param title one line @param options what `BodyError` has; by default no variable, 1, and that it fails */
export function bodyError(
  name: string,
  title: string,
  options: { readonly variable?: string; readonly value?: number; readonly fails?: boolean } = {},
): BodyError {
  return {
    malformed: new Malformed(name),
    variable: options.variable,
    value: options.value ?? 1,
    fails: options.fails ?? true,
    title,
  };
}

export const BODY_TOO_LONG: BodyError = bodyError("body.too-long", "The body is longer than is read");
export const BODY_ARGUMENTS_TOO_MANY: BodyError = bodyError(
  "body.arguments-too-many",
  "The body has more arguments than are taken",
);

/**
 * Takes what a body holds. Octets belong to the processor and hold until the call returns: what is kept is copied. Names and values are as
 * the body encodes them, decoded once; they need not be UTF-8.
 */
export interface BodySink {
  /** An argument of a form or of JSON: `name[nameStart … nameEnd)`, `value[valueStart … valueEnd)`. */
  argument(
    name: Uint8Array,
    nameStart: number,
    nameEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void;
  /** A file of a multipart body at its end: the field's name, the name that the client gave, octets of content. */
  file(
    field: Uint8Array,
    fieldStart: number,
    fieldEnd: number,
    name: Uint8Array,
    nameStart: number,
    nameEnd: number,
    bytes: number,
  ): void;
  /** A header line of a part, with its name, unfolded, without its end; beside the name of the part (`MULTIPART_PART_HEADERS`). */
  partHeader(
    part: Uint8Array,
    partStart: number,
    partEnd: number,
    line: Uint8Array,
    lineStart: number,
    lineEnd: number,
  ): void;
  /** The text of all elements of an XML document, joined: `XML:/*`. Once, at the end. */
  xmlText(octets: Uint8Array, start: number, end: number): void;
  /** The value of an attribute: one of `XML://@*`. */
  xmlAttribute(octets: Uint8Array, start: number, end: number): void;
  /** Each kind once a body; `at` is the place in the body, in octets from 0. */
  error(error: BodyError, at: number): void;
}

export interface BodyProcessor {
  /** As `REQBODY_PROCESSOR` has it: `URLENCODED`, `MULTIPART`, `JSON`, `XML`, `RAW`. */
  readonly name: string;
  /** The next piece of the body, `octets[start … end)`; never throws, and keeps nothing of `octets`. */
  feed(octets: Uint8Array, start: number, end: number): void;
  /** The body is over; called once, after the last piece. */
  finish(): void;
}

export interface BodyOptions {
  /** Arguments after which no more are taken (`SecArgumentsLimit`); default `BODY_ARGUMENTS_MAX`. */
  readonly argumentsMax?: number;
}

/** What all processors share: counts, and errors told once. */
export class BodyReport {
  readonly sink: BodySink;
  readonly #told = new Set<BodyError>();
  #argumentsLeft: number;
  /** Octets before the piece that is being read. */
  before = 0;
  /** Set where nothing more is to be read. */
  stopped = false;

  constructor(sink: BodySink, options: BodyOptions) {
    this.sink = sink;
    this.#argumentsLeft = options.argumentsMax ?? BODY_ARGUMENTS_MAX;
  }

  /** How many octets of the piece are to be read; called once at its beginning. */
  admit(start: number, end: number): number {
    if (this.stopped) return start;
    if (this.before + (end - start) <= BODY_BYTES_MAX) return end;
    return start + (BODY_BYTES_MAX - this.before);
  }

  /** The piece has been read up to `to`, as `admit` said. */
  passed(start: number, to: number, end: number): void {
    this.before += to - start;
    if (to < end && !this.stopped) this.stop(BODY_TOO_LONG, this.before);
  }

  error(error: BodyError, at: number): void {
    if (this.#told.has(error)) return;
    this.#told.add(error);
    this.sink.error(error, at);
  }

  stop(error: BodyError, at: number): void {
    this.stopped = true;
    this.error(error, at);
  }

  /** @param at where the argument ends in the body */
  argument(
    name: Uint8Array,
    nameStart: number,
    nameEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    at: number,
  ): void {
    if (this.#argumentsLeft === 0) {
      this.stop(BODY_ARGUMENTS_TOO_MANY, at);
      return;
    }
    this.#argumentsLeft -= 1;
    this.sink.argument(name, nameStart, nameEnd, value, valueStart, valueEnd);
  }
}
