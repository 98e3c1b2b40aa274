import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Anomalies, mergeAnomalies } from "./anomalies.js";
import type { FindingKind } from "./finding-kind.js";

const kind = (name: string): FindingKind => ({ name, severity: "low", title: name });
const a = kind("a.one");
const b = kind("b.two");

describe("anomalies", () => {
  it("are counted by kind, from the packet where each was first seen", () => {
    const anomalies = new Anomalies();
    anomalies.report(a, 3);
    anomalies.report(b, 4);
    anomalies.report(a, 9);
    anomalies.report(kind("a.one"), 10);
    assert.deepEqual(anomalies.all, [
      { kind: a, packet: 3, count: 3 },
      { kind: b, packet: 4, count: 1 },
    ]);
  });

  it("are kept of so many kinds at most", () => {
    const anomalies = new Anomalies();
    for (let number = 0; number < 10_000; number += 1) anomalies.report(kind(`kind.${number}`), number);
    assert.equal(anomalies.all.length, 256);
    anomalies.report(kind("kind.0"), 20_000);
    assert.equal(anomalies.all[0]!.count, 2);
  });

  it("of several engines are one list, by packet, that leaves its parts as they were", () => {
    const lists = [
      [{ kind: a, packet: 9, count: 2 }],
      [
        { kind: b, packet: 4, count: 1 },
        { kind: a, packet: 3, count: 5 },
      ],
      [],
    ];
    const before = structuredClone(lists);
    assert.deepEqual(mergeAnomalies(lists), [
      { kind: a, packet: 3, count: 7 },
      { kind: b, packet: 4, count: 1 },
    ]);
    assert.deepEqual(lists, before);
    assert.deepEqual(mergeAnomalies([]), []);
  });
});
