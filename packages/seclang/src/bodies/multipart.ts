/**
 * `MULTIPART`: `multipart/form-data` (RFC 7578, RFC 2046 §5.1), read line by line, strictly: whatever another parser could read in another way
 * is told (`multipart-errors.ts`), and reading goes on where that is possible, so that all that comes is inspected.
 *
 * A line is a boundary where it is `--`, the boundary, perhaps `--`, and nothing else; white space behind it counts as RFC 2046's padding and is
 * told. The line end before a boundary belongs to it and not to the value. Line ends inside values are nobody's business. Values are told whole,
 * octets as they are (RFC 7578 §5.1: a charset is not applied); what files hold is counted and not kept.
 */
import { type BodyError, type BodyOptions, type BodyProcessor, BodyReport, type BodySink } from "./body.js";
import { multipartBoundary } from "./multipart-boundary.js";
import {
  MULTIPART_BOUNDARY_LIKE_LINE,
  MULTIPART_BOUNDARY_NONE,
  MULTIPART_BOUNDARY_WHITESPACE,
  MULTIPART_CRLF_LF_LINES,
  MULTIPART_DATA_AFTER,
  MULTIPART_DATA_BEFORE,
  MULTIPART_FILE_LIMIT_EXCEEDED,
  MULTIPART_FINAL_BOUNDARY_MISSING,
  MULTIPART_HEADER_TOO_LONG,
  MULTIPART_INVALID_PART,
  MULTIPART_LF_LINE,
  MULTIPART_UNMATCHED_BOUNDARY,
} from "./multipart-errors.js";
import { MultipartHead } from "./multipart-head.js";
import { OctetBuffer } from "./octet-buffer.js";

/** Default of `filesMax`. */
export const MULTIPART_FILES_MAX = 100;
/** Octets of a header line of a part. */
export const MULTIPART_HEADER_BYTES_MAX = 4096;

export interface MultipartOptions extends BodyOptions {
  /** Files after which no more are taken (`SecUploadFileLimit`); default `MULTIPART_FILES_MAX`. */
  readonly filesMax?: number;
}

const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;

/** Where in the body it is. */
const BEFORE = 0;
const HEAD = 1;
const DATA = 2;
const AFTER = 3;

/** Where in the line: the beginning, as far as it is a boundary's; behind a boundary; anywhere else. */
const LINE_START = 0;
const LINE_TAIL = 1;
const LINE_REST = 2;

export class MultipartBody implements BodyProcessor {
  readonly name = "MULTIPART";
  readonly #report: BodyReport;
  /** `--` and the boundary. */
  readonly #delimiter: Uint8Array;
  readonly #filesMax: number;
  #files = 0;
  #place = BEFORE;
  #line = LINE_START;
  /** Octets of the delimiter that the line begins with. */
  #matched = 0;
  /** Octets behind a boundary, which may have to become data after all. */
  readonly #tail = new OctetBuffer();
  /** A CR that may be the beginning of a line end. */
  #carriageReturn = false;
  /** The last line's end, which belongs to the value unless a boundary follows: octets 0, 1 (LF), 2 (CR LF). */
  #heldEnd = 0;
  #crlfSeen = false;
  #lfSeen = false;
  readonly #headerLine = new OctetBuffer();
  #headerTooLong = false;
  readonly #head: MultipartHead;
  readonly #value = new OctetBuffer();
  #valueBytes = 0;
  #boundarySeen = false;
  readonly #single = new Uint8Array(1);
  #at = 0;

  /** @param contentType the whole value of the header, in which the boundary stands */
  constructor(contentType: Uint8Array, sink: BodySink, options: MultipartOptions = {}) {
    this.#report = new BodyReport(sink, options);
    this.#filesMax = options.filesMax ?? MULTIPART_FILES_MAX;
    const tell = (error: BodyError) => this.#report.error(error, this.#at);
    this.#head = new MultipartHead(tell);
    const boundary = multipartBoundary(contentType, tell);
    // Without a boundary there is nothing to read by.
    if (boundary === undefined) this.#report.stopped = true;
    this.#delimiter = new Uint8Array(2 + (boundary?.length ?? 0)).fill(DASH, 0, 2);
    if (boundary !== undefined) this.#delimiter.set(boundary, 2);
  }

