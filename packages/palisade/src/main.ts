/**
 * The `palisade` command: verbs first. A verb's code is loaded when it is called, so that `--help` costs nothing.
 */
import { AssertionFailure, PalisadeError } from "@palisade/base";
import { EXIT_BAD_INPUT, EXIT_DEFECT, EXIT_DONE, exitStatusOf } from "./exit-status.js";
import { standardOutputFailed } from "./output.js";
import { printable } from "./terminal.js";
import { version } from "./version.js";

const HELP = `palisade: network defence: inspects what passes, scans what is exposed, shields what is served

Usage: palisade COMMAND [OPTIONS]

Commands
  inspect FILE… | -i IFACE   flows, protocols, metadata and findings from captures or a live interface
  scan TARGET…               ports of hosts, open, closed and filtered
  rules check FILE…          errors, unused exclusions and patterns of SecLang rule files
  rules replay LOG           what other rules would have made of recorded requests
  rules exclude              the narrowest exclusion that silences a recorded request
  rules explain              what each rule made of a request, and what it cost
  shield --listen ADDR --upstream URL
                             a reverse proxy that tests requests by rules, Palisade's own or others

Options
  -h, --help                 this text; after a command, the command's
      --version              the version

Exit status: 0 done, 2 bad usage or input, 3 not permitted, 70 a defect of palisade's own,
130 and 143 stopped by Ctrl-C and by SIGTERM before the end; 1 where a check found something

Examples
  palisade inspect capture.pcap
  palisade inspect capture.pcapng --format jsonl | head
  tcpdump -i eth0 -w - | palisade inspect -i -
  sudo palisade scan 192.0.2.0/24 -p 22,80,443
  palisade shield --listen 127.0.0.1:8000 --upstream http://127.0.0.1:8080
  palisade rules check rules/*.conf
`;

async function run(words: readonly string[]): Promise<number> {
  const [verb, ...rest] = words;
  if (verb === undefined || verb === "-h" || verb === "--help" || verb === "help") {
    process.stdout.write(HELP);
    return verb === undefined ? EXIT_BAD_INPUT : EXIT_DONE;
  }
  if (verb === "--version" || verb === "-V") {
    process.stdout.write(`palisade ${version}\n`);
    return EXIT_DONE;
  }
  if (verb === "inspect") {
    const { inspectCommand } = await import("./inspect/command.js");
    return inspectCommand(rest);
  }
  if (verb === "scan") {
    const { scanCommand } = await import("./scan/command.js");
    return scanCommand(rest);
  }
  if (verb === "rules") {
    const { rulesCommand } = await import("./rules/command.js");
    return rulesCommand(rest);
  }
  if (verb === "shield") {
    const { shieldCommand } = await import("./shield/command.js");
    return shieldCommand(rest);
  }
  throw new PalisadeError("USAGE", `there is no command "${verb}"; \`palisade --help\` lists them`);
}

process.stdout.on("error", standardOutputFailed);

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof PalisadeError) {
    process.stderr.write(`palisade: ${printable(error.message)}\n`);
    process.exitCode = exitStatusOf(error);
  } else {
    const what = error instanceof AssertionFailure ? "a broken invariant" : "an unexpected error";
    process.stderr.write(`palisade: ${what}; please report it with what you ran\n`);
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = EXIT_DEFECT;
  }
}
