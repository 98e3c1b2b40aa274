import assert from "node:assert/strict";
import { afterEach, describe, it, mock } from "node:test";
import type { ScanProgress as Progress } from "@palisade/scan";
import { ScanProgress } from "./scan-progress.js";

const AT: Progress = { part: "ipv4 syn", pass: 0, asked: 250, size: 1_000, answered: 12, probes: 250 };

/** A progress line on a standard error that is a terminal or not, with a clock and what was written. */
function shown(isTerminal: boolean, enabled = true) {
  const written: string[] = [];
  const clock = { ms: 10_000 };
  const before = Object.getOwnPropertyDescriptor(process.stderr, "isTTY");
  Object.defineProperty(process.stderr, "isTTY", { value: isTerminal, configurable: true });
  mock.method(performance, "now", () => clock.ms);
  const progress = new ScanProgress(enabled);
  if (before === undefined) Reflect.deleteProperty(process.stderr, "isTTY");
  else Object.defineProperty(process.stderr, "isTTY", before);
  mock.method(process.stderr, "write", (text: string) => {
    written.push(text);
    return true;
  });
  return { progress, written, clock };
}

afterEach(() => mock.restoreAll());

describe("the progress of a scan", () => {
  it("is not drawn where nobody looks, or it is not wanted", () => {
    for (const { progress, written, clock } of [shown(false), shown(true, false)]) {
      clock.ms += 5_000;
      progress.show(AT);
      progress.close();
      assert.deepEqual(written, []);
      mock.restoreAll();
    }
  });

  it("is not drawn for a scan that is soon over", () => {
    const { progress, written, clock } = shown(true);
    clock.ms += 399;
    progress.show(AT);
    progress.close();
    assert.deepEqual(written, []);
  });

  it("shows share, rate, answers and the time left", () => {
    const { progress, written, clock } = shown(true);
    clock.ms += 1_000;
    progress.show(AT);
    assert.equal(written.length, 1);
    const line = written[0]!;
    assert.ok(line.startsWith("\r\x1b[K"));
    assert.match(
      line,
      /█{6}░{18} {2}25 % {2}ipv4 syn {2}250 probes {2}250\/s {2}12 answered {2}3(\.0)? s left/,
    );
  });

  it("is no wider than the terminal, and keeps the time left whole", () => {
    const before = Object.getOwnPropertyDescriptor(process.stderr, "columns");
    try {
      for (const [columns, wanted] of [
        [100, /^█{6}░{18} {2}25 % {2}.* {2}250\/s {2}.* left {2}Ctrl-C ends$/],
        [86, /^█{6}░{18} {2}25 % {2}.* {2}250\/s {2}.* left$/],
        [80, /^█{6}░{18} {2}25 % {2}ipv4 syn {2}250 probes {2}12 answered {2}3(\.0)? s left$/],
        [68, /^█{6}░{18} {2}25 % {2}ipv4 syn {2}12 answered {2}3(\.0)? s left$/],
        [40, /^ipv4 syn {2}12 answered {2}3(\.0)? s left$/],
        [20, /^ipv4 syn {2}12 answ.*…$/],
      ] as const) {
        Object.defineProperty(process.stderr, "columns", { value: columns, configurable: true });
        const { progress, written, clock } = shown(true);
        clock.ms += 1_000;
        progress.show(AT);
        const line = written[0]!.replace("\r\x1b[K", "");
        assert.ok(line.length < columns, `${columns}: ${line}`);
        assert.match(line, wanted);
        mock.restoreAll();
      }
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.stderr, "columns");
      else Object.defineProperty(process.stderr, "columns", before);
    }
  });

  it("shows how long hosts take that limit their ICMP errors, and tells once where that is long", () => {
    const { progress, written, clock } = shown(true);
    const limited = (hosts: number, pairs: number, secondsLeft: number): Progress => ({
      ...AT,
      part: "ipv4 udp",
      pass: 2,
      limited: { hosts, pairs, secondsLeft },
    });
    progress.show(limited(2, 18, 9));
    assert.equal(written.join("").includes("palisade:"), false, "nine seconds are not long");
    clock.ms += 1_000;
    progress.show(limited(2, 180, 90));
    const [told] = written.filter((text) => text.startsWith("palisade: "));
    assert.match(told!, /^palisade: 2 hosts say only so often .* 180 ports .* up to 1 min 30 s; .*\n$/);
    assert.match(written.at(-1)!, / 1 min 30 s left/);
    progress.show(limited(1, 600, 600));
    assert.equal(written.filter((text) => text.startsWith("palisade: ")).length, 1);
    mock.restoreAll();
    const other = shown(false);
    other.progress.show(limited(1, 600, 600));
    assert.match(other.written[0]!, /^palisade: 1 host says only so often /);
    other.progress.show(limited(1, 1, 1));
    other.progress.tellStatus();
    assert.match(other.written[1]!, / 1(\.0)? s left\n$/);
  });

  it("is drawn at most ten times a second, over itself, and taken away once", () => {
    const { progress, written, clock } = shown(true);
    for (let turn = 0; turn < 1_000; turn += 1) {
      clock.ms += 1;
      progress.show(AT);
    }
    assert.ok(written.length >= 6 && written.length <= 7, `${written.length}`);
    assert.ok(written.every((text) => text.startsWith("\r\x1b[K") && !text.includes("\n")));
    progress.close();
    progress.close();
    assert.deepEqual(
      written.slice(-2).map((text) => text === "\r\x1b[K"),
      [false, true],
    );
  });

  it("counts a later pass from its own start", () => {
    const { progress, written, clock } = shown(true);
    clock.ms += 10_000;
    progress.show({ ...AT, asked: 1_000, probes: 1_000 });
    clock.ms += 1_000;
    progress.show({ ...AT, pass: 1, asked: 0, probes: 1_000 });
    assert.match(written.at(-1)!, /ipv4 syn, pass 2 {2}.* {2}\? left/);
    clock.ms += 150;
    progress.show({ ...AT, pass: 1, asked: 400, probes: 1_400 });
    assert.match(written.at(-1)!, /40 % .* {2}\? left/);
    clock.ms += 850;
    progress.show({ ...AT, pass: 1, asked: 500, probes: 1_500 });
    assert.match(written.at(-1)!, /50 % .* pass 2 {2}.* {2}1(\.0)? s left/);
  });

  it("counts another part of the scan from its own start", () => {
    const { progress, written, clock } = shown(true);
    clock.ms += 10_000;
    progress.show({ ...AT, asked: 1_000 });
    progress.show({ ...AT, part: "ipv4 udp", asked: 0 });
    clock.ms += 1_000;
    progress.show({ ...AT, part: "ipv4 udp", asked: 500 });
    assert.match(written.at(-1)!, /50 % {2}ipv4 udp .* 1(\.0)? s left/);
  });

  it("tells on request how far it is, in a line that stays", () => {
    const { progress, written, clock } = shown(false);
    progress.tellStatus();
    clock.ms += 1_000;
    progress.show(AT);
    progress.tellStatus();
    assert.equal(written[0], "palisade: nothing is asked yet\n");
    assert.match(written[1]!, /^palisade: 25 % {2}ipv4 syn .* left\n$/);
  });

  it("has a full bar for nothing to ask", () => {
    const { progress, written, clock } = shown(true);
    clock.ms += 1_000;
    progress.show({ ...AT, asked: 0, size: 0, answered: 0, probes: 0 });
    assert.match(written[0]!, /█{24} 100 %/);
    assert.doesNotMatch(written[0]!, /NaN|Infinity/);
  });
});
