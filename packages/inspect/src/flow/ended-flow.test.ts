import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type AddressLike,
  fragmentIpv4,
  icmpEcho,
  ipv4,
  ipv6,
  latin1,
  parseIpAddress,
  tcpConversation,
  u32,
  udp,
  udpConversation,
} from "@palisade/wire";
import { builtInApplications } from "../applications.js";
import { feed, framesOf } from "../engine.build.js";
import { Engine } from "../engine.js";
import { subscribe } from "../inspect.js";
import { builtInRegistry } from "../protocols/registry.js";
import { Subscriptions } from "../subscriptions.js";
import { EndedFlow } from "./ended-flow.js";
import type { FlowRecord } from "./flow-record.js";

const LOW4 = "192.0.2.1";
const HIGH4 = "198.51.100.2";
const LOW6 = "2001:db8::1";
const HIGH6 = "2001:db8:ffff:ffff::fffe";

/** Packets of a mail that is refused a cleartext password, and of a web page, from one to the other. */
function packetsBetween(client: string, server: string): Uint8Array[] {
  const ends = (port: number) => ({
    client: { address: client, port: 49_152 },
    server: { address: server, port },
  });
  return [
    ...tcpConversation({
      ...ends(80),
      turns: [{ from: "client", octets: latin1("GET / HTTP/1.1\r\nHost: www.youtube.com\r\n\r\n") }],
    }),
    ...tcpConversation({
      ...ends(110),
      turns: [
        { from: "server", octets: latin1("+OK ready\r\n") },
        { from: "client", octets: latin1("USER tim\r\n") },
        { from: "server", octets: latin1("+OK\r\n") },
        { from: "client", octets: latin1("PASS secret\r\n") },
      ],
    }),
    ...udpConversation({
      ...ends(40_000),
      turns: [
        { from: "client", octets: new Uint8Array(10) },
        { from: "server", octets: new Uint8Array(300) },
        { from: "client", octets: new Uint8Array(1) },
      ],
    }),
  ];
}

interface Seen {
  readonly record: FlowRecord;
  /** What the getters and methods said, by their names. */
  readonly said: Readonly<Partial<Record<keyof EndedFlow, unknown>>>;
  readonly words: Int32Array;
  /** By name, of all attributes that there are, those that it was said to have. */
  readonly attributes: FlowRecord["attributes"];
  readonly path: string;
}

/** Names of what can be read of an ended flow without making its record. */
const getters = Object.entries(Object.getOwnPropertyDescriptors(EndedFlow.prototype))
  .filter(([, { get }]) => get !== undefined)
  .map(([name]) => name as keyof EndedFlow);

function run(packets: readonly Uint8Array[]): Seen[] {
  const registry = builtInRegistry();
  const names = registry.protocols.flatMap(({ attributes }) => attributes.map(({ name }) => name));
  const subscriptions = new Subscriptions();
  subscribe(subscriptions, registry);
  const seen: Seen[] = [];
  const engine: Engine = new Engine(
    registry,
    {
      flow(flow) {
        const words = new Int32Array(8).fill(-1);
        flow.addressWords(words);
        const said: Partial<Record<keyof EndedFlow, unknown>> = {};
        for (const name of getters) said[name] = flow[name];
        for (const name of ["packets", "bytes", "payloadBytes"] as const)
          said[name] = [flow[name](0), flow[name](1)];
        const attributes = Object.fromEntries(
          names.flatMap((name) => {
            const value = flow.attribute(name);
            return value === undefined ? [] : [[name, value] as const];
          }),
        );
        seen.push({ record: flow.record(), said, words, attributes, path: engine.paths.text(flow.path) });
      },
    },
    {},
    subscriptions,
    builtInApplications(),
  );
  for (const frame of framesOf(packets)) feed(engine, frame);
  engine.finish();
  return seen;
}

/** The words of an address as `addressWords` gives them: of IPv4 the first counts. */
function wordsOf(address: string): number[] {
  const octets = parseIpAddress(address) as Uint8Array;
  return [0, 4, 8, 12].map((at) => (at < octets.length ? u32(octets, at) | 0 : 0));
}

