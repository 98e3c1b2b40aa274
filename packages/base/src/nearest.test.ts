import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nearest } from "./nearest.js";

describe("the nearest name", () => {
  const names = ["src", "dst", "app_proto", "tls.sni", "tls.alpn", "dns", "dnp3", "conn_state"];

  for (const [word, name] of [
    ["sorc", "src"],
    ["dnss", "dns"],
    ["sdt", "dst"],
    ["ap_prto", "app_proto"],
    ["APP_PROTO", "app_proto"],
    ["connstate", "conn_state"],
    ["sni", "tls.sni"],
    ["ip.src", "src"],
    ["tls.sin", "tls.sni"],
    ["bogus", undefined],
    ["", undefined],
    ["x", undefined],
    ["s".repeat(10_000), undefined],
  ] as const) {
    it(`to "${word.slice(0, 20)}" is ${name ?? "none"}`, () => {
      assert.equal(nearest(word, names), name);
    });
  }

  it("is the first of several that are as near", () => {
    assert.equal(nearest("sat", ["set", "sit"]), "set");
  });
});
