/**
 * Reports failures in full, what was skipped in a line, and the totals: thousands of tests pass, and nobody reads that.
 */
import { relative } from "node:path";
import { inspect } from "node:util";

/** Why a test was skipped that `--test-name-pattern` did not ask for. */
const UNASKED = "test name does not match pattern";

// biome-ignore lint/style/noDefaultExport: node --test takes a reporter from a module's default export
export default async function* report(events) {
  /** Names of the tests that the one at hand is inside. */
  const names = [];
  for await (const { type, data } of events) {
    if (type === "test:start") {
      names.length = data.nesting;
      names.push(data.name);
    } else if (type === "test:fail" && data.todo === undefined) {
      const { error } = data.details;
      // A suite fails because of what is inside it, which has been told.
      if (error.failureType === "subtestsFailed") continue;
      const where = data.file === undefined ? "" : `${relative("", data.file)}:${data.line}:${data.column}`;
      const what = [...names.slice(0, data.nesting), data.name].join(" › ");
      yield `not ok: ${what}\n  ${where}\n${indented(textOf(error.cause ?? error))}\n\n`;
    } else if (type === "test:pass" && typeof data.skip === "string" && data.skip !== UNASKED) {
      yield `skipped: ${[...names.slice(0, data.nesting), data.name].join(" › ")} (${data.skip})\n`;
    } else if (type === "test:stderr" || type === "test:stdout") {
      yield data.message;
    } else if (type === "test:diagnostic" && data.nesting === 0) {
      yield `# ${data.message}\n`;
    }
  }
}

/** What an assertion found is in its message; where in the runner it was called from helps nobody. */
function textOf(error) {
  if (typeof error?.stack !== "string") return inspect(error, { depth: 8 });
  return error.stack
    .split("\n")
    .filter((line) => !line.includes("(node:internal/"))
    .join("\n");
}

function indented(text) {
  return text.replace(/^/gm, "    ");
}
