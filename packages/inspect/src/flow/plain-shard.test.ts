import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  arp,
  capwap,
  concat,
  esp,
  ethernet,
  fragmentIpv4,
  fragmentIpv6,
  geneve,
  gre,
  gtpU,
  hex,
  icmpEcho,
  icmpv6Echo,
  ipv4,
  ipv6,
  LINKTYPE_ETHERNET,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_RAW,
  linuxCooked,
  llc,
  mpls,
  pppoe,
  sctp,
  teredo,
  tzsp,
  u16,
  udp,
  vxlan,
} from "@palisade/wire";
import fc from "fast-check";
import {
  CLIENT,
  CLIENT6,
  datagram,
  inner4,
  inner6,
  innerFrame,
  inUdp,
  outer,
  PAYLOAD,
  SERVER,
  SERVER6,
  segment,
  wlan,
} from "../decode/decoder.build.js";
import { Decoder } from "../decode/decoder.js";
import { namedUpper } from "../decode/network.js";
import { PacketView } from "../decode/packet-view.js";
import { PathTable } from "../decode/path-table.js";
import { isTunnelPort } from "../decode/tunnels.js";
import { FlowKey } from "./flow-key.js";
import { enterPlainPaths, NOT_PLAIN, plainShard } from "./plain-shard.js";

interface Case {
  readonly title: string;
  readonly octets: Uint8Array;
  readonly linkType?: number;
}

const over4 = (payload: Uint8Array, protocol?: number): Uint8Array =>
  ipv4({ source: CLIENT, destination: SERVER, payload, ...(protocol !== undefined && { protocol }) });
const over6 = (payload: Uint8Array, nextHeader?: number): Uint8Array =>
  ipv6({
    source: CLIENT6,
    destination: SERVER6,
    payload,
    ...(nextHeader !== undefined && { nextHeader }),
  });
const frame = (payload: Uint8Array, ...tags: number[]): Uint8Array => ethernet({ tags, payload });

/** An IP header with options, and without a length as segmentation offload leaves it. */
function withOptions(): Uint8Array {
  const packet = over4(segment());
  const octets = concat(packet.subarray(0, 20), hex("01010101"), packet.subarray(20));
  octets[0] = 0x46;
  octets.fill(0, 2, 4);
  return octets;
}

const plain: readonly Case[] = [
  { title: "TCP", octets: frame(over4(segment())) },
  { title: "UDP", octets: frame(over4(datagram())) },
  { title: "ICMP", octets: frame(over4(icmpEcho({}))) },
  { title: "ESP", octets: frame(over4(esp({ spi: 1, sequence: 2, payload: PAYLOAD }))) },
  { title: "TCP over IPv6", octets: frame(over6(segment())) },
  { title: "UDP over IPv6", octets: frame(over6(datagram())) },
  { title: "ICMPv6", octets: frame(over6(icmpv6Echo({}))) },
  { title: "a VLAN tag", octets: frame(over4(segment()), 7) },
  { title: "a VLAN tag before IPv6", octets: frame(over6(segment()), 7) },
  { title: "options and no length", octets: ethernet({ etherType: 0x0800, payload: withOptions() }) },
  { title: "raw IPv4", octets: over4(segment()), linkType: LINKTYPE_RAW },
  { title: "raw IPv6", octets: over6(segment()), linkType: LINKTYPE_RAW },
  { title: "raw IPv4 by its link type", octets: over4(datagram()), linkType: LINKTYPE_IPV4 },
  { title: "raw IPv6 by its link type", octets: over6(datagram()), linkType: LINKTYPE_IPV6 },
  { title: "a segment that is cut", octets: frame(over4(segment())).subarray(0, 14 + 20 + 3) },
];

