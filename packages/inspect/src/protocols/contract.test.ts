/**
 * What every protocol must keep, over the examples beside each: recognised and read as the example says, whatever the
 * other candidates; no throw and no look outside the payload, whatever the octets; input left alone; for streams the
 * same outcome however the same octets are cut.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PAYLOAD_PACKETS_MAX } from "../classifier.js";
import type { Example } from "../example.js";
import { type Exercised, exercise, type Part } from "../exercise.build.js";
import { Registry } from "../registry.js";
import { examples } from "./examples.js";
import { protocols } from "./index.js";

const registry = Registry.of(protocols);
const MUTATIONS_PER_EXAMPLE = 200;

/** Numerical Recipes' linear congruential generator: enough to choose octets, and the same on every machine. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

function comparable(result: Exercised): Omit<Exercised, "decidedAfter"> {
  const { decidedAfter: _, ...rest } = result;
  return rest;
}

function checkExample(example: Example, parts: readonly Part[] = example.exchange): Exercised {
  const result = exercise(registry, example, parts);
  assert.equal(result.protocol, example.protocol, "protocol");
  if (example.protocol !== undefined) {
    assert.deepEqual(result.attributes, example.attributes ?? {}, "attributes");
    assert.deepEqual(result.findings, example.findings ?? [], "findings");
    assert.deepEqual(result.path, example.path ?? [example.protocol], "path");
  }
  return result;
}

/** Each part in pieces of `size` octets: segments of a stream. */
function cut(parts: readonly Part[], size: number): Part[] {
  return parts.flatMap(([sender, octets]) => {
    const pieces: Part[] = [];
    for (let at = 0; at < octets.length; at += size) pieces.push([sender, octets.subarray(at, at + size)]);
    return pieces;
  });
}

describe("protocols", () => {
  it("has protocols and examples, and every protocol an example of itself", () => {
    assert.ok(protocols.length > 0);
    const shown = new Set(examples.flatMap((example) => example.path ?? example.protocol ?? []));
    assert.deepEqual(
      protocols.map(({ name }) => name).filter((name) => !shown.has(name)),
      [],
    );
  });

  it("lists every attribute, malformed and finding under its protocol, once in the whole table", () => {
    const seen = new Map<string, unknown>();
    for (const protocol of protocols) {
      assert.ok(protocol.datagram ?? protocol.stream, `${protocol.name} dissects nothing`);
      for (const one of [...protocol.attributes, ...protocol.malformed, ...(protocol.findings ?? [])]) {
        assert.match(one.name, /^[a-z0-9-]+\.[a-z0-9-]+$/, one.name);
        const known = seen.get(one.name);
        assert.ok(known === undefined || known === one, `${one.name} is two things`);
        seen.set(one.name, one);
      }
      for (const sentence of [protocol.recognises, protocol.omits])
        assert.match(sentence, /\.$/, protocol.name);
    }
  });
});

for (const example of examples) {
  const name = `${example.protocol ?? "nobody"}: ${example.title}`;
  describe(name, () => {
    it("is recognised and read", () => {
      const result = checkExample(example);
      if (example.decidedAfter !== undefined) assert.equal(result.decidedAfter, example.decidedAfter, "cost");
      const declared = new Set(
        protocols
          .filter(({ name }) => result.path.includes(name))
          .flatMap((protocol) => [
            ...protocol.attributes,
            ...protocol.malformed,
            ...(protocol.findings ?? []),
          ])
          .map((one) => one.name),
      );
      for (const used of [...Object.keys(result.attributes), ...result.findings]) {
        if (example.protocol !== undefined) assert.ok(declared.has(used), `${used} is not declared`);
      }
    });

    it("does not depend on the octets around its payload, and leaves them alone", () => {
      const before = example.exchange.map(([, octets]) => octets.slice());
      const expected = exercise(registry, example, example.exchange, { guard: 0 });
      for (const guard of [0x0a, 0x30, 0x80, 0xff]) {
        assert.deepEqual(exercise(registry, example, example.exchange, { guard }), expected);
      }
      assert.deepEqual(
        example.exchange.map(([, octets]) => octets),
        before,
      );
    });

    if (example.transport === "tcp") {
      it("is the same however its octets are cut", () => {
        const whole = comparable(exercise(registry, example, example.exchange));
        const longest = Math.max(...example.exchange.map(([, octets]) => octets.length));
        // As many octets a segment as keep the exchange within the packets that are read of a flow.
        for (const size of [
          longest,
          Math.ceil(longest / 2),
          Math.ceil(longest / 3),
          Math.ceil(longest / 7),
        ]) {
          const pieces = cut(example.exchange, Math.max(1, size));
          const senders = [">", "<"].map((s) => pieces.filter(([sender]) => sender === s).length);
          if (Math.max(...senders) >= PAYLOAD_PACKETS_MAX) continue;
          assert.deepEqual(comparable(exercise(registry, example, pieces)), whole, `segments of ${size}`);
        }
        const [first, ...rest] = example.exchange;
        const [sender, octets] = first!;
        for (let at = 1; at < Math.min(octets.length, 400); at += 1) {
          const parts: Part[] = [[sender, octets.subarray(0, at)], [sender, octets.subarray(at)], ...rest];
          assert.deepEqual(comparable(exercise(registry, example, parts)), whole, `first part cut at ${at}`);
        }
      });
    }

    it("never throws, and stays inside its payload, when cut short or changed", () => {
      const next = random(example.title.length * 7919 + example.exchange.length);
      for (let round = 0; round < MUTATIONS_PER_EXAMPLE; round += 1) {
        const parts = example.exchange.map(([sender, octets]): Part => {
          if (octets.length === 0) return [sender, octets];
          const changed = octets.slice(
            0,
            next() < 0.3 ? Math.floor(next() * octets.length) + 1 : octets.length,
          );
          const changes = Math.floor(next() * 4);
          for (let change = 0; change < changes; change += 1) {
            changed[Math.floor(next() * changed.length)] = next() < 0.3 ? 0xff : Math.floor(next() * 256);
          }
          return [sender, changed];
        });
        const low = exercise(registry, example, parts, { guard: 0 });
        const high = exercise(registry, example, parts, { guard: 0xff });
        assert.deepEqual(high, low, "reads outside its payload");
      }
    });
  });
}
