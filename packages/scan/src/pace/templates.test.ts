import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import { timingTemplateOf, timingTemplates } from "./templates.js";

describe("timing templates", () => {
  it("have nmap's values", () => {
    const ms = (us: number | undefined) => (us === undefined ? undefined : us / 1000);
    assert.deepEqual(
      timingTemplates.map((template) => [
        template.level,
        template.probesOutMax,
        ms(template.scanDelayUs),
        ms(template.timeoutInitialUs),
        ms(template.timeoutMinUs),
        ms(template.timeoutMaxUs),
        ms(template.tcpDelayMaxUs),
        ms(template.udpDelayMaxUs),
        template.retriesMax,
        template.congestionIncrement,
        ms(template.hostTimeoutUs),
      ]),
      [
        [0, 1, 300_000, 300_000, 100, 300_000, 300_000, 300_000, 10, 1, undefined],
        [1, 1, 15_000, 15_000, 100, 15_000, 15_000, 15_000, 10, 1, undefined],
        [2, 1, 400, 1_000, 100, 10_000, 1_000, 1_000, 10, 1, undefined],
        [3, undefined, 0, 1_000, 100, 10_000, 1_000, 1_000, 10, 1, undefined],
        [4, undefined, 0, 500, 100, 1_250, 10, 1_000, 6, 2, undefined],
        [5, undefined, 0, 250, 50, 300, 5, 1_000, 2, 2, 900_000],
      ],
    );
  });

  it("keep their bounds in order", () => {
    for (const template of timingTemplates) {
      assert.ok(template.timeoutMinUs <= template.timeoutInitialUs);
      assert.ok(template.timeoutInitialUs <= template.timeoutMaxUs);
      for (const mostUs of [template.tcpDelayMaxUs, template.udpDelayMaxUs, template.sctpDelayMaxUs]) {
        assert.ok(template.scanDelayUs <= mostUs);
      }
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
