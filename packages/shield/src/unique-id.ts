import { randomFillSync } from "node:crypto";

/** Octets of an identifier: 120 bits, which nobody guesses or meets twice, and 20 characters without padding. */
const ID_BYTES = 15;
/** One call of the system's generator costs as much as hundreds of identifiers. */
const BLOCK_BYTES = ID_BYTES * 512;

/** Identifiers of transactions (`UNIQUE_ID`): 20 characters of base64url (RFC 4648 §5). */
export class UniqueIds {
  readonly #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #at = BLOCK_BYTES;

  next(): string {
    if (this.#at === BLOCK_BYTES) {
      randomFillSync(this.#block);
      this.#at = 0;
    }
    const at = this.#at;
    this.#at = at + ID_BYTES;
    return this.#block.toString("base64url", at, at + ID_BYTES);
  }
}
