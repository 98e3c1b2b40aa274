import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { smuggling } from "@palisade/http/smuggling.build.js";
import { eventually, httpUpstream, RawClient, shieldFor } from "./bed.build.js";

const LAST = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

describe("a request that two readers may frame differently", () => {
  it("is in the table", () => {
    assert.ok(smuggling.length > 40);
  });

  for (const { title, text, refusal, messages = 1 } of smuggling)
    it(`is as many requests for the upstream as the codec says, or fewer: ${title}`, async (test) => {
      const seen: string[] = [];
      const upstream = await httpUpstream(test, (request, response) => {
        const at = seen.push(`${request.method} ${request.url}`) - 1;
        request.resume();
        request.on("error", () => {
          seen[at] += " broken off";
        });
        request.on("end", () => {
          response.end("ok");
        });
      });
      const { port } = await shieldFor(test, upstream);
      const client = new RawClient(test, port).write(`${text}${LAST}`);
      // Where all that comes is taken for the message, only its end tells that it is cut short.
      const isCut = refusal === "http.truncated";
      if (isCut) client.socket.end();
      const got = await client.end();
      const answers = got
        .split("HTTP/1.1 ")
        .slice(1)
        .map((answer) => Number.parseInt(answer, 10));
      if (refusal === undefined) {
        // Where the client has said that a request is its last one, what is behind it is not read; 417 is an answer of our own.
        assert.ok(answers.length > 0 && answers.every((status) => status === 200 || status === 417));
        assert.equal(seen.length, answers.filter((status) => status === 200).length);
        assert.ok(seen.length <= messages + 1);
        if (seen.length === messages + 1) assert.equal(seen.at(-1), "GET /last");
        return;
      }
      if (!isCut) assert.equal(answers.length, messages);
      if (!isCut)
        assert.ok(answers.at(-1)! >= 400, "the last answer is the refusal, and nothing after it is answered");
      // The head may have been forwarded before a wrong chunk came; then it has no end.
      const isBrokenOff = (): boolean =>
        seen.length < messages || seen[messages - 1]!.endsWith(" broken off");
      await eventually(isBrokenOff, "what was forwarded is broken off");
      assert.ok(!seen.includes("GET /last"));
    });
});
