import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOpenFilesLimit } from "./descriptors.js";

test("the soft limit of open files is read, where there is one", () => {
  const table = (soft: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     \n` +
    `Max processes             95683                95683                processes \n` +
    `Max open files            ${soft.padEnd(21)}524288               files     \n`;
  assert.equal(parseOpenFilesLimit(table("1024")), 1024);
  assert.equal(parseOpenFilesLimit(table("unlimited")), undefined);
  assert.equal(parseOpenFilesLimit(""), undefined);
});
