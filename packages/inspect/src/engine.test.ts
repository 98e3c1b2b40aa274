import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import {
  arp,
  ethernet,
  fragmentIpv4,
  gre,
  icmpEcho,
  ipv4,
  latin1,
  tcpConversation,
  udp,
  udpConversation,
} from "@palisade/wire";
import { mergeAnomalies } from "./anomalies.js";
import { attribute } from "./attribute.js";
import { PAYLOAD_PACKETS_MAX } from "./classifier.js";
import { DONE, MATCH, NO, type Protocol } from "./dissector.js";
import {
  CLIENT,
  conversation,
  type Frame,
  feed,
  framesOf,
  type Run,
  runDivided,
  runEngine,
  SERVER,
  START_US,
  startEngine,
  talk,
  udpFrame,
} from "./engine.build.js";
import { TIME_JUMP } from "./engine.js";
import { communityId } from "./flow/community-id.js";
import { flowBytes, flowPackets } from "./flow/flow-record.js";
import type { EngineOptions } from "./options.js";
import { CLOCK_BACK_FRAMES_MAX } from "./packet-clock.js";
import { examples } from "./protocols/examples.js";
import { builtInRegistry } from "./protocols/registry.js";
import { Registry } from "./registry.js";
import { FLOW_TABLE_FULL } from "./shard.js";
import { statisticsTree } from "./statistics.js";
import { Subscriptions } from "./subscriptions.js";

const SECOND_US = 1_000_000;

/** Numerical Recipes' linear congruential generator: the same frames on every machine. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

/** Some hundred flows of all kinds over four minutes, interleaved: what an office's uplink might show. */
function mixedCapture(): Frame[] {
  const next = random(7);
  const frames: Frame[] = [];
  const add = (packets: readonly Uint8Array[], tags: readonly number[] = []): void => {
    const startUs = START_US + Math.floor(next() * 200 * SECOND_US);
    packets.forEach((payload, at) => {
      frames.push({
        timeUs: startUs + at * Math.floor(next() * 400_000),
        octets: ethernet({ payload, tags }),
      });
    });
  };
  const host = (): string => `10.0.${Math.floor(next() * 3)}.${1 + Math.floor(next() * 60)}`;
  examples.slice(0, 250).forEach((example, number) => {
    const [clientPort, serverPort] = example.ports ?? [49_152 + number, 40_000];
    const build = example.transport === "tcp" ? tcpConversation : udpConversation;
    const packets = build({
      client: { address: host(), port: clientPort },
      server: { address: `198.51.100.${1 + (number % 200)}`, port: serverPort },
      turns: example.exchange.map(([sender, octets]) => ({
        from: sender === ">" ? "client" : "server",
        octets,
      })),
    });
    add(packets, number % 9 === 0 ? [number % 4] : []);
  });
  for (let number = 0; number < 60; number += 1) {
    const source = host();
    const destination = `203.0.113.${1 + (number % 20)}`;
    const datagram = udp({
      sourcePort: 20_000 + number,
      destinationPort: 9_999,
      payload: new Uint8Array(600).fill(number),
    });
    const packet = ipv4({ source, destination, identification: number, payload: datagram });
    const fragments = fragmentIpv4(packet, 200);
    add(number % 3 === 0 ? fragments.slice(1) : fragments.reverse());
    add([ipv4({ source, destination, payload: icmpEcho({ identifier: number }) })]);
    add([ipv4({ source: "192.0.2.254", destination, payload: gre({ payload: packet }) })]);
    frames.push({
      timeUs: START_US + Math.floor(next() * 200 * SECOND_US),
      octets: ethernet({ payload: arp({ senderProtocol: source, targetProtocol: destination }) }),
    });
  }
  frames.push(
    ...talk(["> S", "< SA", "> A", "> FA", "< FA", "> A"]),
    ...talk(["> S", "< RA"], { startUs: START_US + 3 * SECOND_US }),
  );
  frames.push(
    { timeUs: START_US, octets: new Uint8Array(5) },
    { timeUs: START_US + 5, octets: ethernet({ etherType: 0x0800, payload: latin1("short") }) },
  );
  return frames.sort((a, b) => a.timeUs - b.timeUs);
}

