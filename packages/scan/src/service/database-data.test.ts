import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import fc from "fast-check";
import { builtInServices } from "./built-in.js";
import { readMatch } from "./database.js";
import { recordedAnswers } from "./database-data.build.js";
import { NULL_PROBE, type ServiceMatch, type ServiceProbe } from "./probe.js";

const database = builtInServices();
const FILES = ["databases", "infrastructure", "network", "industrial"];

/** The matches of the files that this test is about, with the probes that they belong to. */
const own = database.probes.flatMap((probe) =>
  probe.matches
    .filter(({ place }) => FILES.some((file) => place.startsWith(`${file}.services:`)))
    .map((match) => ({ probe, match })),
);

function probeOf(name: string): ServiceProbe {
  const probe = database.probe(name);
  assert.ok(probe, name);
  return probe;
}

describe("databases, infrastructure, networks and industry", () => {
  it("are in the database", () => {
    for (const file of FILES) {
      assert.ok(
        own.some(({ match }) => match.place.startsWith(`${file}.`)),
        file,
      );
    }
    const products = new Set(own.map(({ match }) => match.fields.product?.join("")));
    assert.ok(products.size > 40, `${products.size} products`);
  });

  for (const { title, probe, answer, expected } of recordedAnswers) {
    it(`recognise ${title}, asked with ${probe}`, () => {
      const found = database.read(probeOf(probe), latin1(answer));
      assert.ok(found);
      const { product, version, hostname, os } = found.fields;
      const said = { service: found.match.service, product, version, hostname, os, cpe: found.cpe[0] };
      assert.deepEqual(said, { ...NOTHING, ...expected });
    });
  }

  it("have no match that claims the example of another product, whatever probe it answers", () => {
    const claims: string[] = [];
    let compared = 0;
    for (const { probe, match } of own) {
      for (const { octets, fields } of match.examples) {
        for (const other of database.probes) {
          // What a service says to one question does not tell what it says to another of its own protocol.
          if (other === probe || other.protocol !== probe.protocol) continue;
          for (const claimant of other.matches) {
            if (claimant.soft || claimant.service === match.service) continue;
            compared += 1;
            const found = readMatch(claimant, octets);
            if (found === undefined || sameProduct(found.fields.product, fields.product, match)) continue;
            claims.push(`${match.place}: ${claimant.place}`);
          }
        }
      }
    }
    assert.ok(compared > 10_000);
    assert.deepEqual(claims, []);
  });

  it("have no match that claims what is cut off within its first octets", () => {
    for (const { match } of own) {
      if (match.soft) continue;
      for (const { octets } of match.examples)
        assert.equal(readMatch(match, octets.subarray(0, 1)), undefined);
    }
  });

  it("read any octets without throwing", () => {
    const probes = [...new Set(own.map(({ probe }) => probe))];
    const examples = own.flatMap(({ match }) => match.examples.map(({ octets }) => octets));
    fc.assert(
      fc.property(
        fc.constantFrom(...probes),
        fc.constantFrom(...examples),
        fc.uint8Array({ maxLength: 8 }),
        fc.nat(),
        (probe, example, noise, at) => {
          const octets = Uint8Array.from(example);
          octets.set(noise.subarray(0, octets.length), at % Math.max(1, octets.length - noise.length + 1));
          database.read(probe, octets);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("list the ports of what they are for, and are silent to printers", () => {
    for (const { probe } of own) {
      assert.ok(probe.name === NULL_PROBE || probe.ports.length + probe.tlsPorts.length > 0, probe.name);
      for (const { first, last } of [...probe.ports, ...probe.tlsPorts]) {
        assert.ok(last < 9_100 || first > 9_107, `${probe.name} lists a port of printers`);
      }
    }
  });
});

const NOTHING = {
  service: undefined,
  product: undefined,
  version: undefined,
  hostname: undefined,
  os: undefined,
  cpe: undefined,
};

/** Whether a claim names what the example is of, though by another service: a message broker's many protocols. */
function sameProduct(claimed: string | undefined, product: string | undefined, match: ServiceMatch): boolean {
  const expected = product ?? match.fields.product?.join("");
  return claimed !== undefined && claimed === expected;
}
