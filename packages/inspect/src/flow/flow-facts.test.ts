import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ATTRIBUTE_OCTETS_MAX, ATTRIBUTE_VALUES_MAX, attribute } from "../attribute.js";
import { DONE, type Protocol } from "../dissector.js";
import { runEngine, START_US, udpFrame } from "../engine.build.js";
import type { FindingKind } from "../finding-kind.js";
import { Registry } from "../registry.js";
import { FINDINGS_PER_FLOW_MAX, FlowFacts } from "./flow-facts.js";

const one = attribute("facts.one", "text");
const many = attribute("facts.many", "number", { many: true });
const raw = attribute("facts.raw", "hex");
const kind = (number: number): FindingKind => ({
  name: `facts.kind-${number}`,
  severity: "info",
  title: "A kind",
});

describe("what is known of a flow", () => {
  it("keeps the first value of a single attribute", () => {
    const facts = new FlowFacts();
    facts.add(one, "first");
    facts.add(one, "second");
    assert.deepEqual([facts.attributes, facts.values], [[one], ["first"]]);
  });

  it("keeps different values of the others, in order, so many at most", () => {
    const facts = new FlowFacts();
    for (let round = 0; round < 3; round += 1) {
      for (let value = 0; value < 100; value += 1) facts.add(many, value);
    }
    assert.deepEqual(facts.values, [Array.from({ length: ATTRIBUTE_VALUES_MAX }, (_, value) => value)]);
  });

  it("counts findings by kind, and drops further kinds", () => {
    const facts = new FlowFacts();
    const kinds = Array.from({ length: 40 }, (_, number) => kind(number));
    for (const each of kinds) facts.report(each, 5, 6);
    facts.report(kinds[1]!, 7, 8);
    assert.equal(facts.findings.length, FINDINGS_PER_FLOW_MAX);
    assert.deepEqual(facts.findings[1], { kind: kinds[1], packet: 5, timeUs: 6, count: 2 });
  });
});

describe("an attribute's value", () => {
  function read(octets: Uint8Array): Readonly<Record<string, unknown>> {
    const protocol: Protocol = {
      name: "facts",
      title: "Facts",
      spec: "none",
      category: "network",
      attributes: [one, raw],
      malformed: [],
      recognises: "All.",
      omits: "Nothing.",
      datagram: {
        ports: [],
        dissect(payload, offset, end, flow) {
          flow.text(one, payload, offset, end);
          flow.hex(raw, payload, offset, end);
          return DONE;
        },
      },
    };
    return runEngine([udpFrame(START_US, {}, octets)], { registry: Registry.of([protocol]) }).records[0]!
      .attributes;
  }

  it("is UTF-8, or ISO 8859-1 where it is none", () => {
    assert.equal(read(Buffer.from("Grüße ☂", "utf8"))["facts.one"], "Grüße ☂");
    assert.equal(read(Buffer.from("Grüße", "latin1"))["facts.one"], "Grüße");
    assert.equal(read(Uint8Array.of(0xc3, 0x28))["facts.one"], "Ã(");
  });

  it("is cut at its bound, never inside a character", () => {
    const long = read(Buffer.from(`${"x".repeat(ATTRIBUTE_OCTETS_MAX - 1)}ü and more`, "utf8"));
    assert.ok((long["facts.one"] as string).length <= ATTRIBUTE_OCTETS_MAX);
    assert.match(long["facts.one"] as string, /^x+[^Ã]?$/);
    assert.equal((long["facts.raw"] as string).length, 2 * ATTRIBUTE_OCTETS_MAX);
  });

  it("is lower-case hexadecimal where it is octets", () => {
    assert.equal(read(Uint8Array.of(0, 0xab, 0xff))["facts.raw"], "00abff");
  });
});