/** Engines that share the work: each given all frames, or its share of them. */
function runWorkers(
  frames: readonly Frame[],
  workers: number,
  options: Partial<EngineOptions> = {},
  divided = false,
) {
  const settings = Array.from({ length: workers }, (_, worker) => ({
    options: { ...options, workers, worker },
  }));
  const runs = divided ? runDivided(frames, settings) : settings.map((one) => runEngine(frames, one));
  const ticks = Array.from({ length: runs[0]!.ticks.length }, (_, tick) =>
    runs.flatMap((run) => run.ticks[tick] ?? []).sort((a, b) => a.firstPacket - b.firstPacket),
  );
  return {
    ticksOf: runs.map((run) => run.ticks.length),
    ticks,
    statistics: statisticsTree(runs.flatMap(({ engine }) => engine.pathCounters())),
    anomalies: mergeAnomalies(runs.map(({ anomalies }) => anomalies)),
    flows: runs.reduce((sum, { engine }) => sum + engine.totals.flows, 0),
    packets: runs.map(({ engine }) => engine.totals.packets),
  };
}

/** A protocol of datagrams that begin with this text. */
function acme(name: string, start: string, more: Partial<Protocol> = {}): Protocol {
  return {
    name,
    title: name,
    spec: "none",
    category: "network",
    attributes: [],
    malformed: [],
    recognises: "Its name.",
    omits: "Nothing.",
    datagram: {
      ports: [],
      dissect(octets, offset, end) {
        return Buffer.from(octets.subarray(offset, end)).toString("latin1").startsWith(start) ? DONE : NO;
      },
    },
    ...more,
  };
}

/** Any stream is this, at once. */
const stream = (category: Protocol["category"]): Protocol => {
  const { datagram: _, ...rest } = acme("any", "");
  return { ...rest, category, stream: { ports: [4_444], dissect: () => DONE } };
};

