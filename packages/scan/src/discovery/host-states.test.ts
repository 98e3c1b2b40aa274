import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { verdict } from "../techniques/verdicts.js";
import { HostStates } from "./host-states.js";

const ECHOED = verdict("open", "echo-reply");
const RESET = verdict("open", "reset");
const UNREACHABLE = verdict("filtered", "host-unreach");

describe("HostStates", () => {
  it("knows nothing of a host that nobody told of", () => {
    const states = new HostStates(3);
    assert.equal(states.isUp(1), false);
    assert.equal(states.reasonOf(1), "no-response");
    assert.equal(states.ttlOf(1), 0);
    assert.equal(states.roundTripUsOf(1), undefined);
  });

  it("keeps the first reply that shows a host to be up", () => {
    const states = new HostStates(3);
    assert.equal(states.told(1, ECHOED, 57, 1_234.4), true);
    assert.equal(states.told(1, RESET, 255, 9), true);
    assert.deepEqual(
      [states.isUp(1), states.reasonOf(1), states.ttlOf(1), states.roundTripUsOf(1), states.up.answered],
      [true, "echo-reply", 57, 1_234, 1],
    );
  });

  it("takes an error for no answer, and forgets it for one", () => {
    const states = new HostStates(3);
    assert.equal(states.told(2, UNREACHABLE, 64, 50), false);
    assert.deepEqual(
      [states.isUp(2), states.reasonOf(2), states.ttlOf(2), states.up.answered],
      [false, "host-unreach", 0, 0],
    );
    states.told(2, RESET, 64, 0);
    assert.deepEqual([states.isUp(2), states.reasonOf(2), states.roundTripUsOf(2)], [true, "reset", 0]);
    states.told(2, UNREACHABLE, 64, 50);
    assert.equal(states.reasonOf(2), "reset");
  });

  it("says of a round trip that is not known that it is not", () => {
    const states = new HostStates(1);
    states.told(0, RESET, 255, -1);
    assert.equal(states.ttlOf(0), 255);
    assert.equal(states.roundTripUsOf(0), undefined);
  });

  it("remembers the replies of the first hosts alone, and the reasons of all", () => {
    const size = 70_000;
    const states = new HostStates(size);
    for (let host = 0; host < size; host += 1) states.told(host, RESET, 64, 10);
    assert.equal(states.up.answered, size);
    assert.equal(states.ttlOf(65_535), 64);
    assert.equal(states.ttlOf(65_536), 0);
    assert.equal(states.reasonOf(size - 1), "reset");
  });
});
