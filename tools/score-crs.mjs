/**
 * Scores `palisade shield` with the OWASP Core Rule Set against its regression tests: starts the proxy with the settings of the rule
 * set's own tests, and calls the corpus' judge, which brings the upstream.
 *
 *   npm run score:crs -- CORPUS [--judge FILE] [--only REGEX] [--json FILE] [--overrides FILE] [--least PERCENT]
 *
 * CORPUS holds crs/ (rules/, crs-setup.conf.example) and crs-tests/. Fails where less than 99 % (--least) pass: exit status 1.
 *
 * --judge FILE  default: tools/crs-score.mjs two folders above CORPUS
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const USAGE =
  "usage: npm run score:crs -- CORPUS [--judge FILE] [--only REGEX] [--json FILE] [--overrides FILE] [--least PERCENT]\n";

/** The settings that crs-tests/README.md asks for. */
const SETTINGS = `SecRuleEngine DetectionOnly
SecRequestBodyAccess On
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/xml application/json
SecAuditEngine On
SecAuditLogParts ABHZ
SecAction "id:900005,phase:1,nolog,pass,ctl:ruleEngine=DetectionOnly,ctl:ruleRemoveById=910000,\\
  setvar:tx.blocking_paranoia_level=4,setvar:tx.crs_validate_utf8_encoding=1,\\
  setvar:tx.arg_name_length=100,setvar:tx.arg_length=400,setvar:tx.total_arg_length=64000,\\
  setvar:tx.max_num_args=255,setvar:tx.max_file_size=64100,setvar:tx.combined_file_sizes=65535"
`;

const root = fileURLToPath(new URL("..", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    judge: { type: "string" },
    only: { type: "string" },
    json: { type: "string" },
    overrides: { type: "string", multiple: true },
    least: { type: "string", default: "99" },
  },
});
const corpus = resolve(positionals[0] ?? "");
const judge = resolve(values.judge ?? join(corpus, "../tools/crs-score.mjs"));
const rules = join(corpus, "crs/rules");
const tests = join(corpus, "crs-tests");
if (positionals.length !== 1 || ![judge, rules, tests].every((path) => existsSync(path))) {
  process.stderr.write(USAGE);
  process.exit(2);
}

/** A port of 127.0.0.1 that nobody listens at. */
function freePort() {
  return new Promise((settle, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => settle(port));
    });
  });
}

/** Settles with the port that the proxy says it listens at. */
function listening(child) {
  return new Promise((settle, fail) => {
    let said = "";
    child.stderr.on("data", (octets) => {
      said += octets;
      const port = /listens at 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port !== undefined) settle(Number(port));
    });
    child.once("exit", (status) => fail(new Error(`the proxy ended with ${status}: ${said}`)));
  });
}

const folder = mkdtempSync(join(tmpdir(), "palisade-score-"));
let proxy;
try {
  const settings = join(folder, "settings.conf");
  const audit = join(folder, "audit.jsonl");
  writeFileSync(settings, SETTINGS);
  writeFileSync(audit, "");
  const upstreamPort = await freePort();
  const files = readdirSync(rules)
    .filter((name) => name.endsWith(".conf"))
    .sort()
    .map((name) => join(rules, name));
  proxy = spawn(
    process.execPath,
    [
      join(root, "packages/palisade/bin/palisade.js"),
      "shield",
      "--listen",
      "127.0.0.1:0",
      "--upstream",
      `http://127.0.0.1:${upstreamPort}`,
      "--audit-log",
      audit,
      "--rules",
      settings,
      join(corpus, "crs/crs-setup.conf.example"),
      ...files,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const port = await listening(proxy);
  const words = [judge, "--tests", tests, "--proxy", `http://127.0.0.1:${port}`, "--audit", audit];
  words.push("--upstream-port", `${upstreamPort}`);
  if (values.only !== undefined) words.push("--only", values.only);
  if (values.json !== undefined) words.push("--json", resolve(values.json));
  for (const file of values.overrides ?? []) words.push("--overrides", resolve(file));
  const said = await new Promise((settle, fail) => {
    // Run from here, the judge finds the reader of YAML among this workspace's packages.
    const child = spawn(process.execPath, words, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (octets) => {
      text += octets;
      process.stdout.write(octets);
    });
    child.once("close", (status) =>
      status === 0 ? settle(text) : fail(new Error(`the judge ended with ${status}`)),
    );
  });
  const rate = Number(/rate ([\d.]+)%/.exec(said)?.[1]);
  if (!(rate >= Number(values.least))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`score-crs: ${error.message}\n`);
  process.exitCode = 2;
} finally {
  if (proxy !== undefined && proxy.exitCode === null) {
    await new Promise((settle) => {
      proxy.once("exit", settle);
      proxy.kill("SIGTERM");
    });
  }
  rmSync(folder, { recursive: true, force: true });
}
