import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Malformed, PalisadeError } from "@palisade/base";
import {
  checksumHolds,
  concat,
  hex,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_IGMP,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  internetSum,
  parseIcmp,
  parseIgmp,
  parseSctp,
  parseTcp,
  parseUdp,
  pseudoHeaderSum,
  sctpChecksum,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
  u32,
} from "@palisade/wire";
import fc from "fast-check";
import { newReply, readReply } from "../reply.js";
import {
  type ProbeTarget,
  REPLY_ERROR,
  REPLY_IP,
  REPLY_SCTP,
  REPLY_TCP,
  REPLY_UDP,
  type Reply,
} from "../technique.js";
import { techniqueOf, techniques } from "./index.js";
import { udpPayload } from "./udp-payloads.js";

const COOKIE = 0xc0ffee01;

/** 192.0.2.1 is ours, 198.51.100.7 was asked, 203.0.113.1 is a router on the way. */
const OURS = "c0000201";
const ASKED = "c6336407";
const ROUTER = "cb007101";
const OURS_V6 = "20010db8 00000000 00000000 00000001";
const ASKED_V6 = "20010db8 00000000 00000000 00000007";
const ROUTER_V6 = "20010db8 00000000 00000000 000000fe";

function ipv4(protocol: string, source: string, destination: string, payload: string): string {
  const bytes = (20 + hex(payload).length).toString(16).padStart(4, "0");
  return `45 00 ${bytes} 0000 4000 40 ${protocol} 0000 ${source} ${destination} ${payload}`;
}

function ipv6(next: string, source: string, destination: string, payload: string): string {
  const bytes = hex(payload).length.toString(16).padStart(4, "0");
  return `60000000 ${bytes} ${next} 40 ${source} ${destination} ${payload}`;
}

/** The answer of a TCP port: 80 to 61111. */
function tcp(sequence: string, acknowledgement: string, flags: string, window = "0000"): string {
  return ipv4("06", ASKED, OURS, `0050 eeb7 ${sequence} ${acknowledgement} 50 ${flags} ${window} 0000 0000`);
}

function sctp(tag: string, chunk: string): string {
  return ipv4("84", ASKED, OURS, `0050 eeb7 ${tag} 00000000 ${chunk}`);
}

/** An ICMP error of type and code about a probe from 61111 to 80, whose transport header goes on with `behindPorts`. */
function error(from: string, typeCode: string, protocol: string, behindPorts: string): string {
  const quoted = ipv4(protocol, OURS, ASKED, `eeb7 0050 ${behindPorts}`);
  return ipv4("01", from, OURS, `${typeCode} 0000 00000000 ${quoted}`);
}

function error6(from: string, typeCode: string, protocol: string, behindPorts: string): string {
  const quoted = ipv6(protocol, OURS_V6, ASKED_V6, `eeb7 0050 ${behindPorts}`);
  return ipv6("3a", from, OURS_V6, `${typeCode} 0000 00000000 ${quoted}`);
}

const INIT_QUOTED = "00000000 00000000 01 00 0014 c0ffee01";
const none = undefined;

