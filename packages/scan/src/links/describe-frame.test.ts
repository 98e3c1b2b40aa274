import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  arp,
  ethernet,
  formatIpAddress,
  fragmentIpv4,
  fragmentIpv6,
  hex,
  icmp,
  icmpEcho,
  icmpv6,
  icmpv6Echo,
  ipv4,
  ipv6,
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  parseIpAddress,
  TCP_ACK,
  TCP_SYN,
  tcp,
  udp,
} from "@palisade/wire";
import fc from "fast-check";
import { writeInit } from "../techniques/init-chunk.js";
import { askedAddress, describeFrame } from "./describe-frame.js";

const addresses4 = { source: "10.0.0.2", destination: "192.0.2.7" };
const addresses6 = { source: "2001:db8::2", destination: "2001:db8::7" };
const ports = { sourcePort: 61_234, destinationPort: 443 };
const segment = tcp({
  ...ports,
  flags: TCP_SYN,
  sequence: 0x1a2b3c4d,
  options: [{ kind: "maximum-segment-size", bytes: 1460 }],
});

function init(): Uint8Array {
  const room = new Uint8Array(32);
  writeInit(
    room,
    0,
    { ipVersion: 4, addressSum: 0, sourcePort: 61_234, port: 38_412, cookie: 0xdecade },
    38_412,
  );
  return room;
}

function spoiled(packet: Uint8Array, at: number): Uint8Array {
  const copy = packet.slice();
  copy[at]! ^= 0x55;
  return copy;
}

