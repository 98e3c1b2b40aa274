import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  icmp,
  icmpv6,
  put32,
  tcp,
  u8,
  u16,
  u32,
} from "@palisade/wire";
import { Cookie } from "../cookie.js";
import { FIRST_ADDRESS, hostsFrom } from "../hosts.build.js";
import { unpaced } from "../pace/unpaced.build.js";
import type { Pacer } from "../passes.js";
import { HostStates } from "./host-states.js";
import { PingRounds } from "./ping-rounds.js";
import { defaultPings, type Ping, pingTechnique } from "./pings.js";
import { type SeenProbe, SimulatedHosts, type SimulatedHostsOptions } from "./simulated-hosts.build.js";

interface Setting extends Omit<SimulatedHostsOptions, "version" | "answers"> {
  readonly version?: 4 | 6;
  readonly answers: SimulatedHostsOptions["answers"];
  readonly size?: number;
  readonly pings?: readonly Ping[];
  readonly retriesMax?: number;
  readonly pacer?: Pacer;
  readonly known?: readonly number[];
  readonly signal?: AbortSignal;
  readonly progress?: () => void;
}

async function run(setting: Setting) {
  const { version = 4, size = 4 } = setting;
  const network = new SimulatedHosts({ ...setting, version });
  const states = new HostStates(size);
  for (const host of setting.known ?? []) {
    states.told(host, { state: "open", reason: "localhost-response" }, 0, -1);
  }
  const told: string[] = [];
  const rounds = new PingRounds({
    hosts: hostsFrom(FIRST_ADDRESS[version], size),
    pings: (setting.pings ?? defaultPings(version)).map((ping) => pingTechnique(ping, version)),
    seed: 42,
    table: states.up,
    codes: states.codes,
    cookie: new Cookie(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
    sourcePort: 61_111,
    pacer: setting.pacer ?? unpaced,
    replyTime: { timeoutUs: 1_000_000, measured: () => {} },
    retriesMax: setting.retriesMax ?? 5,
    nowUs: () => network.nowUs,
    openLink: async (ipProtocol) => network.open(ipProtocol),
    told: ({ pair, verdict, ttl, roundTripUs }) => states.told(pair, verdict, ttl, roundTripUs),
    progress: ({ pass }, ping) => {
      told.push(`${pass} ${ping}`);
      setting.progress?.();
    },
  });
  const startedUs = network.nowUs;
  await rounds.run(setting.signal ?? new AbortController().signal);
  return { network, states, rounds, told, tookUs: network.nowUs - startedUs };
}

/** What a probe asks, as pings are named. */
function kindOf({ protocol, payload }: SeenProbe): string {
  switch (protocol) {
    case IP_PROTOCOL_ICMP:
      return { 8: "echo", 13: "timestamp", 17: "mask" }[u8(payload, 0)] ?? "icmp";
    case IP_PROTOCOL_ICMPV6:
      return u8(payload, 0) === 128 ? "echo" : "icmpv6";
    case IP_PROTOCOL_TCP:
      return `${u8(payload, 13) === 0x02 ? "syn" : "ack"} ${u16(payload, 2)}`;
    case IP_PROTOCOL_UDP:
      return `udp ${u16(payload, 2)}`;
    case IP_PROTOCOL_SCTP:
      return `sctp ${u16(payload, 2)}`;
    default:
      return `ip ${protocol}`;
  }
}

/** The host's right answer to a query or a segment. */
function answerTo(probe: SeenProbe, network: SimulatedHosts, from = probe.address): Uint8Array {
  const { protocol, payload } = probe;
  if (protocol === IP_PROTOCOL_TCP) {
    const isSyn = u8(payload, 13) === 0x02;
    const ports = { sourcePort: u16(payload, 2), destinationPort: u16(payload, 0) };
    const reset = isSyn
      ? tcp({ ...ports, flags: 0x14, acknowledgement: (u32(payload, 4) + 1) >>> 0 })
      : tcp({ ...ports, flags: 0x04, sequence: u32(payload, 8) });
    return network.reply(from, protocol, reset);
  }
  const type = u8(payload, 0);
  if (protocol === IP_PROTOCOL_ICMPV6) {
    return network.reply(from, protocol, icmpv6({ type: type + 1, rest: u32(payload, 4) }));
  }
  const reply = icmp({ type: type === 8 ? 0 : type + 1, rest: u32(payload, 4), payload: payload.slice(8) });
  return network.reply(from, protocol, reply);
}

/** Hosts that answer the kinds listed for the last octet of their address. */
const answering =
  (kinds: Readonly<Record<number, readonly string[]>>): SimulatedHostsOptions["answers"] =>
  (probe, network) => {
    const host = Number(probe.address.split(/[.:]/).at(-1));
    return kinds[host]?.includes(kindOf(probe)) === true ? [answerTo(probe, network)] : [];
  };

const reasons = ({ states }: { readonly states: HostStates }): string[] =>
  Array.from({ length: states.up.size }, (_, host) => (states.isUp(host) ? states.reasonOf(host) : "-"));

describe("PingRounds", () => {
  it("asks each kind of those alone that have not answered another", async () => {
    const done = await run({
      answers: answering({
        0: ["echo", "syn 443"],
        1: ["syn 443", "ack 80"],
        2: ["ack 80"],
        3: ["timestamp"],
      }),
    });
    assert.deepEqual(reasons(done), ["echo-reply", "reset", "reset", "timestamp-reply"]);
    const asked = new Map<string, number>();
    for (const probe of done.network.seen) asked.set(kindOf(probe), (asked.get(kindOf(probe)) ?? 0) + 1);
    assert.deepEqual(
      [...asked],
      [
        ["echo", 4],
        ["syn 443", 3],
        ["ack 80", 2],
        ["timestamp", 1],
      ],
    );
    assert.equal(done.rounds.probes, 10);
    assert.equal(done.rounds.engine, "simulated");
  });

  it("finds hosts by each kind over IPv6", async () => {
    const done = await run({
      version: 6,
      size: 3,
      answers: answering({ 0: ["echo"], 1: ["syn 443"], 2: ["ack 80"] }),
    });
    assert.deepEqual(reasons(done), ["echo-reply", "reset", "reset"]);
  });

  it("says by what reply and after what time", async () => {
    const { states } = await run({ answers: answering({ 1: ["echo"] }), roundTripUs: 3_000, size: 2 });
    assert.equal(states.ttlOf(1), 57);
    assert.equal(states.roundTripUsOf(1), 3_000);
    assert.equal(states.roundTripUsOf(0), undefined);
  });

  it("asks silent hosts once more, and then takes silence for an answer", async () => {
    const { network, states, told } = await run({ answers: () => [], size: 2 });
    assert.equal(network.seen.length, 2 * 2 * 4);
    assert.equal(states.up.answered, 0);
    assert.ok(told.includes("0 echo") && told.includes("1 timestamp") && !told.includes("2 echo"));
  });

  it("asks no more often than it may", async () => {
    const { network } = await run({ answers: () => [], retriesMax: 0 });
    assert.equal(network.seen.length, 4 * 4);
  });

  it("asks again as long as that finds hosts", async () => {
    for (const seed of [1, 2, 3]) {
      const { states, network } = await run({
        answers: (probe, on) => [answerTo(probe, on)],
        size: 500,
        lostPercent: 30,
        retriesMax: 20,
        seed,
      });
      assert.equal(states.up.answered, 500);
      assert.ok(network.seen.length > 500);
    }
  });

  it("hears an answer to a ping while it asks another", async () => {
    // Slower than a ping waits before the next one, and faster than the last one waits.
    const done = await run({ answers: answering({ 0: ["echo"] }), roundTripUs: 600_000, size: 1 });
    assert.deepEqual(reasons(done), ["echo-reply"]);
    assert.equal(done.network.seen.length, 3);
    assert.ok(done.tookUs < 700_000, `${done.tookUs} µs`);
  });

  it("waits for what may still come, and not for each kind", async () => {
    const { tookUs } = await run({ answers: () => [], retriesMax: 0 });
    assert.ok(tookUs >= 1_000_000 && tookUs < 2_000_000, `${tookUs} µs`);
  });

  it("leaves alone what is known to be up", async () => {
    const { network, states } = await run({ answers: () => [], known: [0, 2] });
    assert.deepEqual([...new Set(network.seen.map(({ address }) => address))].sort(), [
      "10.0.0.1",
      "10.0.0.3",
    ]);
    assert.equal(states.reasonOf(2), "localhost-response");
  });

  it("opens one link for each protocol, with room for the longest probe, and closes them", async () => {
    const { network, rounds } = await run({
      answers: () => [],
      pings: [
        { kind: "syn", port: 22 },
        { kind: "ack", port: 80 },
        { kind: "udp", port: 53 },
        { kind: "ip-protocol", protocol: 4 },
        { kind: "ip-protocol", protocol: 2 },
      ],
    });
    assert.deepEqual(network.opened, [IP_PROTOCOL_TCP, IP_PROTOCOL_UDP, 0]);
    assert.deepEqual([...new Set(network.seen.map(kindOf))], ["syn 22", "ack 80", "udp 53", "ip 4", "ip 2"]);
    rounds.close();
    assert.equal(network.closed, 3);
  });

  it("sets the pace of a third round by how long the second was sending, not by how long it waited", async () => {
    const limits: number[] = [];
    let echoes = 0;
    const { network } = await run({
      pings: [{ kind: "echo" }, { kind: "timestamp" }],
      answers: (probe, on) => {
        echoes += kindOf(probe) === "echo" ? 1 : 0;
        return echoes > 160 && kindOf(probe) === "echo" ? [answerTo(probe, on)] : [];
      },
      size: 100,
      retriesMax: 2,
      pacer: { ...unpaced, limit: (rate) => void limits.push(rate) },
    });
    assert.ok(network.seen.length > 300);
    assert.ok(limits.length > 0);
    // Some forty answers to what left within a few milliseconds.
    for (const limit of limits) assert.ok(limit > 10_000, `${limit} a second`);
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    const { network } = await run({
      answers: () => [],
      size: 100,
      signal: stop.signal,
      progress: () => stop.abort(),
    });
    assert.ok(network.seen.length < 100);
  });

  describe("believes no", () => {
    const lies: readonly (readonly [string, SimulatedHostsOptions["answers"]])[] = [
      [
        "reply with another cookie",
        (probe, network) => {
          const packet = answerTo(probe, network);
          const at = packet.length - probe.payload.length;
          // Identifier and sequence number; of a RST acknowledgement and sequence number.
          for (const field of [4, 8]) {
            if (probe.protocol === IP_PROTOCOL_TCP || field === 4) {
              put32(packet, at + field, u32(packet, at + field) ^ 0x8000);
            }
          }
          return [packet];
        },
      ],
      [
        "reply to another host's probe",
        (probe, network) => {
          const host = Number(probe.address.split(".").at(-1));
          return [answerTo(probe, network, `10.0.0.${(host + 1) % 4}`)];
        },
      ],
      [
        "reply from an address that was not asked",
        (probe, network) => [answerTo(probe, network, "10.9.9.9")],
      ],
      [
        "error about a probe that was never sent",
        (probe, network) => {
          const about = probe.packet.slice();
          put32(about, 24, u32(about, 24) ^ 1);
          return [network.error(probe.address, 3, 3, about)];
        },
      ],
      [
        "error about a probe to an address that was not asked",
        (probe, network) => {
          const about = probe.packet.slice();
          about[17] = 9;
          return [network.error("10.9.0.1", 3, 3, about)];
        },
      ],
      [
        "port unreachable of a router",
        (probe, network) => [network.error("203.0.113.1", 3, 3, probe.packet)],
      ],
      [
        "echo of our own probe",
        (probe, network) => [network.reply(probe.address, probe.protocol, probe.payload)],
      ],
    ];
    for (const [title, answers] of lies) {
      it(title, async () => {
        const { states, network } = await run({ answers });
        assert.equal(states.up.answered, 0);
        assert.equal(network.seen.length, 2 * 4 * 4);
      });
    }
  });

  it("keeps a router's word that a host cannot be reached, and asks on", async () => {
    const done = await run({
      size: 2,
      answers(probe, network) {
        if (probe.address === "10.0.0.0" && kindOf(probe) === "timestamp") return [answerTo(probe, network)];
        return [network.error("203.0.113.1", 3, 1, probe.packet)];
      },
    });
    assert.deepEqual(reasons(done), ["timestamp-reply", "-"]);
    assert.equal(done.states.reasonOf(1), "host-unreach");
  });

  it("takes the host's own port unreachable for an answer", async () => {
    const done = await run({
      size: 2,
      pings: [{ kind: "udp", port: 40_125 }],
      answers: (probe, network) => [network.error(probe.address, 3, 3, probe.packet)],
    });
    assert.deepEqual(reasons(done), ["port-unreach", "port-unreach"]);
  });
});