/** Technique, what came back, and what it says. */
const cases: readonly (readonly [string, string, string, string | undefined])[] = [
  ["syn", "SYN-ACK", tcp("00000007", "c0ffee02", "12", "faf0"), "open syn-ack"],
  ["syn", "SYN-ACK that does not count our SYN", tcp("00000007", "c0ffee01", "12"), none],
  ["syn", "SYN-ACK for another", tcp("00000007", "c0ffee03", "12"), none],
  ["syn", "SYN alone", tcp("00000007", "c0ffee02", "02"), none],
  ["syn", "ACK alone, of a connection that is older", tcp("00000007", "c0ffee02", "10"), none],
  ["syn", "RST", tcp("00000000", "c0ffee02", "14"), "closed reset"],
  ["syn", "RST that does not count our SYN", tcp("00000000", "c0ffee01", "14"), "closed reset"],
  ["syn", "RST without ACK", tcp("00000000", "c0ffee02", "04"), none],
  ["syn", "RST for another", tcp("00000000", "c0ffee00", "14"), none],
  ["syn", "net unreachable", error(ROUTER, "0300", "06", "c0ffee01"), "filtered net-unreach"],
  ["syn", "host unreachable", error(ROUTER, "0301", "06", "c0ffee01"), "filtered host-unreach"],
  ["syn", "protocol unreachable", error(ASKED, "0302", "06", "c0ffee01"), "filtered proto-unreach"],
  ["syn", "port unreachable", error(ASKED, "0303", "06", "c0ffee01"), "filtered port-unreach"],
  ["syn", "fragmentation needed", error(ROUTER, "0304", "06", "c0ffee01"), none],
  ["syn", "net prohibited", error(ROUTER, "0309", "06", "c0ffee01"), "filtered net-prohibited"],
  ["syn", "host prohibited", error(ROUTER, "030a", "06", "c0ffee01"), "filtered host-prohibited"],
  ["syn", "admin prohibited", error(ROUTER, "030d", "06", "c0ffee01"), "filtered admin-prohibited"],
  ["syn", "code 15", error(ROUTER, "030f", "06", "c0ffee01"), none],
  ["syn", "code 16, which does not exist", error(ROUTER, "0310", "06", "c0ffee01"), none],
  ["syn", "time exceeded", error(ROUTER, "0b00", "06", "c0ffee01"), "filtered time-exceeded"],
  ["syn", "reassembly time exceeded", error(ASKED, "0b01", "06", "c0ffee01"), none],
  ["syn", "error for another", error(ROUTER, "0301", "06", "c0ffee02"), none],
  ["syn", "error about UDP", error(ROUTER, "0301", "11", "c0ffee01"), none],
  ["syn", "v6: no route", error6(ROUTER_V6, "0100", "06", "c0ffee01"), "filtered no-route"],
  ["syn", "v6: prohibited", error6(ROUTER_V6, "0101", "06", "c0ffee01"), "filtered admin-prohibited"],
  ["syn", "v6: beyond scope", error6(ROUTER_V6, "0102", "06", "c0ffee01"), "filtered host-unreach"],
  ["syn", "v6: address unreachable", error6(ROUTER_V6, "0103", "06", "c0ffee01"), "filtered host-unreach"],
  ["syn", "v6: port unreachable", error6(ASKED_V6, "0104", "06", "c0ffee01"), "filtered port-unreach"],
  ["syn", "v6: policy", error6(ROUTER_V6, "0105", "06", "c0ffee01"), "filtered admin-prohibited"],
  ["syn", "v6: reject route", error6(ROUTER_V6, "0106", "06", "c0ffee01"), "filtered admin-prohibited"],
  ["syn", "v6: code 7", error6(ROUTER_V6, "0107", "06", "c0ffee01"), none],
  ["syn", "v6: hops exceeded", error6(ROUTER_V6, "0300", "06", "c0ffee01"), "filtered time-exceeded"],
  ["syn", "v6: next header unknown", error6(ASKED_V6, "0401", "06", "c0ffee01"), "filtered param-problem"],
  ["syn", "v6: another parameter problem", error6(ASKED_V6, "0400", "06", "c0ffee01"), none],
  ["syn", "v6: error for another", error6(ROUTER_V6, "0101", "06", "c0ffee02"), none],
  ["fin", "RST", tcp("00000000", "c0ffee02", "14"), "closed reset"],
  ["fin", "RST that does not count our FIN", tcp("00000000", "c0ffee01", "14"), "closed reset"],
  ["fin", "SYN-ACK", tcp("00000000", "c0ffee02", "12"), none],
  ["null", "RST", tcp("00000000", "c0ffee01", "14"), "closed reset"],
  ["null", "RST that counts a flag that was none", tcp("00000000", "c0ffee02", "14"), none],
  ["xmas", "RST", tcp("00000000", "c0ffee02", "14"), "closed reset"],
  ["xmas", "admin prohibited", error(ROUTER, "030d", "06", "c0ffee01"), "filtered admin-prohibited"],
  ["maimon", "RST", tcp("c0ffee01", "00000000", "04"), "closed reset"],
  ["maimon", "RST of another sequence", tcp("c0ffee02", "00000000", "04"), none],
  ["ack", "RST", tcp("c0ffee01", "00000000", "04"), "unfiltered reset"],
  ["ack", "RST of another sequence", tcp("c0ffee00", "00000000", "04"), none],
  ["ack", "no RST", tcp("c0ffee01", "00000000", "10"), none],
  ["ack", "host unreachable", error(ROUTER, "0301", "06", "c0ffee01"), "filtered host-unreach"],
  ["window", "RST with a window", tcp("c0ffee01", "00000000", "04", "1000"), "open reset"],
  ["window", "RST without", tcp("c0ffee01", "00000000", "04"), "closed reset"],
  ["window", "RST of another sequence", tcp("c0ffee02", "00000000", "04", "1000"), none],
  ["udp", "a datagram", ipv4("11", ASKED, OURS, "0050 eeb7 0009 0000 21"), "open udp-response"],
  ["udp", "its port unreachable", error(ASKED, "0303", "11", "00080000"), "closed port-unreach"],
  ["udp", "a router's port unreachable", error(ROUTER, "0303", "11", "00080000"), "filtered port-unreach"],
  ["udp", "host unreachable", error(ASKED, "0301", "11", "00080000"), "filtered host-unreach"],
  ["udp", "admin prohibited", error(ASKED, "030d", "11", "00080000"), "filtered admin-prohibited"],
  ["udp", "error about TCP", error(ASKED, "0303", "06", "c0ffee01"), none],
  ["udp", "v6: its port unreachable", error6(ASKED_V6, "0104", "11", "00080000"), "closed port-unreach"],
  ["udp", "v6: a router's", error6(ROUTER_V6, "0104", "11", "00080000"), "filtered port-unreach"],
  ["sctp-init", "INIT ACK", sctp("c0ffee01", "02 00 0014 00000001"), "open init-ack"],
  ["sctp-init", "ABORT", sctp("c0ffee01", "06 00 0004"), "closed abort"],
  ["sctp-init", "INIT ACK for another", sctp("c0ffee02", "02 00 0014 00000001"), none],
  ["sctp-init", "ABORT that only reflects our tag", sctp("00000000", "06 01 0004"), none],
  ["sctp-init", "another chunk", sctp("c0ffee01", "05 00 0004"), none],
  ["sctp-init", "protocol unreachable", error(ASKED, "0302", "84", INIT_QUOTED), "filtered proto-unreach"],
  ["sctp-init", "error without the tag", error(ASKED, "0302", "84", "00000000"), none],
  ["ip-protocol", "a segment", tcp("00000007", "00000000", "14"), "open proto-response"],
  ["ip-protocol", "an echo", ipv4("01", ASKED, OURS, "0000 0000 c0ffee01"), "open echo-reply"],
  ["ip-protocol", "GRE", ipv4("2f", ASKED, OURS, "0000 0800"), "open proto-response"],
  ["ip-protocol", "its protocol unreachable", error(ASKED, "0302", "2f", "00000000"), "closed proto-unreach"],
  ["ip-protocol", "a router's", error(ROUTER, "0302", "2f", "00000000"), "filtered proto-unreach"],
  ["ip-protocol", "its port unreachable", error(ASKED, "0303", "11", "00080000"), "open port-unreach"],
  ["ip-protocol", "a router's port", error(ROUTER, "0303", "11", "00080000"), "filtered port-unreach"],
  ["ip-protocol", "prohibited", error(ASKED, "030a", "2f", "00000000"), "filtered host-prohibited"],
  [
    "ip-protocol",
    "v6: next header unknown",
    error6(ASKED_V6, "0401", "2f", "00000000"),
    "closed param-problem",
  ],
];

