import { Bench } from "tinybench";
import { ascii } from "./octets.js";
import { RequestParser } from "./request-parser.js";
import { RequestWriter } from "./request-writer.js";
import { ResponseParser } from "./response-parser.js";
import { ResponseWriter } from "./response-writer.js";

/** Time of one message: parsed to its end, and written for the next hop. */
export const httpBench = new Bench({ name: "HTTP/1.1 codec, one message", time: 300 });

const small = ascii("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
const browser = ascii(
  [
    "GET /catalogue/item?id=1234&page=2&sort=price&order=asc HTTP/1.1",
    "Host: www.example.com",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language: en-GB,en;q=0.5",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Connection: keep-alive",
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=1",
    "Upgrade-Insecure-Requests: 1",
    "Sec-Fetch-Mode: navigate",
    "Referer: https://www.example.com/catalogue",
    "",
    "",
  ].join("\r\n"),
);
const chunked = ascii(
  `POST /form HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n${`40\r\n${"a".repeat(64)}\r\n`.repeat(16)}0\r\n\r\n`,
);
const answer = ascii(
  "HTTP/1.1 200 OK\r\nServer: x\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\nContent-Type: text/html\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello",
);

const requests = new RequestParser();
const cut = new RequestParser();
const half = browser.length >> 1;
const halves = [browser.subarray(0, half), browser.subarray(half)] as const;
const responses = new ResponseParser();
const requestWriter = new RequestWriter({
  clientAddress: "192.0.2.7",
  scheme: "https",
  forwardedHost: true,
  via: "palisade",
});
const responseWriter = new ResponseWriter({ via: "palisade" });
const out = new Uint8Array(65_536);

function toEnd(parser: RequestParser | ResponseParser, octets: Uint8Array): void {
  parser.feed(octets);
  let event = parser.next();
  while (event !== "end") {
    if (event === "refused") throw new Error("a message of the benchmark is refused");
    event = parser.next();
  }
}

httpBench
  .add(`GET of 1 field (${small.length} octets): parse`, () => toEnd(requests, small))
  .add(`GET of 10 fields (${browser.length} octets): parse`, () => toEnd(requests, browser))
  .add(`GET of 10 fields: parse and write`, () => {
    toEnd(requests, browser);
    requestWriter.emit(requests.head, out, 0);
  })
  .add(`GET of 10 fields in two chunks: parse`, () => {
    cut.feed(halves[0]);
    cut.next();
    toEnd(cut, halves[1]);
  })
  .add(`POST of 16 chunks (${chunked.length} octets): parse`, () => toEnd(requests, chunked))
  .add(`200 of 5 fields (${answer.length} octets): parse and write`, () => {
    responses.expect("other");
    toEnd(responses, answer);
    responseWriter.emit(responses.head, out, 0);
  });
