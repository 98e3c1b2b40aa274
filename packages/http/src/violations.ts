/**
 * What can be wrong with a message, each by name. RFC 9110 and RFC 9112 say what is right; docs/http.md says of each what
 * happens and why.
 */

/** "refuse": the message is not forwarded and the connection ends. "note": it goes on, in a form that has one meaning. */
export type ViolationAction = "refuse" | "note";

export interface HttpViolation {
  /** Position in `httpViolations`. */
  readonly index: number;
  /** Stable: `http.` and what is wrong. */
  readonly name: string;
  /** What a server answers where it refuses a request for it. A refused response is always 502 to the client. */
  readonly status: 400 | 414 | 431 | 501 | 505;
  /** What happens in a request unless the policy says otherwise. */
  readonly request: ViolationAction;
  /** What happens in a response unless the policy says otherwise. */
  readonly response: ViolationAction;
  /** Whether a policy may make "note" of "refuse": only where what is then forwarded has one meaning. */
  readonly relaxable: boolean;
}

function refused(index: number, name: string, status: HttpViolation["status"] = 400): HttpViolation {
  return { index, name: `http.${name}`, status, request: "refuse", response: "refuse", relaxable: false };
}

function relaxable(index: number, name: string, response: ViolationAction = "refuse"): HttpViolation {
  return { index, name: `http.${name}`, status: 400, request: "refuse", response, relaxable: true };
}

function noted(index: number, name: string): HttpViolation {
  return { index, name: `http.${name}`, status: 400, request: "note", response: "note", relaxable: true };
}

/** The first octet is none that a message in text begins with (a TLS hello, another protocol). */
export const HTTP_NOT_HTTP = refused(0, "not-http");
/** Empty lines before the start line (RFC 9112 §2.2); they are passed over. */
export const HTTP_LEADING_EMPTY_LINE = noted(1, "leading-empty-line");
/** More of them than `HTTP_LEADING_LINES_MAX`. */
export const HTTP_LEADING_LINES_TOO_MANY = refused(2, "leading-lines-too-many");
/** A request line longer than `requestLineBytesMax` (RFC 9112 §3: 414). */
export const HTTP_REQUEST_LINE_TOO_LONG = refused(3, "request-line-too-long", 414);
/** Whitespace in the request line that is not the two single spaces (RFC 9112 §3). */
export const HTTP_REQUEST_LINE_WHITESPACE = refused(4, "request-line-whitespace");
/** A method that is empty or no token (RFC 9110 §9.1). */
export const HTTP_METHOD_INVALID = refused(5, "method-invalid");
/** A method longer than `HTTP_METHOD_BYTES_MAX` (RFC 9112 §3: 501). */
export const HTTP_METHOD_TOO_LONG = refused(6, "method-too-long", 501);
/** A request target that is of none of the four forms, or of one that its method has not (RFC 9112 §3.2). */
export const HTTP_TARGET_INVALID = refused(7, "target-invalid");
/** A control character in the request line. */
export const HTTP_TARGET_CONTROL = refused(8, "target-control");
/** A fragment in the request target (RFC 9112 §3.2 has none). */
export const HTTP_TARGET_FRAGMENT = refused(9, "target-fragment");
/** Octets in the target that RFC 3986 has in no URI: quotes, angle brackets, backslash, braces, non-ASCII. */
export const HTTP_TARGET_OCTETS = noted(10, "target-octets");
/** A target in absolute form (RFC 9112 §3.2.2); its authority takes the place of Host. */
export const HTTP_TARGET_ABSOLUTE = noted(11, "target-absolute");
/** Userinfo in the target's authority (RFC 9110 §4.2.4). */
export const HTTP_TARGET_USERINFO = refused(12, "target-userinfo");
/** No version: a request of HTTP/0.9, or a line without its end. */
export const HTTP_VERSION_MISSING = refused(13, "version-missing");
/** A version that is not `HTTP/` digit `.` digit, or below 1.0. */
export const HTTP_VERSION_INVALID = refused(14, "version-invalid");
/** A major version other than 1 (RFC 9110 §15.6.6: 505). */
export const HTTP_VERSION_UNSUPPORTED = refused(15, "version-unsupported", 505);
/** HTTP/1.2 to 1.9: read and forwarded as HTTP/1.1 (RFC 9110 §2.5). */
export const HTTP_VERSION_MINOR = noted(16, "version-minor");

