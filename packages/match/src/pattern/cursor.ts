/** A place in a pattern's source. */
export class Cursor {
  readonly source: string;
  /** Index of the next character; the source's length at its end. */
  at = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** The next character, a whole code point; an empty string at the end. */
  get next(): string {
    const code = this.source.codePointAt(this.at);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  /** Goes past `text` if it is what comes next. */
  take(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Goes past what `expression`, which must be sticky, matches here, and returns it. */
  takeMatch(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.at;
    const match = expression.exec(this.source);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match;
  }
}
