/**
 * What `fuzz-scan.mjs` feeds the HTTP/1.1 codec: streams of messages, mutated, read whole and in pieces, what is forwarded of them, and
 * all of it by Node's own parser too, whose differences differential.build.ts lists.
 */

const { cutAt, readRequests, readResponses } = await import("../packages/http/dist/transcript.build.js");
const { compare, finalResponse, readByBoth, sentWrong, stricterRequests, stricterResponses } = await import(
  "../packages/http/dist/differential.build.js"
);
const { parsedRequests, parsedResponse } = await import("../packages/http/dist/node-parser.build.js");
const { smuggling } = await import("../packages/http/dist/smuggling.build.js");
const { httpViolations } = await import("../packages/http/dist/index.js");

const octetsOf = (text) => Uint8Array.from(Buffer.from(text, "latin1"));

const REQUESTS = [
  "GET /a?b=c HTTP/1.1\r\nHost: a\r\nConnection: x, keep-alive\r\nX: y\r\n\r\nGET / HTTP/1.0\r\n\r\n",
  "OPTIONS http://b HTTP/1.1\r\nHost: [::1]:80\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n00\r\nT: u\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\nX: y\r\n\tz\r\n\r\n",
  ...smuggling.map(({ text }) => text).filter((text) => text.length < 1_000),
].map(octetsOf);
const RESPONSES = [
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 204 N\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX : y\r\n z\r\n\r\n3\r\nabc\r\n0\r\nT: u\r\n\r\n",
  "HTTP/1.0 404\r\nConnection: keep-alive\r\n\r\nabc",
  "HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",
  "HTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\n",
].map(octetsOf);
const OPTIONS = [
  {},
  {},
  { note: httpViolations.filter(({ relaxable }) => relaxable) },
  { headBytesMax: 80, requestLineBytesMax: 30, fieldsMax: 3, trailerBytesMax: 20 },
];
const METHODS = ["HEAD", "CONNECT", "other", "other"];

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What is wrong with what would be sent on of a stream. */
function forwardedWrong({ messages }) {
  for (const message of messages) {
    const wrong = message.ended && message.forwarded !== undefined ? sentWrong(message) : undefined;
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

export function http() {
  return {
    // Of an input this is microseconds; on a machine that others use too a process may stand still for long.
    executionMsMax: 30_000,
    seeds: [...REQUESTS, ...RESPONSES],
    input(random, mutate) {
      return mutate(random.pick(random.chance(0.7) ? REQUESTS : RESPONSES)).slice(0, 4_096);
    },
    run(octets, random) {
      const options = random.pick(OPTIONS);
      const places = Array.from({ length: random.below(8) }, () => random.below(octets.length + 1));
      const pieces = random.chance(0.2) ? Array.from(octets, (_, at) => at) : places;
      if (octets[0] === 0x48 && octets[1] === 0x54) {
        const method = random.chance(0.2) ? "HEAD" : "other";
        const read = readResponses([octets], [method]);
        const { wrong } = compare(
          read,
          finalResponse(read.messages),
          parsedResponse(octets, method),
          stricterResponses,
        );
        if (wrong !== undefined) return wrong;
        const methods = [random.pick(METHODS), random.pick(METHODS)];
        const upgrade = random.chance(0.5);
        const whole = readResponses([octets], methods, options, upgrade);
        return same(readResponses(cutAt(octets, pieces), methods, options, upgrade), whole)
          ? undefined
          : "responses that are cut otherwise are read otherwise";
      }
      const whole = readRequests([octets], options);
      if (!same(readRequests(cutAt(octets, pieces), options), whole))
        return "requests that are cut otherwise are read otherwise";
      const plain = readRequests([octets]);
      const { wrong } = compare(plain, readByBoth(plain.messages), parsedRequests(octets), stricterRequests);
      return wrong ?? forwardedWrong(whole);
    },
  };
}
