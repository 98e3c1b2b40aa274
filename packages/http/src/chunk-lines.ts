/** Chunk sizes and extensions, octet by octet: RFC 9112 §7.1. */
import { HTTP_BODY_BYTES_MAX } from "./framing.js";
import { BLANK, CR, HEX, is, LF, VALUE } from "./octets.js";
import type { HttpViolation } from "./violations.js";
import {
  HTTP_CHUNK_EXTENSION,
  HTTP_CHUNK_EXTENSION_INVALID,
  HTTP_CHUNK_EXTENSIONS_TOO_LONG,
  HTTP_CHUNK_SIZE_INVALID,
  HTTP_CHUNK_SIZE_OVERFLOW,
} from "./violations.js";

/** Digits of a chunk size, leading zeros among them. */
export const HTTP_CHUNK_SIZE_DIGITS_MAX = 16;
/** Octets of all chunk extensions of a message. */
export const HTTP_CHUNK_EXTENSIONS_BYTES_MAX = 16_384;

const SEMICOLON = 0x3b;

type State = "size" | "blank" | "extension" | "end";

/** Reads the line before each chunk of one message. */
export class ChunkLineReader {
  /** The size of the chunk whose line has ended. */
  size = 0;
  /** Sizes of all chunks of the message so far. */
  total = 0;
  /** Where the last `read` ended. */
  at = 0;
  /** What the last `read` found: noted where the policy lets it pass. */
  violation: HttpViolation | undefined;
  #state: State = "size";
  #digits = 0;
  #extensionBytes = 0;
  #extended = false;

  /** Another message begins. */
  begin(): void {
    this.total = 0;
    this.#extensionBytes = 0;
    this.#next();
  }

  #next(): void {
    this.size = 0;
    this.#digits = 0;
    this.#state = "size";
    this.#extended = false;
    this.violation = undefined;
  }

  /** @returns true where the line has ended, false where more octets are needed; `violation` says what is wrong */
  read(octets: Uint8Array, start: number, end: number): boolean {
    if (this.#state === "size" && this.#digits === 0) this.#next();
    for (let at = start; at < end; at += 1) {
      const octet = octets[at]!;
      this.at = at;
      switch (this.#state) {
        case "size": {
          const digit = HEX[octet]!;
          if (digit !== 255) {
            this.#digits += 1;
            this.size = this.size * 16 + digit;
            if (this.#digits > HTTP_CHUNK_SIZE_DIGITS_MAX || this.size > HTTP_BODY_BYTES_MAX) {
              return this.#wrong(HTTP_CHUNK_SIZE_OVERFLOW);
            }
            continue;
          }
          if (this.#digits === 0) return this.#wrong(HTTP_CHUNK_SIZE_INVALID);
          if (octet === CR) this.#state = "end";
          else if (octet === SEMICOLON) this.#state = "extension";
          else if (is(octet, BLANK)) this.#state = "blank";
          else return this.#wrong(HTTP_CHUNK_SIZE_INVALID);
          if (octet !== CR && !this.#extend()) return false;
          continue;
        }
        case "blank":
          if (octet === SEMICOLON) this.#state = "extension";
          else if (!is(octet, BLANK)) return this.#wrong(HTTP_CHUNK_SIZE_INVALID);
          if (!this.#extend()) return false;
          continue;
        case "extension":
          if (octet === CR) {
            this.#state = "end";
            continue;
          }
          if (!is(octet, VALUE)) return this.#wrong(HTTP_CHUNK_EXTENSION_INVALID);
          if (!this.#extend()) return false;
          continue;
        default:
          if (octet !== LF) {
            return this.#wrong(this.#extended ? HTTP_CHUNK_EXTENSION_INVALID : HTTP_CHUNK_SIZE_INVALID);
          }
          this.total += this.size;
          if (this.total > HTTP_BODY_BYTES_MAX) return this.#wrong(HTTP_CHUNK_SIZE_OVERFLOW);
          this.at = at + 1;
          this.#state = "size";
          this.#digits = 0;
          if (this.#extended) this.violation = HTTP_CHUNK_EXTENSION;
          return true;
      }
    }
    this.at = end;
    return false;
  }

  #wrong(violation: HttpViolation): false {
    this.violation = violation;
    return false;
  }

  /** Counts an octet of extensions; false where it is one too many. */
  #extend(): boolean {
    this.#extended = true;
    this.#extensionBytes += 1;
    if (this.#extensionBytes <= HTTP_CHUNK_EXTENSIONS_BYTES_MAX) return true;
    return this.#wrong(HTTP_CHUNK_EXTENSIONS_TOO_LONG);
  }
}
