export {
  DOMAIN_ENTRY_BYTES_MAX,
  DOMAIN_ENTRY_MALFORMED,
  DOMAIN_NAME_BYTES_MAX,
  DomainTable,
} from "./domain-table.js";
export { IP_PREFIX_MALFORMED, IpSet, IpTable } from "./ip-set.js";
export { LITERAL_CELLS_MAX, LiteralSet, type LiteralSetOptions } from "./literals/literal-set.js";
export { Haystack, Needle } from "./literals/needle.js";
export { LITERAL_STATES_MAX } from "./literals/trie.js";
export type { OctetSet } from "./pattern/octet-set.js";
export { compilePattern, compilingPattern, type Pattern } from "./pattern/pattern.js";
export {
  PATTERN_SET_LISTS_MAX,
  PATTERN_SET_PROGRAM_STATES_MAX,
  PATTERN_SET_ROWS_MAX,
  PATTERN_SET_STATES_MAX,
  PatternSet,
} from "./pattern-set/pattern-set.js";
export { atOnce, Pace, type Sliced, TURN_UNITS } from "./slices.js";
