import assert from "node:assert/strict";
import { test } from "node:test";
import { Malformed } from "@palisade/base";
import fc from "fast-check";
import {
  arp,
  ethernet,
  fragmentIpv4,
  icmp,
  icmpEcho,
  icmpv6Echo,
  igmp,
  ipv4,
  ipv6,
  sctp,
  sctpData,
  tcp,
  udp,
  udpLite,
} from "./build.js";
import { checksumHolds, pseudoHeaderSumAt } from "./checksum.js";
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, parseEthernet } from "./headers/ethernet.js";
import { parseIgmp } from "./headers/igmp.js";
import { parseIpv4 } from "./headers/ipv4.js";
import { parseIpv6 } from "./headers/ipv6.js";
import { parseSctp, sctpChecksum } from "./headers/sctp.js";
import { parseTcp, TCP_SYN } from "./headers/tcp.js";
import { parseUdp } from "./headers/udp.js";
import { concat, hex, latin1, u16 } from "./octets.js";

const IPV4_ENDS = { source: "192.0.2.1", destination: "198.51.100.2" };
const IPV6_ENDS = { source: "2001:db8::1", destination: "2001:db8::2" };
const PORTS = { sourcePort: 50_000, destinationPort: 53 };

function parsed<T>(value: T | Malformed): T {
  assert.ok(!(value instanceof Malformed), String(value));
  return value;
}

/** Whether the transport after a plain IP header has a right checksum. */
function transportHolds(packet: Uint8Array, protocol: number): boolean {
  const [header, addresses, bytes] = packet[0]! >>> 4 === 4 ? [20, 12, 4] : [40, 8, 16];
  const length = packet.length - header;
  return checksumHolds(
    packet,
    header,
    packet.length,
    pseudoHeaderSumAt(packet, addresses, bytes, protocol, length),
  );
}

test("an empty UDP datagram over IPv4 over Ethernet, octet for octet", () => {
  const frame = ethernet({ payload: ipv4({ ...IPV4_ENDS, payload: udp(PORTS) }) });
  assert.deepEqual(
    frame,
    hex(`
      00005e005302 00005e005301 0800
      45 00 001c 0000 0000 40 11 8e9a c0000201 c6336402
      c350 0035 0008 5021
    `),
  );
});

test("what is nested names itself to what it is in", () => {
  const etherTypeOf = (payload: Uint8Array) => parsed(parseEthernet(ethernet({ payload }))).etherType;
  assert.equal(etherTypeOf(ipv4({ ...IPV4_ENDS, payload: tcp(PORTS) })), ETHERTYPE_IPV4);
  assert.equal(etherTypeOf(ipv6({ ...IPV6_ENDS, payload: tcp(PORTS) })), ETHERTYPE_IPV6);
  assert.equal(etherTypeOf(arp({ senderProtocol: "192.0.2.1", targetProtocol: "192.0.2.2" })), ETHERTYPE_ARP);
  const cases: [payload: Uint8Array, protocol: number][] = [
    [icmpEcho({}), 1],
    [igmp({ kind: "message", type: 0x16, responseCode: 0, checksum: 0, group: hex("e9000001") }), 2],
    [ipv4({ ...IPV4_ENDS, payload: udp(PORTS) }), 4],
    [tcp(PORTS), 6],
    [udp(PORTS), 17],
    [ipv6({ ...IPV6_ENDS, payload: udp(PORTS) }), 41],
    [icmpv6Echo({}), 58],
    [sctp({ ...PORTS, chunks: [] }), 132],
    [udpLite(PORTS), 136],
  ];
  for (const [payload, protocol] of cases) {
    assert.equal(parsed(parseIpv4(ipv4({ ...IPV4_ENDS, payload }))).protocol, protocol);
    assert.equal(parsed(parseIpv6(ipv6({ ...IPV6_ENDS, payload }))).nextHeader, protocol);
  }
});

test("every checksum is right, whatever the payload and the IP version", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (payload) => {
      const segments: [transport: Uint8Array, protocol: number][] = [
        [tcp({ ...PORTS, flags: TCP_SYN, options: [{ kind: "window-scale", shift: 7 }], payload }), 6],
        [udp({ ...PORTS, payload }), 17],
        [udpLite({ ...PORTS, payload }), 136],
      ];
      for (const [transport, protocol] of segments) {
        const packet = ipv4({ ...IPV4_ENDS, payload: transport });
        assert.equal(checksumHolds(packet, 0, 20), true);
        assert.equal(transportHolds(packet, protocol), true, `protocol ${protocol} over IPv4`);
        assert.equal(transportHolds(ipv6({ ...IPV6_ENDS, payload: transport }), protocol), true);
      }
      assert.equal(transportHolds(ipv6({ ...IPV6_ENDS, payload: icmpv6Echo({ payload }) }), 58), true);
      const message = icmpEcho({ identifier: 1, sequence: 2, payload });
      assert.equal(checksumHolds(message, 0, message.length), true);
      const packet = sctp({ ...PORTS, chunks: [sctpData({ payload })] });
      assert.equal(parsed(parseSctp(packet)).checksum, sctpChecksum(packet, 0, packet.length));
    }),
  );
});

