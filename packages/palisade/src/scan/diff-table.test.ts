import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type {
  ComparedScan,
  HostChange,
  NotCompared,
  PortChange,
  RecordedService,
  ScanDifference,
} from "@palisade/scan";
import { renderDifference } from "./diff-table.js";

const SCAN: ComparedScan = {
  startedMs: Date.UTC(2026, 10, 20),
  finishedMs: Date.UTC(2026, 10, 20, 0, 1),
  techniques: ["syn"],
  isStopped: false,
  hostsAsked: 4,
};

const NOTHING: ScanDifference = {
  older: SCAN,
  newer: { ...SCAN, startedMs: Date.UTC(2026, 10, 21) },
  opened: [],
  closed: [],
  changed: [],
  services: [],
  appeared: [],
  gone: [],
  notCompared: [],
  stillOpen: 3,
};

const SSH: RecordedService = { name: "ssh", isProbed: true, product: "OpenSSH", version: "9.2p1" };

const changeOf = (
  port: number,
  before: string,
  after: string,
  fields: Partial<PortChange> = {},
): PortChange => ({
  address: "192.0.2.7",
  names: [],
  protocol: "tcp",
  port,
  before: { states: [before as "open"], reason: "reset" },
  after: { states: [after as "open"], reason: "syn-ack" },
  service: undefined,
  ...fields,
});

const hostOf = (address: string, fields: Partial<HostChange> = {}): HostChange => ({
  address,
  names: [],
  open: [],
  ...fields,
});

const lines = (difference: Partial<ScanDifference>, columns?: number): string[] => {
  const text = renderDifference({ ...NOTHING, ...difference }, columns);
  assert.ok(text.endsWith("\n") && !text.endsWith("\n\n"));
  return text.trimEnd().split("\n");
};

describe("the table of a difference", () => {
  it("says that there is none, and what was compared", () => {
    assert.deepEqual(lines({}), [
      "no difference",
      "3 ports open in both",
      "older: 2026-11-20T00:00:00.000Z, syn, 4 hosts",
      "newer: 2026-11-21T00:00:00.000Z, syn, 4 hosts",
    ]);
  });

  it("has what opened on top, then what changed, then what closed", () => {
    const table = lines({
      closed: [changeOf(23, "open", "closed")],
      changed: [changeOf(53, "filtered", "closed")],
      services: [
        {
          address: "192.0.2.7",
          names: [],
          protocol: "tcp",
          port: 22,
          before: SSH,
          after: { ...SSH, version: "9.6p1" },
        },
      ],
      opened: [changeOf(443, "closed", "open", { names: ["www.example.com"], service: SSH })],
    });
    assert.match(table[0]!, /^ +HOST +PORT +WAS +IS +SERVICE$/);
    assert.match(
      table[1]!,
      /^\+ +192\.0\.2\.7 \(www\.example\.com\) +443\/tcp +closed \(reset\) +open \(syn-ack\) +ssh OpenSSH 9\.2p1$/,
    );
    assert.match(
      table[2]!,
      /^~ +192\.0\.2\.7 +22\/tcp +open +open +ssh OpenSSH 9\.2p1 → ssh OpenSSH 9\.6p1$/,
    );
    assert.match(table[3]!, /^~ +192\.0\.2\.7 +53\/tcp +filtered \(reset\) +closed/);
    assert.match(table[4]!, /^- +192\.0\.2\.7 +23\/tcp +open/);
    assert.equal(table[6], "4 differences");
  });

  it("marks a service that only a table has for the port, and states of which it is one", () => {
    const service = { name: "https", isProbed: false, product: undefined, version: undefined };
    const before = { states: ["closed", "filtered"], reason: undefined } as const;
    const [, row] = lines({ opened: [changeOf(443, "closed", "open", { service, before })] });
    assert.match(row!, / closed or filtered +open \(syn-ack\) +https\?$/);
  });

  it("names hosts that came and went, with their open ports, while they are few", () => {
    const open = Array.from({ length: 10 }, (_, at) => ({
      protocol: "tcp" as const,
      port: at + 1,
      service: undefined,
    }));
    const table = lines({
      appeared: [hostOf("192.0.2.1", { open: open.slice(0, 2), names: ["a.example"] })],
      gone: Array.from({ length: 10 }, (_, at) => hostOf(`192.0.2.${at + 10}`, at === 0 ? { open } : {})),
    });
    assert.equal(table[0], "+ 192.0.2.1 (a.example) answers now; are open: 1/tcp, 2/tcp");
    assert.equal(
      table[1],
      "- 192.0.2.10 answers no more; were open: 1/tcp, 2/tcp, 3/tcp, 4/tcp, 5/tcp, 6/tcp, 7/tcp, 8/tcp and 2 more",
    );
    assert.equal(table[8], "- 192.0.2.17 answers no more");
    assert.equal(table[9], "- 2 more hosts answer no more");
    assert.equal(table[11], "11 differences");
  });

  it("says what could not be compared and why, by reason", () => {
    const left = (
      address: string,
      because: NotCompared["because"],
      seenBy: NotCompared["seenBy"],
    ): NotCompared => ({
      address,
      names: [],
      seenBy,
      because,
      open: [{ protocol: "tcp", port: 22, service: undefined }],
    });
    const table = lines({
      notCompared: [
        left("192.0.2.1", "host-not-asked", "newer"),
        left("192.0.2.2", "unfinished", "older"),
        left("192.0.2.3", "host-not-asked", "newer"),
      ],
    });
    assert.deepEqual(table.slice(0, 7), [
      "? seen by the newer scan; the older one did not ask the host:",
      "  192.0.2.1: 22/tcp",
      "  192.0.2.3: 22/tcp",
      "? seen by the older scan; the newer one was stopped, or failed, before it could tell:",
      "  192.0.2.2: 22/tcp",
      "",
      "no difference in what could be compared",
    ]);
  });

  it("says when a scan was stopped, and when the two came in the wrong order", () => {
    const table = lines({ older: { ...NOTHING.newer, isStopped: true }, newer: SCAN });
    assert.match(table[2]!, /^older: .*, stopped before its end$/);
    assert.equal(table[4], "the older scan was made after the newer: give them in the other order");
  });

  it("keeps a hostile name from commanding the terminal", () => {
    const hostile = "\x1b[31mred\nfile";
    const service = { name: hostile, isProbed: true, product: hostile, version: hostile };
    const text = renderDifference({
      ...NOTHING,
      older: { ...SCAN, techniques: [hostile] },
      opened: [
        changeOf(1, "closed", "open", {
          names: [hostile],
          service,
          before: { states: ["closed"], reason: hostile },
        }),
      ],
      gone: [hostOf("192.0.2.1", { names: [hostile] })],
      notCompared: [
        { address: "192.0.2.2", names: [hostile], seenBy: "older", because: "host-down", open: [] },
      ],
    });
    assert.equal(text.includes("\x1b"), false);
    assert.equal(text.includes("red\nfile"), false);
  });

  it("keeps lines within the width", () => {
    const names = ["a-long-name.example.com", "another-long-name.example.com"];
    const table = lines(
      {
        opened: [changeOf(443, "closed", "open", { names, service: SSH })],
        gone: [hostOf("2001:db8::1", { names })],
        notCompared: [{ address: "2001:db8::2", names, seenBy: "older", because: "host-unknown", open: [] }],
      },
      72,
    );
    for (const line of table) assert.ok(line.length <= 72, line);
  });
});
