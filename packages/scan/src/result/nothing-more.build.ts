/** Every port is listed, and nothing is known of a host but what its ports answered: for tests of results. */
import type { HostResultOptions } from "./host-results.js";

export const nothingMore: HostResultOptions = {
  lists: () => true,
  serviceOf: () => undefined,
  detected: () => undefined,
  namesOf: () => [],
  verdictOf: () => undefined,
  hasTimedOut: () => false,
  startedMs: 0,
};
