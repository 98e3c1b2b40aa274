import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { statusText } from "./status-line.js";

const counters = {
  connections: 3,
  connectionsRefused: 0,
  requests: 12,
  blocked: 2,
  refused: 1,
  upstreamFailures: 0,
  retried: 0,
};

describe("the status line of a proxy", () => {
  it("counts, and tells of an upstream that fails where one does", () => {
    assert.equal(statusText(counters, 4, 3, ""), "12 requests  4/s  2 blocked  1 refused  3 connections");
    assert.equal(
      statusText({ ...counters, upstreamFailures: 5 }, 4, 3, "  p50 1.00 ms"),
      "12 requests  4/s  2 blocked  1 refused  5 upstream failures  3 connections  p50 1.00 ms",
    );
    assert.match(statusText({ ...counters, upstreamFailures: 1 }, 4, 3, ""), / {2}1 upstream failure {2}/);
  });
});