/** A line of the head that LF alone ends (RFC 9112 §2.2). */
export const HTTP_BARE_LF = relaxable(17, "bare-lf");
/** CR without LF in the head (RFC 9112 §2.2). */
export const HTTP_BARE_CR = refused(18, "bare-cr");
/** A zero octet in the head (RFC 9110 §5.5). */
export const HTTP_NUL = refused(19, "nul");
/** Another control character in a field value (RFC 9110 §5.5). */
export const HTTP_FIELD_CONTROL = relaxable(20, "field-control");
/** A field name that is empty or no token (RFC 9110 §5.1). */
export const HTTP_FIELD_NAME_INVALID = refused(21, "field-name-invalid");
/** A line without a colon. */
export const HTTP_FIELD_COLON_MISSING = refused(22, "field-colon-missing");
/** Whitespace between field name and colon (RFC 9112 §5.1: 400; taken out of responses). */
export const HTTP_FIELD_SPACE_BEFORE_COLON: HttpViolation = {
  ...refused(23, "field-space-before-colon"),
  response: "note",
};
/** A field that goes on in the next line (RFC 9112 §5.2). */
export const HTTP_OBS_FOLD = relaxable(24, "obs-fold", "note");
/** Whitespace where the first field begins (RFC 9112 §2.2). */
export const HTTP_WHITESPACE_BEFORE_FIELDS = refused(25, "whitespace-before-fields");
/** A head longer than `headBytesMax`, or trailers longer than `trailerBytesMax`. */
export const HTTP_HEAD_TOO_LONG = refused(26, "head-too-long", 431);
/** More fields than `fieldsMax`. */
export const HTTP_FIELDS_TOO_MANY = refused(27, "fields-too-many", 431);

/** No Host in a request of HTTP/1.1 (RFC 9112 §3.2). */
export const HTTP_HOST_MISSING = relaxable(28, "host-missing");
/** More than one Host (RFC 9112 §3.2). */
export const HTTP_HOST_DUPLICATE = refused(29, "host-duplicate");
/** A Host that is not host and port (RFC 9110 §7.2). */
export const HTTP_HOST_INVALID = refused(30, "host-invalid");
/** An empty Host in a request of HTTP/1.1 whose target names no other (RFC 9110 §4.2.1). */
export const HTTP_HOST_EMPTY = relaxable(31, "host-empty");
/** A Host that is not the authority of an absolute target (RFC 9112 §3.2.2: it is ignored). */
export const HTTP_HOST_MISMATCH = noted(32, "host-mismatch");

