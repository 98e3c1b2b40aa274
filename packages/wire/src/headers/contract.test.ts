/** What every header must keep, whatever its protocol; what is particular to one is in the test beside it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AssertionFailure, Malformed } from "@palisade/base";
import fc from "fast-check";
import * as ah from "./ah.js";
import * as arp from "./arp.js";
import * as capwap from "./capwap.js";
import * as esp from "./esp.js";
import * as ethernet from "./ethernet.js";
import * as geneve from "./geneve.js";
import * as gre from "./gre.js";
import * as gtpU from "./gtp-u.js";
import * as icmp from "./icmp.js";
import * as igmp from "./igmp.js";
import * as ipv4 from "./ipv4.js";
import * as ipv6 from "./ipv6.js";
import * as extensions from "./ipv6-extensions.js";
import * as cooked from "./linux-cooked.js";
import * as llc from "./llc.js";
import * as mpls from "./mpls.js";
import * as ppp from "./ppp.js";
import * as pppoe from "./pppoe.js";
import * as sctp from "./sctp.js";
import * as tcp from "./tcp.js";
import * as teredo from "./teredo.js";
import * as tzsp from "./tzsp.js";
import * as udp from "./udp.js";
import * as udpLite from "./udp-lite.js";
import * as vxlan from "./vxlan.js";

interface Contract<V> {
  readonly value: fc.Arbitrary<V>;
  readonly parse: (bytes: Uint8Array) => V | Malformed;
  readonly emit: (value: V, out: Uint8Array, offset: number) => number;
  readonly bytes: (value: V) => number;
  /** Octets without which the header is malformed. Default: all but the payload. */
  readonly needed?: (value: V) => number;
  /** Shorter starts that are a whole header of another meaning. */
  readonly wholeToo?: (value: V, length: number) => boolean;
}

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u24 = fc.nat(0xff_ffff);
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const octets = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes });
const upTo = (bytes: number) => fc.uint8Array({ maxLength: bytes });
/** `multiple` n + `rest` octets, at most 4 n. */
const stretch = (multiple: number, rest: number) =>
  fc.nat(4).chain((count) => octets(count * multiple + rest));
