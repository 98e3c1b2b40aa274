/**
 * Scores `palisade inspect` against a labelled corpus: runs the command over every capture and calls the corpus' scorer.
 *
 *   npm run score:inspect -- CORPUS [--scorer FILE] [SCORER OPTIONS]
 *
 * CORPUS holds pcap/ and labels/. Results go to results/inspect, one NAME.jsonl a capture; the scorer is called with
 * labels/, that folder and its own options. Fails when a capture crashes the command or is refused: exit status 1.
 *
 * --scorer FILE  default: tools/dpi-score.mjs two folders above CORPUS
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const [corpusText, ...scorerOptions] = process.argv.slice(2);
const scorerAt = scorerOptions.indexOf("--scorer");
const [, scorerText] = scorerAt < 0 ? [] : scorerOptions.splice(scorerAt, 2);
if (
  corpusText === undefined ||
  !existsSync(join(corpusText, "pcap")) ||
  (scorerAt >= 0 && !existsSync(scorerText ?? ""))
) {
  process.stderr.write(
    "usage: npm run score:inspect -- CORPUS [--scorer FILE] [SCORER OPTIONS]; CORPUS holds pcap/ and labels/, FILE exists\n",
  );
  process.exit(2);
}
const corpus = resolve(corpusText);
const scorer = scorerText ?? resolve(corpus, "../../tools/dpi-score.mjs");
const results = join(root, "results", "inspect");
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

function run(command, args, options) {
  return new Promise((settle) => {
    const child = spawn(command, args, options);
    let said = "";
    child.stderr?.on("data", (text) => {
      said += text;
    });
    child.on("close", (status, signal) => settle({ status: status ?? signal, said }));
  });
}

const captures = readdirSync(join(corpus, "pcap")).sort();
const refused = [];
const queue = [...captures];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const { status, said } = await run(
        process.execPath,
        [
          join(root, "packages/palisade/bin/palisade.js"),
          "inspect",
          join(corpus, "pcap", name),
          "--format",
          "jsonl",
          "-o",
          join(results, `${name}.jsonl`),
        ],
        { stdio: ["ignore", "ignore", "pipe"] },
      );
      if (status !== 0) refused.push(`${name}: exit status ${status}: ${said.trim()}`);
    }
  }),
);
const { status } = await run(process.execPath, [scorer, join(corpus, "labels"), results, ...scorerOptions], {
  stdio: ["ignore", "inherit", "inherit"],
});
for (const line of refused) process.stderr.write(`${line}\n`);
process.stderr.write(
  `${captures.length - refused.length} of ${captures.length} captures were read to their end\n`,
);
process.exitCode = status !== 0 ? status : refused.length > 0 ? 1 : 0;
