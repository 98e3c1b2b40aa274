/**
 * `scan` as programs use it, on a network of this test's own that answers at once.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { PalisadeError } from "@palisade/base";
import { AnsweringNetwork } from "./answering-link.build.js";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.js";
import { parseDecoys } from "./links/decoys.js";
import { timingTemplateOf } from "./pace/templates.js";
import { FOUND_QUEUED_MAX } from "./result/found-queue.js";
import type { ScanRecord, ScanResult } from "./result/result.js";
import { scan } from "./scan.js";
import type { ScanOptions } from "./scan-options.js";
import { parseTarget } from "./targets/expression.js";
import { REVERSE_AT_ONCE_MAX } from "./targets/reverse-names.js";
import { TargetSet } from "./targets/target-set.js";
import { ack } from "./techniques/ack.js";
import { syn } from "./techniques/syn.js";

/** Probes of one batch: so many are on their way before anybody looks at the queue. */
const BATCH = 64;

async function optionsFor(
  network: AnsweringNetwork,
  ports: number,
  more: Partial<ScanOptions> = {},
  targets: readonly string[] = ["192.0.2.1"],
): Promise<ScanOptions> {
  return {
    targets: await TargetSet.build({ targets: targets.map(parseTarget) }),
    asks: [{ technique: syn, ports: Array.from({ length: ports }, (_, at) => at + 1) }],
    timing: timingTemplateOf("normal"),
    canaries: 0,
    openLink: network.openLink,
    ...more,
  };
}

const octetsOf = (pieces: Iterable<Uint8Array>): Uint8Array =>
  Buffer.concat(Array.from(pieces, (piece) => piece.slice()));

const allOpen = (): AnsweringNetwork => new AnsweringNetwork(() => true);

/** Looks in a row, of the event loop's, that see nothing sent: a time alone may be one in which this machine did something else. */
const QUIET_LOOKS = 10;

/** Waits until nothing has been sent for a while. */
async function quiet(network: AnsweringNetwork): Promise<number> {
  let before = -1;
  for (let looks = 0, same = 0; looks < 2_000; looks += 1) {
    await setTimeout(20);
    same = network.asked.length === before ? same + 1 : 0;
    before = network.asked.length;
    if (same === QUIET_LOOKS) return before;
  }
  throw new Error("it never stops");
}

