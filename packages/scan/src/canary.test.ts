import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AssertionFailure } from "@palisade/base";
import fc from "fast-check";
import { CANARIES_MAX, chooseCanaries, type HostJudgement, type HostTally, judgeHost } from "./canary.js";
import { serviceName } from "./ports/services.js";

const allPorts = Array.from({ length: 65_536 }, (_, port) => port);

describe("chooseCanaries", () => {
  it("gives high ports that were not asked and have no name, each once", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 9_990, max: 65_535 }), { maxLength: 200 }),
        fc.nat(Number.MAX_SAFE_INTEGER),
        fc.nat(CANARIES_MAX),
        (asked, seed, count) => {
          const canaries = chooseCanaries(asked, seed, count);
          assert.equal(canaries.length, count);
          assert.equal(new Set(canaries).size, count);
          for (const port of canaries) {
            assert.ok(port >= 10_000 && port <= 65_535, String(port));
            assert.ok(!asked.includes(port), String(port));
            assert.equal(serviceName(port, "tcp"), undefined);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("gives the same for the same seed, and others for another", () => {
    assert.deepEqual(chooseCanaries([80], 7, 8), chooseCanaries([80], 7, 8));
    assert.notDeepEqual(chooseCanaries([80], 7, 8), chooseCanaries([80], 8, 8));
  });

  it("leaves the others as they are when one of them is asked for", () => {
    const [first, ...rest] = chooseCanaries([], 7, 8);
    assert.deepEqual(chooseCanaries([first!], 7, 7), rest);
  });

  it("gives as many as are left", () => {
    assert.deepEqual(chooseCanaries(allPorts, 1, 8), []);
    const left = [12_346, 54_321];
    const asked = allPorts.filter((port) => !left.includes(port));
    assert.deepEqual(chooseCanaries(asked, 1, 8).toSorted(), left);
  });

  it("refuses more than there may be", () => {
    assert.throws(() => chooseCanaries([], 1, CANARIES_MAX + 1), AssertionFailure);
    assert.throws(() => chooseCanaries([], 1, -1), AssertionFailure);
  });
});

describe("judgeHost", () => {
  const cases: [title: string, tally: HostTally, judgement: HostJudgement][] = [
    ["an idle host", { asked: 1_000, open: 0, canaries: 8, canariesOpen: 0 }, "ordinary"],
    ["a server", { asked: 1_000, open: 12, canaries: 8, canariesOpen: 0 }, "ordinary"],
    ["a web server asked for its two ports", { asked: 2, open: 2, canaries: 8, canariesOpen: 0 }, "ordinary"],
    ["nothing asked", { asked: 0, open: 0, canaries: 0, canariesOpen: 0 }, "ordinary"],
    ["a tarpit", { asked: 1_000, open: 1_000, canaries: 8, canariesOpen: 8 }, "all-open"],
    [
      "a tarpit that answers some of the time",
      { asked: 1_000, open: 800, canaries: 8, canariesOpen: 6 },
      "all-open",
    ],
    ["just short of three quarters", { asked: 1_000, open: 700, canaries: 8, canariesOpen: 5 }, "suspect"],
    ["canaries alone open", { asked: 2, open: 0, canaries: 4, canariesOpen: 4 }, "all-open"],
    ["three canaries", { asked: 10, open: 10, canaries: 3, canariesOpen: 3 }, "all-open"],
    ["two of three canaries", { asked: 10, open: 10, canaries: 3, canariesOpen: 2 }, "suspect"],
    ["two canaries decide nothing", { asked: 10, open: 10, canaries: 2, canariesOpen: 2 }, "suspect"],
    ["one service at a canary", { asked: 1_000, open: 3, canaries: 8, canariesOpen: 1 }, "suspect"],
    ["no canaries, half of many open", { asked: 130, open: 65, canaries: 0, canariesOpen: 0 }, "suspect"],
    [
      "no canaries, a little less than half",
      { asked: 131, open: 65, canaries: 0, canariesOpen: 0 },
      "ordinary",
    ],
    ["no canaries, all of 64 open", { asked: 64, open: 64, canaries: 0, canariesOpen: 0 }, "ordinary"],
    ["a decoy on a list of ports", { asked: 100, open: 100, canaries: 8, canariesOpen: 0 }, "suspect"],
  ];
  for (const [title, tally, judgement] of cases)
    it(`${title}: ${judgement}`, () => assert.equal(judgeHost(tally), judgement));

  it("never thinks better of a host for another open canary", () => {
    const order: readonly HostJudgement[] = ["ordinary", "suspect", "all-open"];
    fc.assert(
      fc.property(
        fc.nat(2_000),
        fc.nat(2_000),
        fc.integer({ min: 1, max: CANARIES_MAX }),
        (asked, some, canaries) => {
          const open = Math.min(some, asked);
          const ranks = Array.from({ length: canaries + 1 }, (_, canariesOpen) =>
            order.indexOf(judgeHost({ asked, open, canaries, canariesOpen })),
          );
          assert.deepEqual(ranks, ranks.toSorted());
        },
      ),
    );
  });

  it("refuses tallies that cannot be", () => {
    assert.throws(() => judgeHost({ asked: 1, open: 2, canaries: 0, canariesOpen: 0 }), AssertionFailure);
    assert.throws(() => judgeHost({ asked: 1, open: 1, canaries: 1, canariesOpen: 2 }), AssertionFailure);
  });
});
