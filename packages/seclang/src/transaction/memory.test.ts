/** What transactions share, and what they must not. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { latin1 } from "@palisade/wire";
import { Engine } from "../engine/engine.js";
import { loadRules } from "../language/load-rules.js";
import { memoryReader } from "../language/memory-reader.build.js";
import { engineOf, exchange } from "./transaction.build.js";

it("rule files with data files of the same name read their own", () => {
  const rule = (id: number) => `SecRule ARGS "@pmFromFile words.data" "id:${id},phase:1,pass,msg:'${id}'"`;
  const loaded = loadRules(
    ["one/a.conf", "two/a.conf"],
    memoryReader({ "one/a.conf": rule(1), "two/a.conf": rule(2) }),
  );
  const words: Readonly<Record<string, string>> = { "one/a.conf": "apple", "two/a.conf": "pear" };
  const engine = Engine.of(loaded, { readData: (_, file) => latin1(words[file]!), clock: () => 0 });
  assert.deepEqual(exchange(engine, { target: "/?fruit=pear" }).hits, ["2 2"]);
});

it("what a transaction has told stays when its memory serves another", () => {
  const engine = engineOf(`SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,msg:'%{ARGS.b}'"`);
  const first = exchange(engine, { target: "/?a=1&b=first" });
  exchange(engine, { target: "/?a=1&b=other" });
  assert.equal(String.fromCharCode(...first.transaction.hits[0]!.msg!), "first");
});