describe("a mixed capture", () => {
  const frames = mixedCapture();
  const single = runEngine(frames);

  it("is a few hundred flows, among them expired, closed, announced and fragmented ones", () => {
    assert.ok(single.records.length > 300, String(single.records.length));
    assert.deepEqual(
      new Set(single.records.map(({ end }) => end)),
      new Set(["timeout", "closed", "end-of-capture"]),
    );
    assert.ok(single.records.some(({ fragments }) => fragments > 0));
    assert.ok(single.anomalies.length > 0);
    assert.ok(new Set(single.records.map(({ appProto }) => appProto)).size > 20);
  });

  it("is accounted to the last frame and octet", () => {
    const { totals } = single.engine;
    const notIp = frames
      .filter(({ octets }) => octets.length < 34 || octets[12] !== 0x08 || octets[13] === 0x06)
      .filter(({ octets }) => !(octets[12] === 0x81));
    assert.deepEqual(
      [totals.packets, totals.bytes, totals.flows],
      [frames.length, frames.reduce((sum, { octets }) => sum + octets.length, 0), single.records.length],
    );
    const sum = (of: (record: (typeof single.records)[number]) => number) =>
      single.records.reduce((all, record) => all + of(record), 0);
    assert.equal(sum(flowPackets) + notIp.length, totals.packets);
    assert.equal(sum(flowBytes) + notIp.reduce((all, { octets }) => all + octets.length, 0), totals.bytes);
    const roots = statisticsTree(single.engine.pathCounters());
    assert.equal(
      roots.reduce((all, { packets }) => all + packets, 0),
      totals.packets,
    );
    assert.equal(
      roots.reduce((all, { bytes }) => all + bytes, 0),
      totals.bytes,
    );
    assert.equal(
      roots.reduce((all, { sessions }) => all + sessions, 0),
      totals.flows,
    );
    assert.deepEqual([totals.firstUs, totals.lastUs], [frames[0]!.timeUs, frames.at(-1)!.timeUs]);
  });

  it("ends flows in the order of their first packets within a tick", () => {
    for (const tick of single.ticks) {
      const numbers = tick.map(({ firstPacket }) => firstPacket);
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      );
    }
  });

  for (const [workers, divided] of [
    [1, false],
    [3, false],
    [64, false],
    [1, true],
    [2, true],
    [3, true],
    [8, true],
    [64, true],
  ] as const) {
    it(`comes to the same with ${workers} workers${divided ? " that are given their share" : ""}`, () => {
      const all = runWorkers(frames, workers, {}, divided);
      assert.deepEqual(
        all.ticksOf,
        all.ticksOf.map(() => single.ticks.length),
      );
      assert.deepEqual(all.ticks, single.ticks);
      assert.deepEqual(all.statistics, statisticsTree(single.engine.pathCounters()));
      assert.deepEqual(all.anomalies, mergeAnomalies([single.anomalies]));
      assert.equal(all.flows, single.records.length);
      assert.deepEqual(
        all.packets,
        all.packets.map(() => frames.length),
      );
    });
  }

  it("comes to the same with several workers where flows are evicted", () => {
    const one = runWorkers(frames, 1, { flowsMax: 64 });
    assert.ok(one.anomalies.some(({ kind }) => kind === FLOW_TABLE_FULL));
    const { ticksOf: _, packets: __, ...expected } = one;
    for (const divided of [false, true]) {
      const { ticksOf: ___, packets: ____, ...three } = runWorkers(frames, 3, { flowsMax: 64 }, divided);
      assert.deepEqual(three, expected);
    }
  });

  it("does not depend on the seed of the table", () => {
    assert.deepEqual(runEngine(frames, { options: { seed: 99 } }).ticks, single.ticks);
  });

  it("does not depend on the year: time is the frames' own", () => {
    const shiftUs = START_US - 86_400 * SECOND_US;
    const early = runEngine(frames.map((frame) => ({ ...frame, timeUs: frame.timeUs - shiftUs })));
    const shape = ({ records }: Run) =>
      records.map(({ firstPacket, end, appProto, history }) => [firstPacket, end, appProto, history]);
    assert.deepEqual(shape(early), shape(single));
  });
});

