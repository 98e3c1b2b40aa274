/**
 * What can be wrong with a multipart body, and the variables of SecLang that say so: ModSecurity's reference manual, "MULTIPART_*", and for
 * the values of `MULTIPART_UNMATCHED_BOUNDARY` the comment on rule 200004 in its recommended configuration: 1 where a boundary that must be there
 * is not, or stands wrongly; 2 where a line only begins with two dashes.
 */
import { type BodyError, bodyError } from "./body.js";

const flag = { fails: false } as const;

export const MULTIPART_BOUNDARY_INVALID: BodyError = bodyError(
  "multipart.boundary-invalid",
  "Multipart: the boundary in Content-Type is missing, given twice, or not as RFC 2046 has it",
);
export const MULTIPART_BOUNDARY_QUOTED: BodyError = bodyError(
  "multipart.boundary-quoted",
  "Multipart: the boundary in Content-Type is quoted",
  { variable: "MULTIPART_BOUNDARY_QUOTED", ...flag },
);
export const MULTIPART_BOUNDARY_WHITESPACE: BodyError = bodyError(
  "multipart.boundary-whitespace",
  "Multipart: white space around the boundary",
  { variable: "MULTIPART_BOUNDARY_WHITESPACE", ...flag },
);
export const MULTIPART_MISSING_SEMICOLON: BodyError = bodyError(
  "multipart.missing-semicolon",
  "Multipart: no semicolon before the boundary in Content-Type",
  { variable: "MULTIPART_MISSING_SEMICOLON", ...flag },
);
export const MULTIPART_DATA_BEFORE: BodyError = bodyError(
  "multipart.data-before",
  "Multipart: data before the first boundary",
  { variable: "MULTIPART_DATA_BEFORE", ...flag },
);
export const MULTIPART_DATA_AFTER: BodyError = bodyError(
  "multipart.data-after",
  "Multipart: data after the final boundary",
  { variable: "MULTIPART_DATA_AFTER", ...flag },
);
export const MULTIPART_HEADER_FOLDING: BodyError = bodyError(
  "multipart.header-folding",
  "Multipart: a part header goes on in the next line",
  { variable: "MULTIPART_HEADER_FOLDING", ...flag },
);
export const MULTIPART_INVALID_HEADER_FOLDING: BodyError = bodyError(
  "multipart.invalid-header-folding",
  "Multipart: a part header goes on in the next line, which is empty or begins with other white space than a space or tab",
  { variable: "MULTIPART_INVALID_HEADER_FOLDING", ...flag },
);
export const MULTIPART_LF_LINE: BodyError = bodyError(
  "multipart.lf-line",
  "Multipart: a line ends with LF alone",
  {
    variable: "MULTIPART_LF_LINE",
    ...flag,
  },
);
export const MULTIPART_CRLF_LF_LINES: BodyError = bodyError(
  "multipart.crlf-lf-lines",
  "Multipart: some lines end with CR LF and some with LF",
  { variable: "MULTIPART_CRLF_LF_LINES", ...flag },
);
export const MULTIPART_INVALID_QUOTING: BodyError = bodyError(
  "multipart.invalid-quoting",
  "Multipart: a parameter of Content-Disposition is quoted wrongly",
  { variable: "MULTIPART_INVALID_QUOTING", ...flag },
);
export const MULTIPART_INVALID_PART: BodyError = bodyError(
  "multipart.invalid-part",
  "Multipart: a part has no Content-Disposition, no name, or no end of its headers",
  { variable: "MULTIPART_INVALID_PART" },
);
export const MULTIPART_FILE_LIMIT_EXCEEDED: BodyError = bodyError(
  "multipart.file-limit-exceeded",
  "Multipart: more files than are taken",
  { variable: "MULTIPART_FILE_LIMIT_EXCEEDED", ...flag },
);
export const MULTIPART_UNMATCHED_BOUNDARY: BodyError = bodyError(
  "multipart.unmatched-boundary",
  "Multipart: a boundary is missing, in the wrong place, or followed by other octets",
  { variable: "MULTIPART_UNMATCHED_BOUNDARY", value: 1, ...flag },
);
export const MULTIPART_BOUNDARY_LIKE_LINE: BodyError = bodyError(
  "multipart.boundary-like-line",
  "Multipart: a line begins with two dashes and is no boundary",
  { variable: "MULTIPART_UNMATCHED_BOUNDARY", value: 2, ...flag },
);
export const MULTIPART_BOUNDARY_NONE: BodyError = bodyError(
  "multipart.boundary-none",
  "Multipart: there is no boundary in the body",
);
export const MULTIPART_FINAL_BOUNDARY_MISSING: BodyError = bodyError(
  "multipart.final-boundary-missing",
  "Multipart: the final boundary is missing",
);
export const MULTIPART_HEADER_INVALID: BodyError = bodyError(
  "multipart.header-invalid",
  "Multipart: Invalid part header (contains invalid character)",
);
export const MULTIPART_HEADER_REPEATED: BodyError = bodyError(
  "multipart.header-repeated",
  "Multipart: a part has a header twice",
);
export const MULTIPART_HEADER_TOO_LONG: BodyError = bodyError(
  "multipart.header-too-long",
  "Multipart: the headers of a part are too long",
);
export const MULTIPART_DISPOSITION_INVALID: BodyError = bodyError(
  "multipart.disposition-invalid",
  "Multipart: Content-Disposition is not form-data with a name and at most a file name",
);

/**
 * The variables of which any sets `MULTIPART_STRICT_ERROR`, besides `REQBODY_ERROR` (reference manual, "MULTIPART_STRICT_ERROR"):
 * `MULTIPART_UNMATCHED_BOUNDARY` and `MULTIPART_CRLF_LF_LINES` are judged by rules of their own.
 */
export const multipartStrict: readonly string[] = [
  "MULTIPART_BOUNDARY_QUOTED",
  "MULTIPART_BOUNDARY_WHITESPACE",
  "MULTIPART_DATA_BEFORE",
  "MULTIPART_DATA_AFTER",
  "MULTIPART_HEADER_FOLDING",
  "MULTIPART_LF_LINE",
  "MULTIPART_MISSING_SEMICOLON",
  "MULTIPART_INVALID_QUOTING",
  "MULTIPART_INVALID_PART",
  "MULTIPART_INVALID_HEADER_FOLDING",
  "MULTIPART_FILE_LIMIT_EXCEEDED",
];