function agree({ record, said, words, attributes, path }: Seen): void {
  const { path: _node, findings, packets, bytes, payloadBytes, ...same } = said;
  for (const [name, value] of Object.entries(same))
    assert.deepEqual(value, record[name as keyof FlowRecord], name);
  assert.deepEqual(packets, [record.originator.packets, record.responder.packets]);
  assert.deepEqual(bytes, [record.originator.bytes, record.responder.bytes]);
  assert.deepEqual(payloadBytes, [record.originator.payloadBytes, record.responder.payloadBytes]);
  assert.equal(path, record.path);
  assert.deepEqual(attributes, record.attributes);
  assert.deepEqual(
    (findings as EndedFlow["findings"]).map(({ kind, packet, count }) => [kind.name, packet, count]),
    record.findings.map(({ kind, packet, count }) => [kind, packet, count]),
  );
  assert.deepEqual([...words], [...wordsOf(record.src), ...wordsOf(record.dst)]);
}

describe("an ended flow says what its record says", () => {
  for (const [title, client, server] of [
    ["IPv4, from the lower address", LOW4, HIGH4],
    ["IPv4, from the higher address", HIGH4, LOW4],
    ["IPv6, from the lower address", LOW6, HIGH6],
    ["IPv6, from the higher address", HIGH6, LOW6],
  ] as const) {
    it(title, () => {
      const seen = run(packetsBetween(client, server));
      assert.equal(seen.length, 3);
      for (const flow of seen) {
        assert.deepEqual([flow.record.src, flow.record.dst], [client, server]);
        agree(flow);
      }
      // The suite is over flows that have what there is to say.
      const records = seen.map(({ record }) => record);
      assert.ok(records.some(({ app }) => app !== undefined));
      assert.ok(records.some(({ findings }) => findings.length > 0));
      assert.ok(records.some(({ appProto }) => appProto === undefined));
      assert.ok(records.some(({ attributes }) => Object.keys(attributes).length > 1));
      assert.ok(records.every(({ originator, responder }) => originator.packets !== responder.packets));
      assert.ok(new Set(records.map(({ end }) => end)).size > 1);
    });
  }

  it("where the network is all there is, fragments are counted, and both ends are one", () => {
    const echo = { identifier: 7, sequence: 1, payload: new Uint8Array(64) };
    const between = (source: AddressLike, destination: AddressLike, payload: Uint8Array, protocol?: number) =>
      ipv4({ source, destination, payload, ...(protocol !== undefined && { protocol }) });
    const seen = run([
      between(HIGH4, LOW4, icmpEcho(echo)),
      ...fragmentIpv4(
        between(LOW4, HIGH4, udp({ sourcePort: 9, destinationPort: 9_999, payload: new Uint8Array(3_000) })),
        1_480,
      ),
      between(LOW4, LOW4, udp({ sourcePort: 5, destinationPort: 4, payload: new Uint8Array(1) })),
      ipv6({
        source: LOW6,
        destination: LOW6,
        payload: udp({ sourcePort: 4, destinationPort: 5, payload: new Uint8Array(1) }),
      }),
    ]);
    assert.equal(seen.length, 4);
    for (const flow of seen) agree(flow);
    assert.ok(seen.some(({ said }) => said.appProto === "icmp"));
    assert.ok(seen.some(({ said }) => Number(said.fragments) > 1));
  });

  it("and cannot be told otherwise", () => {
    for (const name of getters)
      assert.equal(Object.getOwnPropertyDescriptor(EndedFlow.prototype, name)?.set, undefined, name);
    assert.deepEqual(Object.keys(new EndedFlow(undefined as never)), []);
  });
});

it("what is compared is everything that can be read", () => {
  assert.deepEqual([...getters].sort(), [
    "app",
    "appProto",
    "confidence",
    "dport",
    "dst",
    "end",
    "findings",
    "firstPacket",
    "firstUs",
    "fragments",
    "ipVersion",
    "lastUs",
    "path",
    "proto",
    "shard",
    "sport",
    "src",
  ]);
  const methods = Object.entries(Object.getOwnPropertyDescriptors(EndedFlow.prototype))
    .filter(([, { value }]) => typeof value === "function")
    .map(([name]) => name);
  assert.deepEqual(methods.sort(), [
    "addressWords",
    "attribute",
    "bytes",
    "constructor",
    "packets",
    "payloadBytes",
    "record",
    "stand",
  ]);
});