test("the coverage of UDP-Lite is kept by the IP builder", () => {
  const datagram = udpLite({ ...PORTS, checksumCoverage: 8, payload: latin1("uncovered") });
  const packet = ipv4({ ...IPV4_ENDS, payload: datagram });
  const sum = pseudoHeaderSumAt(packet, 12, 4, 136, datagram.length);
  assert.equal(checksumHolds(packet, 20, 28, sum), true);
});

test("a builder leaves what it carries as it was", () => {
  const datagram = udp(PORTS);
  const before = Uint8Array.from(datagram);
  const once = ipv4({ ...IPV4_ENDS, payload: datagram });
  assert.deepEqual(datagram, before);
  assert.deepEqual(ipv4({ ...IPV4_ENDS, payload: datagram }), once);
});

test("what is given is written, however wrong", () => {
  const datagram = udp({ ...PORTS, length: 3, checksum: 0, payload: hex("01") });
  const packet = ipv4({ ...IPV4_ENDS, protocol: 99, totalLength: 9, checksum: 0xbeef, payload: datagram });
  assert.equal(packet[9], 99);
  assert.equal(u16(packet, 2), 9);
  assert.equal(u16(packet, 10), 0xbeef);
  assert.deepEqual(packet.subarray(20), hex("c350 0035 0003 0000 01"));
  const segment = parsed(
    parseTcp(ipv6({ ...IPV6_ENDS, payload: tcp({ ...PORTS, checksum: 1 }) }).subarray(40)),
  );
  assert.equal(segment.checksum, 1);
  assert.equal(u16(ipv6({ ...IPV6_ENDS, payloadLength: 7, payload: datagram }), 4), 7);
  assert.equal(u16(icmp({ type: 8, checksum: 2 }), 2), 2);
});

test("a wrong total length has a header checksum that holds", () => {
  const packet = ipv4({ ...IPV4_ENDS, totalLength: 1000, payload: udp(PORTS) });
  assert.equal(checksumHolds(packet, 0, 20), true);
});

test("tags are numbers or whole tags, and a short frame is padded", () => {
  const frame = ethernet({
    tags: [5, { vlan: 6, priority: 7 }],
    etherType: 0x88b5,
    payload: hex("aa"),
    bytesMin: 60,
  });
  assert.equal(frame.length, 60);
  assert.deepEqual(frame.subarray(12, 23), hex("8100 0005 8100 e006 88b5 aa"));
});

test("a length stands in place of the EtherType where that is asked for", () => {
  assert.deepEqual(
    ethernet({ etherType: "length", payload: hex("424203") }).subarray(12),
    hex("0003 424203"),
  );
});

test("fragments put together are the datagram", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 8, max: 60 }), (payload, bytesMax) => {
      const whole = ipv4({ ...IPV4_ENDS, identification: 7, payload: udp({ ...PORTS, payload }) });
      const fragments = fragmentIpv4(whole, bytesMax).map((octets) => {
        assert.equal(checksumHolds(octets, 0, 20), true);
        return parsed(parseIpv4(octets));
      });
      let end = 0;
      for (const [index, fragment] of fragments.entries()) {
        assert.equal(fragment.fragmentOffsetBytes, end);
        assert.equal(fragment.moreFragments, index < fragments.length - 1);
        assert.equal(fragment.identification, 7);
        assert.ok(fragment.payload.length <= bytesMax);
        end += fragment.payload.length;
      }
      const joined = concat(...fragments.map((fragment) => fragment.payload));
      assert.deepEqual(joined, parsed(parseIpv4(whole)).payload);
      assert.deepEqual(parsed(parseUdp(joined)).payload, payload);
    }),
  );
});

test("IGMP and ARP are what their parsers read", () => {
  const message = {
    kind: "message",
    type: 0x16,
    responseCode: 0,
    checksum: 0,
    group: hex("e9000001"),
  } as const;
  const built = igmp(message);
  assert.equal(checksumHolds(built, 0, built.length), true);
  assert.deepEqual(parseIgmp(built), { ...message, checksum: u16(built, 2) });
  assert.deepEqual(
    arp({ senderProtocol: "192.0.2.1", targetProtocol: "192.0.2.2" }),
    hex("0001 0800 06 04 0001 00005e005301 c0000201 000000000000 c0000202"),
  );
});

test("what cannot be built is refused", () => {
  const payload = udp(PORTS);
  assert.throws(
    () => ipv4({ source: "192.0.2", destination: "192.0.2.2", payload }),
    /not an IPv4 address: 192.0.2/,
  );
  assert.throws(() => ipv4({ ...IPV6_ENDS, payload }), /not an IPv4 address/);
  assert.throws(() => ipv6({ ...IPV4_ENDS, payload }), /not an IPv6 address/);
  assert.throws(() => ethernet({ source: "00", etherType: 1536 }), /not a hardware address: 00/);
  assert.throws(() => ethernet({ payload: hex("45") }), /EtherType is needed/);
  assert.throws(() => ipv4({ ...IPV4_ENDS, payload: hex("45") }), /protocol is needed/);
  assert.throws(() => ipv6({ ...IPV6_ENDS }), /next header is needed/);
  assert.throws(() => fragmentIpv4(hex("45"), 8), /ipv4.truncated/);
  assert.throws(() => fragmentIpv4(ipv4({ ...IPV4_ENDS, payload }), 7), /at least 8 octets/);
});
