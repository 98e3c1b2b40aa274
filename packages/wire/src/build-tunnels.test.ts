import assert from "node:assert/strict";
import { test } from "node:test";
import { Malformed } from "@palisade/base";
import { ethernet, icmpv6Echo, ipv4, ipv6, tcp, udp } from "./build.js";
import {
  ah,
  capwap,
  esp,
  fragmentIpv6,
  geneve,
  gre,
  grePptp,
  gtpU,
  ipv6Extensions,
  linuxCooked,
  linuxCooked2,
  llc,
  mpls,
  ppp,
  pppoe,
  snap,
  teredo,
  tzsp,
  vxlan,
} from "./build-tunnels.js";
import { checksumHolds, pseudoHeaderSumAt } from "./checksum.js";
import { parseAh } from "./headers/ah.js";
import { parseCapwap } from "./headers/capwap.js";
import { parseEthernet } from "./headers/ethernet.js";
import { parseGeneve } from "./headers/geneve.js";
import { parseGre } from "./headers/gre.js";
import { GTPU_G_PDU, parseGtpU } from "./headers/gtp-u.js";
import { parseIpv4 } from "./headers/ipv4.js";
import { parseIpv6 } from "./headers/ipv6.js";
import { parseIpv6Extensions } from "./headers/ipv6-extensions.js";
import { parseLinuxCooked, parseLinuxCooked2 } from "./headers/linux-cooked.js";
import { parseLlc, parseSnap } from "./headers/llc.js";
import { parseMpls } from "./headers/mpls.js";
import { PPP_IPV4, parsePpp } from "./headers/ppp.js";
import { parsePppoe } from "./headers/pppoe.js";
import { parseTeredo } from "./headers/teredo.js";
import { parseTzsp } from "./headers/tzsp.js";
import { parseVxlan } from "./headers/vxlan.js";
import { concat, hex } from "./octets.js";

const IPV4_ENDS = { source: "192.0.2.1", destination: "198.51.100.2" };
const IPV6_ENDS = { source: "2001:db8::1", destination: "2001:db8::2" };
const INNER4 = ipv4({ ...IPV4_ENDS, payload: udp({ sourcePort: 1, destinationPort: 2 }) });
const INNER6 = ipv6({ ...IPV6_ENDS, payload: icmpv6Echo({}) });

function parsed<T>(value: T | Malformed): T {
  assert.ok(!(value instanceof Malformed), String(value));
  return value;
}

test("a transport behind extension headers and AH has a checksum that holds", () => {
  const segment = tcp({ sourcePort: 1, destinationPort: 2, payload: hex("616263") });
  const chain = ipv6Extensions({
    extensions: [
      { kind: "hop-by-hop", options: hex("050200000100") },
      { kind: "destination-options", options: hex("010400000000") },
    ],
    payload: ah({ spi: 7, payload: segment }),
  });
  const packet = ipv6({ ...IPV6_ENDS, payload: chain });
  const outer = parsed(parseIpv6(packet));
  const read = parsed(parseIpv6Extensions(outer.nextHeader, outer.payload));
  assert.deepEqual(
    read.extensions.map((extension) => extension.kind),
    ["hop-by-hop", "destination-options", "authentication"],
  );
  assert.equal(read.nextHeader, 6);
  const sum = pseudoHeaderSumAt(packet, 8, 16, 6, read.payload.length);
  assert.equal(checksumHolds(read.payload, 0, read.payload.length, sum), true);
});

test("AH and ESP over IPv4 name themselves", () => {
  const authenticated = parsed(parseIpv4(ipv4({ ...IPV4_ENDS, payload: ah({ spi: 7, payload: INNER4 }) })));
  assert.equal(authenticated.protocol, 51);
  assert.equal(parsed(parseAh(authenticated.payload)).nextHeader, 4);
  const encrypted = ipv4({ ...IPV4_ENDS, payload: esp({ spi: 7, payload: hex("aabb") }) });
  assert.equal(parsed(parseIpv4(encrypted)).protocol, 50);
});

test("IPv6 fragments put together are the packet's payload", () => {
  const whole = ipv6({
    ...IPV6_ENDS,
    payload: udp({ sourcePort: 1, destinationPort: 2, payload: new Uint8Array(50) }),
  });
  const pieces = fragmentIpv6(whole, 30, 99).map((octets) => {
    const { nextHeader, payload } = parsed(parseIpv6(octets));
    return parsed(parseIpv6Extensions(nextHeader, payload));
  });
  assert.deepEqual(
    pieces.map((piece) => piece.extensions),
    [0, 24, 48].map((offsetBytes) => [
      { kind: "fragment", offsetBytes, moreFragments: offsetBytes < 48, identification: 99 },
    ]),
  );
  assert.ok(pieces.every((piece) => piece.nextHeader === 17));
  assert.deepEqual(concat(...pieces.map((piece) => piece.payload)), parsed(parseIpv6(whole)).payload);
});

