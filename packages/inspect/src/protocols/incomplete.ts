import { MATCH, MORE, type Outcome } from "../dissector.js";
import type { FlowContext } from "../flow-context.js";

/**
 * What a stream dissector returns where the octets at hand cannot tell: `MORE` before its verdict, `MATCH` after.
 * For dissectors that keep `flow.stage` at 0 until they have returned `MATCH`.
 */
export function incomplete(flow: FlowContext): Outcome {
  return flow.stage === 0 ? MORE : MATCH;
}
