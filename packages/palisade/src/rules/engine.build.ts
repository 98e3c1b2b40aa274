/** An engine over rules that a test writes. */
import { Engine, loadRules } from "@palisade/seclang";

export function engineFor(rules: string): Engine {
  const loaded = loadRules(["a.conf"], { read: () => Buffer.from(rules), list: () => [] });
  return Engine.of(loaded, { readData: () => new Uint8Array(0), clock: () => 1_700_000_000_000 });
}