describe("a flow's end", () => {
  /** Flows that have ended when the clock stands so many seconds after the start. */
  function endedAfter(
    frames: readonly Frame[],
    seconds: number,
    settings: Parameters<typeof startEngine>[0] = {},
  ): readonly (readonly [string, string])[] {
    const { engine, ticks } = startEngine(settings);
    for (const frame of frames) feed(engine, frame);
    feed(engine, { timeUs: START_US + seconds * SECOND_US, octets: ethernet({ etherType: 0x88f7 }) });
    return ticks.flat().map(({ appProto, end }) => [appProto ?? "", end]);
  }
  const open = ["> S at 0", "< SA at 0", "> A at 0", "> PA +4 at 0"];
  const closed = ["> S at 0", "< SA at 0", "> A at 0", "> FA at 0", "< FA at 0"];
  const cases: readonly (readonly [string, readonly Frame[], number, string, Protocol["category"]])[] = [
    ["a datagram's, 60 s", [udpFrame(START_US)], 60, "timeout", "network"],
    ["an attempt's, 60 s", talk(["> S at 0"]), 60, "timeout", "network"],
    ["a closed connection's, 15 s", talk(closed), 15, "closed", "network"],
    ["a reset connection's, 15 s", talk(["> S at 0", "< RA at 0"]), 15, "closed", "network"],
    ["an open connection's, 600 s", talk(open), 600, "timeout", "network"],
    ["a remote shell's, 1500 s", talk(open), 1_500, "timeout", "remote-access"],
  ];
  for (const [what, frames, seconds, end, category] of cases) {
    it(`comes by the clock of the frames: ${what}`, () => {
      const registry = Registry.of([stream(category)]);
      assert.deepEqual(endedAfter(frames, seconds - 0.1, { registry }), []);
      assert.deepEqual(
        endedAfter(frames, seconds, { registry }).map(([, why]) => why),
        [end],
      );
    });
  }

  it("comes after the times that are set", () => {
    const timeoutSeconds = { default: 2, short: 1, long: 4, live: 5_000 };
    const registry = Registry.of([stream("database")]);
    const settings = { options: { timeoutSeconds }, registry };
    assert.deepEqual(endedAfter([udpFrame(START_US)], 1.9, settings), []);
    assert.equal(endedAfter([udpFrame(START_US)], 2, settings).length, 1);
    assert.equal(endedAfter(talk(closed), 1, settings).length, 1);
    // Longer than the timer wheel is round.
    assert.deepEqual(endedAfter(talk(open), 4_999, settings), []);
    assert.equal(endedAfter(talk(open), 5_000, settings).length, 1);
  });

  it("is put off by every packet", () => {
    const frames = Array.from({ length: 10 }, (_, at) => udpFrame(START_US + at * 50 * SECOND_US));
    const { records } = runEngine(frames);
    assert.deepEqual(
      records.map(({ end, originator }) => [end, originator.packets]),
      [["end-of-capture", 10]],
    );
    const apart = Array.from({ length: 10 }, (_, at) => udpFrame(START_US + at * 61 * SECOND_US));
    assert.equal(runEngine(apart).records.length, 10);
  });

  it("comes for all flows where the clock leaps", () => {
    const frames = Array.from({ length: 50 }, (_, at) => udpFrame(START_US + at, { sourcePort: 1_000 + at }));
    assert.equal(endedAfter([...frames, ...talk(open)], 365 * 86_400).length, 51);
    assert.equal(endedAfter([...frames, ...talk(open)], 2_048).length, 51);
  });

  it("does not come from a clock that is set back", () => {
    const frames = [
      udpFrame(START_US),
      udpFrame(START_US - 3_600 * SECOND_US),
      udpFrame(START_US + SECOND_US),
      udpFrame(START_US - 7_200 * SECOND_US),
    ];
    const { records, engine } = runEngine(frames);
    assert.equal(records.length, 1);
    const [flow] = records;
    assert.equal(flow!.originator.packets, 4);
    assert.ok(flow!.firstUs <= flow!.lastUs);
    assert.equal(engine.clockUs, START_US + SECOND_US);
    const { records: late } = runEngine([
      udpFrame(START_US),
      udpFrame(START_US - 3_600 * SECOND_US, { sourcePort: 9 }),
      udpFrame(START_US + 30 * SECOND_US),
    ]);
    for (const { firstUs, lastUs } of late) assert.ok(firstUs <= lastUs);
  });
});

