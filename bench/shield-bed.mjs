/**
 * The bed of `bench:shield`: an upstream and the proxies before it, each a process of its own, with all their files in one folder
 * that is removed with it. Addresses are 127.0.0.1, ports are chosen by the kernel. Proxies are on one core, all else on another.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ANSWER } from "./shield-requests.mjs";

export const ADDRESS = "127.0.0.1";
/** Core of the proxies. */
export const PROXY_CORE = 0;
/** Core of the upstream and of whatever loads. */
export const LOAD_CORE = 1;

const MODULE = "/usr/lib/nginx/modules/ngx_http_modsecurity_module.so";
const RECOMMENDED = "/etc/nginx/modsecurity.conf";
const PALISADE = fileURLToPath(new URL("../packages/palisade/bin/palisade.js", import.meta.url));
/** ModSecurity takes seconds to compile the rules. */
const START_MS_MAX = 60_000;
const POLL_MS = 50;
/** `getconf CLK_TCK`: the same on all Linux. */
const TICKS_PER_SECOND = 100;
/** Debian has nginx where only root looks. */
const ENVIRONMENT = { PATH: `${process.env.PATH}:/usr/sbin`, LANG: "C.UTF-8" };

/** Packages that are missing, as `apt-get install` wants them. */
export function missingPackages() {
  const has = (command) =>
    spawnSync("bash", ["-c", `command -v ${command}`], { stdio: "ignore", env: ENVIRONMENT }).status === 0;
  return [
    ["nginx", has("nginx")],
    ["libnginx-mod-http-modsecurity", existsSync(MODULE) && existsSync(RECOMMENDED)],
    ["wrk", has("wrk")],
    ["util-linux", has("taskset")],
  ]
    .filter(([, there]) => !there)
    .map(([name]) => name);
}

/** A command on a core. */
export const pinned = (core, command) => ["taskset", "-c", `${core}`, ...command];

/** Ports that were free a moment ago. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, ADDRESS));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/**
 * Settings for both engines: Debian's recommended ones of ModSecurity, deciding, without what names other files or what is of one
 * engine alone, then the rules. Both log refused requests alone, as the recommended settings have it.
 *
 * @param own lines of the engine: where it writes
 */
function settings(rules, own) {
  const dropped =
    /^\s*(?:SecUnicodeMapFile|SecStatusEngine|SecTmpDir|SecDataDir|SecAuditLog|SecAuditLogType|SecAuditLogRelevantStatus)\s/;
  const recommended = readFileSync(RECOMMENDED, "utf8")
    .split("\n")
    .filter((line) => !dropped.test(line))
    .map((line) => line.replace(/^\s*SecRuleEngine\s.*/, "SecRuleEngine On"));
  return [
    ...recommended,
    // Theirs without its look-ahead, which linear matching has not: statuses from 400 but 404.
    'SecAuditLogRelevantStatus "^(?:5|40[0-35-9]|4[1-9])"',
    ...own,
    ...rules.map((file) => `Include ${file}`),
    "",
  ].join("\n");
}

/**
 * Makes an upstream and the proxies before it, and waits until all of them listen.
 *
 * @param rules the files of the Core Rule Set
 */