describe("iterating a scan", () => {
  it("gives each port as it is found, then hosts, then the whole", async () => {
    const network = new AnsweringNetwork((_, port) => port % 10 === 0);
    const types: string[] = [];
    const found: number[] = [];
    for await (const record of scan(await optionsFor(network, 100, {}, ["192.0.2.1", "192.0.2.2"]))) {
      types.push(record.type);
      if (record.type === "port") found.push(record.port.port);
      if (record.type === "scan") assert.equal(record.result.stopped, false);
    }
    assert.deepEqual(types, [...new Array<string>(20).fill("port"), "host", "host", "scan"]);
    assert.equal(new Set(found).size, 10);
    assert.deepEqual([network.opened, network.closed], [1, 1]);
  });

  it("stops the scan when the loop is left, at whichever record that is", async () => {
    for (const at of [0, 1, 500]) {
      const network = allOpen();
      const run = scan(await optionsFor(network, 60_000, { probesPerSecondMax: 20_000 }));
      let taken = 0;
      for await (const record of run) {
        assert.equal(record.type, "port");
        if (taken === at) break;
        taken += 1;
      }
      const result = await run.result;
      assert.equal(result.stopped, true);
      const asked = network.asked.length;
      assert.ok(asked < 60_000, `${asked}`);
      await setTimeout(100);
      assert.equal(network.asked.length, asked);
      assert.equal(network.closed, network.opened);
    }
  });

  it("stops the scan when the loop throws, and the error is the loop's", async () => {
    const network = allOpen();
    const run = scan(await optionsFor(network, 60_000, { probesPerSecondMax: 20_000 }));
    await assert.rejects(async () => {
      for await (const record of run) throw new Error(record.type);
    }, /^Error: port$/);
    assert.equal((await run.result).stopped, true);
  });

  it("holds the scan for a reader who is slow, and loses nothing", async () => {
    const network = allOpen();
    const records = scan(await optionsFor(network, 3 * FOUND_QUEUED_MAX))[Symbol.asyncIterator]();
    const ports: number[] = [];
    const take = ({ value, done }: IteratorResult<ScanRecord>): boolean => {
      if (done !== true && value.type === "port") ports.push(value.port.port);
      return done !== true;
    };
    try {
      assert.ok(take(await records.next()));
      for (let time = 0; time < 2; time += 1) {
        await quiet(network);
        // Some are asked again although they have answered, to see whether they still do.
        const held = new Set(network.asked).size;
        assert.ok(held >= ports.length + FOUND_QUEUED_MAX, `${held}: there was room for more`);
        assert.ok(
          held <= ports.length + FOUND_QUEUED_MAX + BATCH,
          `${held} were found, ${ports.length} taken`,
        );
        for (let more = 0; more < 1_000; more += 1) assert.ok(take(await records.next()));
      }
      while (take(await records.next()));
    } finally {
      // A scan that is held would keep the test from ending.
      await records.return?.(undefined);
    }
    assert.equal(new Set(ports).size, 3 * FOUND_QUEUED_MAX);
    assert.equal(ports.length, 3 * FOUND_QUEUED_MAX);
  });

  it("can be left while the scan is held", async () => {
    const network = allOpen();
    const run = scan(await optionsFor(network, 3 * FOUND_QUEUED_MAX));
    for await (const record of run) {
      assert.equal(record.type, "port");
      await quiet(network);
      break;
    }
    assert.equal((await run.result).stopped, true);
    assert.ok(network.asked.length <= FOUND_QUEUED_MAX + 2 * BATCH);
  });

  it("throws what is wrong with the scan, which its result rejects with too", async () => {
    const refusal = new PalisadeError("LINK_NO_ROUTE", "there is no way");
    const network = allOpen();
    const run = scan(
      await optionsFor(network, 10, {
        openLink: async () => {
          throw refusal;
        },
      }),
    );
    const taken: ScanRecord[] = [];
    await assert.rejects(
      async () => {
        for await (const record of run) taken.push(record);
      },
      (error) => error === refusal,
    );
    assert.deepEqual(taken, []);
    await assert.rejects(run.result, (error) => error === refusal);
  });

  it("throws what goes wrong on the way, after the ports that were found before", async () => {
    const defect = new Error("the network is gone");
    const network = allOpen();
    let batches = 0;
    network.onSend = () => {
      batches += 1;
      if (batches === 5) throw defect;
    };
    let taken = 0;
    await assert.rejects(
      async () => {
        for await (const _ of scan(await optionsFor(network, 5_000))) taken += 1;
      },
      (error) => error === defect,
    );
    assert.equal(taken, network.asked.length);
    assert.ok(taken > 0);
    assert.equal(network.closed, 1);
  });
});

