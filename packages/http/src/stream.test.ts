import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { sentWrong } from "./differential.build.js";
import { ascii } from "./octets.js";
import { smuggling } from "./smuggling.build.js";
import { cutAt, readRequests, readResponses } from "./transcript.build.js";
import * as violations from "./violations.js";

const lax = { note: violations.httpViolations.filter(({ relaxable }) => relaxable) };

/** Pieces that messages are made of, right and wrong. */
const piece = fc.constantFrom(
  "GET / HTTP/1.1\r\n",
  "POST /a?b HTTP/1.1\r\n",
  "HEAD http://b/ HTTP/1.0\r\n",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.0 304\r\n",
  "Host: a\r\n",
  "Content-Length: 3\r\n",
  "Content-Length: 3, 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Connection: close, x\r\n",
  "X: y\r\n z\r\n",
  "X: y\n",
  "X : y\r\n",
  "X:\ty\x01\xff\r\n",
  "\r\n",
  "\n",
  "\r",
  "abc",
  "3\r\nabc\r\n",
  "3;x\r\nabc\r\n",
  "0\r\n",
  "0\r\nT: u\r\n\r\n",
  "\x00",
  ": ",
  "\r\n\n\r\n",
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
  fc
    .tuple(fc.array(piece, { maxLength: 8 }), fc.array(piece, { maxLength: 8 }))
    .map(([one, two]) => `POST / HTTP/1.1\r\nHost: a\r\n${one.join("")}\r\n${two.join("")}`),
);
const places = fc.array(fc.nat({ max: 200 }), { maxLength: 20 });
const options = fc.constantFrom({}, lax, {
  headBytesMax: 40,
  requestLineBytesMax: 18,
  fieldsMax: 2,
  trailerBytesMax: 9,
});

describe("any stream", () => {
  it("says the same however it is cut", () => {
    fc.assert(
      fc.property(text, places, options, (stream, cuts, chosen) => {
        const octets = ascii(stream);
        const whole = readRequests([octets], chosen);
        assert.deepEqual(readRequests(cutAt(octets, cuts), chosen), whole);
        assert.deepEqual(
          readRequests(
            cutAt(
              octets,
              Array.from(octets, (_, at) => at),
            ),
            chosen,
          ),
          whole,
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it("of responses says the same however it is cut", () => {
    fc.assert(
      fc.property(text, places, options, fc.boolean(), (stream, cuts, chosen, head) => {
        const octets = ascii(`HTTP/1.1 200 OK\r\n${stream}`);
        const methods = [head ? "HEAD" : "other", "other", "CONNECT", "other"] as const;
        const whole = readResponses([octets], methods, chosen);
        assert.deepEqual(readResponses(cutAt(octets, cuts), methods, chosen), whole);
      }),
      { numRuns: 2_000 },
    );
  });

  it("of any octets throws nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), places, (octets, cuts) => {
        readRequests(cutAt(octets, cuts));
        readResponses(cutAt(octets, cuts), ["other", "HEAD"], lax);
      }),
    );
  });

  it("that is let pass is forwarded as messages that a strict reader and Node frame alike", () => {
    let forwarded = 0;
    fc.assert(
      fc.property(text, (stream) => {
        for (const message of readRequests([ascii(stream)], lax).messages) {
          if (message.forwarded === undefined || !message.ended) continue;
          assert.equal(sentWrong(message), undefined, message.forwarded);
          forwarded += 1;
        }
      }),
      { numRuns: 3_000 },
    );
    assert.ok(forwarded > 100);
  });
});

describe("smuggling", () => {
  assert.ok(smuggling.length > 120);
  for (const { title, text: stream, refusal, messages = 1 } of smuggling) {
    it(`by ${title}: ${refusal ?? "forwarded in a form of one meaning"}`, () => {
      const octets = ascii(stream);
      const whole = readRequests([octets]);
      assert.equal(whole.refusal, refusal);
      assert.equal(whole.messages.length, messages);
      const places = Array.from(octets.subarray(0, 400), (_, at) => at);
      assert.deepEqual(readRequests(cutAt(octets, places)), whole);
      const passed = whole.messages.filter(({ ended }) => ended);
      assert.equal(passed.length, refusal === undefined ? messages : messages - 1);
      for (const message of passed) {
        assert.equal(sentWrong(message), undefined);
        assert.doesNotMatch(message.forwarded!, /;|_|h2c|HTTP2-Settings|[^\r]\n|\r[^\n]|\t/);
        assert.equal(message.forwarded!.match(/^host:/gim)?.length, 1);
        assert.ok((message.forwarded!.match(/^(content-length|transfer-encoding):/gim)?.length ?? 0) <= 1);
      }
    });
  }

  it("is of cases with names of their own", () => {
    assert.equal(new Set(smuggling.map(({ title }) => title)).size, smuggling.length);
  });
});
