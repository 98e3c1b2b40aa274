import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Anomaly } from "@palisade/inspect";
import type { Conversation } from "./conversation-table.js";
import type { FindingTally, Summary } from "./summary.js";
import { type CaptureTotals, renderSummary } from "./summary-table.js";

const START_US = 1_700_000_000_000_000;
const totals: CaptureTotals = {
  packets: 95,
  bytes: 29_800,
  flows: 11,
  firstUs: START_US,
  lastUs: START_US + 48_000_000,
};

function summaryOf(summary: Partial<Summary> = {}): Summary {
  return {
    flows: 11,
    protocols: new Map(),
    applications: new Map(),
    conversations: [],
    conversationCount: 0,
    otherConversations: { flows: 0, packets: 0, bytes: 0 },
    findings: new Map(),
    explained: undefined,
    ...summary,
  };
}

function conversation(some: Partial<Conversation>): Conversation {
  return {
    src: "192.0.2.23",
    dst: "198.51.100.10",
    protocol: "tls",
    application: "",
    flows: 1,
    packets: 31,
    bytes: 16_900,
    port: 443,
    detail: "",
    ...some,
  };
}

function finding(name: string, some: Partial<FindingTally>): [string, FindingTally] {
  return [
    name,
    { severity: "low", title: `About ${name}`, flows: 1, packet: 1, example: "a → b:1", ...some },
  ];
}

const anomaly: Anomaly = {
  kind: { name: "link.truncated", severity: "low", title: "Malformed link: truncated" },
  packet: 7,
  count: 6,
};

function rendered(
  summary: Summary,
  {
    totals: some = {},
    anomalies = [] as readonly Anomaly[],
    top = 20,
    filtered = false,
    width = undefined as number | undefined,
  } = {},
): string {
  return renderSummary(summary, { ...totals, ...some }, anomalies, { top, filtered, width });
}

describe("a table of a capture", () => {
  it("says what there was", () => {
    assert.equal(
      rendered(summaryOf()),
      "95 packets, 29.1 KiB, 11 flows, 48 s from 2023-11-14T22:13:20.000Z\n\nNothing looks wrong.\n",
    );
    const one = rendered(summaryOf({ flows: 1 }), { totals: { packets: 1, lastUs: START_US } });
    assert.match(one, /^1 packet, 29\.1 KiB, 1 flow, 0 s from /);
  });

  it("does not call well what was not looked at", () => {
    const none = { packets: 0, bytes: 0, flows: 0, firstUs: 0, lastUs: 0 };
    assert.equal(rendered(summaryOf({ flows: 0 }), { totals: none }), "No packets.\n");
    const unmatched = rendered(summaryOf({ flows: 0 }), { filtered: true });
    assert.match(
      unmatched,
      /^95 packets read, 29\.1 KiB; 0 of 11 flows match; 48 s from .*\n\nNo flow matches the filter\.\n$/,
    );
    const anomalous = rendered(summaryOf({ flows: 0 }), { filtered: true, anomalies: [anomaly] });
    assert.match(anomalous, /\nNo flow matches the filter\.\n\nSEVERITY /);
  });

  it("says how many flows a filter let through", () => {
    for (const [flows, of, text] of [
      [1, 11, "1 of 11 flows matches"],
      [2, 11, "2 of 11 flows match"],
      [1, 1, "1 of 1 flow matches"],
    ] as const)
      assert.ok(
        rendered(summaryOf({ flows }), { filtered: true, totals: { flows: of } }).includes(`; ${text}; `),
        text,
      );
  });

  it("lists conversations with what they are", () => {
    const text = rendered(
      summaryOf({
        conversations: [
          conversation({ detail: "www.example.com" }),
          conversation({ dst: "2001:db8::10", port: 80, protocol: "http?", detail: "a\x1b[2Jb" }),
          conversation({ dst: "2001:db8::10", port: 0, protocol: "unknown" }),
        ],
        conversationCount: 4,
        otherConversations: { flows: 1, packets: 2, bytes: 3 },
      }),
    );
    assert.match(text, /\n192\.0\.2\.23 +198\.51\.100\.10:443 +tls +1 +31 +16\.5 KiB {2}www\.example\.com\n/);
    assert.match(text, /\n192\.0\.2\.23 +\[2001:db8::10\]:80 +http\? .* a\\x1b\[2Jb\n/);
    assert.match(text, /\n192\.0\.2\.23 +2001:db8::10 +unknown /);
    assert.match(text, /\n… and 1 more conversation \(/);
    assert.match(text, /\n… and 1 flow \(3 B\) of small conversations/);
  });

  it("explains a question mark where one is shown", () => {
    const note = /\n\? after a protocol: guessed from the port alone\n/;
    const tally = { flows: 1, packets: 1, bytes: 60 };
    assert.match(rendered(summaryOf({ protocols: new Map([["mysql?", tally]]) })), note);
    assert.doesNotMatch(rendered(summaryOf({ protocols: new Map([["mysql", tally]]) })), note);
  });

  it("lists findings, worst and earliest first", () => {
    const text = rendered(
      summaryOf({
        findings: new Map([
          finding("a.late", { packet: 9, flows: 150 }),
          finding("b.early", { packet: 2 }),
          finding("c.bad", { packet: 30, severity: "high", example: "192.0.2.23 → [2001:db8::1]:80" }),
        ]),
      }),
      { anomalies: [anomaly] },
    );
    assert.equal(
      text.slice(text.indexOf("SEVERITY")),
      [
        "SEVERITY  FINDING             COUNT  PACKET  BETWEEN                        MEANING",
        "high      c.bad              1 flow      30  192.0.2.23 → [2001:db8::1]:80  About c.bad",
        "low       b.early            1 flow       2  a → b:1                        About b.early",
        "low       link.truncated   6 frames       7                                 Malformed link: truncated",
        "low       a.late          150 flows       9  a → b:1                        About a.late",
        "",
      ].join("\n"),
    );
    assert.doesNotMatch(text, /Nothing/);
  });

  it("fits a terminal", () => {
    const long = conversation({
      src: "2001:db8:1111:2222:3333:4444:5555:6666",
      dst: "2001:db8:1111:2222:3333:4444:5555:7777",
      application: "google-analytics",
      detail: "www.".repeat(15),
    });
    const summary = summaryOf({
      flows: 9_999_999,
      conversations: [long, conversation({ application: "shop" })],
      conversationCount: 99_999,
      otherConversations: { flows: 99_999, packets: 2, bytes: 99_999 },
      protocols: new Map([["ethernet-industrial?", { flows: 1, packets: 1, bytes: 60 }]]),
      findings: new Map([
        finding("http.basic-credentials-and-more", {
          example: `${long.src} → [${long.dst}]:50000`,
          title:
            "A user name and password are sent in clear with HTTP Basic authentication, which all can read",
          flows: 12_345,
          packet: 123_456_789,
        }),
      ]),
    });
    for (let width = 72; width < 260; width += 1) {
      const text = rendered(summary, { filtered: true, anomalies: [anomaly], width });
      for (const line of text.split("\n")) assert.ok(line.length <= width, `${width}: ${line}`);
      assert.ok(text.replace(/\s+/g, " ").includes("authentication, which all can read"), String(width));
    }
  });
});
