import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { smuggling } from "@palisade/http/smuggling.build.js";
import { httpUpstream, RawClient, shieldFor } from "./bed.build.js";

const LAST = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

describe("a request that two readers may frame differently", () => {
  it("is in the table", () => {
    assert.ok(smuggling.length > 40);
  });

  for (const { title, text, refusal } of smuggling)
    it(`is one request for the upstream, or none: ${title}`, async (test) => {
      const seen: string[] = [];
      const upstream = await httpUpstream(test, (request, response) => {
        const at = seen.push(`${request.method} ${request.url}`) - 1;
        let body = "";
        request.on("data", (chunk) => {
          body += chunk;
        });
        request.on("error", () => {
          seen[at] += " broken off";
        });
        request.on("end", () => {
          seen[at] += ` ${body}`;
          response.end("ok");
        });
      });
      const { port } = await shieldFor(test, upstream);
      const client = new RawClient(test, port).write(`${text}${LAST}`);
      const got = await client.end();
      const hidden = seen.filter((line) => line.includes("/hidden"));
      if (refusal !== undefined) {
        assert.match(got, /^HTTP\/1\.1 (?:400|431|501) /);
        assert.equal(got.split("HTTP/1.1 ").length, 2, "nothing after it is answered");
        // The head may have been forwarded before a wrong chunk came; then it has no end.
        for (const line of seen) assert.match(line, /^POST \/(?: broken off)?$/);
        return;
      }
      assert.deepEqual(hidden, []);
      assert.equal(seen.length, 2);
      assert.match(seen[0]!, /^POST \/ [a-z]+$/);
      assert.equal(got.split("HTTP/1.1 200 OK").length, 3);
    });
});
