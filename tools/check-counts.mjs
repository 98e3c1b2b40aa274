/**
 * Shows that counting is exact: every frame of every capture of a labelled corpus is counted once.
 *
 *   npm run check:counts -- CORPUS [--command FILE]
 *   npm run check:counts -- CORPUS --reasons [--results DIR] [--scorer FILE]
 *
 * CORPUS holds pcap/ and labels/. For each capture the command runs twice, for flow records and for statistics, and three
 * counts must agree: the capture's own, read here from the file; the statistics'; and the sum of the flow records, with
 * the frames that belong to no flow. Where `capinfos` is installed the reading here is checked against it. Then packets
 * and bytes of each flow must equal the labels'; each difference must be explained in docs/accuracy.md.
 *
 * --command FILE  another build of the command than this workspace's
 * --reasons       instead: every protocol that the last `npm run score:inspect` found less than always must have its
 *                 reason in docs/accuracy.md
 * --results DIR   NAME.jsonl of each capture, where not those of the last `npm run score:inspect`
 * --scorer FILE   default: tools/dpi-score.mjs two folders above CORPUS
 *
 * Exit status: 0 all agree or are explained, 1 not, 2 bad usage.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const explanations = join(root, "docs", "accuracy.md");

const { values, positionals } = parseArgs({
  options: {
    command: { type: "string" },
    reasons: { type: "boolean" },
    results: { type: "string" },
    scorer: { type: "string" },
  },
  allowPositionals: true,
});
if (
  positionals.length !== 1 ||
  !existsSync(join(positionals[0], "pcap")) ||
  (values.scorer !== undefined && !(values.reasons === true && existsSync(values.scorer)))
) {
  process.stderr.write(
    "usage: npm run check:counts -- CORPUS [--command FILE | --reasons [--results DIR] [--scorer FILE]]; CORPUS holds pcap/ and labels/\n",
  );
  process.exit(2);
}
const corpus = resolve(positionals[0]);
process.exitCode = values.reasons === true ? checkReasons() : await checkCounts();

// Counting -------------------------------------------------------------------------------------------------------

async function checkCounts() {
  const command = values.command ?? join(root, "packages/palisade/bin/palisade.js");
  const results = join(root, "results", "counts");
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const names = readdirSync(join(corpus, "pcap")).sort();
  const peer = capinfosOf(names);
  const problems = [];
  const differences = [];
  const sums = { packets: 0, bytes: 0, noFlowPackets: 0, noFlowBytes: 0, flows: 0, labels: 0, same: 0 };
  const queue = [...names];
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        const flowsFile = join(results, `${name}.jsonl`);
        const capture = join(corpus, "pcap", name);
        const statisticsText = await run(command, ["inspect", capture, "--stats", "--format", "json"], name);
        await run(command, ["inspect", capture, "--format", "jsonl", "-o", flowsFile], name);
        const flows = joinedFlows(linesOf(flowsFile));
        checkTotals(name, flows, statisticsText, peer.get(name), problems, sums);
        differences.push(...differencesOf(name, flows, sums));
      }
    }),
  );
  const { explained, stale } = explain(differences);
  const open = differences.filter((difference) => !explained.has(difference));
  process.stdout.write(
    `${names.length} captures, ${sums.packets} packets, ${sums.bytes} captured octets${peer.size > 0 ? " (capinfos agrees where nothing is said below)" : ""}\n` +
      `  of flows     ${sums.packets - sums.noFlowPackets} packets, ${sums.bytes - sums.noFlowBytes} octets, ${sums.flows} flows\n` +
      `  of no flow   ${sums.noFlowPackets} packets, ${sums.noFlowBytes} octets\n` +
      `  counted more or less than once: ${problems.length} captures or files\n` +
      `${sums.labels} labelled flows: ${sums.same} with the label's packets and octets\n` +
      `${differences.length} flows differ from the labels, ${differences.length - open.length} of them explained in docs/accuracy.md\n`,
  );
  for (const problem of problems) process.stdout.write(`  ${problem}\n`);
  table(open.sort((a, b) => (a.capture < b.capture ? -1 : a.capture > b.capture ? 1 : 0)));
  for (const row of stale) {
    process.stdout.write(`  explained, but no such difference: ${row.capture} ${row.flow}\n`);
  }
  return problems.length + open.length + stale.length > 0 ? 1 : 0;
}

function checkTotals(name, flows, statisticsText, peer, problems, sums) {
  const capture = captureTotals(readFileSync(join(corpus, "pcap", name)));
  // One tree, or one a capture in an array.
  const roots = [JSON.parse(statisticsText)].flat(Number.POSITIVE_INFINITY);
  const sum = (of) => roots.reduce((total, node) => total + of(node), 0);
  const counted = { packets: sum((node) => node.packets), bytes: sum((node) => node.bytes) };
  const ofFlows = {
    packets: sum((node) => node.orig_packets + node.resp_packets),
    bytes: sum((node) => node.orig_bytes + node.resp_bytes),
  };
  const records = { packets: 0, bytes: 0 };
  for (const flow of flows.values()) {
    records.packets += flow.packets;
    records.bytes += flow.bytes;
  }
  const disagree = (what, a, b) => {
    if (a.packets !== b.packets || a.bytes !== b.bytes) {
      problems.push(
        `${name}: ${what}: ${a.packets} packets, ${a.bytes} octets, not ${b.packets}, ${b.bytes}`,
      );
    }
  };
  disagree("statistics against the capture", counted, capture);
  disagree("flow records against the statistics' flows", records, ofFlows);
  if (peer !== undefined && (peer.packets !== capture.packets || peer.wireBytes !== capture.wireBytes)) {
    problems.push(
      `${name}: capinfos: ${peer.packets} packets, ${peer.wireBytes} octets on the wire, not ${capture.packets}, ${capture.wireBytes}`,
    );
  }
  sums.packets += capture.packets;
  sums.bytes += capture.bytes;
  sums.noFlowPackets += counted.packets - records.packets;
  sums.noFlowBytes += counted.bytes - records.bytes;
}

/** Packets, captured and wire octets of a capture, by the file formats' own record headers. */
function captureTotals(file) {
  const totals = { packets: 0, bytes: 0, wireBytes: 0 };
  const add = (captured, wire) => {
    totals.packets += 1;
    totals.bytes += captured;
    totals.wireBytes += wire;
  };
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0) === 0x0a0d0d0a) pcapng(view, add);
  else pcap(view, add);
  return totals;
}