describe("a clock that jumps", () => {
  it("ends what is due, however many seconds pass at once", () => {
    for (const seconds of [61, 2_047, 2_048, 2_049, 1_000_000]) {
      const frames = Array.from({ length: 50 }, (_, at) =>
        udpFrame(START_US + at * seconds * SECOND_US, { source: `10.0.0.${at}` }),
      );
      const { ticks } = runEngine(frames);
      // Each is alone: when the next comes, it has been idle for longer than its timeout.
      assert.deepEqual(
        ticks.map((records) => records.length),
        Array.from({ length: 50 }, () => 1),
        `${seconds} s`,
      );
    }
  });

  const DAY_US = 86_400 * SECOND_US;
  /** One datagram a second, each of a flow of its own. */
  const second = (at: number, startUs = START_US) =>
    udpFrame(startUs + at * SECOND_US, { source: `10.1.${at >>> 8}.${at & 255}` });
  const seconds = (count: number, startUs = START_US) =>
    Array.from({ length: count }, (_, at) => second(at, startUs));
  const timedOut = ({ records }: Run) => records.filter(({ end }) => end === "timeout").length;

  it("is told, and left again, where the first frame is of the far future", () => {
    const future = udpFrame(START_US + 80 * 365 * DAY_US, { source: "10.9.9.9" });
    const run = runEngine([future, ...seconds(CLOCK_BACK_FRAMES_MAX + 200)]);
    assert.deepEqual(run.anomalies, [{ kind: TIME_JUMP, packet: 1, count: 1 }]);
    // All but those of the last minute.
    assert.equal(timedOut(run), 1 + CLOCK_BACK_FRAMES_MAX + 200 - 60);
    assert.equal(run.engine.totals.firstUs, START_US);
    assert.equal(run.engine.totals.lastUs, future.timeUs);
  });

  it("is told where a frame of the far future comes later, which ends what came before it", () => {
    const frames = seconds(CLOCK_BACK_FRAMES_MAX + 200);
    frames.splice(20, 0, udpFrame(START_US + 2 * DAY_US, { source: "10.9.9.9" }));
    const run = runEngine(frames);
    assert.deepEqual(run.anomalies, [{ kind: TIME_JUMP, packet: 21, count: 1 }]);
    assert.equal(timedOut(run), frames.length - 60);
  });

  it("follows captures of different times that stand one behind the other", () => {
    const parts = [0, -3, 5, -10].map((days) => seconds(300, START_US + days * DAY_US));
    const run = runEngine(parts.flat());
    assert.equal(timedOut(run), 4 * 300 - 60);
    assert.deepEqual(run.anomalies, [{ kind: TIME_JUMP, packet: 300, count: 2 }]);
  });

  it("does not follow a few frames of long ago, nor any of less than a day", () => {
    const few = Array.from({ length: CLOCK_BACK_FRAMES_MAX - 1 }, (_, at) =>
      second(at, START_US - 2 * DAY_US),
    );
    const day = seconds(1_000, START_US - DAY_US + 2_000 * SECOND_US);
    for (const [frames, told] of [
      [few, 1],
      [day, 0],
    ] as const) {
      const { engine } = runEngine([udpFrame(START_US), ...frames]);
      assert.equal(engine.clockUs, START_US);
      assert.equal(engine.totals.firstUs, START_US);
      assert.equal(engine.anomalies.length, told);
    }
  });

  it("is told once by engines that share the work, and moves all of them alike", () => {
    const frames = [second(0, START_US + 400 * DAY_US), ...seconds(300)];
    const whole = runEngine(frames);
    const shared = [0, 1, 2].map((worker) => runEngine(frames, { options: { worker, workers: 3 } }));
    assert.deepEqual(mergeAnomalies(shared.map(({ anomalies }) => anomalies)), whole.anomalies);
    assert.deepEqual(
      whole.ticks.map((records) => records.length),
      whole.ticks.map((_, tick) => shared.reduce((sum, { ticks }) => sum + ticks[tick]!.length, 0)),
    );
  });

  it("gives up fragments of a time that it left again", () => {
    const fragment = (timeUs: number, source: string) => ({
      timeUs,
      octets: ethernet({
        payload: ipv4({
          source,
          destination: SERVER,
          protocol: 17,
          moreFragments: true,
          payload: new Uint8Array(8),
        }),
      }),
    });
    const { engine } = startEngine();
    feed(engine, fragment(START_US + 3 * DAY_US, "10.9.9.8"));
    feed(engine, fragment(START_US, "10.9.9.9"));
    for (const frame of seconds(CLOCK_BACK_FRAMES_MAX + 31)) feed(engine, frame);
    assert.equal(engine.datagramsHeld, 0);
  });

  it("keeps what is not due", () => {
    const frames = Array.from({ length: 50 }, (_, at) => udpFrame(START_US + at * 30 * SECOND_US));
    assert.equal(runEngine(frames).records.length, 1);
  });
});

