import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AnswerRatio } from "./answer-ratio.js";

/** A scan that always sends as fast as it may, and one in a hundred of its probes again. */
class Scan {
  rate: number;
  readonly #ratio = new AnswerRatio(0);
  readonly #least: number;
  #nowUs = 0;
  #probes = 0;

  constructor(rate: number, least = 100) {
    this.rate = rate;
    this.#least = least;
  }

  /** So many probes are repeated, and that part of them is answered. @returns the rate */
  goOn(part: number, repeated = 100): number {
    this.#nowUs += (repeated * 100 * 1e6) / this.rate;
    this.#probes += repeated * 100;
    this.rate = this.#ratio.observe({
      sent: repeated,
      answered: Math.round(part * repeated),
      probes: this.#probes,
      rate: this.rate,
      least: this.#least,
      nowUs: this.#nowUs,
    });
    return this.rate;
  }
}

/** Goes on where so many pass in a second. */
const through = (scan: Scan, perSecond: number): number => scan.goOn(Math.min(1, perSecond / scan.rate));

describe("AnswerRatio", () => {
  it("keeps the rate while as many answer as usual, or nearly", () => {
    const scan = new Scan(50_000);
    for (const part of [1, 0.97, 1, 0.92, 0.95, 1]) assert.equal(scan.goOn(part), 50_000);
  });

  it("goes down to what passes", () => {
    for (const passes of [40_000, 9_000, 700]) {
      const scan = new Scan(50_000);
      for (let turn = 0; turn < 8; turn += 1) through(scan, passes);
      assert.ok(scan.rate <= passes * 1.15 && scan.rate >= passes * 0.9, `${scan.rate} of ${passes}`);
    }
  });

  it("does not judge by a few", () => {
    const scan = new Scan(50_000);
    scan.goOn(1);
    scan.goOn(0, 15);
    assert.equal(scan.rate, 50_000);
    scan.goOn(0, 1);
    assert.ok(scan.rate < 50_000);
  });

  it("goes back where slowness brings no more answers, and takes that for usual", () => {
    for (const part of [0, 0.3, 0.6]) {
      const scan = new Scan(50_000);
      const rates = Array.from({ length: 40 }, () => scan.goOn(part));
      assert.ok(rates[0]! < 50_000);
      const back = rates.indexOf(50_000);
      assert.ok(back > 0 && back <= 4, `${rates}`);
      assert.equal(rates.at(-1), 50_000);
    }
  });

  it("takes more for usual again when more answer", () => {
    const scan = new Scan(50_000);
    for (let turn = 0; turn < 10; turn += 1) scan.goOn(0.3);
    for (let turn = 0; turn < 40; turn += 1) assert.equal(scan.goOn(1), 50_000);
    assert.ok(scan.goOn(0.3) < 50_000);
  });

  it("never goes below the least, whatever is lost there", () => {
    const scan = new Scan(50_000, 20_000);
    for (let turn = 0; turn < 100; turn += 1) assert.ok(through(scan, 15_000) >= 20_000);
    assert.equal(scan.rate, 20_000);
  });
});
