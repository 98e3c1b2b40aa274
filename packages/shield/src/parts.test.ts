import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, readSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { BlockPool } from "@palisade/base";
import fc from "fast-check";
import { AUDIT_UNWRITTEN_BYTES_MAX, AuditLog } from "./audit-log.js";
import { folderOf } from "./bed.build.js";
import { Deadlines } from "./deadlines.js";
import { HeldOctets } from "./held-octets.js";
import { Latency } from "./latency.js";
import { OUT_BUFFER_BYTES, OutBuffer, type Sink } from "./out-buffer.js";
import { responsePage } from "./response-page.js";
import { TrustedProxies } from "./trusted-proxies.js";
import { UniqueIds } from "./unique-id.js";

/** The path of a named pipe. */
function pipeOf(test: TestContext): string {
  const path = join(folderOf(test), "pipe");
  execFileSync("mkfifo", [path]);
  return path;
}

/** How many octets a pipe had; 0 where it was empty. */
function readSome(pipe: number, room: Buffer): number {
  try {
    return readSync(pipe, room);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN");
    return 0;
  }
}

describe("an audit log", () => {
  it("has its lines in order, at the end of each turn", async (test) => {
    const path = join(folderOf(test), "a.jsonl");
    const log = new AuditLog(path, { report: () => assert.fail() });
    log.append("1\n");
    log.append("2\n");
    assert.equal(readFileSync(path, "utf8"), "");
    // In which order a turn has timers and what is to be done at its end depends on the time.
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(readFileSync(path, "utf8"), "1\n2\n");
    log.append("3\n");
    log.close();
    assert.equal(readFileSync(path, "utf8"), "1\n2\n3\n");
  });

  it("is written at once where much waits", (test) => {
    const path = join(folderOf(test), "a.jsonl");
    const log = new AuditLog(path, { report: () => assert.fail() });
    const line = `${"x".repeat(99_999)}\n`;
    for (let count = 0; count < 11; count += 1) log.append(line);
    assert.equal(readFileSync(path).length, 1_100_000);
    log.close();
  });

  it("goes on in a new file when it is opened anew", (test) => {
    const path = join(folderOf(test), "a.jsonl");
    const log = new AuditLog(path, { report: () => assert.fail() });
    log.append("old\n");
    renameSync(path, `${path}.1`);
    log.append("still old\n");
    log.reopen();
    log.append("new\n");
    log.close();
    assert.equal(readFileSync(`${path}.1`, "utf8"), "old\nstill old\n");
    assert.equal(readFileSync(path, "utf8"), "new\n");
  });

  it("tells once that the disk is full, and counts what is lost", () => {
    const told: string[] = [];
    const log = new AuditLog("/dev/full", { report: (message) => told.push(message) });
    for (let count = 0; count < 3; count += 1) {
      log.append("a\nb\n");
      log.flush();
    }
    log.close();
    assert.equal(log.lost, 6);
    assert.deepEqual(told, ["/dev/full: audit records cannot be written: no space is left there"]);
  });

  it("waits for a pipe's reader without holding anything up, and has its lines whole", async (test) => {
    const path = pipeOf(test);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    test.after(() => closeSync(reader));
    const log = new AuditLog(path, { report: () => assert.fail() });
    // More than a pipe holds.
    const lines = Array.from({ length: 40 }, (_, at) => `${at} ${"x".repeat(9_000)}\n`);
    for (const line of lines) {
      log.append(line);
      log.flush();
    }
    const room = Buffer.alloc(100_000);
    let text = "";
    for (const signal = AbortSignal.timeout(10_000); text.length < lines.join("").length; ) {
      signal.throwIfAborted();
      text += room.toString("latin1", 0, readSome(reader, room));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(text, lines.join(""));
    assert.equal(log.lost, 0);
    log.close();
  });

  it("counts what a pipe's reader was too slow for", (test) => {
    const path = pipeOf(test);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    test.after(() => closeSync(reader));
    const told: string[] = [];
    const log = new AuditLog(path, { report: (message) => told.push(message) });
    const line = `${"x".repeat(999_999)}\n`;
    for (let count = 0; count < 20; count += 1) {
      log.append(line);
      log.flush();
    }
    // The pipe has less than one of them, and as many wait as there is room for.
    const waiting = Math.floor(AUDIT_UNWRITTEN_BYTES_MAX / line.length);
    assert.ok(log.lost === 20 - waiting || log.lost === 19 - waiting, `${log.lost}`);
    assert.deepEqual(told, [`${path}: audit records cannot be written: its reader is too slow`]);
    log.close();
    assert.equal(log.lost, 20);
  });

  it("is refused where nobody reads its pipe", (test) => {
    const path = pipeOf(test);
    assert.throws(() => new AuditLog(path, { report: () => {} }), {
      code: "AUDIT_LOG",
      message: `${path}: nobody reads this pipe: start its reader first`,
    });
  });

  for (const [path, why] of [
    ["/nowhere/a", "the folder it would be in is not there"],
    ["/", "it is a folder"],
    ["/dev/null/a", "a part of its path is no folder"],
  ] as const)
    it(`that cannot be opened, as ${why}, is refused in a line`, () => {
      assert.throws(() => new AuditLog(path, { report: () => {} }), {
        code: "AUDIT_LOG",
        message: `${path}: the audit log cannot be opened (${why}): name a file that this user may write`,
      });
    });
});

/** A sink that keeps what it is given: where it is slow, as it lies in memory, otherwise as it was. */
function sinkOf(isDrained: boolean): Sink & { readonly pieces: Uint8Array[] } {
  const pieces: Uint8Array[] = [];
  const write = (octets: Uint8Array): boolean => {
    pieces.push(isDrained ? Uint8Array.from(octets) : octets);
    return isDrained;
  };
  return { pieces, isDrained, write };
}

describe("what waits for a verdict", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 9_000 }), { maxLength: 40 });

  it("comes out as it went in, however it was cut, and lies where nobody else writes while a sink needs it", () => {
    const pool = new BlockPool();
    fc.assert(
      fc.property(fc.array(fc.tuple(pieces, fc.boolean()), { maxLength: 4 }), (messages) => {
        const sinks = messages.map(([, isDrained]) => sinkOf(isDrained));
        for (const [index, [parts]] of messages.entries()) {
          const held = new HeldOctets(pool);
          for (const piece of parts) held.append(piece, 0, piece.length);
          assert.equal(held.bytes, Buffer.concat(parts).length);
          held.passTo(sinks[index]!);
          assert.equal(held.bytes, 0);
          assert.deepEqual(held.take(), []);
        }
        for (const [index, [parts]] of messages.entries())
          assert.deepEqual(Buffer.concat(sinks[index]!.pieces), Buffer.concat(parts));
      }),
      { numRuns: 50 },
    );
  });

  it("is written behind what was written before", () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const held = new HeldOctets(new BlockPool());
        for (const piece of parts) held.append(piece, 0, piece.length);
        const out = new OutBuffer();
        out.append(Buffer.from("head"), 0, 4);
        held.moveTo(out);
        assert.deepEqual(out.pending, Buffer.concat([Buffer.from("head"), ...parts]));
        assert.equal(held.bytes, 0);
      }),
      { numRuns: 30 },
    );
  });
});