const payload = upTo(40);
/** Objects like those of a parser, which have a prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const few = <T>(value: fc.Arbitrary<T>, maxLength = 4) => fc.array(value, { maxLength });
const either = <T extends string>(...kinds: T[]) => fc.constantFrom(...kinds);

function contract<V>(name: string, { value, parse, emit, bytes, needed, wholeToo }: Contract<V>): void {
  const written = (one: V): Uint8Array => {
    const out = new Uint8Array(bytes(one));
    assert.equal(emit(one, out, 0), out.length);
    return out;
  };
  const payloadBytes = (one: V): number => (one as { readonly payload?: Uint8Array }).payload?.length ?? 0;

  test(`${name}: what is emitted is parsed as the same value`, () => {
    fc.assert(fc.property(value, (one) => assert.deepEqual(parse(written(one)), one)));
  });

  test(`${name}: every start that is too short is malformed`, () => {
    fc.assert(
      fc.property(value, (one) => {
        const whole = written(one);
        const least = needed?.(one) ?? whole.length - payloadBytes(one);
        for (let length = 0; length < least; length += 1) {
          if (wholeToo?.(one, length)) continue;
          assert.ok(
            parse(whole.subarray(0, length)) instanceof Malformed,
            `${length} of ${whole.length} octets`,
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  test(`${name}: an emitter writes all of its octets and none around them`, () => {
    fc.assert(
      fc.property(value, (one) => {
        const whole = written(one);
        const out = new Uint8Array(whole.length + 7).fill(0xa5);
        assert.equal(emit(one, out, 3), whole.length);
        assert.deepEqual(out.subarray(3, 3 + whole.length), whole);
        assert.deepEqual([...out.subarray(0, 3), ...out.subarray(3 + whole.length)], Array(7).fill(0xa5));
        assert.throws(() => emit(one, out, 8), AssertionFailure);
      }),
    );
  });

  test(`${name}: any octets are a value that is emitted and parsed again, or malformed; none are changed`, () => {
    const near = fc
      .tuple(value, few(fc.tuple(fc.nat(), u8)), fc.nat(60), u8)
      .map(([one, changes, length, kind]) => {
        const whole = written(one);
        for (const [place, octet] of changes) if (whole.length > 0) whole[place % whole.length] = octet;
        return kind < 128 ? whole : whole.subarray(0, length);
      });
    fc.assert(
      fc.property(fc.oneof(near, upTo(60)), (bytesOfAny) => {
        const before = Uint8Array.from(bytesOfAny);
        const one = parse(bytesOfAny);
        assert.deepEqual(bytesOfAny, before);
        if (!(one instanceof Malformed)) assert.deepEqual(parse(written(one)), one);
      }),
      { numRuns: 500 },
    );
  });
}

contract("ethernet", {
  value: record({
    destination: octets(6),
    source: octets(6),
    tags: few(
      record({
        protocol: fc.constantFrom(0x8100, 0x88a8, 0x9100),
        priority: fc.nat(7),
        dropEligible: fc.boolean(),
        vlan: fc.nat(4095),
      }),
    ),
    etherType: optional(
      fc.integer({ min: 0x600, max: 0xffff }).filter((type) => !ethernet.isVlanEtherType(type)),
    ),
    payload,
  }),
  parse: ethernet.parseEthernet,
  emit: ethernet.emitEthernet,
  bytes: ethernet.ethernetBytes,
  needed: (frame) =>
    ethernet.ethernetBytes(frame) - (frame.etherType === undefined ? 0 : frame.payload.length),
});

contract("llc", {
  value: record({
    destinationSap: u8,
    sourceSap: u8,
    control: fc.oneof(
      u8.map((control) => control | 3),
      u16.filter((control) => (control & 3) !== 3),
    ),
    payload,
  }),
  parse: llc.parseLlc,
  emit: llc.emitLlc,
  bytes: llc.llcBytes,
});

contract("snap", {
  value: record({ oui: u24, protocol: u16, payload }),
  parse: llc.parseSnap,
  emit: llc.emitSnap,
  bytes: llc.snapBytes,
});

const cookedFields = { hardwareType: u16, protocol: u16, payload, address: upTo(8) };

contract("linux-cooked", {
  value: record({ ...cookedFields, packetType: u16, addressLength: fc.integer({ min: 8, max: 0xffff }) }).map(
    (frame) => (frame.address.length < 8 ? { ...frame, addressLength: frame.address.length } : frame),
  ),
  parse: cooked.parseLinuxCooked,
  emit: cooked.emitLinuxCooked,
  bytes: cooked.linuxCookedBytes,
});

contract("linux-cooked 2", {
  value: record({
    ...cookedFields,
    packetType: u8,
    addressLength: fc.integer({ min: 8, max: 255 }),
    interfaceIndex: u32,
  }).map((frame) => (frame.address.length < 8 ? { ...frame, addressLength: frame.address.length } : frame)),
  parse: cooked.parseLinuxCooked2,
  emit: cooked.emitLinuxCooked2,
  bytes: cooked.linuxCooked2Bytes,
});

contract("arp", {
  value: fc.tuple(fc.nat(8), fc.nat(16)).chain(([hardwareBytes, protocolBytes]) =>
    record({
      hardwareType: u16,
      protocolType: u16,
      operation: u16,
      senderHardware: octets(hardwareBytes),
      senderProtocol: octets(protocolBytes),
      targetHardware: octets(hardwareBytes),
      targetProtocol: octets(protocolBytes),
    }),
  ),
  parse: arp.parseArp,
  emit: arp.emitArp,
  bytes: arp.arpBytes,
});

const ipv4Value = record({
  dscp: fc.nat(63),
  ecn: fc.nat(3),
  identification: u16,
  reservedFlag: fc.boolean(),
  dontFragment: fc.boolean(),
  moreFragments: fc.boolean(),
  fragmentOffsetBytes: fc.nat(8191).map((blocks) => blocks * 8),
  timeToLive: u8,
  protocol: u8,
  source: octets(4),
  destination: octets(4),
  options: fc.nat(10).chain((words) => octets(words * 4)),
  payload,
});

/** The emitter computes the checksum, so it is left out of the comparison. */
function ipv4WithoutChecksum(packet: ipv4.Ipv4 | Malformed): Omit<ipv4.Ipv4, "checksum"> | Malformed {
  if (packet instanceof Malformed) return packet;
  const { checksum: _, ...rest } = packet;
  return rest;
}

