/** The operators and transformations that rules name: ModSecurity's reference manual (v3.x) and Coraza's documentation. */
import { names } from "./names.js";

/** An operator as rules name it. */
export interface OperatorName {
  /** Without `@`, in the reference manual's spelling. */
  readonly name: string;
  readonly argument: "none" | "optional" | "required";
  /** Whether macros in the argument are expanded for each transaction. */
  readonly macros: boolean;
}

function operators(
  argument: OperatorName["argument"],
  macros: boolean,
  ...list: readonly string[]
): OperatorName[] {
  return list.map((name) => ({ name, argument, macros }));
}

const NETWORK = "nothing is asked over the network while a request waits";
const SCHEMA = "documents are not fetched to judge others; test what the body holds";

/** All operators: `operatorOf` has each that is known. */
export const OPERATORS = names<OperatorName>(
  "operator",
  [
    ...operators("none", false, "detectSQLi", "detectXSS", "noMatch", "unconditionalMatch"),
    ...operators("none", false, "validateUrlEncoding", "validateUtf8Encoding"),
    ...operators("required", true, "beginsWith", "contains", "containsWord", "endsWith", "streq", "within"),
    ...operators("required", true, "eq", "ge", "gt", "le", "lt"),
    ...operators("required", false, "ipMatch", "ipMatchF", "ipMatchFromDataset", "ipMatchFromFile"),
    ...operators("required", false, "pm", "pmf", "pmFromDataset", "pmFromFile", "restpath", "rx", "strmatch"),
    ...operators("required", false, "validateByteRange", "validateNid"),
    ...operators("required", false, "verifyCC", "verifyCPF", "verifySSN", "verifySVNR"),
  ],
  {
    fuzzyHash: "there is no library of fuzzy hashes; use @pmFromFile",
    geoLookup: "there is no database of places; use @ipMatchFromFile with the prefixes that you mean",
    gsbLookup: NETWORK,
    inspectFile: "no program is run while a request waits",
    rbl: `${NETWORK}; use @ipMatchFromFile with a list that is fetched beside`,
    rsub: "bodies are not changed on their way",
    rxGlobal: "use @rx",
    validateDTD: SCHEMA,
    validateHash: "links are not signed",
    validateSchema: SCHEMA,
  },
);

/** A transformation as rules name it behind `t:`. */
export interface TransformationName {
  /** In the reference manual's spelling. */
  readonly name: string;
}

/** All transformations: `transformationOf` has each that is known. */
export const TRANSFORMATIONS = names<TransformationName>(
  "transformation",
  [
    "base64Decode",
    "base64DecodeExt",
    "base64Encode",
    "cmdLine",
    "compressWhitespace",
    "cssDecode",
    "escapeSeqDecode",
    "hexDecode",
    "hexEncode",
    "htmlEntityDecode",
    "jsDecode",
    "length",
    "lowercase",
    "md5",
    "none",
    "normalisePath",
    "normalisePathWin",
    "normalizePath",
    "normalizePathWin",
    "parityEven7bit",
    "parityOdd7bit",
    "parityZero7bit",
    "removeComments",
    "removeCommentsChar",
    "removeNulls",
    "removeWhitespace",
    "replaceComments",
    "replaceNulls",
    "sha1",
    "sqlHexDecode",
    "trim",
    "trimLeft",
    "trimRight",
    "uppercase",
    "urlDecode",
    "urlDecodeUni",
    "urlEncode",
    "utf8toUnicode",
  ].map((name) => ({ name })),
  { sha256: "no engine documents it; use t:sha1" },
);
