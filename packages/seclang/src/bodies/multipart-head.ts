/** The headers of a part (RFC 7578 §4.2, RFC 2183): its lines, and what Content-Disposition says. */
import type { BodyError } from "./body.js";
import {
  MULTIPART_DISPOSITION_INVALID,
  MULTIPART_HEADER_FOLDING,
  MULTIPART_HEADER_INVALID,
  MULTIPART_HEADER_REPEATED,
  MULTIPART_INVALID_HEADER_FOLDING,
  MULTIPART_INVALID_PART,
  MULTIPART_INVALID_QUOTING,
} from "./multipart-errors.js";
import { OctetBuffer } from "./octet-buffer.js";

/** Header lines of a part, those with which a header goes on included. */
export const MULTIPART_HEADERS_MAX = 64;

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const COLON = 0x3a;

/** RFC 9110 §5.6.2 tchar. */
const token = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  token[character.charCodeAt(0)] = 1;

function isWhite(octet: number): boolean {
  return octet === 0x20 || octet === 0x09;
}

/** Whether the octets are an ASCII word, given in lower case. */
function isWord(octets: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let n = 0; n < word.length; n += 1) {
    const octet = octets[start + n]!;
    if ((octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet) !== word.charCodeAt(n)) return false;
  }
  return true;
}

function isSame(octets: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b) return false;
  for (let n = 0; n < aEnd - a; n += 1) if ((octets[a + n]! | 0x20) !== (octets[b + n]! | 0x20)) return false;
  return true;
}

/** One part's headers; an object that is filled anew for each. */
export class MultipartHead {
  /** The lines one behind the other, without their ends. */
  readonly lines = new OctetBuffer();
  /** Where line n lies in `lines`, and where its name ends. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly #nameEnds: number[] = [];
  /** What Content-Disposition says; `hasName`, `hasFile` where it says so. */
  readonly partName = new OctetBuffer();
  readonly fileName = new OctetBuffer();
  hasName = false;
  hasFile = false;
  #count = 0;
  readonly #report: (error: BodyError) => void;

  constructor(report: (error: BodyError) => void) {
    this.#report = report;
  }

  clear(): void {
    this.lines.length = 0;
    this.starts.length = this.ends.length = this.#nameEnds.length = 0;
    this.partName.length = this.fileName.length = 0;
    this.hasName = this.hasFile = false;
    this.#count = 0;
  }