const others: readonly Case[] = [
  { title: "two VLAN tags", octets: frame(over4(segment()), 7, 8) },
  { title: "ARP", octets: frame(arp({ operation: 1, senderProtocol: CLIENT, targetProtocol: SERVER })) },
  { title: "LLC", octets: frame(llc({ destinationSap: 0x42, sourceSap: 0x42, payload: PAYLOAD })) },
  { title: "MPLS", octets: frame(mpls({ labels: [16], payload: inner4() })) },
  { title: "PPPoE", octets: frame(pppoe({ sessionId: 1, payload: concat(hex("0021"), inner4()) })) },
  {
    title: "Linux cooked capture",
    octets: linuxCooked({ payload: inner4() }),
    linkType: LINKTYPE_LINUX_SLL,
  },
  { title: "IPv4 in IPv4", octets: outer(inner4()) },
  { title: "IPv6 in IPv4", octets: outer(inner6()) },
  { title: "IPv4 in IPv6", octets: frame(over6(inner4())) },
  { title: "GRE", octets: outer(gre({ payload: inner4() })) },
  { title: "EtherIP", octets: outer(concat(hex("3000"), innerFrame()), 97) },
  { title: "SCTP", octets: frame(over4(sctp({ sourcePort: 1, destinationPort: 2, chunks: [] }))) },
  { title: "VXLAN", octets: inUdp(4789, vxlan({ vni: 7, payload: innerFrame() })) },
  { title: "Geneve", octets: inUdp(6081, geneve({ vni: 7, payload: innerFrame() })) },
  { title: "GTP-U", octets: inUdp(2152, gtpU({ teid: 1, payload: inner4() })) },
  {
    title: "GTP-U from its port",
    octets: outer(
      udp({ sourcePort: 2152, destinationPort: 50_000, payload: gtpU({ teid: 1, payload: inner4() }) }),
    ),
  },
  { title: "Teredo", octets: inUdp(3544, teredo({ payload: inner6() })) },
  { title: "TZSP", octets: inUdp(37_008, tzsp({ payload: innerFrame() })) },
  {
    title: "CAPWAP",
    octets: inUdp(5247, capwap({ nativeFrame: true, payload: wlan(inner4()) })),
  },
  ...fragmentIpv4(over4(datagram()), 16).map((octets, at) => ({
    title: `fragment ${at + 1} of IPv4`,
    octets: frame(octets),
  })),
  ...fragmentIpv6(over6(datagram()), 16, 1).map((octets, at) => ({
    title: `fragment ${at + 1} of IPv6`,
    octets: frame(octets),
  })),
  {
    title: "IPv6 with an extension header",
    octets: frame(over6(concat(hex("0600010400000000"), segment()), 0)),
  },
  {
    title: "a version that the EtherType denies",
    octets: ethernet({ etherType: 0x86dd, payload: over4(segment()) }),
  },
  { title: "an IP header that is cut", octets: frame(over4(segment())).subarray(0, 14 + 19) },
  {
    title: "options that are cut",
    octets: ethernet({ etherType: 0x0800, payload: withOptions() }).subarray(0, 14 + 23),
  },
  { title: "no octet", octets: new Uint8Array(0), linkType: LINKTYPE_RAW },
];

const linkTypes = [LINKTYPE_ETHERNET, LINKTYPE_RAW, LINKTYPE_IPV4, LINKTYPE_IPV6, LINKTYPE_LINUX_SLL, 999];

/** The shard that a look gives, which is that of a whole decode, and is the same whatever lies around the frame. */
function checked(octets: Uint8Array, linkType: number): number {
  const surrounded = new Uint8Array(octets.length + 128).fill(0x45);
  surrounded.set(octets, 64);
  const shard = plainShard(surrounded, 64, 64 + octets.length, linkType);
  surrounded.fill(0xff, 64 + octets.length);
  assert.equal(plainShard(surrounded, 64, 64 + octets.length, linkType), shard, "reads past the end");
  if (shard === NOT_PLAIN) return shard;
  const paths = new PathTable();
  enterPlainPaths(paths);
  const entered = paths.size;
  const view = new PacketView();
  new Decoder(paths).frame(view, surrounded, 64, 64 + octets.length, linkType);
  assert.ok(view.ipVersion !== 0 && !view.fragment);
  const key = new FlowKey(1, true);
  key.set(view);
  assert.equal(shard, key.shard);
  assert.equal(paths.size, entered, `${paths.text(view.path)} was not entered`);
  return shard;
}