describe("a full flow table", () => {
  it("ends the flow of the shard that is closest to its timeout, and says so", () => {
    const at = (seconds: number, port: number) =>
      udpFrame(START_US + seconds * SECOND_US, { sourcePort: port });
    // Four flows a shard; all of these are of one host pair, and so of one shard.
    const frames = [at(0, 1), at(1, 2), at(2, 3), at(3, 4), at(4, 1), at(5, 5)];
    const { ticks, records, anomalies } = runEngine(frames, { options: { flowsMax: 256 } });
    assert.deepEqual(
      records.filter(({ end }) => end === "evicted").map(({ sport }) => sport),
      [2],
    );
    assert.equal(ticks.at(-1)!.length + ticks.slice(0, -1).flat().length, 5);
    assert.deepEqual(anomalies, [{ kind: FLOW_TABLE_FULL, packet: 6, count: 1 }]);
  });

  it("makes room also where every flow is due past the wheel's end", () => {
    const day = { default: 86_400, short: 86_400, long: 86_400, live: 86_400 };
    const { engine, ticks } = startEngine({ options: { flowsMax: 64, timeoutSeconds: day } });
    for (let number = 0; number < 2_000; number += 1) {
      feed(engine, udpFrame(START_US + number * 1_500, { source: `10.0.${number >>> 8}.${number & 255}` }));
      assert.ok(engine.flowsHeld <= 64);
    }
    engine.finish();
    assert.equal(ticks.flat().length, 2_000);
  });

  it("never holds more, and loses no packet", () => {
    const { engine, ticks } = startEngine({ options: { flowsMax: 128 } });
    const next = random(3);
    for (let number = 0; number < 2_000; number += 1) {
      const source = `10.${number & 255}.${(number >>> 4) & 255}.${Math.floor(next() * 250)}`;
      feed(engine, udpFrame(START_US + number * 1_000, { source }));
      assert.ok(engine.flowsHeld <= 128);
    }
    engine.finish();
    const records = ticks.flat();
    assert.equal(
      records.reduce((sum, flow) => sum + flowPackets(flow), 0),
      2_000,
    );
    const [full] = engine.anomalies;
    assert.equal(full!.kind, FLOW_TABLE_FULL);
    assert.equal(full!.count, records.filter(({ end }) => end === "evicted").length);
  });
});

describe("protocols that come and go while frames pass", () => {
  const say = (seconds: number, port: number, text: string) =>
    udpFrame(START_US + seconds * SECOND_US, { sourcePort: port }, latin1(text));

  it("are known from when they are added until they are removed", () => {
    const { engine, ticks } = startEngine();
    feed(engine, say(0, 1, "acme hello"));
    engine.register(acme("acme-chat", "acme"));
    feed(engine, say(1, 2, "acme hello"));
    feed(engine, say(1, 1, "acme again"));
    engine.unregister("acme-chat");
    feed(engine, say(2, 3, "acme hello"));
    feed(engine, say(2, 2, "acme again"));
    engine.finish();
    const verdicts = Object.fromEntries(ticks.flat().map(({ sport, appProto }) => [sport, appProto]));
    assert.equal(verdicts[2], "acme-chat");
    assert.equal(verdicts[3], undefined);
  });

  it("go before what is built in", () => {
    const { engine, ticks } = startEngine();
    engine.register(acme("acme-names", "", { datagram: { ports: [53], dissect: () => DONE } }));
    feed(engine, say(0, 53, "\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01"));
    engine.finish();
    assert.equal(ticks.flat()[0]!.appProto, "acme-names");
  });

  it("are refused under a name that is taken, unfit or not there", () => {
    const { engine } = startEngine();
    const code = { name: "PalisadeError", code: "INSPECT_PROTOCOL_NAME" };
    assert.throws(() => engine.register(acme("dns", "x")), code);
    assert.throws(() => engine.register(acme("Not Fit", "x")), code);
    assert.throws(() => engine.unregister("not-there"), code);
    assert.ok(builtInRegistry().idOf("dns") >= 0);
  });

  it("leave other engines alone", () => {
    const { engine } = startEngine();
    engine.unregister("dns");
    assert.equal(engine.registry.idOf("dns"), -1);
    assert.ok(startEngine().engine.registry.idOf("dns") >= 0);
  });
});

