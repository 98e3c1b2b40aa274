export { AssertionFailure, assert } from "./assert.js";
export { BLOCK_BYTES_MAX, BLOCKS_KEPT_MAX, BlockPool } from "./block-pool.js";
export type { Finding, Severity } from "./finding.js";
export { Malformed } from "./malformed.js";
export { nearest } from "./nearest.js";
export { PalisadeError } from "./palisade-error.js";
