/** The targets of a scan, from words, files and standard input. */
import { lookup } from "node:dns/promises";
import { PalisadeError } from "@palisade/base";
import { parseTarget, parseTargetList, type TargetExpression, TargetSet } from "@palisade/scan";
import { printable } from "../terminal.js";
import { readText } from "../text-file.js";
import { quoted, usage } from "../words.js";
import type { ScanCommandOptions } from "./options.js";

/** A target among the words. @throws {PalisadeError} `USAGE` for what is more than a target, and as `parseTarget` does */
function targetOf(text: string): TargetExpression {
  const url = /^[a-z][a-z0-9+.-]*:\/\/([^/]+)/i.exec(text);
  if (url !== null)
    throw usage(`${quoted(text)} is a URL: give the host alone (${quoted(url[1]!)}), and ports by -p`);
  // One colon: IPv6 has two or more.
  const withPort = /^([^:[\]]+):([0-9]{1,5})$/.exec(text);
  if (withPort !== null)
    throw usage(`${quoted(text)}: a target has no port: write ${printable(withPort[1]!)} -p ${withPort[2]}`);
  return parseTarget(text);
}

/** What words and files name, before names are looked up. */
export interface TargetLists {
  readonly targets: readonly TargetExpression[];
  readonly excludes: readonly TargetExpression[];
  readonly scope: readonly TargetExpression[] | undefined;
}

/**
 * Reads words and files.
 *
 * @throws {PalisadeError} `FILE_…` where a file cannot be read, `USAGE` where there is nothing in any, and as `parseTargetList` does
 */
export function readTargetLists(options: ScanCommandOptions): TargetLists {
  const fromFiles = (files: readonly string[]): TargetExpression[] =>
    files.flatMap((file) => {
      try {
        return parseTargetList(readText(file === "-" ? 0 : file, file, "list"));
      } catch (error) {
        if (!(error instanceof PalisadeError) || error.code.startsWith("FILE_")) throw error;
        throw new PalisadeError(error.code, `${file}: ${error.message}`, { cause: error });
      }
    });
  const targets = [...options.targets.map(targetOf), ...fromFiles(options.targetFiles)];
  if (targets.length === 0)
    throw usage(`no address is left to scan: there is no target in ${options.targetFiles.join(", ")}`);
  return {
    targets,
    excludes: [...options.excludes.map(parseTarget), ...fromFiles(options.excludeFiles)],
    scope: options.scopeFile === undefined ? undefined : fromFiles([options.scopeFile]),
  };
}

/** @throws {PalisadeError} `USAGE` where no address is left, and as `TargetSet.build` does */
export async function targetsFor(
  { targets: expressions, excludes, scope }: TargetLists,
  options: ScanCommandOptions,
  signal: AbortSignal,
): Promise<TargetSet> {
  const unresolved: PalisadeError[] = [];
  const targets = await TargetSet.build({
    targets: expressions,
    excludes,
    ...(scope === undefined ? {} : { scope }),
    resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
    resolveAll: options.resolveAll,
    signal,
    ...(options.ipv6 ? { nameVersion: 6 } : {}),
    unresolved: (_, error) => unresolved.push(error),
  });
  if (targets.size === 0) {
    if (unresolved.length === 0) throw usage("no address is left to scan: all of them are excluded");
    const more = unresolved.length > 1 ? ` (and ${unresolved.length - 1} more)` : "";
    throw usage(`no address is left to scan: ${unresolved[0]!.message}${more}`);
  }
  for (const error of unresolved) process.stderr.write(`palisade: ${printable(error.message)}\n`);
  return targets;
}