contract("ipv4", {
  value: ipv4Value,
  parse: (bytes) => ipv4WithoutChecksum(ipv4.parseIpv4(bytes)),
  emit: ipv4.emitIpv4,
  bytes: ipv4.ipv4Bytes,
  needed: ipv4.ipv4Bytes,
});

contract("ipv4, quoted", {
  value: ipv4Value,
  parse: (bytes) => ipv4WithoutChecksum(ipv4.parseQuotedIpv4(bytes)),
  emit: ipv4.emitIpv4,
  bytes: ipv4.ipv4Bytes,
});

const ipv6Value = record({
  dscp: fc.nat(63),
  ecn: fc.nat(3),
  flowLabel: fc.nat(0xf_ffff),
  nextHeader: u8,
  hopLimit: u8,
  source: octets(16),
  destination: octets(16),
  payload,
});

contract("ipv6", {
  value: ipv6Value,
  parse: ipv6.parseIpv6,
  emit: ipv6.emitIpv6,
  bytes: ipv6.ipv6Bytes,
  needed: ipv6.ipv6Bytes,
});

contract("ipv6, quoted", {
  value: ipv6Value,
  parse: ipv6.parseQuotedIpv6,
  emit: ipv6.emitIpv6,
  bytes: ipv6.ipv6Bytes,
});

const fragment = (offsetBytes: fc.Arbitrary<number>) =>
  record({ kind: either("fragment"), offsetBytes, moreFragments: fc.boolean(), identification: u32 });
const anyExtension: fc.Arbitrary<extensions.Ipv6Extension> = fc.oneof(
  record({ kind: either("hop-by-hop", "destination-options"), options: stretch(8, 6) }),
  record({ kind: either("routing"), type: u8, segmentsLeft: u8, data: stretch(8, 4) }),
  record({ kind: either("authentication"), spi: u32, sequence: u32, integrityCheckValue: stretch(4, 0) }),
  fragment(fc.constant(0)),
);

for (const last of [[], [fragment(fc.nat(8190).map((blocks) => blocks * 8 + 8))]]) {
  // The first header's number is outside of the octets, so it is fixed: a routing header of no address.
  const first: extensions.Ipv6Extension = {
    kind: "routing",
    type: 0,
    segmentsLeft: 0,
    data: new Uint8Array(4),
  };
  contract(`ipv6 extensions${last.length > 0 ? " of a later fragment" : ""}`, {
    value: fc
      .tuple(few(anyExtension), fc.tuple(...last), u8, payload)
      .map(([middle, end, nextHeader, rest]) => ({
        extensions: [first, ...middle, ...end],
        nextHeader: end.length === 0 && extensions.isIpv6Extension(nextHeader) ? 59 : nextHeader,
        payload: rest,
      })),
    parse: (bytes): extensions.Ipv6Extensions | Malformed => extensions.parseIpv6Extensions(43, bytes),
    emit: extensions.emitIpv6Extensions,
    bytes: extensions.ipv6ExtensionsBytes,
  });
}

contract("ah", {
  value: record({ nextHeader: u8, spi: u32, sequence: u32, integrityCheckValue: stretch(4, 0), payload }),
  parse: ah.parseAh,
  emit: ah.emitAh,
  bytes: ah.ahBytes,
});

contract("esp", {
  value: record({ spi: u32, sequence: u32, payload }),
  parse: esp.parseEsp,
  emit: esp.emitEsp,
  bytes: esp.espBytes,
});

contract("icmp", {
  value: record({ type: u8, code: u8, checksum: u16, rest: u32, payload }),
  parse: icmp.parseIcmp,
  emit: icmp.emitIcmp,
  bytes: icmp.icmpBytes,
});

const sources = few(octets(4));

