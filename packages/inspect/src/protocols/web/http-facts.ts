/**
 * What HTTP/1.x flows can say of themselves, with a proxy or without.
 */
import { Malformed } from "@palisade/base";
import { attribute } from "../../attribute.js";
import type { FindingKind } from "../../finding-kind.js";

export const HTTP_METHOD = attribute("http.method", "text", { many: true });
/** Request target as sent (RFC 9112 §3.2): a path with query, a whole URI to a proxy, or host and port of CONNECT. */
export const HTTP_URI = attribute("http.uri", "text", { many: true });
/** `1.0` or `1.1`, of the first message. */
export const HTTP_VERSION = attribute("http.version", "text");
/** Host field without port, or the host that CONNECT names. */
export const HTTP_HOST = attribute("http.host", "text");
export const HTTP_USER_AGENT = attribute("http.user-agent", "text");
export const HTTP_REFERER = attribute("http.referer", "text");
/** Content-Type of requests. */
export const HTTP_REQUEST_TYPE = attribute("http.request-content-type", "text", { many: true });
/** User name of Basic credentials (RFC 7617 §2). */
export const HTTP_USER = attribute("http.user", "text");
/** Status codes of responses, RFC 9110 §15: 100 … 599. */
export const HTTP_STATUS = attribute("http.status", "number", { many: true });
export const HTTP_SERVER = attribute("http.server", "text");
/** Content-Type of responses. */
export const HTTP_CONTENT_TYPE = attribute("http.content-type", "text", { many: true });
export const HTTP_LOCATION = attribute("http.location", "text", { many: true });
/** Protocol that a 101 response switches to. */
export const HTTP_UPGRADE = attribute("http.upgrade", "text");

export const httpAttributes = [
  HTTP_METHOD,
  HTTP_URI,
  HTTP_VERSION,
  HTTP_HOST,
  HTTP_USER_AGENT,
  HTTP_REFERER,
  HTTP_REQUEST_TYPE,
  HTTP_USER,
  HTTP_STATUS,
  HTTP_SERVER,
  HTTP_CONTENT_TYPE,
  HTTP_LOCATION,
  HTTP_UPGRADE,
] as const;

/** Neither a request line nor a status line where a message must begin (RFC 9112 §2.1). */
export const HTTP_START_LINE_INVALID = new Malformed("http.start-line-invalid");
/** A Content-Length that is not a number (RFC 9112 §6.3). */
export const HTTP_LENGTH_INVALID = new Malformed("http.length-invalid");
/** A chunk size that is not hexadecimal digits (RFC 9112 §7.1). */
export const HTTP_CHUNK_SIZE_INVALID = new Malformed("http.chunk-size-invalid");

export const httpMalformed = [HTTP_START_LINE_INVALID, HTTP_LENGTH_INVALID, HTTP_CHUNK_SIZE_INVALID] as const;

export const HTTP_BASIC_CREDENTIALS: FindingKind = {
  name: "http.basic-credentials",
  severity: "medium",
  title: "A user name and password are sent in clear with HTTP Basic authentication",
};
export const HTTP_FRAMING_AMBIGUOUS: FindingKind = {
  name: "http.framing-ambiguous",
  severity: "high",
  title:
    "A message gives its length in two ways, on which proxies and servers disagree: a sign of request smuggling",
};
export const HTTP_HOST_MISSING: FindingKind = {
  name: "http.host-missing",
  severity: "low",
  title: "An HTTP/1.1 request has no Host field, which every browser and library sends",
};
export const HTTP_FIELD_INVALID: FindingKind = {
  name: "http.field-invalid",
  severity: "low",
  title: "A header line has no colon, or blanks before it",
};
export const HTTP_TARGET_INVALID: FindingKind = {
  name: "http.target-invalid",
  severity: "low",
  title: "A request target holds blanks, which no URI may, or no version follows it",
};
export const HTTP_LINE_TOO_LONG: FindingKind = {
  name: "http.line-too-long",
  severity: "medium",
  title: "A start line or header line is longer than 8,192 octets, more than most servers take",
};
export const HTTP_EXECUTABLE: FindingKind = {
  name: "http.executable",
  severity: "medium",
  title: "A program for Windows or Linux is fetched in clear, where anybody on the way can change it",
};

export const httpFindings = [
  HTTP_BASIC_CREDENTIALS,
  HTTP_FRAMING_AMBIGUOUS,
  HTTP_HOST_MISSING,
  HTTP_FIELD_INVALID,
  HTTP_TARGET_INVALID,
  HTTP_LINE_TOO_LONG,
  HTTP_EXECUTABLE,
] as const;
