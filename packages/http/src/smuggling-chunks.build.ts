/** Chunks and trailers that two readers take differently. */
import type { Smuggled } from "./smuggling.build.js";

const hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
const chunked = (body: string) => `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;

export const smuggledChunks: readonly Smuggled[] = [
  {
    title: "a chunk size that wraps at 64 bits",
    text: chunked("10000000000000005\r\nabcde\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-overflow",
  },
  {
    title: "a chunk size with a sign",
    text: chunked("+1\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk size with 0x",
    text: chunked("0x1\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk size after a space",
    text: chunked(" 1\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk size before a space",
    text: chunked("1 \r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "no chunk size",
    text: chunked("\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk line with LF alone",
    text: chunked("1\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk line with CR and another octet",
    text: chunked("1\rXa\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk extension with LF",
    text: chunked("1;a\nb\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-extension-invalid",
  },
  {
    title: "a chunk extension with CR",
    text: chunked("1;a\rb\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-extension-invalid",
  },
  {
    title: "a chunk extension",
    text: chunked("1;a=b\r\na\r\n0\r\n\r\n"),
    refusal: undefined,
  },
  {
    title: "long chunk extensions",
    text: chunked(`1;${"a".repeat(16_384)}\r\na\r\n0\r\n\r\n`),
    refusal: "http.chunk-extensions-too-long",
  },
  {
    title: "chunk data without its end",
    text: chunked("1\r\nab\r\n0\r\n\r\n"),
    refusal: "http.chunk-end-missing",
  },
  {
    title: "chunk data that LF ends",
    text: chunked("1\r\na\n0\r\n\r\n"),
    refusal: "http.chunk-end-missing",
  },
  {
    title: "trailers that LF ends",
    text: chunked("0\r\n\n"),
    refusal: "http.bare-lf",
  },
  {
    title: "a fold in trailers",
    text: chunked("0\r\nX: y\r\n z\r\n\r\n"),
    refusal: "http.obs-fold",
  },
  {
    title: "long trailers",
    text: chunked(`0\r\nX: ${"y".repeat(8_192)}\r\n\r\n`),
    refusal: "http.head-too-long",
  },
  {
    title: "a negative chunk size",
    text: chunked("-1\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "the largest chunk size of 64 bits",
    text: chunked("ffffffffffffffff\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-overflow",
  },
  {
    title: "a chunk size that wraps at 32 bits",
    text: chunked("100000001\r\na\r\n0\r\n\r\n"),
    refusal: "http.truncated",
  },
  {
    title: "a chunk size with many zeros",
    text: chunked("00000000000000001\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-overflow",
  },
  {
    title: "a chunk size with an underscore",
    text: chunked("1_0\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  { title: "a chunk size with h", text: chunked("1h\r\na\r\n0\r\n\r\n"), refusal: "http.chunk-size-invalid" },
  {
    title: "a chunk size in quotes",
    text: chunked('"1"\r\na\r\n0\r\n\r\n'),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk size with a zero octet",
    text: chunked("1\x00\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk size with a comma",
    text: chunked("1,a\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk extension that LF alone ends",
    text: chunked("1;\nxx\r\n0\r\n\r\n"),
    refusal: "http.chunk-extension-invalid",
  },
  {
    title: "a chunk extension that CR CR LF ends",
    text: chunked("1;a\r\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-extension-invalid",
  },
  {
    title: "a chunk extension with a zero octet",
    text: chunked("1;\x00\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-extension-invalid",
  },
  {
    title: "a quoted CR LF in a chunk extension",
    text: chunked('1;a="\r\n"\r\na\r\n0\r\n\r\n'),
    refusal: "http.truncated",
  },
  { title: "an extension of the last chunk", text: chunked("1\r\na\r\n0;a=b\r\n\r\n"), refusal: undefined },
  { title: "spaces before a chunk extension", text: chunked("1 \t;a\r\na\r\n0\r\n\r\n"), refusal: undefined },
  {
    title: "chunk data that CR alone ends",
    text: chunked("1\r\na\r0\r\n\r\n"),
    refusal: "http.chunk-end-missing",
  },
  {
    title: "chunk data that two others end",
    text: chunked("1\r\naXX0\r\n\r\n"),
    refusal: "http.chunk-end-missing",
  },
  { title: "a last chunk that LF alone ends", text: chunked("0\n\r\n"), refusal: "http.chunk-size-invalid" },
  {
    title: "trailers that CR alone ends",
    text: chunked(`0\r\n\r${hidden}`),
    refusal: "http.field-colon-missing",
  },
  { title: "trailers without a colon", text: chunked("0\r\nX\r\n\r\n"), refusal: "http.field-colon-missing" },
  {
    title: "a coding in trailers",
    text: chunked("1\r\na\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    refusal: undefined,
  },
  {
    title: "framing in trailers",
    text: chunked("1\r\na\r\n0\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\nHost: b\r\n\r\n"),
    refusal: undefined,
  },
  {
    title: "a request behind the last chunk",
    text: chunked(`0\r\n${hidden}`),
    refusal: "http.field-colon-missing",
  },
];
