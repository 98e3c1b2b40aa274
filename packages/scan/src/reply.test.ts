import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  be16,
  be32,
  concat,
  emitIpv6Extensions,
  hex,
  IPV6_EXTENSIONS_MAX,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  ipv6ExtensionsBytes,
  sctp,
  tcp,
  udp,
} from "@palisade/wire";
import fc from "fast-check";
import { newReply, type ReplyRead, readReply } from "./reply.js";
import { REPLY_ERROR, REPLY_IP, REPLY_SCTP, REPLY_TCP, REPLY_UDP } from "./technique.js";

const ours = "192.0.2.1";
const asked = "198.51.100.7";
const router = "203.0.113.1";
const ours6 = "2001:db8::1";
const asked6 = "2001:db8::7";
const router6 = "2001:db8::fe";

const ports = { sourcePort: 80, destinationPort: 61_111 };
const probePorts = { sourcePort: 61_111, destinationPort: 80 };
const segment = tcp({ ...ports, sequence: 7, acknowledgement: 0xc0ffee02, flags: 0x12, window: 64_240 });
const probe = tcp({ ...probePorts, sequence: 0xc0ffee01, flags: 0x02 });
const datagram = udp({ ...ports, payload: hex("21") });
const answer = ipv4({ source: asked, destination: ours, payload: segment });
const answer6 = ipv6({ source: asked6, destination: ours6, payload: segment });

function read(packet: Uint8Array, offset = 0, end = packet.length): ReplyRead | undefined {
  const reply = newReply();
  return readReply(packet, offset, end, reply) ? reply : undefined;
}

/** What is read of a packet, with the addresses that it points to as octets. */
function told(packet: Uint8Array): Record<string, unknown> | undefined {
  const reply = read(packet);
  if (reply === undefined) return undefined;
  const bytes = reply.ipVersion === 4 ? 4 : 16;
  return {
    ...reply,
    addressAt: packet.slice(reply.addressAt, reply.addressAt + bytes),
    ownAddressAt: packet.slice(reply.ownAddressAt, reply.ownAddressAt + bytes),
  };
}

const ends = { addressAt: hex("c6336407"), ownAddressAt: hex("c0000201"), port: 80, ownPort: 61_111 };
const ends6 = {
  addressAt: hex("20010db8 00000000 00000000 00000007"),
  ownAddressAt: hex("20010db8 00000000 00000000 00000001"),
  port: 80,
  ownPort: 61_111,
};
const tcpFields = { tcpFlags: 0x12, sequence: 7, acknowledgement: 0xc0ffee02, window: 64_240 };

function quote4(payload: Uint8Array, fields: object = {}): Uint8Array {
  return ipv4({ source: ours, destination: asked, payload, ...fields });
}

function unreachable(quoted: Uint8Array, from = router, type = 3, code = 1): Uint8Array {
  return ipv4({ source: from, destination: ours, payload: icmp({ type, code, payload: quoted }) });
}

function unreachable6(quoted: Uint8Array, from = router6, type = 1, code = 3): Uint8Array {
  return ipv6({ source: from, destination: ours6, payload: icmpv6({ type, code, payload: quoted }) });
}

/** An IPv6 packet with extension headers, hop-by-hop options first. */
function extended(source: string, destination: string, payload: Uint8Array, fragment?: number): Uint8Array {
  const chain = {
    extensions: [
      { kind: "hop-by-hop" as const, options: new Uint8Array(6) },
      { kind: "routing" as const, type: 4, segmentsLeft: 0, data: new Uint8Array(4) },
      ...(fragment === undefined
        ? []
        : [
            {
              kind: "fragment" as const,
              offsetBytes: fragment & ~7,
              moreFragments: (fragment & 1) === 1,
              identification: 9,
            },
          ]),
      {
        kind: "authentication" as const,
        spi: 1,
        sequence: 1,
        integrityCheckValue: new Uint8Array(12),
      },
      { kind: "destination-options" as const, options: new Uint8Array(14) },
    ],
    nextHeader: 6,
    payload,
  };
  const octets = new Uint8Array(ipv6ExtensionsBytes(chain));
  emitIpv6Extensions(chain, octets, 0);
  return ipv6({ source, destination, nextHeader: 0, payload: octets });
}