/** A Content-Length that is no decimal number (RFC 9110 §8.6). */
export const HTTP_CONTENT_LENGTH_INVALID = refused(33, "content-length-invalid");
/** A Content-Length above `HTTP_BODY_BYTES_MAX`. */
export const HTTP_CONTENT_LENGTH_OVERFLOW = refused(34, "content-length-overflow");
/** Leading zeros in Content-Length. */
export const HTTP_CONTENT_LENGTH_ZEROS = noted(35, "content-length-zeros");
/** A list of one length several times (RFC 9110 §8.6). */
export const HTTP_CONTENT_LENGTH_LIST = relaxable(36, "content-length-list");
/** Several Content-Length fields that say the same. */
export const HTTP_CONTENT_LENGTH_DUPLICATE = relaxable(37, "content-length-duplicate");
/** Content-Lengths that differ. */
export const HTTP_CONTENT_LENGTH_CONFLICT = refused(38, "content-length-conflict");
/** Content-Length beside Transfer-Encoding (RFC 9112 §6.1): CL.TE and TE.CL. */
export const HTTP_CONTENT_LENGTH_WITH_TRANSFER_ENCODING = relaxable(
  39,
  "content-length-with-transfer-encoding",
);
/** A Transfer-Encoding that is no list of codings, or has parameters. */
export const HTTP_TRANSFER_ENCODING_INVALID = refused(40, "transfer-encoding-invalid");
/** A coding other than chunked (RFC 9112 §6.1: 501). */
export const HTTP_TRANSFER_ENCODING_UNSUPPORTED = refused(41, "transfer-encoding-unsupported", 501);
/** Chunked that is not the last coding (RFC 9112 §6.3). */
export const HTTP_CHUNKED_NOT_LAST = refused(42, "chunked-not-last");
/** Chunked more than once (RFC 9112 §6.1). */
export const HTTP_CHUNKED_TWICE = refused(43, "chunked-twice");
/** More than one Transfer-Encoding field: TE.TE. */
export const HTTP_TRANSFER_ENCODING_DUPLICATE = refused(44, "transfer-encoding-duplicate");
/** Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1: faulty framing). */
export const HTTP_TRANSFER_ENCODING_IN_1_0 = refused(45, "transfer-encoding-in-1.0");
/** CONNECT with Transfer-Encoding or a length above 0 (RFC 9110 §9.3.6: it has no content). */
export const HTTP_CONNECT_WITH_BODY = refused(46, "connect-with-body");
/** Framing fields where there is no body (1xx, 204; RFC 9112 §6.1, RFC 9110 §8.6); they are taken out. */
export const HTTP_FRAMING_WITHOUT_BODY = noted(47, "framing-without-body");

/** A chunk size that is no hexadecimal number, or a line that does not end in CR LF (RFC 9112 §7.1). */
export const HTTP_CHUNK_SIZE_INVALID = refused(48, "chunk-size-invalid");
/** A chunk size of too many digits, or chunks above `HTTP_BODY_BYTES_MAX` in all. */
export const HTTP_CHUNK_SIZE_OVERFLOW = refused(49, "chunk-size-overflow");
/** Chunk extensions (RFC 9112 §7.1.1); they are not forwarded. */
export const HTTP_CHUNK_EXTENSION = noted(50, "chunk-extension");
/** A control character, CR or LF within a chunk extension. */
export const HTTP_CHUNK_EXTENSION_INVALID = refused(51, "chunk-extension-invalid");
/** Extensions longer than `HTTP_CHUNK_EXTENSIONS_BYTES_MAX` in all. */
export const HTTP_CHUNK_EXTENSIONS_TOO_LONG = refused(52, "chunk-extensions-too-long");
/** Chunk data that CR LF does not follow. */
export const HTTP_CHUNK_END_MISSING = refused(53, "chunk-end-missing");
/** A field of framing, routing or identity among the trailers (RFC 9110 §6.5.1); trailers are not forwarded. */
export const HTTP_TRAILER_FORBIDDEN = noted(54, "trailer-forbidden");

/** A Connection option that is no token; it is passed over. */
export const HTTP_CONNECTION_INVALID = noted(55, "connection-invalid");
/** A Connection option that names a field for all recipients (RFC 9110 §7.6.1); the field stays. */
export const HTTP_CONNECTION_NAMES_END_TO_END = noted(56, "connection-names-end-to-end");
/** An expectation other than 100-continue (RFC 9110 §10.1.1). */
export const HTTP_EXPECT_UNKNOWN = noted(57, "expect-unknown");

/** A status line that is not version, three digits from 100 to 599, reason (RFC 9112 §4). */
export const HTTP_STATUS_LINE_INVALID = refused(58, "status-line-invalid");
/** No space after the status code. */
export const HTTP_REASON_SPACE_MISSING = noted(59, "reason-space-missing");
/** Octets of a response that nobody asked for. */
export const HTTP_RESPONSE_UNEXPECTED = refused(60, "response-unexpected");
/** More interim responses than `HTTP_INTERIM_RESPONSES_MAX`. */
export const HTTP_INTERIM_TOO_MANY = refused(61, "interim-too-many");
/** The connection ended within a message. */
export const HTTP_TRUNCATED = refused(62, "truncated");
/** More Connection options than `HTTP_CONNECTION_OPTIONS_MAX`. */
export const HTTP_CONNECTION_OPTIONS_TOO_MANY = refused(63, "connection-options-too-many", 431);