contract<igmp.Igmp>("igmp", {
  value: fc.oneof(
    record({
      kind: either("message"),
      type: u8.filter((type) => type !== igmp.IGMP_REPORT_V3),
      responseCode: u8,
      checksum: u16,
      group: octets(4),
    }),
    record({
      kind: either("query-3"),
      responseCode: u8,
      checksum: u16,
      group: octets(4),
      suppress: fc.boolean(),
      robustness: fc.nat(7),
      intervalCode: u8,
      sources,
    }),
    record({
      kind: either("report-3"),
      checksum: u16,
      records: few(record({ type: u8, group: octets(4), sources, auxiliary: stretch(4, 0) })),
    }),
  ),
  parse: igmp.parseIgmp,
  emit: igmp.emitIgmp,
  bytes: igmp.igmpBytes,
  // A query of 8 … 11 octets is one of version 1 or 2.
  wholeToo: (message, length) => message.kind === "query-3" && length >= 8 && length < 12,
});

const tcpOption: fc.Arbitrary<tcp.TcpOption> = fc.oneof(
  record({ kind: either("no-operation") }),
  record({ kind: either("maximum-segment-size"), bytes: u16 }),
  record({ kind: either("window-scale"), shift: u8 }),
  record({ kind: either("sack-permitted") }),
  record({
    kind: either("sack"),
    blocks: fc.array(record({ left: u32, right: u32 }), { minLength: 1, maxLength: 2 }),
  }),
  record({ kind: either("timestamps"), value: u32, echo: u32 }),
  record({ kind: either("raw"), number: fc.integer({ min: 9, max: 255 }), octets: upTo(6) }),
);

contract("tcp", {
  value: record({
    sourcePort: u16,
    destinationPort: u16,
    sequence: u32,
    acknowledgement: u32,
    flags: fc.nat(0xfff),
    window: u16,
    checksum: u16,
    urgentPointer: u16,
    options: few(tcpOption),
    payload,
  }).filter((segment) => tcp.tcpBytes(segment) - segment.payload.length <= 60),
  parse: tcp.parseTcp,
  emit: tcp.emitTcp,
  bytes: tcp.tcpBytes,
});

contract("udp", {
  value: record({ sourcePort: u16, destinationPort: u16, checksum: u16, payload }),
  parse: udp.parseUdp,
  emit: udp.emitUdp,
  bytes: udp.udpBytes,
  needed: udp.udpBytes,
});

contract("udp-lite", {
  value: record({ sourcePort: u16, destinationPort: u16, covered: fc.nat(50), checksum: u16, payload }).map(
    ({ covered, ...datagram }) => ({
      ...datagram,
      checksumCoverage: covered < 8 || covered > 8 + datagram.payload.length ? 0 : covered,
    }),
  ),
  parse: udpLite.parseUdpLite,
  emit: udpLite.emitUdpLite,
  bytes: udpLite.udpLiteBytes,
  needed: (datagram) => Math.max(8, datagram.checksumCoverage),
});

contract("sctp", {
  value: record({
    sourcePort: u16,
    destinationPort: u16,
    verificationTag: u32,
    checksum: u32,
    chunks: few(record({ type: u8, flags: u8, value: upTo(9) })),
  }),
  parse: sctp.parseSctp,
  emit: sctp.emitSctp,
  bytes: sctp.sctpBytes,
  // The end of a chunk, with its padding or with less, is the end of a shorter packet.
  wholeToo: (packet, length) => {
    let end = 12;
    for (const chunk of packet.chunks) {
      if (length <= end) break;
      end += 4 + chunk.value.length;
      const paddedEnd = (end + 3) & ~3;
      if (length >= end && length <= paddedEnd) return true;
      end = paddedEnd;
    }
    return length === 12;
  },
});

contract<gre.Gre>("gre", {
  value: fc.oneof(
    record({
      version: fc.constant(0 as const),
      protocol: u16,
      checksum: optional(u16),
      key: optional(u32),
      sequence: optional(u32),
      payload,
    }),
    record({
      version: fc.constant(1 as const),
      protocol: u16,
      callId: u16,
      sequence: optional(u32),
      acknowledgement: optional(u32),
      payload,
    }),
  ),
  parse: gre.parseGre,
  emit: gre.emitGre,
  bytes: gre.greBytes,
  needed: (packet) => gre.greBytes(packet) - (packet.version === 0 ? packet.payload.length : 0),
});

contract("vxlan", {
  value: record({ vni: u24, payload }),
  parse: vxlan.parseVxlan,
  emit: vxlan.emitVxlan,
  bytes: vxlan.vxlanBytes,
});

