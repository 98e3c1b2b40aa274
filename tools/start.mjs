/**
 * `npm start`: from a fresh clone to a result. Installs and builds where that is due, then runs `palisade inspect` with the
 * words given; without any, on the capture that comes along. Exit status: that of the command, or of what failed before it.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const command = "packages/palisade/bin/palisade.js";
/** Written last by a build. */
const product = "packages/palisade/dist/bundle/palisade.js";

const HOW_TO_GO_ON = `
That was the capture that comes with palisade: a laptop's first minute on a network. To go on:

  npm start -- FILE                      your own capture: pcap or pcapng, also compressed with gzip
  npm start -- FILE --explain 1          why the flow of packet 1 is called what it is
  npm start --silent -- FILE -f jsonl    all that was read, a flow a line, for other programs
  npm start -- --example --stats         another view of this one
  sudo npm start -- -i eth0              live; or: sudo tcpdump -i eth0 -w - | npm start -- -i -
  npm start -- --help                    everything else

Without npm it is \`node ${command} inspect …\`.
`;

function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** What a build reads. */
function* sources() {
  yield* ["tsconfig.json", "tsconfig.base.json", "package-lock.json", "tools/bundle.mjs"].map((name) =>
    join(root, name),
  );
  for (const name of readdirSync(join(root, "packages"))) {
    const folder = join(root, "packages", name);
    yield* ["package.json", "tsconfig.json"].map((file) => join(folder, file));
    const src = join(folder, "src");
    if (modifiedMs(src) === 0) continue;
    yield src;
    // A folder's own time says that a file in it came or went.
    for (const path of readdirSync(src, { recursive: true })) yield join(src, path);
  }
}

function isBuilt() {
  const builtMs = modifiedMs(join(root, product));
  if (builtMs === 0) return false;
  for (const path of sources()) if (modifiedMs(path) > builtMs) return false;
  return true;
}

/** Builds without a word where it works. Returns the exit status. */
function build() {
  process.stderr.write("palisade: building\n");
  const { status, stdout, stderr, error } = spawnSync("npm", ["run", "--silent", "build"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 26,
  });
  if (status === 0) return 0;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}${error === undefined ? "" : `${error.message}\n`}`);
  process.stderr.write("palisade: the build failed; its messages are above\n");
  return status ?? 70;
}

await import("./prepare.mjs");
const failed = isBuilt() ? 0 : build();
if (failed !== 0) {
  process.exitCode = failed;
} else {
  const given = process.argv.slice(2);
  const words = given[0] === "inspect" ? given.slice(1) : given;
  // npm runs this in the project's folder; names of files are those of the folder where it was called.
  process.chdir(process.env.INIT_CWD ?? process.cwd());
  process.argv.splice(2, Number.POSITIVE_INFINITY, "inspect", ...(words.length > 0 ? words : ["--example"]));
  await import(`../${command}`);
  if (words.length === 0) process.stderr.write(HOW_TO_GO_ON);
}
