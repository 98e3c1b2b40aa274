/**
 * Times the detection of services by Palisade beside nmap's, whole processes, in alternation: nine services of real daemons, in
 * a network namespace of their own.
 *
 *   sudo npm run bench:services -- [--runs N] [--write]
 *
 * Daemons that are not installed are left out and said to be; `.ci/run` installs all. Answers are judged as the test
 * `packages/palisade/src/scan/services.test.ts` does. With `--write`, all daemons are asked once instead, and what both say
 * becomes the table in docs/services.md.
 * The status is 1 where an answer of Palisade's was wrong or said less than nmap's; a target that is missed is only said.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { endTogether, installed, median, run } from "./processes.mjs";

const scanTests = new URL("../packages/palisade/dist/scan/", import.meta.url);
const { Bed, bedMissing, findProgram } = await load("services-bed.build.js");
const { daemons } = await load("services-bed-daemons.build.js");
const { answerOf, byNmap, byPalisade, nmapAnswers, nmapCommand, palisadeAnswers, palisadeCommand, portName } =
  await load("services-bed-answers.build.js");
const { faults } = await load("services-bed-judge.build.js");

/** Daemons, and of each the TCP ports that are asked. */
const MEASURED = [
  ["OpenSSH", [22]],
  ["nginx", [80, 443]],
  ["vsftpd", [21]],
  ["Redis", [6379]],
  ["dnsmasq", [53]],
  ["MariaDB", [3306]],
  ["PostgreSQL", [5432]],
  ["Exim", [25]],
];
/** Wall clock of the whole process. */
const TARGET_SECONDS = 2;
const RUN_MS_MAX = 120_000;
const DOCS = new URL("../docs/services.md", import.meta.url);
const HEADING = "## Beside nmap\n";

async function load(name) {
  try {
    return await import(new URL(name, scanTests));
  } catch (error) {
    return fail(`${error.message}: run npm run build first`);
  }
}

function fail(message) {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}

async function bedOf(wanted) {
  const programs = new Map();
  for (const daemon of wanted) {
    const program = findProgram(daemon.program, daemon.package);
    if (program === undefined)
      process.stderr.write(`bench: ${daemon.name} is left out: ${daemon.package} is not installed\n`);
    else programs.set(daemon, program);
  }
  const bed = await Bed.make();
  const broken = await bed.serve(programs);
  for (const message of broken.values()) process.stderr.write(`bench: left out: ${message}\n`);
  return { bed, served: [...programs.keys()].filter((daemon) => !broken.has(daemon)) };
}

async function measure(runs) {
  const wanted = daemons.filter(({ name }) => MEASURED.some(([one]) => one === name));
  const { bed, served } = await bedOf(wanted);
  const asked = served.map((daemon) => {
    const [, numbers] = MEASURED.find(([name]) => name === daemon.name);
    return {
      daemon,
      ports: daemon.ports.filter(({ port, protocol }) => protocol === "tcp" && numbers.includes(port)),
    };
  });
  const ports = asked.flatMap((one) => one.ports);
  const scratch = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  endTogether(() => rmSync(scratch, { recursive: true, force: true }));
  const output = join(scratch, "output");
  const contestants = [
    { name: "palisade -sV", command: bed.beside(palisadeCommand(ports)), read: palisadeAnswers, results: [] },
    { name: "nmap -sV", command: bed.beside(nmapCommand(ports)), read: nmapAnswers, results: [] },
  ];
  const answers = new Map();
  for (let round = 0; round < runs; round += 1) {
    for (const { name, command, read, results } of contestants) {
      const result = await run(command, { output, stopAfterMs: RUN_MS_MAX });
      results.push(result);
      if (result.status !== 0) fail(`${name} ended with status ${result.status}`);
      answers.set(name, read(readFileSync(output, "utf8")));
      process.stderr.write(
        `bench: ${name}: ${result.wallSeconds.toFixed(3)} s, ${result.cpuSeconds.toFixed(3)} CPU s\n`,
      );
    }
  }
  await bed.close();
  const wrong = asked.flatMap(({ daemon, ports: of }) =>
    of.flatMap((port) => faultsOf(daemon, port, answers)),
  );
  report(contestants, ports.length, wrong);
  return wrong.length === 0;
}

