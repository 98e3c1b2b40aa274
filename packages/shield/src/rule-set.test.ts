import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Transaction } from "@palisade/seclang";
import { httpUpstream, RawClient, rulesOf, shieldFor } from "./bed.build.js";
import { RuleSet } from "./rule-set.js";

const octets = (text: string) => Buffer.from(text, "latin1");
const denying = (word: string) => `SecRule REQUEST_URI "@contains ${word}" "id:1,phase:1,deny,status:403"`;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Rules that take some slices to compile, and that nothing matches. */
const MANY = Array.from(
  { length: 1_000 },
  (_, index) => `SecRule ARGS "@rx ^(?:a${index}|b{2,9}c)+[^d-f]{3,12}g$" "id:${index + 1_000},phase:2,deny"`,
).join("\n");

/** Begins a transaction, and asks for a path. @returns it, and the status it is refused with */
function ask({ current }: RuleSet, path: string): { transaction: Transaction; status: number | undefined } {
  const transaction = current.engine.begin("0f1e2d3c");
  transaction.requestLine(octets("GET"), octets(path), octets("HTTP/1.1"));
  transaction.requestHeader(octets("Host"), octets("localhost"));
  const decided = transaction.endRequestHeaders();
  return { transaction, status: decided?.status };
}

describe("a reload", () => {
  it("lets the event loop turn, and requests be answered by the rules of before", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => response.end("ok"));
    const { rules, file } = rulesOf(test, denying("old"));
    const { port } = await shieldFor(test, upstream, { rules });
    const client = new RawClient(test, port);
    writeFileSync(file, `${MANY}\n${denying("new")}`);
    let isOver = false;
    let turns = 0;
    let answers = 0;
    const reload = rules.reload().then(() => {
      isOver = true;
    });
    const counting = (async () => {
      for (; !isOver; turns += 1) await turn();
    })();
    while (!isOver) {
      client.text = "";
      client.write("GET /new HTTP/1.1\r\nHost: a\r\n\r\n");
      const text = await client.until((all) => all.includes("\r\n\r\n"));
      if (!isOver) {
        assert.match(text, /^HTTP\/1\.1 200 /);
        answers += 1;
      }
    }
    await Promise.all([reload, counting]);
    assert.ok(turns >= 10, `${turns} turns`);
    assert.ok(answers >= 2, `${answers} answers`);
    assert.equal(rules.current.rules, 1_001);
    assert.equal(ask(rules, "/new").status, 403);
  });

  it("joins those that come meanwhile to one more behind it, which reads the files again", async (test) => {
    const { rules, file } = rulesOf(test, denying("old"));
    let states = 0;
    let last = rules.current;
    const note = (): void => {
      if (rules.current !== last) states += 1;
      last = rules.current;
    };
    writeFileSync(file, `${MANY}\n${denying("first")}`);
    const first = rules.reload().then(note);
    writeFileSync(file, denying("second"));
    const joined = [rules.reload(), rules.reload(), rules.reload()];
    assert.equal(new Set(joined).size, 1);
    await first;
    assert.equal(ask(rules, "/first").status, 403);
    await Promise.all(joined.map((each) => each.then(note)));
    assert.equal(states, 2);
    assert.equal(ask(rules, "/second").status, 403);
    assert.equal(ask(rules, "/first").status, undefined);
  });

  it("that fails tells the place, leaves the rules as they are, and the one behind it runs", async (test) => {
    const { rules, file } = rulesOf(test, denying("old"));
    const before = rules.current;
    writeFileSync(file, `${MANY}\n  SecRule ARGS "@rx (" "id:1"\n`);
    const failing = rules.reload();
    const next = rules.reload();
    const told = assert.rejects(failing, { message: new RegExp(`^${file}:1001:\\d+: `) });
    // The files have been read by then: the one behind finds others.
    writeFileSync(file, denying("new"));
    await failing.catch(() => {
      assert.equal(rules.current, before);
      assert.equal(ask(rules, "/old").status, 403);
    });
    await told;
    await next;
    assert.equal(ask(rules, "/new").status, 403);
  });
});

