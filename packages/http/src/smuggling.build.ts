/** Messages that two readers may frame differently: what each is, and how it ends here. Written from RFC 9112 §11.2. */

export interface Smuggled {
  readonly title: string;
  readonly text: string;
  readonly refusal: string | undefined;
}

const head = "POST / HTTP/1.1\r\nHost: a\r\n";
const hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
const chunked = (fields: string, body = `0\r\n\r\n${hidden}`) => `${head}${fields}\r\n${body}`;

export const smuggling: readonly Smuggled[] = [
  {
    title: "CL.TE",
    text: chunked("Content-Length: 50\r\nTransfer-Encoding: chunked\r\n"),
    refusal: "http.content-length-with-transfer-encoding",
  },
  {
    title: "TE.CL",
    text: chunked("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", `1\r\nZ\r\n0\r\n\r\n${hidden}`),
    refusal: "http.content-length-with-transfer-encoding",
  },
  {
    title: "TE.TE by an unknown coding",
    text: chunked("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"),
    refusal: "http.transfer-encoding-duplicate",
  },
  {
    title: "TE.TE by identity",
    text: chunked("Transfer-Encoding: chunked, identity\r\n"),
    refusal: "http.chunked-not-last",
  },
  {
    title: "chunked under another name",
    text: chunked("Transfer-Encoding: xchunked\r\n"),
    refusal: "http.transfer-encoding-unsupported",
  },
  {
    title: "a coding before chunked",
    text: chunked("Transfer-Encoding: gzip, chunked\r\n"),
    refusal: "http.transfer-encoding-unsupported",
  },
  {
    title: "chunked twice",
    text: chunked("Transfer-Encoding: chunked, chunked\r\n"),
    refusal: "http.chunked-twice",
  },
  {
    title: "chunked in quotes",
    text: chunked('Transfer-Encoding: "chunked"\r\n'),
    refusal: "http.transfer-encoding-invalid",
  },
  {
    title: "chunked with a parameter",
    text: chunked("Transfer-Encoding: chunked;a=b\r\n"),
    refusal: "http.transfer-encoding-invalid",
  },
  {
    title: "an empty Transfer-Encoding",
    text: chunked("Transfer-Encoding:\r\n"),
    refusal: "http.transfer-encoding-invalid",
  },
  {
    title: "a vertical tab before chunked",
    text: chunked("Transfer-Encoding: \x0bchunked\r\n"),
    refusal: "http.field-control",
  },
  {
    title: "a space after the name",
    text: chunked("Transfer-Encoding : chunked\r\n"),
    refusal: "http.field-space-before-colon",
  },
  {
    title: "a vertical tab after the name",
    text: chunked("Transfer-Encoding\x0b: chunked\r\n"),
    refusal: "http.field-name-invalid",
  },
  {
    title: "chunked on a folded line",
    text: chunked("Transfer-Encoding:\r\n chunked\r\n"),
    refusal: "http.obs-fold",
  },
  {
    title: "a field behind a bare CR",
    text: chunked("X: y\rTransfer-Encoding: chunked\r\n"),
    refusal: "http.bare-cr",
  },
  {
    title: "a field behind a bare LF",
    text: chunked("X: y\nTransfer-Encoding: chunked\r\n"),
    refusal: "http.bare-lf",
  },
  {
    title: "a field behind a zero octet",
    text: chunked("X: y\x00Transfer-Encoding: chunked\r\n"),
    refusal: "http.nul",
  },
  {
    title: "chunked in HTTP/1.0",
    text: `POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    refusal: "http.transfer-encoding-in-1.0",
  },
  {
    title: "two lengths",
    text: chunked("Content-Length: 5\r\nContent-Length: 6\r\n"),
    refusal: "http.content-length-duplicate",
  },
  {
    title: "one length twice",
    text: chunked("Content-Length: 5\r\nContent-Length: 5\r\n"),
    refusal: "http.content-length-duplicate",
  },
  {
    title: "a list of lengths",
    text: chunked("Content-Length: 5, 5\r\n"),
    refusal: "http.content-length-list",
  },
  {
    title: "a list of lengths that differ",
    text: chunked("Content-Length: 5, 6\r\n"),
    refusal: "http.content-length-list",
  },
  {
    title: "a length with a sign",
    text: chunked("Content-Length: +5\r\n"),
    refusal: "http.content-length-invalid",
  },
  {
    title: "a negative length",
    text: chunked("Content-Length: -5\r\n"),
    refusal: "http.content-length-invalid",
  },
  {
    title: "a hexadecimal length",
    text: chunked("Content-Length: 0x5\r\n"),
    refusal: "http.content-length-invalid",
  },
  { title: "an empty length", text: chunked("Content-Length:\r\n"), refusal: "http.content-length-invalid" },
  {
    title: "a length with a space",
    text: chunked("Content-Length: 5 6\r\n"),
    refusal: "http.content-length-invalid",
  },
  {
    title: "a length beyond all numbers",
    text: chunked("Content-Length: 9007199254740992\r\n"),
    refusal: "http.content-length-overflow",
  },
  {
    title: "a length that wraps at 64 bits",
    text: chunked("Content-Length: 18446744073709551621\r\n"),
    refusal: "http.content-length-overflow",
  },
  { title: "a length with zeros", text: `${head}Content-Length: 0005\r\n\r\nabcde`, refusal: undefined },
  {
    title: "a chunk size that wraps at 64 bits",
    text: chunked("Transfer-Encoding: chunked\r\n", "10000000000000005\r\nabcde\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-overflow",
  },
  {
    title: "a chunk size with a sign",
    text: chunked("Transfer-Encoding: chunked\r\n", "+1\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk size with 0x",
    text: chunked("Transfer-Encoding: chunked\r\n", "0x1\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk size after a space",
    text: chunked("Transfer-Encoding: chunked\r\n", " 1\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk size before a space",
    text: chunked("Transfer-Encoding: chunked\r\n", "1 \r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "no chunk size",
    text: chunked("Transfer-Encoding: chunked\r\n", "\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk line with LF alone",
    text: chunked("Transfer-Encoding: chunked\r\n", "1\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk line with CR and another octet",
    text: chunked("Transfer-Encoding: chunked\r\n", "1\rXa\r\n0\r\n\r\n"),
    refusal: "http.chunk-size-invalid",
  },
  {
    title: "a chunk extension with LF",
    text: chunked("Transfer-Encoding: chunked\r\n", "1;a\nb\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-extension-invalid",
  },
  {
    title: "a chunk extension with CR",
    text: chunked("Transfer-Encoding: chunked\r\n", "1;a\rb\r\na\r\n0\r\n\r\n"),
    refusal: "http.chunk-extension-invalid",
  },
  {
    title: "a chunk extension",
    text: chunked("Transfer-Encoding: chunked\r\n", "1;a=b\r\na\r\n0\r\n\r\n"),
    refusal: undefined,
  },
  {
    title: "long chunk extensions",
    text: chunked("Transfer-Encoding: chunked\r\n", `1;${"a".repeat(16_384)}\r\na\r\n0\r\n\r\n`),
    refusal: "http.chunk-extensions-too-long",
  },
  {
    title: "chunk data without its end",
    text: chunked("Transfer-Encoding: chunked\r\n", "1\r\nab\r\n0\r\n\r\n"),
    refusal: "http.chunk-end-missing",
  },
  {
    title: "chunk data that LF ends",
    text: chunked("Transfer-Encoding: chunked\r\n", "1\r\na\n0\r\n\r\n"),
    refusal: "http.chunk-end-missing",
  },
  {
    title: "trailers that LF ends",
    text: chunked("Transfer-Encoding: chunked\r\n", "0\r\n\n"),
    refusal: "http.bare-lf",
  },
  {
    title: "a fold in trailers",
    text: chunked("Transfer-Encoding: chunked\r\n", "0\r\nX: y\r\n z\r\n\r\n"),
    refusal: "http.obs-fold",
  },
  {
    title: "long trailers",
    text: chunked("Transfer-Encoding: chunked\r\n", `0\r\nX: ${"y".repeat(8_192)}\r\n\r\n`),
    refusal: "http.head-too-long",
  },
  {
    title: "lengths that differ, in one list",
    text: chunked("Content-Length: 5,6\r\n"),
    refusal: "http.content-length-list",
  },
];