describe("a scan that nobody iterates", () => {
  it("is in its result, and is not held by what nobody takes", async () => {
    const network = allOpen();
    const size = FOUND_QUEUED_MAX + 1_000;
    const result = await scan(await optionsFor(network, size)).result;
    assert.equal(new Set(network.asked).size, size);
    const { stopped, probes, failure } = result;
    assert.deepEqual([stopped, probes, failure], [false, network.asked.length, undefined]);
    // Some were asked again to see whether they still answer.
    assert.ok(probes <= size * (1 + 1 / 32), `${probes}`);
    // Made anew each time.
    for (let time = 0; time < 2; time += 1) {
      const [host, ...none] = [...result.hosts];
      assert.deepEqual([host!.ports.length, none.length], [size, 0]);
    }
  });

  it("asks for no last word of hosts whose closed ports are told by a segment", async () => {
    const network = new AnsweringNetwork((_, port) => port === 1 || undefined);
    await scan(await optionsFor(network, 40)).result;
    // Twice all, of which one answers at once.
    assert.equal(network.asked.length, 40 + 39);
  });

  it("ends in what is known when its signal aborts, and keeps that", async () => {
    const network = allOpen();
    const stop = new AbortController();
    const kept: boolean[] = [];
    const { signal } = stop;
    network.onSend = () => {
      if (network.asked.length > 1_000) stop.abort();
    };
    const checkpoint = async (pieces: () => Iterable<Uint8Array>, isLast: boolean): Promise<void> => {
      kept.push(isLast && [...pieces()].length > 0);
    };
    const result = await scan(await optionsFor(network, 60_000, { signal, checkpoint })).result;
    assert.equal(result.stopped, true);
    assert.deepEqual(kept, [true]);
    const [host] = [...result.hosts];
    assert.ok(host!.ports.length > 500 && host!.ports.length < 60_000, `${host!.ports.length}`);
    // Nobody was silent here: what has not answered was not asked, or not waited for.
    assert.deepEqual(host!.others, []);
    assert.equal(host!.notAsked, 60_000 - host!.ports.length);
    assert.deepEqual(result.notAsked, { hosts: 0, ports: host!.notAsked });
  });

  it("is kept while names are looked up, should it be killed then", async () => {
    const ports = 100;
    const kept: number[] = [];
    let isKept = (): void => {};
    const keptOnce = new Promise<void>((resolve) => {
      isKept = resolve;
    });
    const result = await scan(
      await optionsFor(allOpen(), ports, {
        reverseLookUp: async () => {
          await keptOnce;
          return ["one.example"];
        },
        checkpoint: async (pieces) => {
          kept.push(decodeCheckpoint(octetsOf(pieces())).parts[0]!.table.answered);
          isKept();
        },
      }),
    ).result;
    assert.deepEqual([...result.hosts][0]!.reverseNames, ["one.example"]);
    assert.deepEqual(kept, [ports]);
  });

  it("looks up no further names while it is held", async () => {
    let isHeld = false;
    let looked = 0;
    let whileHeld = 0;
    const goOn = (): void => {
      whileHeld = looked;
      isHeld = false;
    };
    const reverseLookUp = async (): Promise<readonly string[]> => {
      looked += 1;
      if (looked === 1) {
        isHeld = true;
        void setTimeout(200).then(goOn);
      }
      return [];
    };
    const hosts = 3 * REVERSE_AT_ONCE_MAX;
    const targets = [`10.0.0.1-${hosts}`];
    await scan(await optionsFor(allOpen(), 1, { reverseLookUp, isHeld: () => isHeld }, targets)).result;
    assert.deepEqual([whileHeld, looked], [REVERSE_AT_ONCE_MAX, hosts]);
  });

  it("tells apart what was silent and what was not asked, by whichever technique and in whichever family", async () => {
    // Some three seconds for all ports, of which half a second is waited for silence.
    const network = new AnsweringNetwork(() => undefined);
    const stop = new AbortController();
    const asks = [syn, ack].map((technique) => ({
      technique,
      ports: Array.from({ length: 3_000 }, (_, at) => at + 1),
    }));
    const options = await optionsFor(network, 0, { asks, signal: stop.signal, probesPerSecondMax: 1_000 }, [
      "192.0.2.1",
      "2001:db8::1",
    ]);
    network.onSend = () => {
      if (network.asked.length >= 2_000) stop.abort();
    };
    const result = await scan(options).result;
    const [one, other] = [...result.hosts];
    const filtered = one!.others.reduce((sum, { count }) => sum + count, 0);
    assert.ok(filtered > 0 && filtered < network.asked.length, `${filtered} of ${network.asked.length}`);
    assert.deepEqual([one!.notAsked, other!.notAsked, other!.others], [6_000 - filtered, 6_000, []]);
    assert.equal(result.notAsked.ports, 12_000 - filtered);
    // What was not begun is no summary of what was done, but of what was asked for.
    assert.deepEqual(
      result.scans.map(({ family, technique }) => `${family} ${technique}`),
      ["ipv4 syn"],
    );
    assert.deepEqual(
      result.asks.map(({ technique, ports }) => `${technique} ${ports}`),
      ["syn 1-3000", "ack 1-3000"],
    );
  });

  it("keeps what an earlier run knew of parts that it did not come to", async () => {
    const network = new AnsweringNetwork((_, port) => (port <= 500 ? true : undefined));
    const kept: Uint8Array[] = [];
    const begin = async (more: Partial<ScanOptions>): Promise<ScanResult> =>
      scan(
        await optionsFor(network, 1_000, {
          ...more,
          probesPerSecondMax: 2_000,
          checkpoint: async (pieces, isLast) => {
            if (isLast) kept.push(octetsOf(pieces()));
          },
        }),
      ).result;
    const first = new AbortController();
    network.onSend = () => {
      if (network.asked.length > 300) first.abort();
    };
    const one = await begin({ signal: first.signal });
    network.onSend = () => {};
    const two = await begin({ resume: kept[0]!, signal: AbortSignal.abort() });
    const opened = ({ hosts }: ScanResult): number => [...hosts][0]!.ports.length;
    assert.ok(opened(one) > 100 && opened(one) < 500);
    assert.equal(opened(two), opened(one));
    const three = await begin({ resume: kept[1]! });
    assert.deepEqual([opened(three), three.notAsked, three.stopped], [500, { hosts: 0, ports: 0 }, false]);
  });

  it("keeps what an earlier run knew of a family that it has not come to again, should it be killed", async () => {
    const targets = ["192.0.2.1", "2001:db8::1"];
    const stop = new AbortController();
    const kept: Uint8Array[] = [];
    const begin = async (more: Partial<ScanOptions>): Promise<ScanResult> => {
      const checkpoint: ScanOptions["checkpoint"] = async (pieces) => {
        kept.push(octetsOf(pieces()));
        stop.abort();
      };
      return scan(await optionsFor(allOpen(), 10, { ...more, checkpoint }, targets)).result;
    };
    await begin({ signal: AbortSignal.abort() });
    const before = decodeCheckpoint(kept[0]!);
    const { table, codes } = before.parts.find(({ name }) => name === "ipv6 syn")!;
    for (const pair of [3, 4]) table.set(pair, codes.codeOf({ state: "open", reason: "syn-ack" }));
    // Held at the first family until the file is written for the first time.
    await begin({ resume: octetsOf(encodeCheckpoint(before)), isHeld: () => true, signal: stop.signal });
    const answers = decodeCheckpoint(kept[1]!).parts.map((part) => [part.name, part.table.answered]);
    assert.deepEqual(answers, [
      ["ipv4 syn", 0],
      ["ipv6 syn", 2],
    ]);
  });
});