test("GRE names what it carries, and its checksum holds", () => {
  const packet = gre({ checksum: true, key: 1, sequence: 2, payload: INNER6 });
  const read = parsed(parseGre(packet));
  assert.equal(read.protocol, 0x86dd);
  assert.deepEqual(read.payload, INNER6);
  assert.equal(checksumHolds(packet, 0, packet.length), true);
  const bridged = parsed(parseGre(gre({ payload: ethernet({ payload: INNER4 }) })));
  assert.equal(bridged.protocol, 0x6558);
  const call = parsed(parseGre(grePptp({ callId: 3, sequence: 1, payload: ppp({ payload: INNER4 }) })));
  assert.ok(call.version === 1);
  assert.equal(call.callId, 3);
  assert.equal(parsed(parsePpp(call.payload)).protocol, PPP_IPV4);
  assert.equal(parsed(parseIpv4(ipv4({ ...IPV4_ENDS, payload: packet }))).protocol, 47);
});

test("labels, sessions and SNAP stand between Ethernet and the packet", () => {
  const labelled = parsed(
    parseEthernet(ethernet({ payload: mpls({ labels: [16, { label: 17 }], payload: INNER4 }) })),
  );
  assert.equal(labelled.etherType, 0x8847);
  assert.deepEqual(
    parsed(parseMpls(labelled.payload)).labels.map(({ label }) => label),
    [16, 17],
  );
  const session = parsed(
    parseEthernet(ethernet({ payload: pppoe({ sessionId: 4, payload: ppp({ payload: INNER4 }) }) })),
  );
  assert.equal(session.etherType, 0x8864);
  assert.equal(parsed(parsePppoe(session.payload)).sessionId, 4);
  const discovery = parsed(parseEthernet(ethernet({ payload: pppoe({ code: 0x09 }) })));
  assert.equal(discovery.etherType, 0x8863);
  const frame = parsed(parseEthernet(ethernet({ payload: snap({ payload: INNER4 }), bytesMin: 60 })));
  assert.equal(frame.etherType, undefined);
  assert.deepEqual(parsed(parseSnap(parsed(parseLlc(frame.payload)).payload)), {
    oui: 0,
    protocol: 0x0800,
    payload: INNER4,
  });
  const spanning = parsed(
    parseEthernet(ethernet({ payload: llc({ destinationSap: 0x42, sourceSap: 0x42 }) })),
  );
  assert.deepEqual(spanning.payload, hex("424203"));
});

test("cooked headers name what they carry", () => {
  const first = parsed(parseLinuxCooked(linuxCooked({ payload: INNER4 })));
  assert.equal(first.protocol, 0x0800);
  assert.deepEqual(first.address, hex("00005e005301"));
  const second = parsed(
    parseLinuxCooked2(linuxCooked2({ interfaceIndex: 3, packetType: 4, payload: INNER6 })),
  );
  assert.deepEqual([second.protocol, second.interfaceIndex, second.packetType], [0x86dd, 3, 4]);
});

test("tunnels in UDP carry their packet or frame whole", () => {
  const frame = ethernet({ payload: INNER4 });
  assert.deepEqual(parsed(parseVxlan(vxlan({ vni: 77, payload: frame }))), { vni: 77, payload: frame });
  const virtual = parsed(parseGeneve(geneve({ vni: 78, payload: frame })));
  assert.deepEqual([virtual.protocol, virtual.payload], [0x6558, frame]);
  const user = parsed(parseGtpU(gtpU({ teid: 5, payload: INNER6 })));
  assert.deepEqual([user.messageType, user.teid, user.payload], [GTPU_G_PDU, 5, INNER6]);
  const origin = { port: 40_000, address: hex("c0000201") };
  assert.deepEqual(parsed(parseTeredo(teredo({ origin, payload: INNER6 }))), {
    authentication: undefined,
    origin,
    payload: INNER6,
  });
  const sniffed = parsed(parseTzsp(tzsp({ payload: frame })));
  assert.deepEqual([sniffed.protocol, sniffed.payload], [1, frame]);
  const wireless = parsed(parseCapwap(capwap({ radioId: 1, payload: frame })));
  assert.deepEqual([wireless.kind, wireless.payload], ["clear", frame]);
});

test("what cannot be built is refused", () => {
  assert.throws(() => gre({ payload: hex("45") }), /gre: the payload's EtherType is needed/);
  assert.throws(() => ppp({ payload: hex("45") }), /ppp: the payload's protocol is needed/);
  assert.throws(() => ah({ spi: 1, payload: hex("45") }), /ah: the payload's protocol is needed/);
  assert.throws(() => ipv6Extensions({ extensions: [], payload: INNER6 }), /at least one extension/);
  assert.throws(() => teredo({ payload: INNER4 }), /IPv6 packet/);
  assert.throws(() => linuxCooked({ address: "xx", payload: INNER4 }), /not a hardware address: xx/);
  assert.throws(() => fragmentIpv6(INNER4, 8, 1), /ipv6/);
});