describe("a look at a frame", () => {
  for (const { title, octets, linkType = LINKTYPE_ETHERNET } of plain) {
    it(`tells the shard: ${title}`, () => {
      assert.notEqual(checked(octets, linkType), NOT_PLAIN);
    });
  }

  for (const { title, octets, linkType = LINKTYPE_ETHERNET } of others) {
    it(`leaves to a whole decode: ${title}`, () => {
      assert.equal(checked(octets, linkType), NOT_PLAIN);
    });
  }

  it("tells what a whole decode would, whatever the octets", () => {
    const seeds = [...plain, ...others];
    const changed = fc
      .tuple(
        fc.constantFrom(...seeds),
        // Mostly in the headers.
        fc.array(fc.tuple(fc.oneof(fc.nat(60), fc.nat(200)), fc.nat(255)), { maxLength: 4 }),
        fc.oneof({ weight: 3, arbitrary: fc.constant(1_000) }, fc.nat(100)),
      )
      .map(([{ octets: seed, linkType }, changes, length]) => {
        const octets = seed.slice(0, length);
        for (const [at, octet] of changes) if (at < octets.length) octets[at] = octet;
        return [linkType ?? LINKTYPE_ETHERNET, octets] as const;
      });
    const random = fc.tuple(fc.constantFrom(...linkTypes), fc.uint8Array({ maxLength: 100 }));
    let told = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: changed }, random), ([linkType, octets]) => {
        if (checked(octets, linkType) !== NOT_PLAIN) told += 1;
      }),
      { numRuns: 5_000 },
    );
    assert.ok(told > 500, `${told} were plain`);
  });

  it("leaves every protocol in which the decoder opens a packet to a whole decode", () => {
    const carried = [inner4(), inner6(), gre({ payload: inner4() }), concat(hex("3000"), innerFrame())];
    let plainOnes = 0;
    for (let protocol = 0; protocol < 256; protocol += 1) {
      for (const payload of carried) {
        for (const packet of [over4(payload, protocol), over6(payload, protocol)]) {
          if (checked(frame(packet), LINKTYPE_ETHERNET) !== NOT_PLAIN) plainOnes += 1;
        }
      }
    }
    // TCP, UDP, and those that are named.
    assert.equal(plainOnes, (2 + Object.keys(namedUpper).length) * carried.length * 2);
  });

  it("leaves every port at which the decoder opens a tunnel to a whole decode, and no other", () => {
    const paths = new PathTable();
    const decoder = new Decoder(paths);
    const view = new PacketView();
    const tunnels = others.filter(({ octets }) => octets[23] === 17 && isTunnelPort(u16(octets, 36)));
    assert.equal(tunnels.length, 6);
    for (const { title, octets: seed } of tunnels) {
      const octets = seed.slice();
      for (const [at, other] of [
        [34, 36],
        [36, 34],
      ] as const) {
        octets.set([0xc3, 0x50], other);
        for (let port = 0; port < 0x1_0000; port += 1) {
          octets[at] = port >>> 8;
          octets[at + 1] = port;
          if (plainShard(octets, 0, octets.length, LINKTYPE_ETHERNET) === NOT_PLAIN) {
            assert.ok(isTunnelPort(port), `port ${port}`);
          } else {
            decoder.frame(view, octets, 0, octets.length, LINKTYPE_ETHERNET);
            if (paths.text(view.path) !== "eth.ip.udp") assert.fail(`${title} is opened at port ${port}`);
          }
        }
      }
    }
  });
});