describe("names of addresses", () => {
  const looking = () => {
    const asked: string[] = [];
    const reverseLookUp = async (address: string): Promise<string[]> => {
      asked.push(address);
      return [`host-${address.replaceAll(".", "-")}.example`];
    };
    return { asked, reverseLookUp };
  };

  it("are looked up of hosts that answered, where there are too many to list all", async () => {
    const network = new AnsweringNetwork((address) => address.endsWith(".7.7") || undefined);
    const { asked, reverseLookUp } = looking();
    const options = await optionsFor(network, 1, { reverseLookUp, retriesMax: 0 }, ["10.0.0-16.0-255"]);
    const { hosts } = await scan(options).result;
    assert.deepEqual(asked, ["10.0.7.7"]);
    assert.deepEqual(
      [...hosts].map(({ reverseNames }) => reverseNames),
      [["host-10-0-7-7.example"]],
    );
  });

  it("are not looked up of addresses that have a meaning on their link alone", async () => {
    const { asked, reverseLookUp } = looking();
    const targets = ["192.0.2.1", "fe80::1%lo"];
    const set = await TargetSet.build({ targets: targets.map(parseTarget) });
    await scan({ targets: set, asks: [], timing: timingTemplateOf("normal"), reverseLookUp }).result;
    assert.deepEqual(asked, ["192.0.2.1"]);
  });

  it("are not looked up once a scan was stopped, and nothing is said of that", async () => {
    const { asked, reverseLookUp } = looking();
    const stop = new AbortController();
    const network = allOpen();
    network.onSend = () => stop.abort();
    const options = await optionsFor(network, 10, { reverseLookUp, signal: stop.signal });
    const { stopped, unnamed } = await scan(options).result;
    assert.deepEqual([stopped, unnamed, asked], [true, undefined, []]);
  });
});

describe("what cannot be done", () => {
  it("to the probes of one address family is refused before those of the other are sent", async () => {
    const network = allOpen();
    const evasion = { decoys: (version: 4 | 6) => parseDecoys("192.0.2.77", version) };
    const targets = ["192.0.2.1", "2001:db8::1"];
    const options = await optionsFor(network, 10, { evasion }, targets);
    await assert.rejects(scan(options).result, { code: "SCAN_EVASION_DECOYS" });
    assert.deepEqual([network.opened, network.asked], [0, []]);
  });

  it("in one address family is told beside what is known of the other", async () => {
    const network = allOpen();
    const refusal = new PalisadeError("LINK_NO_ROUTE", "no way to IPv6");
    const openLink: ScanOptions["openLink"] = async (link) => {
      if (link.hosts.addressBytes === 16) throw refusal;
      return network.openLink(link);
    };
    const targets = ["192.0.2.1", "2001:db8::1"];
    const result = await scan(await optionsFor(network, 10, { openLink }, targets)).result;
    assert.equal(result.failure, refusal);
    assert.deepEqual(
      [...result.hosts].map(({ address, state, ports }) => [address, state, ports.length]),
      [
        ["192.0.2.1", "up", 10],
        ["2001:db8::1", "unknown", 0],
      ],
    );
  });
});
