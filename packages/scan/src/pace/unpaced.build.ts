/** A pace that holds nothing back: for tests of what is paced. */
import type { Pacer } from "../passes.js";

export const unpaced: Pacer = {
  permits: () => 1_000,
  spend: () => {},
  waitUs: () => 0,
  slow: () => {},
  limit: () => {},
};
