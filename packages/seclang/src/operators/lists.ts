import type { Sliced } from "../slices.js";
import { argumentError, readDataLines, textOf, words } from "./argument.js";
import type { OperatorFiles } from "./operator.js";

/**
 * The entries of the files that an argument names, one or more between white space. May be interrupted, but not while a file is read.
 *
 * @throws {PalisadeError} `SECLANG_OPERATOR_ARGUMENT` for no name and for a URL, and what `files` throws
 */
export function* fileEntries(
  operator: string,
  argument: Uint8Array,
  files: OperatorFiles,
): Sliced<readonly Uint8Array[]> {
  const names = words(argument).map(textOf);
  if (names.length === 0)
    throw argumentError(operator, "no file is named; name one, relative to the rule file");
  const remote = names.find((name) => /^https?:/i.test(name));
  if (remote !== undefined) {
    throw argumentError(
      operator,
      `${JSON.stringify(remote)} is not fetched, as rules do not depend on the network; fetch it and name the file`,
    );
  }
  const entries: Uint8Array[] = [];
  for (const name of names) yield* readDataLines(files.read(name), entries);
  return entries;
}

/**
 * The entries of the dataset that an argument names (`SecDataset`).
 *
 * @throws {PalisadeError} `SECLANG_OPERATOR_ARGUMENT` where there is none
 */
export function datasetEntries(
  operator: string,
  argument: Uint8Array,
  files: OperatorFiles,
): readonly Uint8Array[] {
  const [name, ...more] = words(argument).map(textOf);
  if (name === undefined || more.length > 0)
    throw argumentError(operator, "the name of one dataset is expected; SecDataset makes one");
  const entries = files.dataset(name);
  if (entries === undefined) {
    throw argumentError(
      operator,
      `no dataset is called ${JSON.stringify(name)}; make it with SecDataset before this rule`,
    );
  }
  return entries;
}
