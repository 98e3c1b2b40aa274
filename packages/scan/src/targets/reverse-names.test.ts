import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  lookUpReverse,
  REVERSE_ADDRESSES_MAX,
  REVERSE_AT_ONCE_MAX,
  REVERSE_FAILURES_MAX,
  REVERSE_NAMES_MAX,
} from "./reverse-names.js";

const never = new AbortController().signal;
const nothing = () => {};
const addresses = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `10.0.${at >> 8}.${at & 255}`);

describe("reverse names", () => {
  it("are those of each address that has any", async () => {
    const told: number[] = [];
    const lookUp = async (address: string) =>
      address.endsWith("2") ? [] : [`host-${address.replaceAll(":", "-")}.example`];
    const found = await lookUpReverse(["10.0.0.1", "10.0.0.2", "::3"], lookUp, never, (done) =>
      told.push(done),
    );
    assert.deepEqual(
      [...found.names],
      [
        ["10.0.0.1", ["host-10.0.0.1.example"]],
        ["::3", ["host---3.example"]],
      ],
    );
    assert.deepEqual([found.unknown, found.because], [0, undefined]);
    assert.deepEqual(told, [0, 1, 2, 3]);
  });

  it("are host names, and nothing that acts on a terminal, a spreadsheet or a report", async () => {
    const all = [
      "\u001b[2Jx",
      "=1+1",
      "a b.example",
      'a".example',
      "-x",
      "",
      "<b>",
      "x".repeat(256),
      "_ok-1.example.",
    ];
    const found = await lookUpReverse(["10.0.0.1"], async () => all, never, nothing);
    assert.deepEqual(found.names.get("10.0.0.1"), ["_ok-1.example."]);
  });

  it("are looked up so many at a time and no more", async () => {
    let now = 0;
    let most = 0;
    const lookUp = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return [];
    };
    await lookUpReverse(addresses(500), lookUp, never, nothing);
    assert.equal(most, REVERSE_AT_ONCE_MAX);
  });

  it("are looked up by as many who listen to the signal, and no warning", async () => {
    const warnings: string[] = [];
    const hear = ({ name }: Error) => warnings.push(name);
    process.on("warning", hear);
    const lookUp = async (_: string, signal: AbortSignal) => {
      const stop = () => {};
      signal.addEventListener("abort", stop);
      await new Promise((resolve) => setImmediate(resolve));
      signal.removeEventListener("abort", stop);
      return [];
    };
    await lookUpReverse(addresses(500), lookUp, never, nothing);
    process.off("warning", hear);
    assert.deepEqual(warnings, []);
  });

  it("are not known where nobody says, and the first reason is told", async () => {
    const lookUp = async (address: string) => {
      if (address !== "10.0.0.9") throw new Error(`no answer about ${address}`);
      return ["nine.example"];
    };
    const found = await lookUpReverse(addresses(20), lookUp, never, nothing);
    assert.deepEqual([...found.names.keys()], ["10.0.0.9"]);
    assert.deepEqual([found.unknown, found.because], [19, "no answer about 10.0.0.0"]);
  });

  it("are given up where so many in a row fail", async () => {
    let asked = 0;
    const lookUp = async () => {
      asked += 1;
      throw new Error("no answer");
    };
    const found = await lookUpReverse(addresses(5_000), lookUp, never, nothing);
    assert.equal(found.unknown, 5_000);
    assert.ok(
      asked >= REVERSE_FAILURES_MAX && asked < REVERSE_FAILURES_MAX + REVERSE_AT_ONCE_MAX,
      `${asked}`,
    );
  });

  it("are a few of those of an address, and of so many addresses", async () => {
    const many = Array.from({ length: 50 }, (_, at) => `n${at}.example`);
    const one = await lookUpReverse(["10.0.0.1"], async () => many, never, nothing);
    assert.deepEqual(one.names.get("10.0.0.1"), many.slice(0, REVERSE_NAMES_MAX));
    const all = addresses(REVERSE_ADDRESSES_MAX + 3);
    const found = await lookUpReverse(all, async () => [], never, nothing);
    assert.deepEqual(
      [found.unknown, found.because],
      [3, `there are more than ${REVERSE_ADDRESSES_MAX} addresses`],
    );
  });

  it("are left when the signal aborts, with what is known by then", async () => {
    const stop = new AbortController();
    const lookUp = async (address: string, signal: AbortSignal) => {
      if (address !== "10.0.0.0") await new Promise((_, reject) => signal.addEventListener("abort", reject));
      return ["zero.example"];
    };
    const found = await lookUpReverse(addresses(1_000), lookUp, stop.signal, (done) => {
      if (done === 1) stop.abort();
    });
    assert.deepEqual([...found.names.keys()], ["10.0.0.0"]);
    assert.deepEqual([found.unknown, found.because], [999, "stopped before its end"]);
  });
});
