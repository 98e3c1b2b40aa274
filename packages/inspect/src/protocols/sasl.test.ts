import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, latin1 } from "@palisade/wire";
import { attribute } from "../attribute.js";
import { FlowFacts } from "../flow/flow-facts.js";
import { FlowContext } from "../flow-context.js";
import { Subscriptions } from "../subscriptions.js";
import { setBase64, setPlainUser } from "./sasl.js";

const USER = attribute("sasl-test.user", "text");

/** What `set` reads from `text`, which lies between octets that are base64 too. */
function read(set: typeof setBase64, text: string, subscribed = true): unknown {
  const facts = new FlowFacts();
  const subscriptions = new Subscriptions();
  if (subscribed) subscriptions.record(USER);
  const flow = new FlowContext(subscriptions, { facts: () => facts, hostSeen() {}, expect() {} });
  const octets = concat(latin1("QUFB"), latin1(text), latin1("QUFB"));
  set(flow, USER, octets, 4, 4 + text.length);
  return facts.values[0];
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

describe("the user of a PLAIN message", () => {
  for (const [title, text, user] of [
    ["is the second of its three parts (RFC 4616 §4)", base64("\0tim\0tanstaaftanstaaf"), "tim"],
    ["is not whom it acts for (RFC 4616 §4)", base64("Ursel\0Kurt\0xipj3plmq"), "Kurt"],
    ["may be of any script", base64("\0zoë\0x"), "zoë"],
    ["needs no padding", base64("\0tim\0tans").replace(/=+$/, ""), "tim"],
    ["may stand before an empty password", base64("\0tim\0"), "tim"],
    ["is nobody where it is empty", base64("\0\0secret"), undefined],
    ["is nobody where no password follows: it could be cut", base64("\0tim"), undefined],
    ["is nobody where no part ends", base64("tim"), undefined],
    ["is nobody where the client cancels (RFC 4954 §4)", "*", undefined],
    ["is nobody in no octets", "", undefined],
  ] as const) {
    it(title, () => assert.equal(read(setPlainUser, text), user));
  }

  it("is looked for in 2,048 octets", () => {
    assert.equal(read(setPlainUser, base64(`${"a".repeat(1_500)}\0tim\0x`)), "tim");
    assert.equal(read(setPlainUser, base64(`${"a".repeat(1_536)}\0tim\0x`)), undefined);
  });
});

describe("a line of LOGIN", () => {
  for (const [title, text, user] of [
    ["is the user", base64("tim"), "tim"],
    ["may be empty", "", undefined],
    ["may be no base64", "*", undefined],
  ] as const) {
    it(title, () => assert.equal(read(setBase64, text), user));
  }
});

it("nothing is read that nobody wants", () => {
  assert.equal(read(setBase64, base64("tim"), false), undefined);
  assert.equal(read(setPlainUser, base64("\0tim\0x"), false), undefined);
});

it("a range that ends before it starts is empty", () => {
  const facts = new FlowFacts();
  const subscriptions = new Subscriptions();
  subscriptions.record(USER);
  const flow = new FlowContext(subscriptions, { facts: () => facts, hostSeen() {}, expect() {} });
  setBase64(flow, USER, latin1("dGlt"), 4, 2);
  assert.equal(facts.values.length, 0);
});
