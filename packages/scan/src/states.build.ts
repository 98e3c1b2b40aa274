/** What a table says, in words: for tests of what fills it. */
import { formatIpAddress } from "@palisade/wire";
import type { ScanPlan } from "./scan-plan.js";
import type { StateTable } from "./state-table.js";
import type { VerdictCodes } from "./verdict-codes.js";

/** State and reason of each pair that has answered, by `address:port`: `open syn-ack`. */
export function statesOf(plan: ScanPlan, table: StateTable, codes: VerdictCodes): Map<string, string> {
  const states = new Map<string, string>();
  const address = new Uint8Array(plan.hosts.addressBytes);
  for (let pair = 0; pair < plan.pairs; pair += 1) {
    const code = table.get(pair);
    if (code === 0) continue;
    plan.hosts.write(plan.hostOf(pair), address, 0);
    const { state, reason } = codes.verdictOf(code);
    states.set(`${formatIpAddress(address)}:${plan.portOf(pair)}`, `${state} ${reason}`);
  }
  return states;
}