  /** Adds a line, which is not empty; false: there are too many. */
  add(octets: Uint8Array, start: number, end: number): boolean {
    if (this.#count === MULTIPART_HEADERS_MAX) return false;
    this.#count += 1;
    const first = octets[start]!;
    const isOtherWhite = first === 0x0b || first === 0x0c || first === 0x0d;
    if (isWhite(first) || isOtherWhite) {
      if (isOtherWhite || this.ends.length === 0) this.#report(MULTIPART_INVALID_HEADER_FOLDING);
      else {
        this.#report(MULTIPART_HEADER_FOLDING);
        let at = start;
        while (at < end && isWhite(octets[at]!)) at += 1;
        if (at === end) this.#report(MULTIPART_INVALID_HEADER_FOLDING);
      }
      if (this.ends.length > 0) {
        this.lines.append(octets, start, end);
        this.ends[this.ends.length - 1] = this.lines.length;
        return true;
      }
    }
    this.starts.push(this.lines.length);
    this.lines.append(octets, start, end);
    this.ends.push(this.lines.length);
    return true;
  }

  /** Reads the lines, after the last of them. */
  read(): void {
    const { octets } = this.lines;
    let disposition = -1;
    for (const [n, start] of this.starts.entries()) {
      const end = this.ends[n]!;
      let at = start;
      while (at < end && token[octets[at]!] === 1) at += 1;
      this.#nameEnds.push(at);
      if (at === start || at === end || octets[at] !== COLON) this.#report(MULTIPART_HEADER_INVALID);
      for (let value = at; value < end; value += 1)
        if ((octets[value]! < 0x20 && octets[value] !== 0x09) || octets[value] === 0x7f)
          this.#report(MULTIPART_HEADER_INVALID);
      for (let other = 0; other < n; other += 1)
        if (isSame(octets, this.starts[other]!, this.#nameEnds[other]!, start, at))
          this.#report(MULTIPART_HEADER_REPEATED);
      if (disposition < 0 && octets[at] === COLON && isWord(octets, start, at, "content-disposition"))
        disposition = n;
    }
    if (disposition < 0) this.#report(MULTIPART_INVALID_PART);
    else this.#disposition(this.#nameEnds[disposition]! + 1, this.ends[disposition]!);
    if (disposition >= 0 && !this.hasName) this.#report(MULTIPART_INVALID_PART);
  }

  #disposition(start: number, end: number): void {
    const { octets } = this.lines;
    let at = start;
    while (at < end && isWhite(octets[at]!)) at += 1;
    const type = at;
    while (at < end && token[octets[at]!] === 1) at += 1;
    if (!isWord(octets, type, at, "form-data")) this.#report(MULTIPART_DISPOSITION_INVALID);
    let fileStarred = false;
    while (at < end) {
      while (at < end && isWhite(octets[at]!)) at += 1;
      if (at === end) break;
      if (octets[at] === SEMICOLON) at += 1;
      else {
        this.#report(MULTIPART_DISPOSITION_INVALID);
        // On to the next parameter, so that what follows is read all the same.
        while (at < end && octets[at] !== SEMICOLON) at += 1;
        continue;
      }
      while (at < end && isWhite(octets[at]!)) at += 1;
      if (at === end) {
        // A semicolon at the end announces nothing.
        this.#report(MULTIPART_DISPOSITION_INVALID);
        break;
      }
      const name = at;
      while (at < end && token[octets[at]!] === 1) at += 1;
      const nameEnd = at;
      if (at === end || octets[at] !== EQUALS) {
        this.#report(MULTIPART_DISPOSITION_INVALID);
        continue;
      }
      at += 1;
      if (isWord(octets, name, nameEnd, "name")) {
        if (this.hasName) this.#report(MULTIPART_DISPOSITION_INVALID);
        at = this.#value(at, end, this.hasName ? undefined : this.partName);
        this.hasName = true;
      } else if (isWord(octets, name, nameEnd, "filename")) {
        if (this.hasFile && !fileStarred) this.#report(MULTIPART_DISPOSITION_INVALID);
        at = this.#value(at, end, this.hasFile && !fileStarred ? undefined : this.fileName);
        this.hasFile = true;
        fileStarred = false;
      } else {
        // RFC 7578 §4.2 forbids `filename*`, which servers take differently; a part with it alone is still a file for some.
        this.#report(MULTIPART_DISPOSITION_INVALID);
        const starred = isWord(octets, name, nameEnd, "filename*") && !this.hasFile;
        at = this.#value(at, end, starred ? this.fileName : undefined);
        if (starred) this.hasFile = fileStarred = true;
      }
    }
  }

  /** A parameter's value, in quotes or as a token, from `start` to behind it. */
  #value(start: number, end: number, into: OctetBuffer | undefined): number {
    const { octets } = this.lines;
    let at = start;
    if (into !== undefined) into.length = 0;
    if (at < end && octets[at] === QUOTE) {
      at += 1;
      while (at < end && octets[at] !== QUOTE) {
        // Only the quote is ever escaped: Windows clients send paths as they are.
        if (octets[at] === 0x5c && at + 1 < end && octets[at + 1] === QUOTE) at += 1;
        into?.push(octets[at]!);
        at += 1;
      }
      if (at === end) {
        this.#report(MULTIPART_INVALID_QUOTING);
        this.#report(MULTIPART_DISPOSITION_INVALID);
        return at;
      }
      at += 1;
      if (at < end && octets[at] !== SEMICOLON && !isWhite(octets[at]!))
        this.#report(MULTIPART_INVALID_QUOTING);
      return at;
    }
    while (at < end && octets[at] !== SEMICOLON && !isWhite(octets[at]!)) {
      if (octets[at] === QUOTE || octets[at] === SINGLE_QUOTE) this.#report(MULTIPART_INVALID_QUOTING);
      into?.push(octets[at]!);
      at += 1;
    }
    if (at === start) this.#report(MULTIPART_DISPOSITION_INVALID);
    return at;
  }
}
