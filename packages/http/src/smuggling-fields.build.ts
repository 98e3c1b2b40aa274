/** Content-Length and Transfer-Encoding that two readers take differently: CL.TE, TE.CL, TE.TE, 0.CL. */
import type { Smuggled } from "./smuggling.build.js";

const head = "POST / HTTP/1.1\r\nHost: a\r\n";
const hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
const chunked = (fields: string, body = `0\r\n\r\n${hidden}`) => `${head}${fields}\r\n${body}`;

export const smuggledFields: readonly Smuggled[] = [
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
    title: "lengths that differ, in one list",
    text: chunked("Content-Length: 5,6\r\n"),
    refusal: "http.content-length-list",
  },
  {
    title: "a comma after chunked",
    text: chunked("Transfer-Encoding: chunked,\r\n"),
    refusal: "http.transfer-encoding-invalid",
  },
  {
    title: "a comma before chunked",
    text: chunked("Transfer-Encoding: , chunked\r\n"),
    refusal: "http.transfer-encoding-invalid",
  },
  {
    title: "identity before chunked",
    text: chunked("Transfer-Encoding: identity, chunked\r\n"),
    refusal: "http.transfer-encoding-unsupported",
  },
  {
    title: "half of chunked",
    text: chunked("Transfer-Encoding: chunk\r\n"),
    refusal: "http.transfer-encoding-unsupported",
  },
  {
    title: "chunked and octets above ASCII",
    text: chunked("Transfer-Encoding: chunked\xa0\r\n"),
    refusal: "http.transfer-encoding-invalid",
  },
  {
    title: "chunked and a zero octet",
    text: chunked("Transfer-Encoding: chunked\x00\r\n"),
    refusal: "http.nul",
  },
  {
    title: "chunked and a bare CR",
    text: chunked("Transfer-Encoding: chunked\r\r\n"),
    refusal: "http.bare-cr",
  },
  {
    title: "TE.TE by a second, empty field",
    text: chunked("Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n"),
    refusal: "http.transfer-encoding-duplicate",
  },
  {
    title: "a zero octet in the name",
    text: chunked("Transfer-Encoding\x00: chunked\r\n"),
    refusal: "http.field-name-invalid",
  },
  {
    title: "a field without a name",
    text: chunked(": x\r\nTransfer-Encoding: chunked\r\n"),
    refusal: "http.field-name-invalid",
  },
  {
    title: "a field without a colon",
    text: chunked("Transfer-Encoding\r\n chunked\r\n"),
    refusal: "http.field-colon-missing",
  },
  {
    title: "chunked in another case, between spaces",
    text: chunked("tRANSFER-eNCODING:  CHUNKED  \r\n", "0\r\n\r\n"),
    refusal: undefined,
  },
  {
    title: "chunked after a tab",
    text: chunked("Transfer-Encoding:\tchunked\r\n"),
    refusal: "http.transfer-encoding-invalid",
  },
  {
    title: "chunked before a tab",
    text: chunked("Transfer-Encoding: chunked \t\r\n"),
    refusal: "http.transfer-encoding-invalid",
  },
  {
    title: "a length after a tab",
    text: chunked("Content-Length: \t5\r\n", "abcde"),
    refusal: "http.content-length-invalid",
  },
  {
    title: "a length before a tab",
    text: chunked("Content-Length: 5\t\r\n", "abcde"),
    refusal: "http.content-length-invalid",
  },
  {
    title: "CL.TE with a length of 0",
    text: chunked("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"),
    refusal: "http.content-length-with-transfer-encoding",
  },
  {
    title: "CL.TE with an unknown coding",
    text: chunked("Content-Length: 5\r\nTransfer-Encoding: x\r\n"),
    refusal: "http.transfer-encoding-unsupported",
  },
  {
    title: "a length on a folded line",
    text: chunked("Content-Length:\r\n 5\r\n"),
    refusal: "http.obs-fold",
  },
  {
    title: "0.CL by a fold before the length",
    text: chunked("X: y\r\n Content-Length: 5\r\n"),
    refusal: "http.obs-fold",
  },
  {
    title: "0.CL by a space after the name",
    text: chunked("Content-Length : 5\r\n"),
    refusal: "http.field-space-before-colon",
  },
  {
    title: "0.CL by a tab after the name",
    text: chunked("Content-Length\t: 5\r\n"),
    refusal: "http.field-space-before-colon",
  },
  {
    title: "0.CL by an octet in the name",
    text: chunked("Content-Length\x0b: 5\r\n"),
    refusal: "http.field-name-invalid",
  },
  {
    title: "a length in exponents",
    text: chunked("Content-Length: 1e1\r\n"),
    refusal: "http.content-length-invalid",
  },
  {
    title: "a length with a fraction",
    text: chunked("Content-Length: 5.0\r\n"),
    refusal: "http.content-length-invalid",
  },
  {
    title: "a length with a semicolon",
    text: chunked("Content-Length: 5;\r\n"),
    refusal: "http.content-length-invalid",
  },
  {
    title: "a length with an underscore",
    text: chunked("Content-Length: 1_0\r\n"),
    refusal: "http.content-length-invalid",
  },
  {
    title: "a length in other digits",
    text: chunked("Content-Length: \xd9\xa5\r\n"),
    refusal: "http.content-length-invalid",
  },
  {
    title: "a length and a comma",
    text: chunked("Content-Length: 5,\r\n"),
    refusal: "http.content-length-list",
  },
  {
    title: "a length and another control character",
    text: chunked("Content-Length: 5\x0c\r\n"),
    refusal: "http.field-control",
  },
  {
    title: "a length of two fields, one with 0",
    text: chunked("Content-Length: 0\r\nContent-Length: 44\r\n"),
    refusal: "http.content-length-duplicate",
  },
  {
    title: "0.CL and 0.TE by underscores",
    text: `${head}Content_Length: 40\r\nTransfer_Encoding: chunked\r\n\r\n${hidden}`,
    refusal: undefined,
    messages: 2,
  },
  {
    title: "a length that Connection names",
    text: `${head}Connection: Content-Length\r\nContent-Length: 5\r\n\r\nabcde`,
    refusal: undefined,
  },
  {
    title: "chunks that Connection names",
    text: `${head}Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    refusal: undefined,
  },
];