  feed(octets: Uint8Array, start: number, end: number): void {
    const report = this.#report;
    const to = report.admit(start, end);
    const shift = report.before - start;
    let at = start;
    while (at < to && !report.stopped) {
      if (this.#line === LINE_REST && !this.#carriageReturn) {
        const from = at;
        while (at < to && octets[at] !== LF && octets[at] !== CR) at += 1;
        if (at > from) this.#content(octets, from, at);
        if (at === to) break;
      }
      this.#at = at + shift;
      this.#octet(octets[at]!);
      at += 1;
    }
    report.passed(start, to, end);
    this.#at = report.before;
  }

  finish(): void {
    const report = this.#report;
    if (report.stopped || report.before === 0) return;
    if (this.#carriageReturn) {
      this.#carriageReturn = false;
      if (this.#line !== LINE_TAIL) this.#one(CR);
      else this.#tailTakes(CR);
    }
    if (this.#line === LINE_TAIL) this.#boundaryLine(0);
    else if (this.#line === LINE_START) this.#notBoundary();
    if (report.stopped || this.#place === AFTER) return;
    if (!this.#boundarySeen) report.error(MULTIPART_BOUNDARY_NONE, report.before);
    else {
      report.error(MULTIPART_FINAL_BOUNDARY_MISSING, report.before);
      report.error(MULTIPART_UNMATCHED_BOUNDARY, report.before);
      // What an origin that is less strict would take.
      if (this.#place === HEAD) this.#endLine(0);
      this.#flushEnd();
      this.#endPart();
    }
  }

  #octet(octet: number): void {
    if (octet === LF) {
      const length = this.#carriageReturn ? 2 : 1;
      this.#carriageReturn = false;
      if (this.#line === LINE_TAIL) this.#boundaryLine(length);
      else {
        if (this.#line === LINE_START) this.#notBoundary();
        this.#endLine(length);
      }
      return;
    }
    if (this.#carriageReturn) {
      this.#carriageReturn = false;
      if (this.#line === LINE_TAIL) this.#tailTakes(CR);
      else {
        if (this.#line === LINE_START) this.#notBoundary();
        this.#one(CR);
      }
    }
    if (octet === CR) {
      this.#carriageReturn = true;
      return;
    }
    if (this.#line === LINE_START) {
      if (octet === this.#delimiter[this.#matched]) {
        this.#matched += 1;
        if (this.#matched === this.#delimiter.length) {
          this.#line = LINE_TAIL;
          this.#tail.length = 0;
        }
        return;
      }
      this.#notBoundary();
    }
    if (this.#line === LINE_TAIL) this.#tailTakes(octet);
    else this.#one(octet);
  }

  /** An octet behind the delimiter. What cannot be a boundary any more becomes content at once, so that little is held. */
  #tailTakes(octet: number): void {
    const tail = this.#tail;
    tail.push(octet);
    const isWhite = octet === 0x20 || octet === 0x09;
    const isDash = octet === DASH && tail.length <= 2 && tail.octets[0] === DASH;
    if (!isWhite && !isDash) this.#notTail();
  }

  /** The line begins with a delimiter and is none. */
  #notTail(): void {
    this.#report.error(MULTIPART_UNMATCHED_BOUNDARY, this.#at);
    this.#line = LINE_REST;
    this.#flushEnd();
    this.#content(this.#delimiter, 0, this.#delimiter.length);
    this.#content(this.#tail.octets, 0, this.#tail.length);
    this.#matched = 0;
  }

  /** The beginning of a line, as far as it has come, is no boundary's. */
  #notBoundary(): void {
    this.#line = LINE_REST;
    this.#flushEnd();
    if (this.#matched >= 2) this.#report.error(MULTIPART_BOUNDARY_LIKE_LINE, this.#at);
    this.#content(this.#delimiter, 0, this.#matched);
    this.#matched = 0;
  }

  /** The line end that was held is the value's. */
  #flushEnd(): void {
    if (this.#heldEnd === 0) return;
    if (this.#heldEnd === 2) this.#one(CR);
    this.#one(LF);
    this.#heldEnd = 0;
  }

  #one(octet: number): void {
    this.#single[0] = octet;
    this.#content(this.#single, 0, 1);
  }

  /** Octets of a line that is no boundary. */
  #content(octets: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    if (this.#place === DATA) {
      this.#valueBytes += end - start;
      if (!this.#isFile) this.#value.append(octets, start, end);
    } else if (this.#place === HEAD) {
      const room = MULTIPART_HEADER_BYTES_MAX - this.#headerLine.length;
      if (end - start > room) this.#headerTooLong = true;
      this.#headerLine.append(octets, start, Math.min(end, start + room));
    } else if (this.#place === BEFORE) this.#report.error(MULTIPART_DATA_BEFORE, this.#at);
    else this.#report.error(MULTIPART_DATA_AFTER, this.#at);
  }

  /** A line that is no boundary has ended, with so many octets of line end. */
  #endLine(length: number): void {
    this.#line = LINE_START;
    this.#matched = 0;
    if (this.#place === DATA) {
      this.#heldEnd = length;
      return;
    }
    if (this.#place !== HEAD) return;
    this.#lineEnd(length);
    if (this.#headerTooLong) this.#report.error(MULTIPART_HEADER_TOO_LONG, this.#at);
    this.#headerTooLong = false;
    const line = this.#headerLine;
    if (line.length === 0) this.#endHead();
    else if (!this.#head.add(line.octets, 0, line.length))
      this.#report.error(MULTIPART_HEADER_TOO_LONG, this.#at);
    line.length = 0;
  }

  /** Whether the part's content is a file's: with an empty file name, some servers take it for the field's value (Go's mime/multipart). */
  get #isFile(): boolean {
    return this.#head.hasFile && this.#head.fileName.length > 0;
  }

  /** A line end that the format itself needs. */
  #lineEnd(length: number): void {
    if (length === 0) return;
    if (length === 2) this.#crlfSeen = true;
    else {
      this.#lfSeen = true;
      this.#report.error(MULTIPART_LF_LINE, this.#at);
    }
    if (this.#crlfSeen && this.#lfSeen) this.#report.error(MULTIPART_CRLF_LF_LINES, this.#at);
  }

  /** A line with a delimiter has ended. */
  #boundaryLine(length: number): void {
    const { octets: tail, length: tailLength } = this.#tail;
    const isFinal = tailLength >= 2 && tail[0] === DASH && tail[1] === DASH;
    if (!isFinal && tailLength > 0 && tail[0] === DASH) {
      // One dash: neither.
      this.#notTail();
      this.#endLine(length);
      return;
    }
    if (tailLength > (isFinal ? 2 : 0)) this.#report.error(MULTIPART_BOUNDARY_WHITESPACE, this.#at);
    this.#lineEnd(length);
    if (this.#place === DATA && this.#heldEnd > 0) this.#lineEnd(this.#heldEnd);
    this.#heldEnd = 0;
    this.#line = LINE_START;
    this.#matched = 0;
    if (this.#place === AFTER) {
      this.#report.error(MULTIPART_DATA_AFTER, this.#at);
      this.#report.error(MULTIPART_UNMATCHED_BOUNDARY, this.#at);
    }
    if (this.#place === HEAD || this.#place === DATA) this.#endPart();
    this.#boundarySeen = true;
    this.#place = isFinal ? AFTER : HEAD;
    this.#head.clear();
    this.#headerLine.length = 0;
    this.#value.length = 0;
    this.#valueBytes = 0;
  }

  /** The headers of a part are over. */
  #endHead(): void {
    const head = this.#head;
    head.read();
    this.#place = DATA;
    this.#heldEnd = 0;
    const { sink } = this.#report;
    for (const [n, start] of head.starts.entries())
      sink.partHeader(head.partName.octets, 0, head.partName.length, head.lines.octets, start, head.ends[n]!);
  }

  #endPart(): void {
    const report = this.#report;
    if (this.#place === HEAD) {
      report.error(MULTIPART_INVALID_PART, this.#at);
      this.#endHead();
    }
    const { hasFile, partName, fileName } = this.#head;
    const { octets, length } = this.#value;
    // Of an input without a file a browser sends an empty name and no content (HTML, "multipart/form-data encoding algorithm").
    if (!hasFile || (!this.#isFile && length > 0)) {
      report.argument(partName.octets, 0, partName.length, octets, 0, length, this.#at);
      return;
    }
    this.#files += 1;
    if (this.#files > this.#filesMax) report.error(MULTIPART_FILE_LIMIT_EXCEEDED, this.#at);
    else
      report.sink.file(
        partName.octets,
        0,
        partName.length,
        fileName.octets,
        0,
        fileName.length,
        this.#valueBytes,
      );
  }
}