export async function makeBed(rules) {
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  const processes = [];
  /** Ends all of it at once; serves at the end of this program, however it ends. */
  const remove = () => {
    for (const { child } of processes)
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    rmSync(folder, { recursive: true, force: true });
  };
  removals.push(remove);

  const [upstreamPort, plainPort, modsecurityPort, barePort, shieldPort] = await freePorts(5);
  const file = (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const nginxFile = (name, template, values) =>
    file(
      name,
      Object.entries({ FOLDER: folder, UPSTREAM: upstreamPort, ...values }).reduce(
        (text, [key, value]) => text.replaceAll(`@${key}@`, () => `${value}`),
        // Workers of a master that root started are somebody else, who could not write into the folder.
        `${process.geteuid?.() === 0 ? "user root;\n" : ""}${readFileSync(new URL(`shield/${template}`, import.meta.url), "utf8")}`,
      ),
    );
  const nginx = (path) => ["nginx", "-p", folder, "-c", path, "-e", `${path}.log`];
  const modsecurityLog = join(folder, "modsecurity.audit.json");
  const shieldLog = join(folder, "shield.audit.json");
  const modsecurityRules = file(
    "modsecurity.conf",
    settings(rules, [
      `SecTmpDir ${folder}/`,
      `SecDataDir ${folder}/`,
      "SecAuditLogType Serial",
      "SecAuditLogFormat JSON",
      `SecAuditLog ${modsecurityLog}`,
    ]),
  );
  const shieldRules = file("shield.conf", settings(rules, []));
  const shield = (port, ...words) => [
    process.execPath,
    PALISADE,
    "shield",
    ...["--listen", `${ADDRESS}:${port}`, "--upstream", `http://${ADDRESS}:${upstreamPort}`],
    ...words,
  ];

  const start = async (name, core, port, command, rest = {}) => {
    const log = join(folder, `${name}.log`);
    const out = openSync(log, "w");
    const [program, ...words] = pinned(core, command);
    const child = spawn(program, words, {
      env: ENVIRONMENT,
      cwd: folder,
      stdio: ["ignore", out, out],
      detached: true,
    });
    closeSync(out);
    const one = { name, child, port, ...rest };
    processes.push(one);
    await listening(one, log);
    return one;
  };

  await start(
    "upstream",
    LOAD_CORE,
    upstreamPort,
    nginx(nginxFile("upstream.conf", "upstream.conf", { ANSWER: ANSWER.replace("\n", "\\n") })),
  );
  const proxy = (name, port, module, on) =>
    nginx(nginxFile(`${name}.conf`, "proxy.conf", { NAME: name, PORT: port, MODULE: module, RULES: on }));
  const contestants = {
    nginx: await start("nginx", PROXY_CORE, plainPort, proxy("plain", plainPort, "", "")),
    bare: await start("palisade --no-rules", PROXY_CORE, barePort, shield(barePort, "--no-rules")),
    modsecurity: await start(
      "nginx + ModSecurity",
      PROXY_CORE,
      modsecurityPort,
      proxy(
        "modsecurity-proxy",
        modsecurityPort,
        `load_module ${MODULE};`,
        `modsecurity on;\n        modsecurity_rules_file ${modsecurityRules};`,
      ),
      { decides: true, auditLog: modsecurityLog },
    ),
    shield: await start(
      "palisade",
      PROXY_CORE,
      shieldPort,
      shield(shieldPort, "--rules", shieldRules, "--audit-log", shieldLog),
      { decides: true, auditLog: shieldLog },
    ),
  };
  return { folder, contestants };
}

const removals = [];

/** Ends every process of every bed and removes its folder. */
export function removeBeds() {
  for (const remove of removals.splice(0)) remove();
}

/** @throws {Error} one line, where it ends or does not listen in time */
async function listening({ name, child, port }, log) {
  const endMs = performance.now() + START_MS_MAX;
  while (performance.now() < endMs) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (await connects(port)) return;
    await pause(POLL_MS);
  }
  const said = readFileSync(log, "utf8").trim().split("\n").at(-1);
  throw new Error(`${name} does not listen: ${said === "" ? "it says nothing" : said}`);
}

function connects(port) {
  return new Promise((done) => {
    const socket = connect(port, ADDRESS, () => {
      socket.destroy();
      done(true);
    }).on("error", () => done(false));
  });
}

export function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

/** User and system time of a process and those that it started, in seconds. */
export function cpuSeconds({ child }) {
  return cpuOf(child.pid);
}

function cpuOf(pid) {
  let seconds = 0;
  try {
    // Behind the name, which may hold blanks, the state is the first field: user and system time are the 12th and 13th.
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1).split(" ");
    seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const started = readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").trim();
      for (const one of started === "" ? [] : started.split(" ")) seconds += cpuOf(one);
    }
  } catch {
    // It has just ended.
  }
  return seconds;
}

const QUIET_MS = 300;
const QUIET_SECONDS_MAX = 0.02;
const QUIET_WAIT_MS_MAX = 120_000;

/** Waits until a process has done what clients that left had asked for. */
export async function quiet(contestant) {
  const endMs = performance.now() + QUIET_WAIT_MS_MAX;
  for (let before = cpuSeconds(contestant); performance.now() < endMs; ) {
    await pause(QUIET_MS);
    const now = cpuSeconds(contestant);
    if (now - before <= QUIET_SECONDS_MAX) return;
    before = now;
  }
  throw new Error(`${contestant.name} does not come to rest`);
}
