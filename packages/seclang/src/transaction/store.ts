/** Collections that outlive a transaction: what `initcol`, `setsid`, `setuid` and `setrsc` open. */
import { VariableMap } from "./variable-map.js";

/** Most collections that the store in memory holds; the one opened longest ago gives way. */
export const COLLECTIONS_MAX = 10_000;
/** Most variables of a collection that outlives a transaction; further ones are not set. */
export const KEPT_VARIABLES_MAX = 1024;
/** Most octets of its names and values; a variable that does not fit is not set. */
export const KEPT_BYTES_MAX = 65_536;
/** Most octets of a collection's key; the rest does not count. */
export const COLLECTION_KEY_BYTES_MAX = 1024;
/** Without `SecCollectionTimeout`: ModSecurity's default. */
export const COLLECTION_TIMEOUT_SECONDS = 3600;

export interface CollectionStore {
  /**
   * The collection of a key, empty where there is none yet. What a transaction writes into it, others see at once, so that counters
   * count what happens side by side.
   *
   * @param collection `IP`, `GLOBAL`, …
   * @param key one octet a character
   * @param timeoutSeconds how long it is kept after it was opened last
   */
  open(collection: string, key: string, nowMs: number, timeoutSeconds: number): VariableMap;
}

interface Held {
  readonly variables: VariableMap;
  expiresMs: number;
}

export class MemoryStore implements CollectionStore {
  readonly #held = new Map<string, Held>();
  readonly #collectionsMax: number;

  constructor(collectionsMax = COLLECTIONS_MAX) {
    this.#collectionsMax = collectionsMax;
  }

  get size(): number {
    return this.#held.size;
  }

  open(collection: string, key: string, nowMs: number, timeoutSeconds: number): VariableMap {
    const id = `${collection}\n${key}`;
    let held = this.#held.get(id);
    // Taken out and put back: a map's order is then that of the last use.
    this.#held.delete(id);
    if (held === undefined || held.expiresMs <= nowMs)
      held = { variables: new VariableMap(KEPT_VARIABLES_MAX, KEPT_BYTES_MAX), expiresMs: 0 };
    held.expiresMs = nowMs + timeoutSeconds * 1000;
    this.#held.set(id, held);
    if (this.#held.size > this.#collectionsMax) this.#held.delete(this.#held.keys().next().value!);
    return held.variables;
  }
}
