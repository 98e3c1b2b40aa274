/** Lists of files behind options, as a shell makes them of `--with rules/*.conf`. */

/** A word as `parseArgs` tells it. */
export interface WordToken {
  readonly kind: string;
  readonly name?: string;
  readonly value?: string | undefined;
}

export interface FileLists {
  /** Words before the first list. */
  readonly first: readonly string[];
  /** Undefined: the option was not given. */
  of(option: string): readonly string[] | undefined;
}

/** Words behind one of `options` belong to it, until another of them comes; other options with their values may stand between. */
export function fileLists(tokens: readonly WordToken[], options: readonly string[]): FileLists {
  const first: string[] = [];
  const lists = new Map<string, string[]>();
  let list = first;
  for (const { kind, name = "", value } of tokens) {
    if (kind === "option" && options.includes(name)) {
      list = lists.get(name) ?? [];
      lists.set(name, list);
    }
    if (value !== undefined && (kind === "positional" || options.includes(name))) list.push(value);
  }
  return { first, of: (option) => lists.get(option) };
}
