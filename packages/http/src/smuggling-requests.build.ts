/** Lines, hosts and expectations that two readers take differently, and requests around them. */
import type { Smuggled } from "./smuggling.build.js";

const hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
const get = (fields: string) => `GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

export const smuggledRequests: readonly Smuggled[] = [
  {
    title: "CL.0: a body that hides a request",
    text: `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    refusal: undefined,
  },
  {
    title: "CL.0 with GET",
    text: `${get(`Content-Length: ${hidden.length}\r\n`)}${hidden}`,
    refusal: undefined,
  },
  {
    title: "TE.0: chunks that hide a request",
    text: `OPTIONS / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
    refusal: undefined,
  },
  {
    title: "HEAD with a body",
    text: "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde",
    refusal: undefined,
  },
  {
    title: "CONNECT with chunks",
    text: `CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    refusal: "http.connect-with-body",
  },
  {
    title: "a request behind one that is wrong",
    text: `GET /a b HTTP/1.1\r\nHost: a\r\n\r\n${hidden}`,
    refusal: "http.request-line-whitespace",
  },
  { title: "a request behind the last one", text: get("Connection: close\r\n") + hidden, refusal: undefined },
  { title: "a request behind HTTP/0.9", text: `GET /\r\n\r\n${hidden}`, refusal: "http.version-missing" },
  {
    title: "a request in the preface of HTTP/2",
    text: `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${hidden}`,
    refusal: "http.version-unsupported",
  },
  {
    title: "an upgrade to h2c",
    text: get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
    refusal: undefined,
  },
  { title: "LF before the request line", text: `\n\n${get("")}`, refusal: "http.bare-lf" },
  { title: "CR LF before the request line", text: `\r\n\r\n${get("")}`, refusal: undefined },
  { title: "CR before the request line", text: `\r${get("")}`, refusal: "http.bare-cr" },
  {
    title: "many empty lines",
    text: `${"\r\n".repeat(5)}${get("")}`,
    refusal: "http.leading-lines-too-many",
  },
  { title: "a space before the request line", text: ` ${get("")}`, refusal: "http.request-line-whitespace" },
  {
    title: "a folded request line",
    text: `GET /\r\n HTTP/1.1\r\nHost: a\r\n\r\n`,
    refusal: "http.version-missing",
  },
  {
    title: "a fold below the request line",
    text: `GET / HTTP/1.1\r\n Host: b\r\nHost: a\r\n\r\n`,
    refusal: "http.whitespace-before-fields",
  },
  {
    title: "two versions",
    text: `GET / HTTP/1.1 HTTP/1.0\r\nHost: a\r\n\r\n`,
    refusal: "http.request-line-whitespace",
  },
  {
    title: "a field in the target",
    text: "GET /\x0bX:y HTTP/1.1\r\nHost: a\r\n\r\n",
    refusal: "http.target-control",
  },
  {
    title: "a request line behind a bare CR",
    text: "GET /a HTTP/1.1\rGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
    refusal: "http.bare-cr",
  },
  {
    title: "a method in octets above ASCII",
    text: "GET\xa0/ HTTP/1.1\r\nHost: a\r\n\r\n",
    refusal: "http.method-invalid",
  },
  { title: "a head that LF alone ends", text: "GET / HTTP/1.1\nHost: a\n\n", refusal: "http.bare-lf" },
  {
    title: "a head that CR LF LF ends",
    text: `GET / HTTP/1.1\r\nHost: a\r\n\n${hidden}`,
    refusal: "http.bare-lf",
  },
  {
    title: "a head that CR CR LF ends",
    text: `GET / HTTP/1.1\r\nHost: a\r\n\r\r\n${hidden}`,
    refusal: "http.field-colon-missing",
  },
  {
    title: "another Host beside an absolute target",
    text: "GET http://a/b HTTP/1.1\r\nHost: c\r\n\r\n",
    refusal: undefined,
  },
  {
    title: "userinfo in an absolute target",
    text: "GET http://c@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    refusal: "http.target-userinfo",
  },
  {
    title: "an absolute target with a backslash",
    text: "GET http://a\\@c/ HTTP/1.1\r\nHost: a\r\n\r\n",
    refusal: "http.target-userinfo",
  },
  {
    title: "an absolute target without slashes",
    text: "GET http:a HTTP/1.1\r\nHost: a\r\n\r\n",
    refusal: "http.target-invalid",
  },
  {
    title: "a target that begins with two slashes",
    text: "GET //c/b HTTP/1.1\r\nHost: a\r\n\r\n",
    refusal: undefined,
  },
  {
    title: "a target that begins with an at sign",
    text: "GET @c/b HTTP/1.1\r\nHost: a\r\n\r\n",
    refusal: "http.target-invalid",
  },
  { title: "two Hosts", text: get("Host: b\r\n"), refusal: "http.host-duplicate" },
  {
    title: "two Hosts, one with a space",
    text: get("Host : b\r\n"),
    refusal: "http.field-space-before-colon",
  },
  { title: "a folded Host", text: "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", refusal: "http.obs-fold" },
  { title: "a list of Hosts", text: "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", refusal: "http.host-invalid" },
  { title: "a Host with a path", text: "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", refusal: "http.host-invalid" },
  { title: "a Host that Connection names", text: get("Connection: Host\r\n"), refusal: undefined },
  {
    title: "an expectation with a body",
    text: "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nabcde",
    refusal: undefined,
  },
  { title: "an expectation without a body", text: get("Expect: 100-continue\r\n"), refusal: undefined },
  {
    title: "an expectation of another name",
    text: "POST / HTTP/1.1\r\nHost: a\r\nExpect: y 100-continue\r\nContent-Length: 5\r\n\r\nabcde",
    refusal: undefined,
  },
  {
    title: "two expectations",
    text: "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nabcde",
    refusal: undefined,
  },
  { title: "a folded expectation", text: get("Expect:\r\n 100-continue\r\n"), refusal: "http.obs-fold" },
];