describe("a rule set that is stopped", () => {
  it("ends the reload that runs and the one behind it, and keeps its rules", async (test) => {
    const stopping = new AbortController();
    const { rules, file } = rulesOf(test, denying("old"), stopping.signal);
    const before = rules.current;
    writeFileSync(file, `${MANY}\n${denying("new")}`);
    const running = assert.rejects(rules.reload(), { name: "AbortError" });
    const next = assert.rejects(rules.reload(), { name: "AbortError" });
    await turn();
    stopping.abort();
    await Promise.all([running, next]);
    assert.equal(rules.current, before);
    assert.equal(ask(rules, "/old").status, 403);
  });

  it("ends a reload in whichever slice it is, and the last slice alone changes the rules", async (test) => {
    let aborted = 0;
    let done = 0;
    for (let turns = 0; done === 0; turns += 1) {
      const stopping = new AbortController();
      const { rules, file } = rulesOf(test, denying("old"), stopping.signal);
      const before = rules.current;
      writeFileSync(file, `${MANY}\n${denying("new")}`);
      const reload = rules.reload().then(
        () => true,
        (error) => {
          assert.equal(error, stopping.signal.reason);
          return false;
        },
      );
      for (let turned = 0; turned < turns * turns; turned += 1) await turn();
      stopping.abort();
      const isDone = await reload;
      assert.equal(rules.current === before, !isDone);
      if (isDone) done += 1;
      else aborted += 1;
    }
    assert.ok(aborted >= 3, `${aborted} aborted`);
  });

  it("reloads no more", async (test) => {
    const { rules } = rulesOf(test, denying("old"), AbortSignal.abort());
    await assert.rejects(rules.reload(), { name: "AbortError" });
    assert.equal(ask(rules, "/old").status, 403);
  });
});

const { PALISADE_SHARED } = process.env;
const root = fileURLToPath(new URL("../../../", import.meta.url));
const crs = join(PALISADE_SHARED ?? join(root, "../shared"), "corpus/crs");

const noCoreRules = existsSync(crs) ? false : `no rule set at ${crs}`;

function coreRules(): RuleSet {
  const folder = join(crs, "rules");
  const names = readdirSync(folder).filter((name) => name.endsWith(".conf"));
  return new RuleSet({
    files: [join(crs, "crs-setup.conf.example"), ...names.sort().map((name) => join(folder, name))],
    reader: { read: (path) => readFileSync(path), list: (path) => readdirSync(path) },
    readData: (name, file) => readFileSync(join(dirname(file), name)),
  });
}

describe("a reload of the Core Rule Set", { skip: noCoreRules }, () => {
  it("lets the event loop turn all the while", async (test) => {
    const rules = coreRules();
    const gaps: number[] = [];
    for (let reloads = 0; reloads < 3; reloads += 1) {
      let isOver = false;
      const reload = rules.reload().then(() => {
        isOver = true;
      });
      for (let last = performance.now(); !isOver; ) {
        await turn();
        const now = performance.now();
        gaps.push(now - last);
        last = now;
      }
      await reload;
    }
    const [longest, ...others] = gaps.sort((one, other) => other - one).map((gap) => gap.toFixed(1));
    test.diagnostic(
      `${gaps.length} turns in 3 reloads; the longest took ${longest} ms, then ${others.slice(0, 4).join(", ")}`,
    );
    assert.ok(gaps.length >= 60, `${gaps.length} turns`);
  });
});

describe("memory of rule sets that are gone", () => {
  /** Octets that reloads may add to the heap and its buffers, whatever their number. */
  const SMALL_GROWTH_BYTES_MAX = 2_000_000;
  /** As above, of the Core Rule Set. */
  const CORE_GROWTH_BYTES_MAX = 5_000_000;

  it("is given back over 1,000 reloads, a transaction on each", async (test) => {
    const { rules } = rulesOf(test, denying("old"));
    await keepsNothing(test, rules, 1_000, SMALL_GROWTH_BYTES_MAX);
  });

  it("is given back over 4 reloads of the Core Rule Set", {
    skip: noCoreRules,
  }, async (test) => {
    await keepsNothing(test, coreRules(), 4, CORE_GROWTH_BYTES_MAX);
  });
});

/** Reloads, with a transaction on each engine that ends only on the next one, and looks at what stays. */
async function keepsNothing(
  test: TestContext,
  rules: RuleSet,
  reloads: number,
  bytesMax: number,
): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const engines: WeakRef<object>[] = [];
  const settle = async (): Promise<number> => {
    for (let round = 0; round < 3; round += 1) {
      await turn();
      collect();
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const reloadOnce = async (): Promise<void> => {
    engines.push(new WeakRef(rules.current.engine));
    const { transaction } = ask(rules, "/path");
    await rules.reload();
    transaction.finish();
  };
  // What is compiled and cached once for all is there afterwards.
  for (let warm = 0; warm < 2; warm += 1) await reloadOnce();
  const before = await settle();
  for (let done = 0; done < reloads; done += 1) await reloadOnce();
  const grown = (await settle()) - before;
  const left = engines.filter((engine) => engine.deref() !== undefined).length;
  test.diagnostic(`${grown} octets more, ${left} of ${engines.length} engines left`);
  assert.ok(grown <= bytesMax, `${grown} octets more after ${reloads} reloads`);
  assert.equal(left, 0);
}
