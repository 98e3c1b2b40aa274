/** Holds docs/http.md against the code: each violation stands there, with what happens. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { looser, stricterRequests, stricterResponses } from "./differential.build.js";
import { httpViolations } from "./violations.js";

const lines = readFileSync(new URL("../../../docs/http.md", import.meta.url), "utf8").split("\n");

describe("docs/http.md", () => {
  it("says what happens for each violation", () => {
    const wrong = httpViolations.filter((violation) => {
      const row = lines.find((line) => line.startsWith("| ") && line.includes(`| \`${violation.name}\` |`));
      const cells = row?.split(" | ").slice(2) ?? [];
      if (cells.length === 0) return true;
      const responsesOnly = cells[0]!.trim() === "" || row!.includes("` |  |") || row!.includes("` | |");
      if (responsesOnly) return !row!.includes(violation.response === "refuse" ? "refused" : "noted");
      if (violation.request === "note") return cells[0] !== "noted";
      return (
        !cells[0]!.startsWith(String(violation.status)) ||
        cells[0]!.includes("may be noted") !== violation.relaxable
      );
    });
    assert.deepEqual(
      wrong.map(({ name }) => name),
      [],
    );
  });

  it("lists each difference from Node's own parser, with its reason, and no other", () => {
    const section = (title: string) => {
      const from = lines.indexOf(`### ${title}`);
      assert.ok(from > 0, title);
      const end = lines.findIndex((line, at) => at > from && line.startsWith("#"));
      const rows = lines.slice(from, end).filter((line) => line.startsWith("| `"));
      return Object.fromEntries(
        rows.map((row) => [row.split("`")[1], row.split(" | ")[1]!.replace(/ \|$/, "")]),
      );
    };
    assert.deepEqual(section("Requests that are refused here and read by Node"), stricterRequests);
    assert.deepEqual(section("Responses that are refused here and read by Node"), stricterResponses);
    assert.deepEqual(
      section("Messages that are read here and refused by Node"),
      Object.fromEntries(Object.entries(looser).map(([code, [, reason]]) => [code, reason])),
    );
  });

  it("names no violation that there is not", () => {
    const names = lines
      .filter((line) => line.startsWith("| "))
      .flatMap((line) => [...line.matchAll(/\| `(http\.[\w.-]+)` \|/g)].map(([, name]) => name!));
    assert.ok(names.length > 0);
    const known = new Set(httpViolations.map(({ name }) => name));
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
    );
  });
});
