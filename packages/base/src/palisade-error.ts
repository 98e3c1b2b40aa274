/**
 * An operation that cannot be done: no such file, no permission, an option that makes no sense. The message is one line
 * for the person who asked and says what to do; `code` is for programs and never changes.
 */
export class PalisadeError extends Error {
  override readonly name = "PalisadeError";
  /** Upper case, area first: `CAPTURE_TRUNCATED`, `LINK_NOT_PERMITTED`. */
  readonly code: string;

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