describe("subscriptions", () => {
  const word = attribute("acme.word", "text", { many: true });
  const chat = acme("acme", "", {
    attributes: [word],
    datagram: {
      ports: [],
      dissect(octets, offset, end, flow) {
        flow.text(word, octets, offset, end);
        return MATCH;
      },
    },
  });
  const registry = Registry.of([chat]);
  const frames = Array.from({ length: 40 }, (_, at) => udpFrame(START_US + at, {}, latin1(`word ${at}`)));

  it("are heard at every value, past the packets that a verdict takes", () => {
    const heard: string[] = [];
    const packets: number[] = [];
    const subscriptions = new Subscriptions();
    subscriptions.on(word, (value, context) => {
      heard.push(value);
      packets.push(context.packetNumber);
    });
    const { records } = runEngine(frames, { registry, subscriptions });
    assert.deepEqual(
      heard,
      frames.map((_, at) => `word ${at}`),
    );
    assert.deepEqual(
      packets,
      frames.map((_, at) => at + 1),
    );
    assert.equal((records[0]!.attributes["acme.word"] as string[]).length, 16);
  });

  it("for records alone stop with the budget", () => {
    const { records } = runEngine(frames, { registry });
    assert.equal((records[0]!.attributes["acme.word"] as string[]).length, PAYLOAD_PACKETS_MAX);
  });

  it("are what puts attributes into records", () => {
    const { records } = runEngine(frames, { registry, subscriptions: new Subscriptions() });
    assert.deepEqual(records[0]!.attributes, {});
    assert.equal(records[0]!.appProto, "acme");
  });
});

describe("a packet handler", () => {
  it("is called once for every IP packet, by the worker whose it is", () => {
    const frames = mixedCapture().slice(0, 400);
    const seen = (workers: number): number[] => {
      const numbers: number[] = [];
      for (let worker = 0; worker < workers; worker += 1) {
        runEngine(frames, {
          options: { worker, workers },
          packet: ({ number, ipVersion }) => void (ipVersion > 0 && numbers.push(number)),
        });
      }
      return numbers.sort((a, b) => a - b);
    };
    const alone = seen(1);
    assert.ok(alone.length > 300);
    assert.deepEqual(seen(5), alone);
  });

  it("sees the innermost packet", () => {
    const seen: unknown[] = [];
    runEngine([udpFrame(START_US)], {
      packet: ({ number, sourcePort, destinationPort, payloadBytes, timeUs }) =>
        void seen.push([number, sourcePort, destinationPort, payloadBytes, timeUs]),
    });
    assert.deepEqual(seen, [[1, 49_152, 40_000, 8, START_US]]);
  });
});

