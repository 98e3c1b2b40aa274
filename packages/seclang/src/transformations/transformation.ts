/** What a transformation is to the engine: octets in, octets out, in memory that the engine gives. */

export interface Transformation {
  /** As rules name it after `t:`, in the reference manual's spelling. */
  readonly name: string;
  /** 256 flags: a value with none of these octets stays as it is. Undefined: any value may change. */
  readonly actsOn: Uint8Array | undefined;
  /** Whether letters among `actsOn` become their other case and nothing else, wherever they stand. */
  readonly foldsLetters?: true;
  /** Whether what becomes of a value in small letters is what becomes of the value, in small letters. */
  readonly ignoresCase?: true;
  /**
   * Where a look tells more than `actsOn` and costs less than `apply`: false for a value that stays as it is, but for the case of letters
   * where `foldsLetters` says so.
   */
  changes?(octets: Uint8Array, start: number, end: number): boolean;
  /** The most octets that a value of so many can become. */
  bytesMax(bytes: number): number;
  /**
   * Writes what `octets[start … end)` becomes to `out` from `at` on, where there is room for `bytesMax` octets, and returns how many
   * there are. `out` is never `octets`. Total: there is no input that it throws on.
   */
  apply(octets: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number;
}
