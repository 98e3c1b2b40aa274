import { PalisadeError } from "@palisade/base";
import type { OperatorKind } from "./operator.js";

const NETWORK = "nothing is asked over the network while a request waits";
const LIST = "list the addresses with @ipMatchFromFile";

/** Operators of ModSecurity and Coraza that are refused when rules are loaded: why, and what does instead. */
const REASONS: readonly (readonly [name: string, why: string, instead: string])[] = [
  ["rbl", NETWORK, LIST],
  ["gsbLookup", "there is no data of Google Safe Browsing to look up in", "list the hosts with @pmFromFile"],
  ["geoLookup", "there is no data on countries to look up in", LIST],
  [
    "inspectFile",
    "no program is run while a request waits",
    "test FILES, FILES_NAMES and FILES_SIZES, and have uploads scanned behind the proxy",
  ],
  [
    "fuzzyHash",
    "there are no similarity digests (ssdeep)",
    "look for what the files have in common with @pm or @rx",
  ],
  ["validateSchema", "there is no validator of XML schemas", "test XML:/* with @rx or @validateByteRange"],
  ["validateDTD", "there is no validator of document types", "test XML:/* with @rx or @validateByteRange"],
  ["validateHash", "links in responses are not signed", "have the application sign what it must get back"],
  ["rsub", "bodies are not rewritten", "match with @rx and block, or rewrite in the application"],
  ["rxGlobal", "only the first match of a pattern is captured", "use @rx"],
];

export const refusedOperators: readonly OperatorKind[] = REASONS.map(([name, why, instead]) => ({
  name,
  needsArgument: false,
  compile() {
    throw new PalisadeError("SECLANG_OPERATOR_UNSUPPORTED", `@${name} is not supported: ${why}; ${instead}`);
  },
}));