/** All of them, by index. */
export const httpViolations: readonly HttpViolation[] = [
  HTTP_NOT_HTTP,
  HTTP_LEADING_EMPTY_LINE,
  HTTP_LEADING_LINES_TOO_MANY,
  HTTP_REQUEST_LINE_TOO_LONG,
  HTTP_REQUEST_LINE_WHITESPACE,
  HTTP_METHOD_INVALID,
  HTTP_METHOD_TOO_LONG,
  HTTP_TARGET_INVALID,
  HTTP_TARGET_CONTROL,
  HTTP_TARGET_FRAGMENT,
  HTTP_TARGET_OCTETS,
  HTTP_TARGET_ABSOLUTE,
  HTTP_TARGET_USERINFO,
  HTTP_VERSION_MISSING,
  HTTP_VERSION_INVALID,
  HTTP_VERSION_UNSUPPORTED,
  HTTP_VERSION_MINOR,
  HTTP_BARE_LF,
  HTTP_BARE_CR,
  HTTP_NUL,
  HTTP_FIELD_CONTROL,
  HTTP_FIELD_NAME_INVALID,
  HTTP_FIELD_COLON_MISSING,
  HTTP_FIELD_SPACE_BEFORE_COLON,
  HTTP_OBS_FOLD,
  HTTP_WHITESPACE_BEFORE_FIELDS,
  HTTP_HEAD_TOO_LONG,
  HTTP_FIELDS_TOO_MANY,
  HTTP_HOST_MISSING,
  HTTP_HOST_DUPLICATE,
  HTTP_HOST_INVALID,
  HTTP_HOST_EMPTY,
  HTTP_HOST_MISMATCH,
  HTTP_CONTENT_LENGTH_INVALID,
  HTTP_CONTENT_LENGTH_OVERFLOW,
  HTTP_CONTENT_LENGTH_ZEROS,
  HTTP_CONTENT_LENGTH_LIST,
  HTTP_CONTENT_LENGTH_DUPLICATE,
  HTTP_CONTENT_LENGTH_CONFLICT,
  HTTP_CONTENT_LENGTH_WITH_TRANSFER_ENCODING,
  HTTP_TRANSFER_ENCODING_INVALID,
  HTTP_TRANSFER_ENCODING_UNSUPPORTED,
  HTTP_CHUNKED_NOT_LAST,
  HTTP_CHUNKED_TWICE,
  HTTP_TRANSFER_ENCODING_DUPLICATE,
  HTTP_TRANSFER_ENCODING_IN_1_0,
  HTTP_CONNECT_WITH_BODY,
  HTTP_FRAMING_WITHOUT_BODY,
  HTTP_CHUNK_SIZE_INVALID,
  HTTP_CHUNK_SIZE_OVERFLOW,
  HTTP_CHUNK_EXTENSION,
  HTTP_CHUNK_EXTENSION_INVALID,
  HTTP_CHUNK_EXTENSIONS_TOO_LONG,
  HTTP_CHUNK_END_MISSING,
  HTTP_TRAILER_FORBIDDEN,
  HTTP_CONNECTION_INVALID,
  HTTP_CONNECTION_NAMES_END_TO_END,
  HTTP_EXPECT_UNKNOWN,
  HTTP_STATUS_LINE_INVALID,
  HTTP_REASON_SPACE_MISSING,
  HTTP_RESPONSE_UNEXPECTED,
  HTTP_INTERIM_TOO_MANY,
  HTTP_TRUNCATED,
  HTTP_CONNECTION_OPTIONS_TOO_MANY,
];