describe("memory for what is written", () => {
  it("gives each his own octets, which nobody writes over while a sink needs them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(fc.nat(OUT_BUFFER_BYTES / 2), { maxLength: 5 }), fc.boolean()), {
          maxLength: 20,
        }),
        (turns) => {
          const out = new OutBuffer();
          const sinks = turns.map(([lengths, isDrained], turn) => {
            for (const bytes of lengths) out.append(new Uint8Array(bytes).fill(turn), 0, bytes);
            const sink = sinkOf(isDrained);
            assert.equal(out.passTo(sink), isDrained);
            assert.equal(out.pendingBytes, 0);
            return sink;
          });
          for (const [turn, [lengths]] of turns.entries()) {
            const [octets] = sinks[turn]!.pieces;
            assert.equal(
              octets!.length,
              lengths.reduce((sum, bytes) => sum + bytes, 0),
            );
            assert.ok(octets!.every((octet) => octet === turn));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("is used again where all was written", () => {
    const out = new OutBuffer();
    const { octets } = out;
    for (let turn = 0; turn < 10; turn += 1) {
      out.append(new Uint8Array(OUT_BUFFER_BYTES), 0, OUT_BUFFER_BYTES);
      out.passTo(sinkOf(true));
    }
    assert.equal(out.octets, octets);
  });
});

describe("deadlines", () => {
  it("end what is over, once, and nothing else", () => {
    let nowMs = 0;
    const deadlines = new Deadlines(() => nowMs);
    const ended: string[] = [];
    const of = (name: string, deadlineMs: number) => ({ deadlineMs, expire: () => void ended.push(name) });
    const gone = of("gone", 5);
    for (const one of [of("ten", 10), of("twenty", 20), of("never", Number.POSITIVE_INFINITY), gone])
      deadlines.add(one);
    deadlines.delete(gone);
    for (nowMs = 0; nowMs <= 40; nowMs += 1) {
      deadlines.tick();
      if (nowMs === 15) assert.deepEqual(ended, ["ten"]);
    }
    assert.deepEqual(ended, ["ten", "twenty"]);
  });
});

describe("a page of our own", () => {
  const page = (options: object) =>
    responsePage({
      status: 403,
      id: "abc",
      nowMs: 0,
      isHead: false,
      connection: undefined,
      ...options,
    }).message.toString("latin1");

  it("has a length that is right, the date and the request's identifier, and names nothing that runs here", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 700 }), (status) => {
        const [head, body] = page({ status }).split("\r\n\r\n") as [string, string];
        const said = Number(/^HTTP\/1\.1 (\d{3}) [\w' -]+\r\n/.exec(head)?.[1]);
        assert.equal(said, status >= 200 && status <= 599 ? status : 403);
        assert.match(head, /\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n/);
        if (said === 204 || said === 304) assert.equal(body, "");
        else {
          assert.equal(Number(/Content-Length: (\d+)/.exec(head)?.[1]), body.length);
          assert.match(body, /abc/);
        }
        assert.doesNotMatch(head + body, /palisade|node|server:/i);
      }),
    );
  });

  it("has no body for HEAD", () => {
    assert.match(page({ isHead: true, connection: "close" }), /Connection: close\r\n\r\n$/);
  });

  it("has a Location that stays on its line, whatever it is made of", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (location) => {
        const text = page({ status: 302, location });
        assert.match(text, /\r\nLocation: [!-~]*\r\nContent-Type: /);
      }),
    );
  });
});