describe("a frame described", () => {
  for (const [octets, line, linkType = LINKTYPE_RAW] of [
    [
      ipv4({ ...addresses4, timeToLive: 64, payload: segment }),
      "TCP 10.0.0.2:61234 > 192.0.2.7:443 SYN seq 0x1a2b3c4d ttl 64, 44 octets",
    ],
    [
      ethernet({ payload: ipv4({ ...addresses4, timeToLive: 64, payload: segment }) }),
      "TCP 10.0.0.2:61234 > 192.0.2.7:443 SYN seq 0x1a2b3c4d ttl 64, 44 octets",
      LINKTYPE_ETHERNET,
    ],
    [
      ipv6({
        ...addresses6,
        hopLimit: 3,
        payload: tcp({
          ...ports,
          flags: TCP_SYN | TCP_ACK,
          sequence: 1,
          acknowledgement: 2,
          payload: hex("00 00"),
        }),
      }),
      "TCP [2001:db8::2]:61234 > [2001:db8::7]:443 SYN,ACK seq 0x00000001 ack 0x00000002 data 2 ttl 3, 62 octets",
    ],
    [
      ipv4({ ...addresses4, timeToLive: 64, payload: tcp({ ...ports, flags: 0, sequence: 9 }) }),
      "TCP 10.0.0.2:61234 > 192.0.2.7:443 no flags seq 0x00000009 ttl 64, 40 octets",
    ],
    [
      spoiled(ipv4({ ...addresses4, timeToLive: 64, payload: segment }), 36),
      "TCP 10.0.0.2:61234 > 192.0.2.7:443 SYN seq 0x1a2b3c4d bad checksum ttl 64, 44 octets",
    ],
    [
      ipv4({ ...addresses4, timeToLive: 64, payload: udp({ ...ports, payload: new Uint8Array(12) }) }),
      "UDP 10.0.0.2:61234 > 192.0.2.7:443 payload 12 ttl 64, 40 octets",
    ],
    [
      ipv4({
        ...addresses4,
        timeToLive: 64,
        payload: udp({ ...ports, checksum: 0, payload: new Uint8Array(1) }),
      }),
      "UDP 10.0.0.2:61234 > 192.0.2.7:443 payload 1 ttl 64, 29 octets",
    ],
    [
      ipv4({
        ...addresses4,
        timeToLive: 64,
        payload: udp({ ...ports, checksum: 1, payload: new Uint8Array(1) }),
      }),
      "UDP 10.0.0.2:61234 > 192.0.2.7:443 payload 1 bad checksum ttl 64, 29 octets",
    ],
    [
      ipv4({ ...addresses4, timeToLive: 64, protocol: 132, payload: init() }),
      "SCTP 10.0.0.2:61234 > 192.0.2.7:38412 INIT tag 0x00decade ttl 64, 52 octets",
    ],
    [
      spoiled(ipv4({ ...addresses4, timeToLive: 64, protocol: 132, payload: init() }), 30),
      "SCTP 10.0.0.2:61234 > 192.0.2.7:38412 INIT tag 0x00decade bad checksum ttl 64, 52 octets",
    ],
    [
      ipv4({ ...addresses4, timeToLive: 64, payload: icmpEcho({ identifier: 0x1234, sequence: 7 }) }),
      "ICMP 10.0.0.2 > 192.0.2.7 echo request id 0x1234 seq 7 ttl 64, 28 octets",
    ],
    [
      ipv6({ ...addresses6, hopLimit: 64, payload: icmpv6Echo({ identifier: 1, sequence: 2, reply: true }) }),
      "ICMPv6 2001:db8::2 > 2001:db8::7 echo reply id 0x0001 seq 2 ttl 64, 48 octets",
    ],
    [
      ipv4({
        ...addresses4,
        timeToLive: 64,
        payload: icmp({ type: 13, code: 0, payload: new Uint8Array(12) }),
      }),
      "ICMP 10.0.0.2 > 192.0.2.7 type 13 code 0 ttl 64, 40 octets",
    ],
    [
      ipv4({ ...addresses4, timeToLive: 64, protocol: 47, payload: new Uint8Array(0) }),
      "IP protocol 47 10.0.0.2 > 192.0.2.7 payload 0 ttl 64, 20 octets",
    ],
    [
      ipv6({ ...addresses6, hopLimit: 64, nextHeader: 0, payload: new Uint8Array(0) }),
      "IP protocol 0 2001:db8::2 > 2001:db8::7 payload 0 ttl 64, 40 octets",
    ],
    [
      ipv4({ ...addresses4, timeToLive: 64, protocol: 6, payload: hex("00 01 02") }),
      "TCP 10.0.0.2 > 192.0.2.7 payload 3 ttl 64, 23 octets",
    ],
    [
      ethernet({
        payload: arp({
          senderHardware: "02:00:00:00:00:01",
          senderProtocol: "10.0.0.2",
          targetProtocol: "10.0.0.1",
        }),
      }),
      "ARP who has 10.0.0.1, tell 10.0.0.2, 42 octets",
      LINKTYPE_ETHERNET,
    ],
    [
      ethernet({
        payload: arp({
          operation: 2,
          senderHardware: "02:00:00:00:00:01",
          senderProtocol: "10.0.0.1",
          targetProtocol: "10.0.0.2",
        }),
      }),
      "ARP 10.0.0.1 is at 02:00:00:00:00:01, 42 octets",
      LINKTYPE_ETHERNET,
    ],
    [
      ethernet({ etherType: 0x88cc, payload: new Uint8Array(46) }),
      "frame of EtherType 0x88cc, 60 octets",
      LINKTYPE_ETHERNET,
    ],
    [hex(""), "no packet (ipv6.truncated), 0 octets"],
    [hex("45 00"), "no packet (ipv4.truncated), 2 octets"],
    [hex("45 00"), "no packet, 2 octets", LINKTYPE_ETHERNET],
  ] as const satisfies readonly (readonly [Uint8Array, string, number?])[]) {
    it(`is "${line}"`, () => {
      assert.equal(describeFrame(octets, 0, octets.length, linkType), line);
      const amid = new Uint8Array(octets.length + 20).fill(0xff);
      amid.set(octets, 7);
      assert.equal(describeFrame(amid, 7, octets.length, linkType), line);
    });
  }

  it("tells where a fragment belongs", () => {
    const lines = (packets: readonly Uint8Array[]): string[] =>
      packets.map((octets) => describeFrame(octets, 0, octets.length));
    assert.deepEqual(
      lines(
        fragmentIpv4(ipv4({ ...addresses4, identification: 0xabc, timeToLive: 64, payload: segment }), 16),
      ),
      [
        "TCP fragment 10.0.0.2 > 192.0.2.7 id 0xabc 16 octets at 0, more to come, ttl 64, 36 octets",
        "TCP fragment 10.0.0.2 > 192.0.2.7 id 0xabc 8 octets at 16, the last, ttl 64, 28 octets",
      ],
    );
    assert.deepEqual(
      lines(fragmentIpv6(ipv6({ ...addresses6, hopLimit: 64, payload: segment }), 16, 0xabcdef)),
      [
        "TCP fragment 2001:db8::2 > 2001:db8::7 id 0xabcdef 16 octets at 0, more to come, ttl 64, 64 octets",
        "TCP fragment 2001:db8::2 > 2001:db8::7 id 0xabcdef 8 octets at 16, the last, ttl 64, 56 octets",
      ],
    );
  });

  it("is one line, whatever the octets", () => {
    const good = [
      ipv4({ ...addresses4, payload: segment }),
      ipv4({ ...addresses4, protocol: 132, payload: init() }),
      ipv6({ ...addresses6, payload: udp({ ...ports, payload: new Uint8Array(9) }) }),
      ...fragmentIpv6(ipv6({ ...addresses6, payload: segment }), 8, 1),
    ];
    const bent = fc
      .tuple(
        fc.constantFrom(...good),
        fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
        fc.nat(80),
      )
      .map(([octets, changes, length]) => {
        const copy = octets.slice();
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        return copy.subarray(0, length);
      });
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 120 }), bent),
        fc.constantFrom(1, 101, 276, 77),
        (octets, linkType) => {
          const line = describeFrame(octets, 0, octets.length, linkType);
          assert.match(line, /^[\x20-\x7e]+ octets$/);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("whom a frame asks", () => {
  const asked = (octets: Uint8Array, linkType?: number): string | undefined => {
    const amid = new Uint8Array(octets.length + 20).fill(0xff);
    amid.set(octets, 7);
    const address = askedAddress(amid, 7, octets.length, linkType);
    return address === undefined ? undefined : formatIpAddress(address);
  };
  const solicitation = icmpv6({ type: 135, payload: parseIpAddress("2001:db8::99")! });
  const question = arp({ operation: 1, senderProtocol: "192.0.2.1", targetProtocol: "192.0.2.99" });

  it("is its destination", () => {
    const packet = ipv4({ ...addresses4, payload: segment });
    assert.equal(asked(packet), "192.0.2.7");
    assert.equal(asked(ethernet({ payload: packet }), LINKTYPE_ETHERNET), "192.0.2.7");
    assert.equal(asked(ipv6({ ...addresses6, payload: segment })), "2001:db8::7");
    for (const fragment of fragmentIpv6(ipv6({ ...addresses6, payload: segment }), 16, 9))
      assert.equal(asked(fragment), "2001:db8::7");
  });

  it("is the neighbour that is asked for", () => {
    const group = { source: "fe80::1", destination: "ff02::1:ff00:99" };
    const packet = ipv6({ ...group, hopLimit: 255, payload: solicitation });
    assert.equal(asked(packet), "2001:db8::99");
    assert.equal(asked(ethernet({ payload: question }), LINKTYPE_ETHERNET), "192.0.2.99");
  });

  it("is nobody where the frame asks nobody, and never throws", () => {
    assert.equal(asked(new Uint8Array(0)), undefined);
    assert.equal(asked(new Uint8Array(60), LINKTYPE_ETHERNET), undefined);
    const frames = [ethernet({ payload: question }), ipv6({ ...addresses6, payload: solicitation })];
    fc.assert(
      fc.property(
        fc.constantFrom(...frames),
        fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
        fc.nat(90),
        fc.constantFrom(LINKTYPE_RAW, LINKTYPE_ETHERNET, 276, 77),
        (frame, changes, length, linkType) => {
          const octets = frame.slice(0, length);
          for (const [at, value] of changes) if (at < octets.length) octets[at] = value;
          const address = askedAddress(octets, 0, octets.length, linkType);
          assert.ok(address === undefined || address.length <= octets.length);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
