import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import { timingTemplateOf, timingTemplates } from "./templates.js";

describe("timing templates", () => {
  it("have nmap's values", () => {
    assert.deepEqual(
      timingTemplates.map((template) => [
        template.level,
        template.scanDelayUs / 1_000,
        template.timeoutInitialUs / 1_000,
        template.timeoutMinUs / 1_000,
        template.timeoutMaxUs / 1_000,
        template.retriesMax,
      ]),
      [
        [0, 300_000, 300_000, 100, 300_000, 10],
        [1, 15_000, 15_000, 100, 15_000, 10],
        [2, 400, 1_000, 100, 10_000, 10],
        [3, 0, 1_000, 100, 10_000, 10],
        [4, 0, 500, 100, 1_250, 6],
        [5, 0, 250, 50, 300, 2],
      ],
    );
  });

  it("keep their bounds in order", () => {
    for (const template of timingTemplates) {
      assert.ok(template.timeoutMinUs <= template.timeoutInitialUs);
      assert.ok(template.timeoutInitialUs <= template.timeoutMaxUs);
    }
  });

  it("are found by number, letter and number, and name", () => {
    for (const template of timingTemplates) {
      for (const text of [
        String(template.level),
        `T${template.level}`,
        `t${template.level}`,
        template.name,
      ]) {
        assert.equal(timingTemplateOf(text), template);
      }
    }
    assert.equal(timingTemplateOf("Aggressive").level, 4);
    for (const text of ["6", "", "T", "Tnormal", "44"]) {
      assert.throws(
        () => timingTemplateOf(text),
        (error) => error instanceof PalisadeError && error.code === "SCAN_TIMING_UNKNOWN",
        text,
      );
    }
  });
});