describe("the address of a client behind proxies", () => {
  it("can only be one of IP addresses and prefixes", () => {
    assert.throws(() => new TrustedProxies(["10.0.0.0/8", "proxy.example"]), {
      code: "USAGE",
      message: /^proxy\.example: /,
    });
    assert.equal(new TrustedProxies([]).trusts("127.0.0.1"), false);
    assert.equal(new TrustedProxies(["10.0.0.0/8", "::1"]).trusts("10.9.8.7"), true);
  });
});

describe("identifiers", () => {
  it("are different, and fit into a URL", () => {
    const ids = new UniqueIds();
    const seen = new Set(Array.from({ length: 2_000 }, () => ids.next()));
    assert.equal(seen.size, 2_000);
    for (const id of seen) assert.match(id, /^[\w-]{20}$/);
  });
});

describe("durations", () => {
  it("have quantiles that are right to within 5 %", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 60_000, noNaN: true }), { minLength: 1 }), (all) => {
        const latency = new Latency();
        for (const ms of all) latency.add(ms);
        const sorted = all.slice().sort((a, b) => a - b);
        for (const share of [0.5, 0.99, 1]) {
          const right = sorted[Math.ceil(sorted.length * share) - 1]!;
          assert.ok(
            Math.abs(latency.quantile(share) / right - 1) < 0.05,
            `${latency.quantile(share)} for ${right}`,
          );
        }
      }),
    );
    assert.equal(new Latency().quantile(0.5), 0);
  });
});
