import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
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

  it("that is let pass is forwarded as messages that a strict reader frames alike", () => {
    let forwarded = 0;
    fc.assert(
      fc.property(text, (stream) => {
        for (const { forwarded: head, body, framing, ended } of readRequests([ascii(stream)], lax).messages) {
          if (head === undefined || !ended) continue;
          const sent =
            framing === "chunked" && body !== ""
              ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
              : framing === "chunked"
                ? "0\r\n\r\n"
                : body;
          const next = "GET /next HTTP/1.1\r\nHost: n\r\n\r\n";
          // A message without Host, which only a lax policy or HTTP/1.0 lets pass, has an empty one.
          const again = readRequests([ascii(head + sent + next)], { note: [violations.HTTP_HOST_EMPTY] });
          assert.equal(again.end, "closed", head);
          assert.equal(again.messages.length, 2);
          assert.equal(again.messages[0]!.body, body);
          assert.equal(again.messages[1]!.startLine[1], "/next");
          forwarded += 1;
        }
      }),
      { numRuns: 3_000 },
    );
    assert.ok(forwarded > 100);
  });
});

describe("smuggling", () => {
  assert.ok(smuggling.length > 40);
  for (const { title, text: stream, refusal } of smuggling) {
    it(`by ${title}: ${refusal ?? "forwarded in a form of one meaning"}`, () => {
      const octets = ascii(stream);
      const whole = readRequests([octets]);
      assert.equal(whole.refusal, refusal);
      assert.equal(whole.messages.length, 1);
      assert.deepEqual(
        readRequests(
          cutAt(
            octets,
            Array.from(octets.subarray(0, 400), (_, at) => at),
          ),
        ),
        whole,
      );
      if (refusal !== undefined) return;
      assert.match(
        whole.messages[0]!.forwarded!,
        /\r\nContent-Length: 5\r\n|\r\nTransfer-Encoding: chunked\r\n/,
      );
      assert.doesNotMatch(whole.messages[0]!.forwarded!, /;/);
    });
  }
});
