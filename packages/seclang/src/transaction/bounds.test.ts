/** What tables do when they are full. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import { TransformationTree } from "../engine/transformation-tree.js";
import { VARIABLES } from "../language/variables.js";
import { transformationOf } from "../transformations/index.js";
import { MATCHED_VARIABLES_MAX, Matched } from "./matched.js";
import { nameHash } from "./names.js";
import { MemoryStore } from "./store.js";
import { engineOf, exchange, text } from "./transaction.build.js";
import { TRANSFORMED_VALUES_MAX, TransformationCache } from "./transformation-cache.js";
import { VALUES_MAX } from "./values.js";
import { VARIABLE_BYTES_MAX, VariableMap } from "./variable-map.js";
import { VARIABLES_READ } from "./variables.js";

describe("variables", () => {
  it("are all read from somewhere", () => {
    const known = [...VARIABLES.known.values()].map(({ name }) => name);
    assert.deepEqual(
      known.filter((name) => !VARIABLES_READ.has(name)),
      [],
    );
  });
});

describe("a map of variables", () => {
  const set = (map: VariableMap, name: string, value: string) => {
    map.set(latin1(name), 0, name.length, latin1(value), 0, value.length);
  };
  const get = (map: VariableMap, name: string) => {
    const entry = map.find(latin1(name), 0, name.length, nameHash(latin1(name), 0, name.length));
    if (entry < 0 || !map.isSet(entry, 0)) return undefined;
    return text(map.octets.subarray(map.valueStart(entry), map.valueEnd(entry)));
  };

  it("holds what was set last, however often", () => {
    const map = new VariableMap();
    for (let n = 0; n < 5000; n += 1) {
      set(map, `n${n % 200}`, `${"x".repeat(50)}${n}`);
      set(map, "counter", `${n}`);
    }
    assert.equal(get(map, "COUNTER"), "4999");
    for (let n = 0; n < 200; n += 1) assert.equal(get(map, `N${n}`), `${"x".repeat(50)}${4800 + n}`);
    assert.ok(map.octets.length < 500_000);
  });

  it("does not take more variables or octets than it may, and cuts long values", () => {
    const few = new VariableMap(2, 10);
    set(few, "a", "1");
    set(few, "b", "2");
    set(few, "c", "3");
    set(few, "a", "123456789");
    assert.equal(few.dropped, 2);
    assert.deepEqual([get(few, "a"), get(few, "b"), get(few, "c")], ["1", "2", undefined]);
    set(few, "a", "4567");
    assert.equal(get(few, "a"), "4567");
    const map = new VariableMap();
    set(map, "long", "x".repeat(VARIABLE_BYTES_MAX + 1));
    assert.equal(get(map, "long")!.length, VARIABLE_BYTES_MAX);
  });
});

describe("the cache of transformations", () => {
  const tree = new TransformationTree(transformationOf);
  const place = { file: "a", line: 1, column: 1 };
  const short = tree.chain(["urlDecode"], place);
  const long = tree.chain(["urlDecode", "lowercase"], place);
  const result = (cache: TransformationCache) => text(cache.octets.subarray(cache.start, cache.end));

  it("runs what chains begin with once a value", () => {
    assert.equal(short[0], long[0]);
    const cache = new TransformationCache();
    const value = latin1("--%41B--");
    for (let times = 0; times < 3; times += 1) {
      cache.transform(value, 2, 6, 7, short);
      assert.equal(result(cache), "AB");
      cache.transform(value, 2, 6, 7, long);
      assert.equal(result(cache), "ab");
    }
    assert.equal(cache.applied, 2);
    cache.transform(value, 2, 6, 0, long);
    assert.equal(result(cache), "ab");
    assert.equal(cache.applied, 4);
  });

  it("forgets when it is full, and gives the same", () => {
    const cache = new TransformationCache();
    for (let id = 1; id < TRANSFORMED_VALUES_MAX; id += 1) {
      const value = latin1(`%4${id % 8}${id}`);
      cache.transform(value, 0, value.length, id, long);
      if (id % 5000 === 0)
        assert.equal(result(cache), `${String.fromCharCode(0x40 + (id % 8)).toLowerCase()}${id}`);
    }
  });
});

describe("what a rule has matched", () => {
  it("keeps the first ones and the last", () => {
    const matched = new Matched();
    const none = new Uint8Array(0);
    for (let n = 0; n < MATCHED_VARIABLES_MAX + 5; n += 1) {
      const value = latin1(`${n}`);
      matched.add(latin1("ARGS"), none, 0, 0, value, 0, value.length);
    }
    const at = (index: number) =>
      text(matched.arena.octets.subarray(matched.at(index, 2), matched.at(index, 3)));
    assert.equal(matched.count, MATCHED_VARIABLES_MAX);
    assert.equal(at(0), "0");
    assert.equal(at(matched.last), `${MATCHED_VARIABLES_MAX + 4}`);
    matched.begin();
    assert.equal(matched.count, 0);
    assert.equal(at(matched.last), `${MATCHED_VARIABLES_MAX + 4}`);
  });
});

describe("the store in memory", () => {
  it("gives up what was opened longest ago", () => {
    const store = new MemoryStore(2);
    const first = store.open("IP", "a", 0, 10);
    store.open("IP", "b", 0, 10);
    assert.equal(store.open("IP", "a", 1, 10), first);
    store.open("IP", "c", 2, 10);
    assert.equal(store.size, 2);
    assert.equal(store.open("IP", "a", 3, 10), first);
    assert.notEqual(store.open("GLOBAL", "a", 3, 10), first);
  });
});

describe("a transaction's values", () => {
  it("are bounded, which is told", () => {
    const body = `${"a&".repeat(VALUES_MAX)}`;
    const { hits, transaction } = exchange(
      engineOf('SecArgumentsLimit 1000000\nSecRule REQBODY_ERROR "@eq 1" "id:1,phase:2"'),
      { target: `/?${body}` },
    );
    assert.deepEqual(hits, ["1"]);
    assert.equal(transaction.errors.length, 1);
  });
});