contract("geneve", {
  value: record({
    control: fc.boolean(),
    critical: fc.boolean(),
    protocol: u16,
    vni: u24,
    options: few(record({ class: u16, type: u8, data: stretch(4, 0) })),
    payload,
  }),
  parse: geneve.parseGeneve,
  emit: geneve.emitGeneve,
  bytes: geneve.geneveBytes,
});

contract("gtp-u", {
  value: record({
    messageType: u8,
    teid: u32,
    sequence: optional(u16),
    nPduNumber: optional(u8),
    extensions: few(record({ type: fc.integer({ min: 1, max: 255 }), content: stretch(4, 2) })),
    payload,
  }),
  parse: gtpU.parseGtpU,
  emit: gtpU.emitGtpU,
  bytes: gtpU.gtpUBytes,
  needed: gtpU.gtpUBytes,
});

contract("mpls", {
  value: record({
    labels: fc.array(record({ label: fc.nat(0xf_ffff), trafficClass: fc.nat(7), timeToLive: u8 }), {
      minLength: 1,
      maxLength: mpls.MPLS_LABELS_MAX,
    }),
    payload,
  }),
  parse: mpls.parseMpls,
  emit: mpls.emitMpls,
  bytes: mpls.mplsBytes,
});

contract("pppoe", {
  value: record({ code: u8, sessionId: u16, payload }),
  parse: pppoe.parsePppoe,
  emit: pppoe.emitPppoe,
  bytes: pppoe.pppoeBytes,
  needed: pppoe.pppoeBytes,
});

contract<readonly pppoe.PppoeTag[]>("pppoe tags", {
  value: few(record({ type: fc.integer({ min: 1, max: 0xffff }), value: upTo(8) })),
  parse: pppoe.parsePppoeTags,
  emit: pppoe.emitPppoeTags,
  bytes: pppoe.pppoeTagsBytes,
  wholeToo: (tags, length) => {
    let end = 0;
    return length === 0 || tags.some((tag) => (end += 4 + tag.value.length) === length);
  },
});

contract("ppp", {
  value: record({
    addressAndControl: fc.boolean(),
    protocol: u16.map((number) => (number & 0xfefe) | 1),
    payload,
  }),
  parse: ppp.parsePpp,
  emit: ppp.emitPpp,
  bytes: ppp.pppBytes,
  // The address octet alone reads as a compressed protocol number.
  wholeToo: (frame, length) => frame.addressAndControl && length === 1,
});

contract("teredo", {
  value: record({
    authentication: optional(
      record({ clientId: upTo(5), value: upTo(20), nonce: octets(8), confirmation: u8 }),
    ),
    origin: optional(record({ port: u16, address: octets(4) })),
    payload: fc.uint8Array({ minLength: 1, maxLength: 60 }).map((packet) => {
      packet[0] = 0x60 | (packet[0]! & 0x0f);
      return packet;
    }),
  }),
  parse: teredo.parseTeredo,
  emit: teredo.emitTeredo,
  bytes: teredo.teredoBytes,
  needed: (packet) => teredo.teredoBytes(packet) - packet.payload.length + 1,
});

contract("tzsp", {
  value: record({
    type: u8,
    protocol: u16,
    tags: few(record({ number: fc.integer({ min: 2, max: 255 }), value: upTo(8) })),
    payload,
  }).map((packet) => (packet.type > tzsp.TZSP_TYPE_TRANSMIT ? { ...packet, tags: [] } : packet)),
  parse: tzsp.parseTzsp,
  emit: tzsp.emitTzsp,
  bytes: tzsp.tzspBytes,
});

contract<capwap.Capwap>("capwap", {
  value: fc.oneof(
    record({ kind: either("dtls"), payload }),
    record({
      kind: either("clear"),
      radioId: fc.nat(31),
      wirelessBinding: fc.nat(31),
      nativeFrame: fc.boolean(),
      fragment: fc.boolean(),
      lastFragment: fc.boolean(),
      keepAlive: fc.boolean(),
      fragmentId: u16,
      fragmentOffsetBytes: fc.nat(8191).map((blocks) => blocks * 8),
      radioMac: optional(fc.constantFrom(6, 8).chain(octets)),
      wirelessInformation: optional(upTo(20)),
      payload,
    }),
  ),
  parse: capwap.parseCapwap,
  emit: capwap.emitCapwap,
  bytes: capwap.capwapBytes,
});
