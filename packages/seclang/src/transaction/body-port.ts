/** The body processors as transactions use them: those of `bodies` fit in. */
import type { Malformed } from "@palisade/base";

export interface BodyFault {
  readonly malformed: Malformed;
  /** The variable that it sets, besides `REQBODY_ERROR`. */
  readonly variable: string | undefined;
  readonly value: number;
  /** Whether the body counts as not parsed. */
  readonly fails: boolean;
  /** One line. */
  readonly title: string;
}

/** Octets belong to the processor, and hold until the call returns. */
export interface BodyReceiver {
  argument(
    name: Uint8Array,
    nameStart: number,
    nameEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void;
  file(
    field: Uint8Array,
    fieldStart: number,
    fieldEnd: number,
    name: Uint8Array,
    nameStart: number,
    nameEnd: number,
    bytes: number,
  ): void;
  partHeader(
    part: Uint8Array,
    partStart: number,
    partEnd: number,
    line: Uint8Array,
    lineStart: number,
    lineEnd: number,
  ): void;
  xmlText(octets: Uint8Array, start: number, end: number): void;
  xmlAttribute(octets: Uint8Array, start: number, end: number): void;
  error(error: BodyFault, at: number): void;
}

export interface BodyReader {
  readonly name: string;
  feed(octets: Uint8Array, start: number, end: number): void;
  finish(): void;
}

export interface BodyReaderOptions {
  readonly argumentsMax: number;
  /** Octet between arguments. */
  readonly separator: number;
  readonly depthMax?: number;
  readonly filesMax?: number;
}

/** A processor by its name; undefined where there is none. */
export type BodyReaderOf = (
  name: string,
  contentType: Uint8Array,
  receiver: BodyReceiver,
  options: BodyReaderOptions,
) => BodyReader | undefined;