describe("techniques", () => {
  it("read replies as nmap does", () => {
    for (const [name, what, octets, expected] of cases) {
      const packet = hex(octets);
      const reply = newReply();
      assert.equal(readReply(packet, 0, packet.length, reply), true, `${name}: ${what}`);
      const said = techniqueOf(name).classify(reply, COOKIE);
      assert.equal(said && `${said.state} ${said.reason}`, expected, `${name}: ${what}`);
    }
    for (const { name } of techniques)
      assert.ok(
        cases.some(([technique]) => technique === name),
        name,
      );
  });

  it("know whether a closed port is told by the host's own error", () => {
    for (const { name, closedByError = false } of techniques)
      assert.equal(
        closedByError,
        cases.some(([of, , , said]) => of === name && /^closed (.*-unreach|param-problem)$/.test(said ?? "")),
        name,
      );
  });

  it("know what silence means", () => {
    assert.deepEqual(
      techniques.map(({ letter, name, silence }) => `${letter} ${name} ${silence}`),
      [
        "S syn filtered",
        "F fin open|filtered",
        "N null open|filtered",
        "X xmas open|filtered",
        "A ack filtered",
        "W window filtered",
        "M maimon open|filtered",
        "U udp open|filtered",
        "Y sctp-init filtered",
        "O ip-protocol open|filtered",
      ],
    );
  });

  it("are found by name, and a wrong name is met with the nearest", () => {
    for (const technique of techniques) assert.equal(techniqueOf(technique.name), technique);
    assert.throws(
      () => techniqueOf("maimom"),
      (error) =>
        error instanceof PalisadeError &&
        error.code === "SCAN_TECHNIQUE_UNKNOWN" &&
        /did you mean maimon\?$/.test(error.message),
    );
    assert.throws(() => techniqueOf("christmas-tree"), /use one of syn, fin, /);
  });

  it("never take a reply that carries another cookie", () => {
    const u32s = fc.integer({ min: 0, max: 0xffff_ffff });
    // Values near the cookie are where a wrong comparison would show.
    const near = fc.tuple(u32s, fc.integer({ min: -3, max: 3 }));
    const carried = techniques.filter(({ protocol }) => protocol === "tcp" || protocol === "sctp");
    assert.equal(carried.length, 8);
    fc.assert(
      fc.property(
        near,
        fc.constantFrom(REPLY_TCP, REPLY_UDP, REPLY_SCTP, REPLY_ERROR, REPLY_IP),
        fc.record({
          tcpFlags: fc.nat(255),
          window: fc.nat(65_535),
          chunkType: fc.nat(14),
          type: fc.constantFrom(0, 1, 3, 4, 11),
          code: fc.nat(16),
          ipProtocol: fc.constantFrom(6, 17, 132),
          fromTarget: fc.boolean(),
          ipVersion: fc.constantFrom<4 | 6>(4, 6),
        }),
        fc.tuple(u32s, u32s, u32s, u32s),
        ([cookie, distance], kind, fields, [first, second, third, fourth]) => {
          const isOther = (value: number) => value !== cookie && (value - cookie) >>> 0 !== 1;
          const other = (value: number) => {
            const close = (cookie + distance) >>> 0;
            if (isOther(close)) return close;
            return isOther(value) ? value : (cookie + 2) >>> 0;
          };
          const tag = cookie === 0 ? 2 : other(third);
          const reply: Reply = {
            ...fields,
            kind,
            sequence: other(first),
            acknowledgement: other(second),
            verificationTag: tag,
            quoted: cookie === 0 ? 2 : other(fourth),
          };
          for (const technique of carried) assert.equal(technique.classify(reply, cookie), undefined);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

const addressesOf4 = [hex(OURS), hex(ASKED)] as const;
const addressesOf6 = [hex(OURS_V6), hex(ASKED_V6)] as const;

/** Every property of a probe, for both versions of IP, written at an odd place among other octets. */
function eachProbe(
  name: string,
  check: (probe: Uint8Array, target: ProbeTarget, pseudoSum: (protocol: number) => number) => void,
  ports: fc.Arbitrary<number> = fc.integer({ min: 0, max: 65_535 }),
): void {
  const technique = techniqueOf(name);
  fc.assert(
    fc.property(
      fc.constantFrom<4 | 6>(4, 6),
      ports,
      fc.integer({ min: 0, max: 65_535 }),
      fc.oneof(fc.constantFrom(0, 1, 0xffff_ffff), fc.integer({ min: 0, max: 0xffff_ffff })),
      (ipVersion, port, sourcePort, cookie) => {
        const [source, destination] = ipVersion === 4 ? addressesOf4 : addressesOf6;
        const addressSum =
          internetSum(source, 0, source.length) + internetSum(destination, 0, destination.length);
        const target = { ipVersion, addressSum, sourcePort, port, cookie };
        const octets = new Uint8Array(technique.probeBytesMax + 14).fill(0xa5);
        const bytes = technique.write(octets, 7, target);
        assert.ok(bytes <= technique.probeBytesMax);
        assert.ok(octets.subarray(0, 7).every((octet) => octet === 0xa5));
        assert.ok(octets.subarray(7 + bytes).every((octet) => octet === 0xa5));
        const probe = octets.slice(7, 7 + bytes);
        check(probe, target, (protocol) => pseudoHeaderSum(source, destination, protocol, bytes));
      },
    ),
  );
}

function parsed<V>(value: V | Malformed): V {
  assert.ok(!(value instanceof Malformed));
  return value;
}

describe("probes", () => {
  it("of SYN are these octets", () => {
    const octets = new Uint8Array(24);
    const addressSum = internetSum(hex(OURS + ASKED), 0, 8);
    const target = { ipVersion: 4, addressSum, sourcePort: 61_111, port: 80, cookie: COOKIE } as const;
    assert.equal(techniqueOf("syn").write(octets, 0, target), 24);
    assert.deepEqual(
      concat(octets.subarray(0, 16), octets.subarray(18)),
      hex("eeb7 0050 c0ffee01 00000000 60 02 0400 0000 0204 05b4"),
    );
    assert.equal(checksumHolds(octets, 0, 24, addressSum + 6 + 24), true);
  });

  const segments: readonly (readonly [string, number])[] = [
    ["syn", TCP_SYN],
    ["fin", TCP_FIN],
    ["null", 0],
    ["xmas", TCP_FIN | TCP_PSH | TCP_URG],
    ["ack", TCP_ACK],
    ["window", TCP_ACK],
    ["maimon", TCP_FIN | TCP_ACK],
  ];
  for (const [name, flags] of segments) {
    it(`of ${name} are whole segments with a right checksum`, () => {
      eachProbe(name, (probe, { sourcePort, port, cookie }, pseudoSum) => {
        assert.equal(checksumHolds(probe, 0, probe.length, pseudoSum(IP_PROTOCOL_TCP)), true);
        const segment = parsed(parseTcp(probe));
        assert.deepEqual(
          [segment.sourcePort, segment.destinationPort, segment.sequence, segment.flags],
          [sourcePort, port, cookie, flags],
        );
        assert.equal(segment.acknowledgement, flags & TCP_ACK ? cookie : 0);
        assert.deepEqual(
          segment.options,
          name === "syn" ? [{ kind: "maximum-segment-size", bytes: 1460 }] : [],
        );
        assert.equal(segment.payload.length, 0);
      });
    });
  }

  it("of udp are whole datagrams with a right checksum and the port's payload", () => {
    const ports = fc.oneof(fc.constantFrom(53, 123, 443, 500, 5060), fc.integer({ min: 0, max: 65_535 }));
    eachProbe(
      "udp",
      (probe, { sourcePort, port }, pseudoSum) => {
        assert.equal(checksumHolds(probe, 0, probe.length, pseudoSum(IP_PROTOCOL_UDP)), true);
        const datagram = parsed(parseUdp(probe));
        assert.notEqual(datagram.checksum, 0);
        assert.deepEqual([datagram.sourcePort, datagram.destinationPort], [sourcePort, port]);
        assert.deepEqual(datagram.payload, udpPayload(port).octets);
      },
      ports,
    );
  });

  it("of udp send a computed checksum of zero as all ones", () => {
    const octets = new Uint8Array(8);
    const target = { ipVersion: 4, addressSum: 0, sourcePort: 0, port: 0, cookie: 0 } as const;
    // 17 for the protocol, 8 twice for the length: the source port makes the rest of ffff.
    techniqueOf("udp").write(octets, 0, { ...target, sourcePort: 0xffff - 17 - 8 - 8 });
    assert.deepEqual(octets, hex("ffde 0000 0008 ffff"));
  });

  it("of sctp-init are whole packets with a right checksum and a tag that is not 0", () => {
    eachProbe("sctp-init", (probe, { sourcePort, port, cookie }) => {
      const packet = parsed(parseSctp(probe));
      assert.deepEqual(
        [packet.sourcePort, packet.destinationPort, packet.verificationTag],
        [sourcePort, port, 0],
      );
      assert.equal(packet.checksum, sctpChecksum(probe, 0, probe.length));
      assert.equal(packet.chunks.length, 1);
      assert.equal(packet.chunks[0]!.type, 1);
      assert.equal(packet.chunks[0]!.value.length, 16);
      assert.equal(u32(packet.chunks[0]!.value, 0), cookie === 0 ? 1 : cookie);
    });
  });

  it("of ip-protocol are what the protocol understands, or empty", () => {
    const understood = fc.constantFrom(1, 2, IP_PROTOCOL_TCP, IP_PROTOCOL_UDP, IP_PROTOCOL_SCTP, 58);
    const protocols = fc.oneof(understood, fc.integer({ min: 0, max: 255 }));
    eachProbe(
      "ip-protocol",
      (probe, { port, cookie }, pseudoSum) => {
        switch (port) {
          case IP_PROTOCOL_TCP:
          case IP_PROTOCOL_UDP:
            assert.equal(checksumHolds(probe, 0, probe.length, pseudoSum(port)), true);
            parsed(port === IP_PROTOCOL_TCP ? parseTcp(probe) : parseUdp(probe));
            return;
          case IP_PROTOCOL_SCTP:
            assert.equal(parsed(parseSctp(probe)).checksum, sctpChecksum(probe, 0, probe.length));
            return;
          case 1:
          case IP_PROTOCOL_ICMPV6: {
            const sum = port === IP_PROTOCOL_ICMPV6 ? pseudoSum(port) : 0;
            assert.equal(checksumHolds(probe, 0, probe.length, sum), true);
            const { type, code, rest } = parsed(parseIcmp(probe));
            assert.deepEqual([type, code, rest], [port === 1 ? 8 : 128, 0, cookie]);
            return;
          }
          case IP_PROTOCOL_IGMP:
            assert.equal(checksumHolds(probe, 0, probe.length), true);
            parsed(parseIgmp(probe));
            return;
          default:
            assert.equal(probe.length, 0);
        }
      },
      protocols,
    );
  });

  it("are answered by a stack of RFC 9293 §3.10.7.1 such that the cookie is known again", () => {
    for (const [name] of segments) {
      eachProbe(name, (probe, { cookie }) => {
        const segment = parsed(parseTcp(probe));
        const occupied = (segment.flags & TCP_SYN ? 1 : 0) + (segment.flags & TCP_FIN ? 1 : 0);
        const reply = newReply();
        reply.kind = REPLY_TCP;
        reply.ipProtocol = IP_PROTOCOL_TCP;
        if (segment.flags & TCP_ACK) {
          reply.tcpFlags = TCP_RST;
          reply.sequence = segment.acknowledgement;
        } else {
          reply.tcpFlags = TCP_RST | TCP_ACK;
          reply.acknowledgement = (segment.sequence + occupied) >>> 0;
        }
        assert.equal(techniqueOf(name).classify(reply, cookie)?.reason, "reset", name);
      });
    }
  });
});
