/** What `fuzz-scan.mjs` feeds the HTTP/1.1 codec: streams of messages, mutated, read whole and in pieces, and what is forwarded of them. */

const { cutAt, readRequests, readResponses } = await import("../packages/http/dist/transcript.build.js");
const { smuggling } = await import("../packages/http/dist/smuggling.build.js");
const { HTTP_HOST_EMPTY, httpViolations } = await import("../packages/http/dist/index.js");

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
const NEXT = "GET /next HTTP/1.1\r\nHost: n\r\n\r\n";

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What is wrong with what would be sent on: read again it must be that message and no other. */
function forwardedWrong({ messages }) {
  for (const { forwarded, ended, framing, body } of messages) {
    if (!ended || forwarded === undefined) continue;
    const chunk = body === "" ? "" : `${body.length.toString(16)}\r\n${body}\r\n`;
    const sent = framing === "chunked" ? `${chunk}0\r\n\r\n` : body;
    const again = readRequests([octetsOf(forwarded + sent + NEXT)], { note: [HTTP_HOST_EMPTY] });
    if (again.end !== "closed") return `what is forwarded is refused: ${again.refusal}`;
    if (again.messages.length !== 2 || again.messages[0].body !== body)
      return "what is forwarded is framed otherwise";
  }
  return undefined;
}

export function http() {
  return {
    seeds: [...REQUESTS, ...RESPONSES],
    input(random, mutate) {
      return mutate(random.pick(random.chance(0.7) ? REQUESTS : RESPONSES)).slice(0, 4_096);
    },
    run(octets, random) {
      const options = random.pick(OPTIONS);
      const places = Array.from({ length: random.below(8) }, () => random.below(octets.length + 1));
      const pieces = random.chance(0.2) ? Array.from(octets, (_, at) => at) : places;
      if (octets[0] === 0x48 && octets[1] === 0x54) {
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
      return forwardedWrong(whole);
    },
  };
}
