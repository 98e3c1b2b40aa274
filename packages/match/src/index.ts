export {
  DOMAIN_ENTRY_BYTES_MAX,
  DOMAIN_ENTRY_MALFORMED,
  DOMAIN_NAME_BYTES_MAX,
  DomainTable,
} from "./domain-table.js";
export { IP_PREFIX_MALFORMED, IpSet, IpTable } from "./ip-set.js";
export { compilePattern, type Pattern } from "./pattern/pattern.js";