/** draft-ietf-opsawg-pcap §4 and §5. */
function pcap(view, add) {
  const little = [0xd4c3b2a1, 0x4d3cb2a1].includes(view.getUint32(0));
  for (let at = 24; at + 16 <= view.byteLength; ) {
    const captured = view.getUint32(at + 8, little);
    if (at + 16 + captured > view.byteLength) return;
    add(captured, view.getUint32(at + 12, little));
    at += 16 + captured;
  }
}

/** draft-ietf-opsawg-pcapng §3.1, and §4 for section header, enhanced, simple and obsolete packet block. */
function pcapng(view, add) {
  let little = false;
  for (let at = 0; at + 12 <= view.byteLength; ) {
    if (view.getUint32(at) === 0x0a0d0d0a) little = view.getUint32(at + 8) === 0x4d3c2b1a;
    const type = view.getUint32(at, little);
    const length = view.getUint32(at + 4, little);
    if (length < 12 || at + length > view.byteLength) return;
    if (type === 6 || type === 2) add(view.getUint32(at + 20, little), view.getUint32(at + 24, little));
    else if (type === 3) {
      const wire = view.getUint32(at + 8, little);
      add(Math.min(wire, length - 16), wire);
    }
    at += length;
  }
}

/** By capture: what `capinfos` counts; empty where it is not installed. `-d` is the sum of lengths on the wire. */
function capinfosOf(names) {
  const { status, stdout } = spawnSync(
    "capinfos",
    ["-T", "-r", "-M", "-c", "-d", ...names.map((name) => join(corpus, "pcap", name))],
    { encoding: "utf8", maxBuffer: 1 << 26 },
  );
  const peer = new Map();
  if (status !== 0) return peer;
  const lines = stdout.trim().split("\n");
  for (const [at, name] of names.entries()) {
    const [, packets, wireBytes] = lines[at]?.split("\t") ?? [];
    if (packets !== undefined) peer.set(name, { packets: Number(packets), wireBytes: Number(wireBytes) });
  }
  return peer;
}

function run(command, args, name) {
  return new Promise((settle, fail) => {
    const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    let said = "";
    child.stdout.on("data", (data) => {
      text += data;
    });
    child.stderr.on("data", (data) => {
      said += data;
    });
    child.on("error", fail);
    child.on("close", (status) => {
      if (status === 0) settle(text);
      else fail(new Error(`${name}: the command ended with ${status}: ${said.trim()}`));
    });
  });
}

// Flows ----------------------------------------------------------------------------------------------------------

function linesOf(file) {
  const text = readFileSync(file, "utf8").trimEnd();
  return text === "" ? [] : text.split("\n").map((line) => JSON.parse(line));
}

/** Records of one 5-tuple, whichever way, joined. Ports are of TCP and UDP only, as in the labels. */
function joinedFlows(records) {
  const flows = new Map();
  for (const record of records) {
    const name = flowName(record);
    const flow = flows.get(name) ?? { packets: 0, bytes: 0 };
    flow.packets += record.packets;
    flow.bytes += record.bytes;
    flows.set(name, flow);
  }
  return flows;
}

