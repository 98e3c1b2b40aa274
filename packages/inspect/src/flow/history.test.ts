import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { FlowKey } from "./flow-key.js";
import { FlowTable, HISTORY_OCTETS } from "./flow-table.js";
import { historyText, ONCE_ACK, ONCE_SYN, remember, rememberByTens, rememberOnce } from "./history.js";

const letter = (text: string): number => text.charCodeAt(0);

function keyOf(number: number): FlowKey {
  const key = new FlowKey(0, true);
  key.ports = number;
  key.hash = number;
  return key;
}

describe("a flow's history", () => {
  let table: FlowTable;
  let flow: number;

  beforeEach(() => {
    table = new FlowTable(4);
    flow = table.insert(keyOf(1));
  });

  it("is empty at first", () => {
    assert.equal(historyText(table, flow), "");
  });

  it("has the originator in upper case and the responder in lower case", () => {
    remember(table, flow, letter("S"), 0);
    remember(table, flow, letter("H"), 1);
    assert.equal(historyText(table, flow), "Sh");
  });

  it("takes some letters once a direction", () => {
    assert.equal(rememberOnce(table, flow, letter("A"), 0, ONCE_ACK), true);
    assert.equal(rememberOnce(table, flow, letter("A"), 0, ONCE_ACK), false);
    assert.equal(rememberOnce(table, flow, letter("S"), 0, ONCE_SYN), true);
    assert.equal(rememberOnce(table, flow, letter("A"), 1, ONCE_ACK), true);
    assert.equal(historyText(table, flow), "ASa");
  });

  it("takes others at the first, tenth, hundredth … time", () => {
    for (let count = 1; count <= 1_500; count += 1) rememberByTens(table, flow, letter("T"), 0, count);
    assert.equal(historyText(table, flow), "TTTT");
  });

  it(`keeps ${HISTORY_OCTETS} letters, and touches no other flow's`, () => {
    const other = table.insert(keyOf(2));
    remember(table, other, letter("D"), 1);
    for (let count = 0; count < 300; count += 1) remember(table, flow, letter("W"), 0);
    assert.equal(historyText(table, flow), "W".repeat(HISTORY_OCTETS));
    assert.equal(historyText(table, other), "d");
    assert.equal(rememberOnce(table, flow, letter("A"), 0, ONCE_ACK), true);
  });

  it("starts anew with another flow in the same place", () => {
    remember(table, flow, letter("S"), 0);
    table.remove(flow);
    assert.equal(historyText(table, table.insert(keyOf(3))), "");
  });
});
