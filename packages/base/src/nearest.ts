/** Longest word that is compared with others, in characters. */
const WORD_CHARACTERS_MAX = 64;

/**
 * The name that somebody who wrote `word` may have meant: the one that is the end of the other behind a dot (`sni` and
 * `tls.sni`), or else the one that the fewest slips lead to (a letter too many, missing, wrong, or two swapped), at most
 * one for every three letters. Case does not count. Undefined where no name is near.
 */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  if (word.length > WORD_CHARACTERS_MAX) return undefined;
  const written = word.toLowerCase();
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const name of names) {
    const meant = name.toLowerCase();
    if (written !== "" && (meant.endsWith(`.${written}`) || written.endsWith(`.${meant}`))) return name;
    // No number of slips below the difference in length can do.
    if (Math.abs(meant.length - written.length) >= fewest) continue;
    const slips = slipsBetween(written, meant);
    if (slips < fewest && slips < meant.length) {
      fewest = slips;
      best = name;
    }
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours from one text to the other. */
function slipsBetween(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const here = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1;
      let slips = Math.min(here[column - 1]! + 1, last[column]! + 1, last[column - 1]! + same);
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1])
        slips = Math.min(slips, beforeLast[column - 2]! + 1);
      here.push(slips);
    }
    beforeLast = last;
    last = here;
  }
  return last[to.length]!;
}