/** `17 192.0.2.1:40000 198.51.100.2:53`: protocol number, and both ends in the order of their text. */
function flowName({ proto, src, sport, dst, dport }) {
  const ported = proto === 6 || proto === 17;
  const end = (address, port) => {
    const host = address.includes(":") ? new URL(`http://[${address}]/`).hostname : address;
    return ported ? `${host}:${port}` : host;
  };
  return `${proto} ${[end(src, sport), end(dst, dport)].sort().join(" ")}`;
}

function differencesOf(capture, flows, sums) {
  const labels = joinedFlows(JSON.parse(readFileSync(join(corpus, "labels", `${capture}.json`), "utf8")));
  sums.flows += flows.size;
  sums.labels += labels.size;
  const found = [];
  for (const flow of new Set([...labels.keys(), ...flows.keys()])) {
    const ours = flows.get(flow);
    const label = labels.get(flow);
    if (ours?.packets === label?.packets && ours?.bytes === label?.bytes) sums.same += 1;
    else found.push({ capture, flow, ours: countText(ours), label: countText(label), counts: ours });
  }
  return found;
}

function countText(count) {
  return count === undefined ? "none" : `${count.packets} / ${count.bytes}`;
}

/**
 * Matches differences with the rows of docs/accuracy.md: capture, flow, counts of Palisade and of the label. A flow of
 * `all N` stands for the N flows that the label's side lacks, and gives their sum.
 */
function explain(differences) {
  const rows = tableRows("Differences to the labels").map(([capture, flow, ours, label, why]) => ({
    capture,
    flow,
    ours,
    label,
    why,
  }));
  const explained = new Set();
  const stale = [];
  for (const row of rows) {
    const all = /^all (\d+)$/.exec(row.flow);
    const candidates = differences.filter(
      (one) =>
        one.capture === row.capture &&
        one.label === row.label &&
        (all !== null || (one.flow === row.flow && one.ours === row.ours)),
    );
    const packets = candidates.reduce((sum, { counts }) => sum + (counts?.packets ?? 0), 0);
    const bytes = candidates.reduce((sum, { counts }) => sum + (counts?.bytes ?? 0), 0);
    const matches =
      all === null
        ? candidates.length === 1
        : candidates.length === Number(all[1]) && row.ours === countText({ packets, bytes });
    if (!matches || row.why === undefined || row.why === "") stale.push(row);
    else for (const one of candidates) explained.add(one);
  }
  return { explained, stale };
}

/** Cells of the tables under the heading `## title` of docs/accuracy.md, without head and rule; code marks are dropped. */
function tableRows(title) {
  const section =
    readFileSync(explanations, "utf8")
      .split(/^## /m)
      .find((text) => text.startsWith(`${title}\n`)) ?? "";
  const lines = section.split("\n");
  const isRule = (line) => /^\|[ :|-]+\|$/.test(line ?? "");
  return lines
    .filter((line, at) => line.startsWith("|") && !isRule(line) && !isRule(lines[at + 1]))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}

function table(differences) {
  for (const { capture, flow, ours, label } of differences) {
    process.stdout.write(`| ${capture} | ${flow} | ${ours} | ${label} | |\n`);
  }
}

// Protocols ------------------------------------------------------------------------------------------------------

function checkReasons() {
  const scorer = values.scorer ?? resolve(corpus, "../../tools/dpi-score.mjs");
  const results = values.results ?? join(root, "results", "inspect");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [scorer, join(corpus, "labels"), results, "--json", "-"],
    { encoding: "utf8", maxBuffer: 1 << 26 },
  );
  if (status !== 0) {
    process.stderr.write(`no results to judge, run "npm run score:inspect -- CORPUS" first: ${stderr}`);
    return 2;
  }
  const below = JSON.parse(stdout).protocols.filter(({ labelled, hit }) => hit < labelled);
  const rows = tableRows("Protocols below 100 %");
  const reasons = new Map(rows.map(([protocol, flows, reason]) => [protocol, { flows, reason }]));
  let wrong = 0;
  for (const { name, labelled, hit } of below) {
    const flows = `${hit} of ${labelled}`;
    const row = reasons.get(name);
    reasons.delete(name);
    if (row !== undefined && row.flows === flows && row.reason !== undefined && row.reason !== "") continue;
    wrong += 1;
    process.stdout.write(
      row === undefined
        ? `| ${name} | ${flows} | |\n`
        : `${name}: ${flows} now, ${row.flows} in docs/accuracy.md\n`,
    );
  }
  for (const name of reasons.keys()) {
    wrong += 1;
    process.stdout.write(`${name}: always found, but has a reason in docs/accuracy.md\n`);
  }
  process.stdout.write(`${below.length} protocols below 100 %, ${wrong} to settle in docs/accuracy.md\n`);
  return wrong > 0 ? 1 : 0;
}
