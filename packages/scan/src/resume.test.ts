import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.js";
import { Cookie } from "./cookie.js";
import { hostsFrom } from "./hosts.build.js";
import { unpaced } from "./pace/unpaced.build.js";
import { newPart, type Part } from "./part.js";
import { ProbeScan } from "./probe-scan.js";
import { ScanPlan } from "./scan-plan.js";
import { SimulatedNetwork } from "./simulated-network.build.js";
import { syn } from "./techniques/syn.js";

const plan = new ScanPlan(hostsFrom("10.0.0.0", 40), [22, 80, 443], 7);
const behaviour = (_: string, port: number) => (port === 22 ? "open" : port === 80 ? "closed" : "prohibited");

/**
 * Runs the part from where it stands until the scheduler has asked `steps` times how much it may send; then the process
 * is gone. What it had kept after `kept` of them is what comes back.
 */
async function runAndDie(part: Part, seed: number, kept: number, steps: number): Promise<Part> {
  const network = new SimulatedNetwork({ behaviour, roundTripUs: 30_000, seed });
  const dead = new AbortController();
  let octets: Uint8Array | undefined;
  let step = 0;
  const keep = (): void => {
    part.position = scan.passes.position;
    const pieces: Uint8Array[] = [];
    const checkpoint = { plan: "", seed: 7, arguments: [], startedMs: 0, parts: [part] };
    for (const piece of encodeCheckpoint(checkpoint)) pieces.push(piece.slice());
    octets = Buffer.concat(pieces);
  };
  const scan = new ProbeScan({
    plan,
    technique: syn,
    link: network,
    table: part.table,
    codes: part.codes,
    ttls: part.ttls,
    cookie: new Cookie(part.key),
    sourcePort: part.sourcePort,
    from: part.position,
    pacer: {
      ...unpaced,
      permits() {
        step += 1;
        if (step === kept) keep();
        if (step === steps) dead.abort();
        // A few at a time, and time passes in between.
        return step % 2 === 0 ? 3 : 0;
      },
      waitUs: () => 9_000,
    },
    replyTime: { timeoutUs: 100_000, measured: () => {} },
    // Nothing is asked twice but for the stop's sake: whoever is left out stays out.
    retriesMax: 0,
    nowUs: () => network.nowUs,
    progress: () => {},
  });
  await scan.run(dead.signal);
  if (octets === undefined) keep();
  return decodeCheckpoint(octets!).parts[0]!;
}

describe("a scan that goes on after it was killed", () => {
  it("ends in the same result, whenever that was and whatever was under way", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat({ max: 30 })), { maxLength: 4 }),
        fc.nat(),
        async (stops, seed) => {
          let part = newPart("ipv4 syn", "syn", plan.pairs, 61_111);
          for (const [kept, more] of stops) part = await runAndDie(part, seed, kept, kept + more);
          part = await runAndDie(part, seed, 0, 0);
          assert.equal(part.table.answered, plan.pairs);
          for (let pair = 0; pair < plan.pairs; pair += 1) {
            const port = plan.portOf(pair);
            const { state } = part.codes.verdictOf(part.table.get(pair));
            assert.equal(state, port === 22 ? "open" : port === 80 ? "closed" : "filtered");
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