describe("a record", () => {
  it("is one for both VLANs, or one for each, as asked", () => {
    const tagged = (vlan: number, at: number): Frame => ({
      timeUs: START_US + at,
      octets: ethernet({
        tags: [vlan],
        payload: ipv4({
          source: CLIENT,
          destination: SERVER,
          payload: udp({ sourcePort: 1, destinationPort: 2 }),
        }),
      }),
    });
    const frames = [tagged(5, 0), tagged(6, 1)];
    assert.deepEqual(
      runEngine(frames).records.map(({ vlan }) => vlan),
      [5, 6],
    );
    assert.equal(runEngine(frames, { options: { vlans: false } }).records.length, 1);
  });

  it("has a community id with the seed asked for, or none", () => {
    const id = (options: Partial<EngineOptions>) =>
      runEngine([udpFrame(START_US)], { options }).records[0]!.communityId;
    const ends = [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(198, 51, 100, 2)] as const;
    assert.equal(id({}), communityId(...ends, 17, 49_152, 40_000));
    assert.equal(id({ communityIdSeed: 5 }), communityId(...ends, 17, 49_152, 40_000, 5));
    assert.equal(id({ communityIds: false }), undefined);
    const echo = runEngine(
      framesOf([
        ipv4({ source: CLIENT, destination: SERVER, payload: icmpEcho({}) }),
        ipv4({ source: SERVER, destination: CLIENT, payload: icmpEcho({ reply: true }) }),
      ]),
    );
    assert.deepEqual(
      echo.records.map((record) => record.communityId),
      [communityId(...ends, 1, 8, 0)],
    );
  });

  it("tells the state of what has no connection", () => {
    const answer = udpFrame(START_US + 1, {
      source: SERVER,
      destination: CLIENT,
      sourcePort: 40_000,
      destinationPort: 49_152,
    });
    assert.deepEqual(
      runEngine([udpFrame(START_US)]).records.map(({ connState, history }) => [connState, history]),
      [["S0", "D"]],
    );
    assert.deepEqual(
      runEngine([udpFrame(START_US), answer]).records.map(({ connState, history }) => [connState, history]),
      [["SF", "Dd"]],
    );
  });

  it("guesses from the port where no payload was seen, and says so", () => {
    const registry = Registry.of([stream("network")]);
    const syn = ethernet({
      payload: conversation({ server: { address: SERVER, port: 4_444 }, close: "none" })[0]!,
    });
    const [flow] = runEngine([{ timeUs: START_US, octets: syn }], { registry }).records;
    assert.deepEqual([flow!.appProto, flow!.confidence, flow!.path], ["any", "port", "eth.ip.tcp"]);
  });

  it("is of an announced protocol where payload does not say otherwise, for a minute", () => {
    const announce = acme("announcer", "port 5555", {
      datagram: {
        ports: [],
        dissect(octets, offset, end, flow) {
          if (Buffer.from(octets.subarray(offset, end)).toString("latin1") !== "port 5555") return NO;
          flow.expect(5_555, 17, "announced");
          return DONE;
        },
      },
    });
    const registry = Registry.of([announce, acme("announced", "never")]);
    const run = (afterSeconds: number, between: readonly Frame[] = []) =>
      runEngine(
        [
          udpFrame(START_US, {}, latin1("port 5555")),
          ...between,
          udpFrame(
            START_US + afterSeconds * SECOND_US,
            { source: SERVER, destination: CLIENT, destinationPort: 5_555 },
            latin1("what is this"),
          ),
        ],
        { registry },
      )
        .records.filter(({ dport }) => dport === 5_555)
        .map(({ appProto, confidence }) => [appProto, confidence]);
    assert.deepEqual(run(59), [["announced", "expected"]]);
    assert.deepEqual(run(61), [[undefined, "none"]]);
    // What was announced by a clock that has gone back since is void.
    const earlierSeconds = -2 * 86_400;
    const earlier = Array.from({ length: CLOCK_BACK_FRAMES_MAX }, (_, at) =>
      udpFrame(START_US + earlierSeconds * SECOND_US, { sourcePort: 1_024 + at }),
    );
    assert.deepEqual(run(earlierSeconds, earlier), [[undefined, "none"]]);
  });

  it("tells how its verdict came, where the engine explains", () => {
    const dns = udpFrame(
      START_US,
      { destinationPort: 53 },
      latin1("\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01"),
    );
    const [flow] = runEngine([dns], { options: { explain: true } }).records;
    const [step] = flow!.steps;
    assert.deepEqual([step!.protocol, step!.packet, step!.confidence], ["dns", 1, "dpi"]);
    assert.ok(step!.octets!.startsWith("1234010000010000"));
    assert.ok(runEngine([dns]).records[0]!.steps.every(({ octets }) => octets === undefined));
  });
});

describe("an engine without frames", () => {
  it("ends with nothing", () => {
    const { records, engine } = runEngine([]);
    assert.deepEqual(records, []);
    assert.deepEqual(engine.totals, { packets: 0, bytes: 0, flows: 0, firstUs: 0, lastUs: 0 });
    assert.deepEqual(statisticsTree(engine.pathCounters()), []);
  });

  it("is sure of its errors' kind", () => {
    assert.throws(() => startEngine().engine.unregister("nothing"), PalisadeError);
  });
});
