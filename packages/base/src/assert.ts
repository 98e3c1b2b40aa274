/**
 * A broken invariant: a defect of ours, never of the input. Nothing catches it on purpose; the worker dies and says so.
 */
export class AssertionFailure extends Error {
  override readonly name = "AssertionFailure";
}

/** @throws {AssertionFailure} when `condition` is false */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}
