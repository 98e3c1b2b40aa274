/**
 * Reports failures in full, what was skipped in a line, and the totals: thousands of tests pass, and nobody reads that.
 */
import { relative } from "node:path";
import { inspect } from "node:util";

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
      yield `not ok: ${what}\n  ${where}\n${indented(inspect(error.cause ?? error, { depth: 8 }))}\n\n`;
    } else if (type === "test:pass" && typeof data.skip === "string") {
      yield `skipped: ${[...names.slice(0, data.nesting), data.name].join(" › ")} (${data.skip})\n`;
    } else if (type === "test:stderr" || type === "test:stdout") {
      yield data.message;
    } else if (type === "test:diagnostic" && data.nesting === 0) {
      yield `# ${data.message}\n`;
    }
  }
}

function indented(text) {
  return text.replace(/^/gm, "    ");
}
