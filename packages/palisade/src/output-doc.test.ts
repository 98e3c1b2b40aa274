/** Holds docs/output.md against the code: every field of the output and of filters stands there, and its examples run. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { compileFlowFilter, type FlowRecord, flowFilterFields, statisticsTree } from "@palisade/inspect";
import { COMMAND, palisade, run } from "./command.build.js";
import { flowJson } from "./inspect/flow-json.js";
import { statisticsJson } from "./inspect/statistics-json.js";

const text = readFileSync(new URL("../../../docs/output.md", import.meta.url), "utf8");

/** A flow of which everything is known. */
const flow: FlowRecord = {
  shard: 0,
  firstPacket: 17,
  firstUs: 1_700_000_000_123_456,
  lastUs: 1_700_000_002_500_001,
  proto: 6,
  ipVersion: 4,
  src: "192.0.2.1",
  sport: 49_152,
  dst: "198.51.100.2",
  dport: 443,
  vlan: 5,
  path: "eth.vlan.ip.tcp.tls",
  appProto: "tls",
  app: "example-app",
  category: "web",
  confidence: "dpi",
  originator: { packets: 10, bytes: 2_000, payloadBytes: 1_000 },
  responder: { packets: 20, bytes: 30_000, payloadBytes: 29_000 },
  connState: "SF",
  history: "ShADadFf",
  communityId: "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
  tcp: {
    originatorFlags: "SFPA",
    responderFlags: "SPA",
    retransmissions: [1, 2],
    outOfOrder: [3, 4],
    missedBytes: [500, 600],
    rttUs: 24_321,
  },
  fragments: 2,
  end: "closed",
  attributes: { "tls.sni": "www.example.com", "tls.resumed": true },
  findings: [{ kind: "tls.obsolete", severity: "medium", title: "Obsolete", packet: 18, count: 1 }],
  steps: [],
};
type Json = Readonly<Record<string, unknown>>;
interface RecordJson extends Json {
  readonly tcp: Json;
}
const record = JSON.parse(flowJson(flow, "capture.pcap")) as RecordJson;
const { tcp } = record;
const fields = Object.keys(record).filter((name) => !name.includes("."));

function section(title: string): string {
  const found = text.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  assert.ok(found !== undefined, title);
  return found;
}

/** What stands in backquotes in the first column of the table whose first column has this title. */
function rows(part: string, title: string): string[] {
  const lines = part.split("\n");
  const start = lines.findIndex(
    (line, at) => line.startsWith(`| ${title} `) && lines[at + 1]!.startsWith("| --"),
  );
  assert.ok(start >= 0, title);
  const length = lines.slice(start).findIndex((line) => !line.startsWith("|"));
  return lines
    .slice(start + 2, start + length)
    .flatMap((line) => [...line.split(" |")[0]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

/** The words of the commands in blocks for a shell. */
function commands(): string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.trimEnd().split("\n"));
}

describe("docs/output.md", () => {
  it("has every field of a record, and no other", () => {
    const records = section("Flow records");
    assert.deepEqual(rows(records, "Field"), fields);
    assert.deepEqual(rows(records, "Field of `tcp`"), Object.keys(tcp));
    assert.deepEqual(rows(records, "Field of `findings`"), Object.keys(flow.findings[0]!));
  });

  it("has all that a field with few values can be", () => {
    const records = section("Flow records");
    for (const name of ["confidence", "end", "conn_state"]) {
      const { values } = flowFilterFields.find((field) => field.name === name)!;
      assert.deepEqual(rows(records, `\`${name}\``).sort(), [...values!].sort());
    }
  });

  it("has every field of filters", () => {
    const filters = section("Filters");
    const missing = flowFilterFields.filter(({ name }) => !filters.includes(`\`${name}\``));
    assert.deepEqual(missing, []);
  });

  it("has every field of statistics, and no other", () => {
    const tree = statisticsTree([{ path: "eth", counters: new Array<number>(14).fill(1) }]);
    const [node] = JSON.parse(statisticsJson(tree, undefined)) as Json[];
    assert.deepEqual(rows(section("Statistics"), "Field"), Object.keys(node!));
  });

  it("shows a record as it is written", () => {
    const shown = JSON.parse(/^```json\n([\s\S]*?)^```/m.exec(text)![1]!);
    const ran = palisade(["inspect", "--example", "-f", "jsonl", "--filter", "app_proto == http"]);
    assert.deepEqual(shown, JSON.parse(ran.stdout));
  });

  const jq = run("jq", ["--version"]).status === 0;
  for (const command of commands()) {
    it(`has a command that runs: ${command}`, {
      skip: command.includes("| jq") && !jq ? "jq is not here" : false,
    }, () => {
      const [program, ...rest] = command.split(" ");
      assert.equal(program, "palisade");
      const ran = run("bash", [
        "-o",
        "pipefail",
        "-c",
        `"$0" "$1" ${rest.join(" ")}`,
        process.execPath,
        COMMAND,
      ]);
      assert.deepEqual([ran.status, ran.stderr], [0, ""]);
      assert.notEqual(ran.stdout, "");
    });
  }

  it("has commands", () => {
    assert.ok(commands().length > 10);
  });
});

describe("a record as JSON", () => {
  it("has no number, text or flag that filters do not know by its name", () => {
    const scalars = [
      ...Object.entries(record).filter(([name, value]) => typeof value !== "object" && name !== "capture"),
      ...Object.entries(tcp),
      ...Object.entries(tcp).map(([name, value]) => [`tcp.${name}`, value] as const),
    ];
    assert.ok(scalars.length > 40);
    for (const [name, value] of scalars) {
      const filter = `${name} == ${typeof value === "string" ? JSON.stringify(value) : value}`;
      assert.equal(compileFlowFilter(filter)(flow), true, filter);
      assert.equal(compileFlowFilter(filter.replace("==", "!="))(flow), false, filter);
    }
  });
});
