#!/usr/bin/env node
// Committed rather than built, so that npm can link the command before the first build.
try {
  await import("../dist/bundle/palisade.js");
} catch (error) {
  if (error?.code !== "ERR_MODULE_NOT_FOUND" || !String(error.message).includes("dist/bundle/palisade.js"))
    throw error;
  process.stderr.write("palisade: not built yet; run `npm run build` in the project's root\n");
  process.exitCode = 2;
}