describe("readReply", () => {
  it("reads TCP, over both versions of IP", () => {
    const base = { ...newReply(), kind: REPLY_TCP, ipProtocol: 6, ...tcpFields };
    assert.deepEqual(told(answer), { ...base, ...ends });
    assert.deepEqual(told(answer6), { ...base, ...ends6, ipVersion: 6 });
  });

  it("reads UDP and SCTP", () => {
    assert.deepEqual(told(ipv4({ source: asked, destination: ours, payload: datagram })), {
      ...newReply(),
      ...ends,
      kind: REPLY_UDP,
      ipProtocol: 17,
    });
    const packet = sctp({
      ...ports,
      verificationTag: 0xc0ffee01,
      chunks: [{ type: 2, value: new Uint8Array(16) }],
    });
    assert.deepEqual(told(ipv4({ source: asked, destination: ours, payload: packet })), {
      ...newReply(),
      ...ends,
      kind: REPLY_SCTP,
      ipProtocol: 132,
      verificationTag: 0xc0ffee01,
      chunkType: 2,
    });
  });

  it("reads other protocols, which have no ports, and ICMP that is no error", () => {
    const gre = ipv4({ source: asked, destination: ours, protocol: 47, payload: hex("0000 0800") });
    assert.deepEqual(told(gre), {
      ...newReply(),
      ...ends,
      port: 0,
      ownPort: 0,
      kind: REPLY_IP,
      ipProtocol: 47,
    });
    const echo = icmp({ type: 0, code: 0, rest: 0xc0ffee01, payload: new Uint8Array(0) });
    assert.deepEqual(told(ipv4({ source: asked, destination: ours, payload: echo })), {
      ...newReply(),
      ...ends,
      port: 0,
      ownPort: 0,
      kind: REPLY_IP,
      ipProtocol: 1,
      quoted: 0xc0ffee01,
    });
  });

  it("reads past IPv4 options and IPv6 extension headers", () => {
    const base = { ...newReply(), kind: REPLY_TCP, ipProtocol: 6, ...tcpFields };
    const options = hex("01 01 01 00");
    assert.deepEqual(told(ipv4({ source: asked, destination: ours, payload: segment, options })), {
      ...base,
      ...ends,
    });
    assert.deepEqual(told(extended(asked6, ours6, segment)), { ...base, ...ends6, ipVersion: 6 });
  });

  it("says of errors what the quoted probe asked, and whether the target itself said it", () => {
    const base = { ...newReply(), ...ends, kind: REPLY_ERROR, ipProtocol: 6, type: 3, code: 1 };
    const quoted = 0xc0ffee01;
    assert.deepEqual(told(unreachable(quote4(probe))), { ...base, quoted });
    assert.deepEqual(told(unreachable(quote4(probe), asked)), { ...base, quoted, fromTarget: true });
    assert.deepEqual(told(unreachable(quote4(probe, { options: hex("01 01 01 00") }))), { ...base, quoted });
    // The eight octets of RFC 792, and not one less.
    assert.deepEqual(told(unreachable(quote4(probe).subarray(0, 28))), { ...base, quoted });
    assert.equal(told(unreachable(quote4(probe).subarray(0, 27))), undefined);
    const base6 = { ...base, ...ends6, ipVersion: 6, type: 1, code: 3, quoted };
    const quoted6 = ipv6({ source: ours6, destination: asked6, payload: probe });
    assert.deepEqual(told(unreachable6(quoted6)), base6);
    assert.deepEqual(told(unreachable6(quoted6, asked6)), { ...base6, fromTarget: true });
    assert.deepEqual(told(unreachable6(extended(ours6, asked6, probe))), base6);
  });

  it("finds the initiate tag of a quoted INIT, or 0 where the quotation ends before it", () => {
    const init = sctp({
      ...probePorts,
      chunks: [{ type: 1, value: concat(be32(0xc0ffee01), new Uint8Array(12)) }],
    });
    assert.equal(read(unreachable(quote4(init)))?.quoted, 0xc0ffee01);
    assert.equal(read(unreachable(quote4(init).subarray(0, 20 + 20)))?.quoted, 0xc0ffee01);
    assert.equal(read(unreachable(quote4(init).subarray(0, 20 + 19)))?.quoted, 0);
  });

  it("reads errors about protocols without ports, and about extension headers that were asked for as such", () => {
    const empty = new Uint8Array(0);
    const about = read(unreachable(quote4(empty, { protocol: 47 }), asked, 3, 2));
    assert.deepEqual(
      [about?.kind, about?.ipProtocol, about?.port, about?.fromTarget],
      [REPLY_ERROR, 47, 0, true],
    );
    const probe6 = ipv6({ source: ours6, destination: asked6, nextHeader: 60, payload: empty });
    assert.equal(read(unreachable6(probe6, asked6, 4, 1))?.ipProtocol, 60);
  });

  it("ignores fragments, but not a fragment header around a whole packet", () => {
    for (const moreOrOffset of [0x2000, 0x0001, 0x2001, 0x1fff]) {
      const octets = answer.slice();
      octets.set(be16(moreOrOffset), 6);
      assert.equal(read(octets), undefined);
    }
    assert.equal(read(extended(asked6, ours6, segment, 1)), undefined);
    assert.equal(read(extended(asked6, ours6, segment, 8)), undefined);
    assert.equal(read(extended(asked6, ours6, segment, 0))?.acknowledgement, 0xc0ffee02);
  });

  it("takes a quoted first fragment, not a later one", () => {
    const quoted = quote4(probe);
    quoted.set(be16(0x2000), 6);
    assert.equal(read(unreachable(quoted))?.quoted, 0xc0ffee01);
    quoted.set(be16(0x0001), 6);
    assert.equal(read(unreachable(quoted)), undefined);
    assert.equal(read(unreachable6(extended(ours6, asked6, probe, 1)))?.quoted, 0xc0ffee01);
    assert.equal(read(unreachable6(extended(ours6, asked6, probe, 8))), undefined);
  });

  it("ignores errors that leave a probe's fate open, and those that quote the other version of IP", () => {
    for (const type of [4, 5]) assert.equal(read(unreachable(quote4(probe), router, type, 0)), undefined);
    for (const type of [2, 5, 127]) {
      const quoted = ipv6({ source: ours6, destination: asked6, payload: probe });
      assert.equal(read(unreachable6(quoted, router6, type, 0)), undefined);
    }
    assert.equal(read(unreachable6(quote4(probe))), undefined);
    assert.equal(read(unreachable(ipv6({ source: ours6, destination: asked6, payload: probe }))), undefined);
  });

  it("leaves out what stands behind the packet, and goes by what is there where its length promises more", () => {
    // Sixteen octets of a segment, to the window; padding would make them the twenty of a whole one.
    const cut = segment.subarray(0, 16);
    const padding = new Uint8Array(8);
    const short = ipv4({ source: asked, destination: ours, protocol: 6, payload: cut });
    assert.equal(read(concat(short, padding)), undefined);
    const short6 = ipv6({ source: asked6, destination: ours6, nextHeader: 6, payload: cut });
    assert.equal(read(concat(short6, padding)), undefined);
    const long = answer.slice();
    long.set(be16(1_500), 2);
    assert.equal(read(long)?.acknowledgement, 0xc0ffee02);
    // 0: more than 65,535 octets that the kernel put together.
    long.set(be16(0), 2);
    assert.equal(read(long)?.acknowledgement, 0xc0ffee02);
    long.set(be16(19), 2);
    assert.equal(read(long), undefined);
  });

  it("reads at any offset, and the same of a reply that held another before", () => {
    const reply = newReply();
    assert.equal(readReply(unreachable(quote4(probe)), 0, 100, reply), true);
    const packet = concat(hex("ffff ffff ffff"), answer, hex("ffff"));
    assert.equal(readReply(packet, 6, 6 + answer.length, reply), true);
    assert.deepEqual(reply, { ...read(answer), addressAt: 6 + 12, ownAddressAt: 6 + 16 });
  });

  it("ignores headers whose lengths cannot be", () => {
    const offset = segment.slice();
    offset[12] = 0x40;
    assert.equal(read(ipv4({ source: asked, destination: ours, protocol: 6, payload: offset })), undefined);
    const length = datagram.slice();
    length.set(be16(7), 4);
    assert.equal(read(ipv4({ source: asked, destination: ours, protocol: 17, payload: length })), undefined);
    const header = answer.slice();
    header[0] = 0x44;
    assert.equal(read(header), undefined);
    // Destination options of sixteen octets before GRE, of which eight are there.
    const options = ipv6({
      source: asked6,
      destination: ours6,
      nextHeader: 60,
      payload: hex("2f01 0000 00000000"),
    });
    assert.equal(read(options), undefined);
  });

  it("gives up a chain of more extension headers than anybody sends", () => {
    const chain = (count: number) =>
      ipv6({
        source: asked6,
        destination: ours6,
        nextHeader: 60,
        payload: concat(
          ...Array.from({ length: count }, (_, at) => concat(at === count - 1 ? 6 : 60, new Uint8Array(7))),
          segment,
        ),
      });
    assert.equal(read(chain(IPV6_EXTENSIONS_MAX))?.acknowledgement, 0xc0ffee02);
    assert.equal(read(chain(IPV6_EXTENSIONS_MAX + 1)), undefined);
  });

  it("claims nothing of what ends before its header does", () => {
    const whole = [answer, answer6, ipv4({ source: asked, destination: ours, payload: datagram })];
    const least = [20 + 20, 40 + 20, 20 + 8];
    whole.forEach((packet, index) => {
      for (let end = 0; end < packet.length; end += 1) {
        assert.equal(read(packet, 0, end) !== undefined, end >= least[index]!, `${index} to ${end}`);
      }
    });
  });

  it("never throws, and never reads outside of what it is given, whatever the octets", () => {
    const packets = [
      answer,
      answer6,
      ipv4({ source: asked, destination: ours, payload: datagram }),
      ipv4({ source: asked, destination: ours, payload: sctp({ ...ports, chunks: [{ type: 2 }] }) }),
      unreachable(quote4(probe)),
      unreachable6(ipv6({ source: ours6, destination: asked6, payload: probe })),
      unreachable6(extended(ours6, asked6, probe, 1)),
      extended(asked6, ours6, segment, 0),
    ];
    const mutated = fc
      .tuple(
        fc.constantFrom(...packets),
        fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 4 }),
        fc.nat(160),
      )
      .map(([packet, changes, length]) => {
        const octets = packet.slice(0, length);
        for (const [at, value] of changes) if (at < octets.length) octets[at] = value;
        return octets;
      });
    let claimed = 0;
    fc.assert(
      fc.property(
        fc.oneof({ weight: 4, arbitrary: mutated }, fc.uint8Array({ maxLength: 120 })),
        (octets) => {
          // The octets around it are others each time: what is read must not depend on them.
          const readings = [0x00, 0xff, 0x45].map((guard) => {
            const framed = new Uint8Array(octets.length + 128).fill(guard);
            framed.set(octets, 64);
            const before = framed.slice();
            const reply = newReply();
            const isClaimed = readReply(framed, 64, 64 + octets.length, reply);
            assert.deepEqual(framed, before);
            if (!isClaimed) return undefined;
            const bytes = reply.ipVersion === 4 ? 4 : 16;
            for (const at of [reply.addressAt, reply.ownAddressAt]) {
              assert.ok(at >= 64 && at + bytes <= 64 + octets.length);
            }
            return reply;
          });
          assert.deepEqual(readings[1], readings[0]);
          assert.deepEqual(readings[2], readings[0]);
          if (readings[0] !== undefined) claimed += 1;
        },
      ),
      { numRuns: 5_000 },
    );
    assert.ok(claimed > 500, `${claimed} of 5000`);
  });

  it("reads no octet past the array where the end is said to lie there", () => {
    assert.equal(read(answer.slice(0, 39), 0, 1_000), undefined);
    assert.equal(read(answer, answer.length, 1_000), undefined);
    assert.equal(read(answer, -1, 40), undefined);
  });
});
