import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DatagramDissector, DONE, type Protocol } from "./dissector.js";
import { hinted, Registry } from "./registry.js";

function protocol(name: string, more: Partial<Protocol> = {}): Protocol {
  return {
    name,
    title: name,
    spec: "none",
    category: "network",
    attributes: [],
    malformed: [],
    recognises: "All.",
    omits: "Nothing.",
    datagram: { ports: [], dissect: () => DONE },
    ...more,
  };
}

const names = (registry: Registry): string[] => registry.order.map((id) => registry.protocols[id]!.name);
const refused = { name: "PalisadeError", code: "INSPECT_PROTOCOL_NAME" };

describe("the table of protocols", () => {
  it("asks in the order of the list, heuristics last", () => {
    const registry = Registry.of([protocol("a", { weak: true }), protocol("b"), protocol("c")]);
    assert.deepEqual(names(registry), ["b", "c", "a"]);
    assert.deepEqual(
      [...registry.datagram.byFirstOctet[0]!].map((id) => registry.protocols[id]!.name),
      ["b", "c", "a"],
    );
  });

  it("asks what was added first of its kind", () => {
    const registry = Registry.of([protocol("a"), protocol("w", { weak: true })])
      .with(protocol("x"))
      .with(protocol("y", { weak: true }));
    assert.deepEqual(names(registry), ["x", "a", "y", "w"]);
  });

  it("finds candidates by port and by first octet", () => {
    const registry = Registry.of([
      protocol("a", { datagram: { ports: [53, 5_353], firstOctets: [1, 2, 2], dissect: () => DONE } }),
      protocol("b", {
        datagram: { ports: [53], dissect: () => DONE },
        stream: { ports: [53], follow: true, dissect: () => DONE },
      }),
    ]);
    assert.deepEqual([...hinted(registry.datagram, 53)], [0, 1]);
    assert.deepEqual([...hinted(registry.datagram, 5_353)], [0]);
    assert.deepEqual([...hinted(registry.stream, 53)], [1]);
    assert.deepEqual([...hinted(registry.datagram, 54)], []);
    assert.deepEqual([...registry.datagram.byFirstOctet[2]!], [0, 1]);
    assert.deepEqual([...registry.datagram.byFirstOctet[3]!], [1]);
    assert.equal(registry.stream.callees[0], undefined);
    assert.equal(registry.stream.callees[1]!.follow, true);
  });

  it("leaves to their ports those that are bound to them, added or not", () => {
    const bound: DatagramDissector = { ports: [53], portsOnly: true, dissect: () => DONE };
    const registry = Registry.of([protocol("a", { datagram: bound, stream: bound })]).with(
      protocol("b", { datagram: bound }),
    );
    assert.deepEqual([...hinted(registry.datagram, 53)], [1, 0]);
    assert.deepEqual([...registry.datagram.added], []);
    for (const table of [registry.datagram, registry.stream])
      for (const ids of table.byFirstOctet) assert.deepEqual([...ids], []);
  });

  it("keeps ids for good, and does not change", () => {
    const first = Registry.of([protocol("a"), protocol("b")]);
    const more = first.with(protocol("c"));
    const less = more.without("a");
    const again = less.with(protocol("a"));
    assert.deepEqual([first.idOf("b"), more.idOf("b"), less.idOf("b"), again.idOf("b")], [1, 1, 1, 1]);
    assert.deepEqual([first.idOf("c"), more.idOf("c"), less.idOf("a"), again.idOf("a")], [-1, 2, -1, 3]);
    assert.deepEqual([first.size, more.size, less.size, again.size], [2, 3, 3, 4]);
    assert.deepEqual(names(first), ["a", "b"]);
    assert.equal(less.protocols[0]!.name, "a");
    assert.ok(!less.datagram.byFirstOctet[0]!.includes(0));
  });

  it("refuses names that are taken, unfit for paths, or not there", () => {
    const registry = Registry.of([protocol("a")]);
    assert.throws(() => registry.with(protocol("a")), refused);
    assert.throws(() => Registry.of([protocol("a"), protocol("a")]), refused);
    for (const name of ["", "A", "a.b", "a b", "-a", "a-", "a--b", "ä", "a\n"]) {
      assert.throws(() => registry.with(protocol(name)), refused, JSON.stringify(name));
    }
    assert.throws(() => registry.without("b"), refused);
    assert.throws(() => registry.without("a").without("a"), refused);
  });
});