function faultsOf(daemon, port, answers) {
  const ours = answers.get("palisade -sV").get(portName(port));
  const found = faults(daemon, ours && answerOf(ours), answers.get("nmap -sV").get(portName(port)));
  return found.map((fault) => `${daemon.name}, ${portName(port)}: ${fault}`);
}

function report(contestants, count, wrong) {
  const wallOf = ({ results }) => median(results.map(({ wallSeconds }) => wallSeconds));
  const ours = wallOf(contestants[0]);
  console.log(`\nservices on ${count} ports; medians, in alternation`);
  console.log("program        runs   wall s    CPU s   peak MiB   our wall : its");
  for (const one of contestants) {
    const cpu = median(one.results.map(({ cpuSeconds }) => cpuSeconds));
    const peak = Math.max(...one.results.map(({ peakMib }) => peakMib));
    console.log(
      `${one.name.padEnd(13)} ${String(one.results.length).padStart(5)} ${wallOf(one).toFixed(3).padStart(8)} ${cpu
        .toFixed(3)
        .padStart(8)} ${peak.toFixed(0).padStart(10)} ${(ours / wallOf(one)).toFixed(2).padStart(16)}`,
    );
  }
  for (const fault of wrong) console.log(`WRONG: ${fault}`);
  console.log(
    `target: at most ${TARGET_SECONDS} s, ${ours.toFixed(3)} s: ${ours <= TARGET_SECONDS ? "held" : "MISSED"}`,
  );
}

/** Writes the table of docs/services.md. */
async function write() {
  const { bed, served } = await bedOf(daemons);
  const ports = served.flatMap((daemon) => daemon.ports);
  const ours = byPalisade(bed, ports);
  const theirs = byNmap(bed, ports);
  await bed.close();
  const rows = [
    ["Daemon of Debian 12", "Port", "Palisade", "nmap"],
    ["-", "-", "-", "-"],
  ];
  let isRight = true;
  for (const daemon of served) {
    for (const port of daemon.ports) {
      const own = ours.get(portName(port));
      const answer = own && answerOf(own);
      const other = theirs.get(portName(port));
      for (const fault of faults(daemon, answer, other)) {
        process.stderr.write(`bench: WRONG: ${daemon.name}, ${portName(port)}: ${fault}\n`);
        isRight = false;
      }
      rows.push([daemon.name, `${port.port}/${port.protocol}`, cell(answer), cell(other)]);
    }
  }
  const table = rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const text = readFileSync(DOCS, "utf8");
  const start = text.indexOf(HEADING);
  const before = start === -1 ? `${text.trimEnd()}\n\n` : text.slice(0, start);
  const next = start === -1 ? -1 : text.indexOf("\n## ", start + HEADING.length);
  const after = next === -1 ? "" : text.slice(next);
  const command = "`sudo npm run bench:services -- --write`";
  writeFileSync(DOCS, `${before}${HEADING}\n${command} asks both and writes this:\n\n${table}\n${after}`);
  return isRight;
}

/** Service, product, version, what else is known. */
function cell(answer) {
  if (answer === undefined) return "";
  const { name, product, version, info, tls, probed } = answer;
  if (!probed) return tls ? "TLS, and nothing else" : "nothing";
  const parts = [tls ? `${name} in TLS` : name, product, version, info === "" ? "" : `(${info})`];
  return parts
    .filter((part) => part !== "")
    .join(" ")
    .replaceAll("|", "\\|");
}

let values;
try {
  ({ values } = parseArgs({
    options: { runs: { type: "string", default: "5" }, write: { type: "boolean", default: false } },
  }));
} catch (error) {
  fail(error.message);
}
const runs = Number(values.runs);
if (!(Number.isInteger(runs) && runs >= 1 && runs <= 100)) fail("--runs: give a number from 1 to 100");
const missing = bedMissing();
if (missing !== false) fail(missing);
if (!installed("nmap")) fail("nmap is not installed, which answers are compared with");
process.exit((values.write ? await write() : await measure(runs)) ? 0 : 1);
