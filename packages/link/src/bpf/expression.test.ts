import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { PalisadeError } from "@palisade/base";
import {
  concat,
  ethernet,
  fragmentIpv4,
  hex,
  icmpEcho,
  icmpv6Echo,
  ipv4,
  ipv6,
  LINKTYPE_ETHERNET,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_LOOP,
  LINKTYPE_NULL,
  LINKTYPE_RAW,
  tcp,
  udp,
} from "@palisade/wire";
import fc from "fast-check";
import { parseDdd } from "./ddd.js";
import {
  compileExpression,
  EXPRESSION_DEPTH_MAX,
  EXPRESSION_PRIMITIVES_MAX,
  EXPRESSION_TEXT_MAX,
  FILTER_COOKED_IN_KERNEL,
  parseExpression,
} from "./expression.js";
import { BPF_ANCILLARY_PROTOCOL, compileFilter, needsKernel, verifyProgram } from "./program.js";

const A = "192.0.2.1";
const B = "198.51.100.2";
const A6 = "2001:db8::1";
const B6 = "2001:db8:1::2";

const web = tcp({ sourcePort: 40_000, destinationPort: 80, payload: hex("47 45 54") });
const query = udp({ sourcePort: 53, destinationPort: 6004, payload: hex("1234 0100 0000 0000") });
const sctp = hex("0050 0050 00000001 00000000 0b000004");
const long = ipv4({
  source: A,
  destination: B,
  payload: udp({ sourcePort: 53, destinationPort: 80, payload: new Uint8Array(120) }),
});
const arp = hex(`0001 0800 06 04 0001
  00005e005301 c0000201  # sender 192.0.2.1
  000000000000 c6336402  # target 198.51.100.2`);

/** Network packets with their EtherTypes. */
const packets: readonly (readonly [string, number, Uint8Array])[] = [
  ["TCP", 0x0800, ipv4({ source: A, destination: B, payload: web })],
  ["TCP behind options", 0x0800, ipv4({ source: B, destination: A, options: hex("01010101"), payload: web })],
  ["UDP", 0x0800, ipv4({ source: "192.0.2.77", destination: "224.0.0.251", payload: query })],
  ["SCTP", 0x0800, ipv4({ source: A, destination: A, protocol: 132, payload: sctp })],
  ["ICMP", 0x0800, ipv4({ source: "10.1.2.3", destination: B, payload: icmpEcho({ sequence: 80 }) })],
  ["GRE", 0x0800, ipv4({ source: A, destination: B, protocol: 47, payload: hex("0000 0800 0000 0050") })],
  [
    "no protocol, 44",
    0x0800,
    ipv4({ source: A, destination: B, protocol: 44, payload: hex("06000000 00000000") }),
  ],
  ...fragmentIpv4(long, 64).map((part, index) => [`fragment ${index}`, 0x0800, part] as const),
  ["ARP", 0x0806, arp],
  ["RARP", 0x8035, arp],
  ["TCP over IPv6", 0x86dd, ipv6({ source: A6, destination: B6, payload: web })],
  ["UDP over IPv6", 0x86dd, ipv6({ source: B6, destination: "ff02::fb", payload: query })],
  ["ICMPv6", 0x86dd, ipv6({ source: A6, destination: "fe80::1", payload: icmpv6Echo({ sequence: 80 }) })],
  ["SCTP over IPv6", 0x86dd, ipv6({ source: B6, destination: A6, nextHeader: 132, payload: sctp })],
  [
    "TCP in an IPv6 fragment",
    0x86dd,
    ipv6({ source: A6, destination: B6, nextHeader: 44, payload: concat(hex("06 00 0000 00000007"), web) }),
  ],
  [
    "TCP behind IPv6 hop-by-hop options",
    0x86dd,
    ipv6({ source: A6, destination: B6, nextHeader: 0, payload: concat(hex("06 00 0104 00000000"), web) }),
  ],
  ["LLDP", 0x88cc, new Uint8Array(60)],
];

const destinations = ["00:00:5e:00:53:02", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb"];
const ethernetFrames: readonly Uint8Array[] = packets.flatMap(([, etherType, payload], index) => {
  const destination = destinations[index % 3]!;
  return [
    ethernet({ destination, etherType, payload, bytesMin: 60 }),
    ethernet({ destination, tags: [5], etherType, payload }),
    ethernet({
      destination,
      tags: [
        { vlan: 7, protocol: 0x88a8 },
        { vlan: 5, priority: 3 },
      ],
      etherType,
      payload,
    }),
  ];
});
const rawFrames = packets
  .filter(([, etherType]) => etherType === 0x0800 || etherType === 0x86dd)
  .map(([, , payload]) => payload);
const cookedFrames = packets.map(([, etherType, payload]) =>
  concat(hex("0000 0001 0006 00005e005301 0000"), etherType >>> 8, etherType & 0xff, payload),
);
const cooked2Frames = packets.map(([, etherType, payload]) =>
  concat(etherType >>> 8, etherType & 0xff, hex("0000 00000002 0001 00 06 00005e005301 0000"), payload),
);

function matches(text: string, frame: Uint8Array, linkType: number = LINKTYPE_ETHERNET): boolean {
  return compileFilter(compileExpression(text, { linkType }))(frame, 0, frame.length, frame.length);
}

function named(text: string): string[] {
  return packets
    .filter(([, etherType, payload]) => matches(text, ethernet({ etherType, payload })))
    .map(([name]) => name);
}

test("a host is looked for in both directions, and in ARP and RARP", () => {
  assert.deepEqual(named("host 10.1.2.3"), ["ICMP"]);
  assert.deepEqual(named("src host 192.0.2.1 and (arp or rarp)"), ["ARP", "RARP"]);
  assert.deepEqual(named("dst 192.0.2.1"), ["TCP behind options", "SCTP"]);
  assert.deepEqual(named("src and dst host 192.0.2.1"), ["SCTP"]);
  assert.deepEqual(named("host fe80::1"), ["ICMPv6"]);
});

test("ports are those of TCP, UDP and SCTP, and of first fragments only", () => {
  assert.deepEqual(named("port 80"), [
    "TCP",
    "TCP behind options",
    "SCTP",
    "fragment 0",
    "TCP over IPv6",
    "SCTP over IPv6",
  ]);
  assert.deepEqual(named("udp portrange 6000-6063"), ["UDP", "UDP over IPv6"]);
  assert.deepEqual(named("tcp src port 80"), []);
});

test("a protocol is looked for over IPv4 and over IPv6, there also behind a fragment header", () => {
  assert.deepEqual(named("tcp and ip6"), ["TCP over IPv6", "TCP in an IPv6 fragment"]);
  assert.deepEqual(named("proto 47"), ["GRE"]);
  assert.deepEqual(named("icmp or icmp6"), ["ICMP", "ICMPv6"]);
});

test("an empty text accepts everything", () => {
  assert.equal(named("  ").length, packets.length);
});

test("and, or bind equally from the left; not binds to what follows it", () => {
  assert.deepEqual(named("icmp or gre_is_47 and arp".replace("gre_is_47", "proto 47")), []);
  assert.deepEqual(named("icmp or (proto 47 and ip)"), ["ICMP", "GRE"]);
  assert.deepEqual(named("not ip and arp"), ["ARP"]);
});

test("a value alone takes the words before it", () => {
  assert.deepEqual(named("udp port 6004 or 9"), ["UDP", "UDP over IPv6"]);
  assert.deepEqual(named("ip proto (47 or 132)"), ["SCTP", "GRE"]);
  assert.deepEqual(named("host fe80::1 or 10.1.2.3"), ["ICMP", "ICMPv6"]);
});

test("BSD loopback frames tell the family in either byte order", () => {
  const packet = ipv4({ source: A, destination: B, payload: web });
  const packet6 = ipv6({ source: A6, destination: B6, payload: web });
  for (const linkType of [LINKTYPE_NULL, LINKTYPE_LOOP]) {
    assert.ok(matches("tcp port 80 and host 192.0.2.1", concat(hex("02000000"), packet), linkType));
    assert.ok(matches("tcp port 80 and host 192.0.2.1", concat(hex("00000002"), packet), linkType));
    for (const family of ["18000000", "1c000000", "1e000000", "0000001e"]) {
      assert.ok(matches("ip6 and tcp port 80", concat(hex(family), packet6), linkType), family);
    }
    assert.ok(!matches("arp or ip", concat(hex("18000000"), packet6), linkType));
  }
});

test("the kernel is asked for the protocol where a packet socket has no link-layer header", () => {
  const program = compileExpression("udp port 53", { linkType: FILTER_COOKED_IN_KERNEL });
  assert.ok(program.some((step) => step.k === BPF_ANCILLARY_PROTOCOL));
  assert.ok(needsKernel(program));
});

test("what is accepted keeps as many octets as asked for", () => {
  const last = compileExpression("tcp", { snaplenBytes: 96 }).filter((step) => step.code === 0x06);
  assert.deepEqual(
    last.map((step) => step.k),
    [96, 0],
  );
});

test("errors name the column, what was expected and what is there", () => {
  const table: readonly [string, string][] = [
    ["port http", "column 6: service names are not looked up: write port 80"],
    ["tcp dst port HTTPS", "column 14: service names are not looked up: write port 443"],
    ["port my-service", "column 6: service names are not looked up: write its number"],
    ["port 80 or ftp-data", "column 12: service names are not looked up: write port 20"],
    ["portrange ftp-ssh", "column 11: service names are not looked up: write portrange 21-22"],
    ["portrange a-b", "column 11: service names are not looked up: write its number"],
    ["http", "column 1: service names are not looked up: write port 80"],
    ["localhost", "column 1: host names are not looked up: write its address"],
    ["src gateway-2.example.com", "column 5: host names are not looked up: write its address"],
    ["host 2nd.example.com", "column 6: host names are not looked up: write its address"],
    ["host fe80::zz", 'column 6: expected an IPv4 or IPv6 address, found "fe80::zz"'],
    ["net lan", "column 5: network names are not looked up: write its prefix"],
    ["tcp prot 80", 'column 5: expected "port", "and", "or" or the end, found "prot"'],
    ["tcp 80", 'column 5: expected "port", "and", "or" or the end, found "80"'],
    ["port 0x", "column 6: expected a port number (0 … 65535)"],
    ["port 65536", 'column 6: expected a port number (0 … 65535), found "65536"'],
    ["tcp port", "column 9: expected a port number (0 … 65535), found the end"],
    ["portrange 90-80", "column 11: expected a range of ports such as 6000-6008, lower port first"],
    ["portrange 80", "column 11: expected a range of ports"],
    ["host example.com", "column 6: host names are not looked up: write its address"],
    ["host 192.0.2.256", "column 6: expected an IPv4 or IPv6 address"],
    ["host 192.0.2.1/24", "column 6: expected an IPv4 or IPv6 address (a prefix stands behind net)"],
    ["net 192.0.2.1/24", 'column 5: expected no bits set behind the first 24, found "192.0.2.1/24"'],
    ["net 192.0.2.0/33", "column 5: expected a prefix length of at most 32"],
    ["net 10", "column 5: expected a prefix such as"],
    ["ip host 2001:db8::1", 'column 9: expected an IPv4 address after "ip", found an IPv6 address'],
    ["ip6 net 10.0.0.0/8", 'column 9: expected an IPv6 address after "ip6", found an IPv4 address'],
    ["tcp host 192.0.2.1", 'column 1: expected "host" alone or after one of ether, ip, ip6, arp, rarp'],
    ["arp port 80", 'column 1: expected "port" alone or after one of tcp, udp, sctp, found "arp port"'],
    ["src proto 6", 'column 1: expected "proto" without "src" or "dst"'],
    ["tcp broadcast", 'column 1: expected "ether broadcast", found "tcp broadcast"'],
    ["ether host 192.0.2.1", "column 12: expected an Ethernet address"],
    ["ether proto 46", "column 13: expected an EtherType of at least 1536"],
    ["ether", "column 6: expected"],
    ["vlan 4096", "column 6: expected a VLAN number (0 … 4095)"],
    ["less", "column 5: expected a length"],
    ["(tcp", 'column 5: expected "and", "or" or ")", found the end'],
    ["tcp)", 'column 4: expected "and", "or" or the end, found ")"'],
    ["tcp udp", 'column 5: expected "and", "or" or the end, found "udp"'],
    ["tcp and", "column 8: expected a primitive"],
    ["and tcp", "column 1: expected a primitive"],
    [
      "tcp[13] & 2 != 0",
      "column 4: octets of a header (tcp[…]) are not read here: compile the expression with tcpdump -ddd",
    ],
    ["len > 100", "column 5: arithmetic and comparisons are not read here: compile the expression with"],
    ["tcp.port == 80", "column 10: == compares fields of flows, which frames do not have: write port 80"],
    ["port 80 ; port 81", 'column 9: expected a word, an address, a number or a parenthesis, found ";"'],
    ["(".repeat(EXPRESSION_DEPTH_MAX + 1), `expected at most ${EXPRESSION_DEPTH_MAX} parentheses`],
    ["not ".repeat(EXPRESSION_DEPTH_MAX + 1), `expected at most ${EXPRESSION_DEPTH_MAX} parentheses`],
    [
      `ip${" or ip".repeat(EXPRESSION_PRIMITIVES_MAX)}`,
      `expected at most ${EXPRESSION_PRIMITIVES_MAX} primitives and values`,
    ],
    [
      `port (1${" or 1".repeat(EXPRESSION_PRIMITIVES_MAX)})`,
      `expected at most ${EXPRESSION_PRIMITIVES_MAX} primitives and values`,
    ],
    [" ".repeat(EXPRESSION_TEXT_MAX + 1), `expected at most ${EXPRESSION_TEXT_MAX} characters`],
  ];
  for (const [text, reason] of table) {
    assert.throws(
      () => compileExpression(text),
      (error) => {
        assert.ok(error instanceof PalisadeError, `${text}: ${error}`);
        assert.equal(error.code, "FILTER_SYNTAX");
        assert.ok(error.message.includes(reason), `${text.slice(0, 40)}: ${error.message}`);
        return true;
      },
    );
  }
});

test("what a link type has not is refused with its column", () => {
  const refused = { code: "FILTER_LINK_TYPE" };
  assert.throws(() => compileExpression("ip and vlan 5", { linkType: LINKTYPE_RAW }), {
    ...refused,
    message: /column 8: frames of this link type \(raw IP\) have no VLAN tags/,
  });
  assert.throws(
    () => compileExpression("ether src 00:00:5e:00:53:01", { linkType: LINKTYPE_LINUX_SLL }),
    refused,
  );
  assert.throws(() => compileExpression("broadcast", { linkType: LINKTYPE_RAW }), refused);
  assert.throws(() => compileExpression("ip", { linkType: 147 }), refused);
});

test("a program longer than the kernel takes is refused", () => {
  const hosts = Array.from({ length: 600 }, (_, index) => `host 2001:db8::${index}`);
  assert.throws(() => compileExpression(hosts.join(" and ")), { code: "FILTER_TOO_LONG" });
});

test("jumps reach over programs longer than a conditional jump can", () => {
  const ports = Array.from({ length: 250 }, (_, index) => 1000 + index);
  const text = `not ip6 and (tcp port ${ports.join(" or ")}) and not host 192.0.2.9`;
  const frame = (destinationPort: number, source = A) =>
    ethernet({
      payload: ipv4({ source, destination: B, payload: tcp({ sourcePort: 1, destinationPort }) }),
    });
  assert.ok(compileExpression(text).length > 600);
  for (const port of [1000, 1001, 1128, 1248, 1249]) {
    assert.ok(matches(text, frame(port)), `${port}`);
    assert.ok(!matches(text, frame(port, "192.0.2.9")), `${port}`);
  }
  for (const port of [999, 1250]) assert.ok(!matches(text, frame(port)), `${port}`);
});

test("a jump does not repeat a load whose value is there, nor ask what is known", () => {
  // EtherType, then two addresses for each of IPv4, ARP and RARP; one load of the EtherType serves all.
  const program = compileExpression("host 192.0.2.1");
  assert.equal(program.filter((step) => step.code === 0x28 && step.k === 12).length, 3);
  const frame = ethernet({ payload: ipv4({ source: B, destination: B, payload: web }) });
  assert.ok(!matches("host 192.0.2.1", frame));
});

// ── against tcpdump's own compiler ───────────────────────────────────────────────────────────────────────────────────

const tcpdump = spawnSync("tcpdump", ["-y", "EN10MB", "-ddd", "ip"], { encoding: "utf8" });
const skip = tcpdump.status === 0 ? false : "tcpdump is not here, or cannot compile filters";

const links = [
  { name: "EN10MB", linkType: LINKTYPE_ETHERNET, frames: ethernetFrames },
  { name: "RAW", linkType: LINKTYPE_RAW, frames: rawFrames },
  { name: "LINUX_SLL", linkType: LINKTYPE_LINUX_SLL, frames: cookedFrames },
  { name: "LINUX_SLL2", linkType: LINKTYPE_LINUX_SLL2, frames: cooked2Frames },
] as const;

/** Both programs give the same verdict on all frames. Without its optimizer, tcpdump compiles also what never accepts. */
function agree(text: string, link: (typeof links)[number]): void {
  const { status, stdout, stderr } = spawnSync("tcpdump", ["-O", "-y", link.name, "-ddd", text], {
    encoding: "utf8",
  });
  assert.equal(status, 0, `tcpdump -y ${link.name} "${text}": ${stderr}`);
  const theirs = compileFilter(parseDdd(stdout));
  const ours = compileFilter(compileExpression(text, { linkType: link.linkType }));
  for (const [index, frame] of link.frames.entries()) {
    const verdict = ours(frame, 0, frame.length, frame.length);
    assert.equal(
      verdict,
      theirs(frame, 0, frame.length, frame.length),
      `${link.name} frame ${index}: "${text}"`,
    );
  }
}

const everywhere = [
  "ip",
  "ip6",
  "tcp",
  "udp",
  "icmp",
  "icmp6",
  "sctp",
  `host ${A}`,
  `src host ${A}`,
  `dst host ${A}`,
  `src and dst host ${A}`,
  `ip host ${B}`,
  `host ${A6}`,
  `ip6 host ${B6}`,
  `dst ${B6}`,
  "net 192.0.2.0/24",
  "src net 192.0.2.0/26",
  "ip net 0.0.0.0/0",
  "dst net 198.51.100.2/31",
  "net 2001:db8::/32",
  "src net 2001:db8:2::/47",
  "net 2001:db8::/64",
  "port 80",
  "src port 53",
  "dst port 80",
  "tcp port 80",
  "udp port 53",
  "sctp port 80",
  "portrange 6000-6063",
  "udp dst portrange 79-81",
  "src or dst port 40000",
  "proto 47",
  "ip proto 132",
  "ip proto \\tcp",
  "ip6 proto 44",
  "ip6 proto 0",
  "proto 6",
  "less 60",
  "greater 100",
  "ip multicast",
  "ip6 multicast",
  `host ${A} or ${B}`,
  "port (80 or 6004)",
  "tcp port 80 or 53 and host 192.0.2.1",
  "port 80 or 53 or portrange 6000-6100 or udp port 9",
  "src and dst port 80 or 53",
  `src and dst host ${A} or ${B}`,
  `src host ${A} or src net 10.0.0.0/8 or src ${B6} or dst net 198.51.100.0/24`,
  `net 192.0.2.0/28 or net 192.0.2.64/26 or net 2001:db8:1::/48`,
  "not port 80",
  "not (tcp or udp) and ip",
  `not host ${A} and not port 80`,
  "tcp || udp && ! icmp",
  `(src ${A} or dst ${B}) and (port 80 or not tcp)`,
  "icmp or tcp and ip6 or less 70",
];
const withEtherType = [
  "arp",
  "rarp",
  `arp host ${A}`,
  `rarp dst host ${B}`,
  `arp net 192.0.2.0/24`,
  "ether proto 0x88cc",
  "ether proto \\arp",
];
const onEthernet = [
  "ether host 00:00:5e:00:53:01",
  "ether src 00:00:5e:00:53:02",
  "ether dst 01:00:5e:00:00:fb",
  "broadcast",
  "ether multicast",
  "multicast and not broadcast",
  "vlan",
  "vlan 5",
  "vlan 7",
  "vlan and tcp port 80",
  `vlan 5 and host ${A}`,
  "vlan 7 and vlan 5",
  "vlan 7 and vlan 5 and udp",
  "vlan 6 or ip",
  "not vlan 5 and arp",
  `port 80 or vlan 5 or (vlan 5 and net 2001:db8::/32)`,
];

for (const link of links) {
  test(`agrees with tcpdump on ${link.name} frames`, { skip }, () => {
    assert.ok(link.frames.length > 10);
    for (const text of everywhere) agree(text, link);
    if (link.linkType !== LINKTYPE_RAW) for (const text of withEtherType) agree(text, link);
    if (link.linkType === LINKTYPE_ETHERNET) for (const text of onEthernet) agree(text, link);
  });
}

const primitive = fc.constantFrom(
  ...everywhere.filter((text) => !/ (or|and) |\|\||&&/.test(text)),
  ...withEtherType,
  "ether host 00:00:5e:00:53:01",
  "broadcast",
);
const { expression } = fc.letrec<{ expression: string; compound: string }>((tie) => ({
  expression: fc.oneof({ maxDepth: 5, withCrossShrink: true }, primitive, tie("compound")),
  compound: fc.oneof(
    fc
      .tuple(tie("expression"), fc.constantFrom("and", "or"), tie("expression"))
      .map(([left, op, right]) => `${left} ${op} ${right}`),
    tie("expression").map((inner) => `not (${inner})`),
    tie("expression").map((inner) => `(${inner})`),
  ),
}));

test("agrees with tcpdump on any composition of primitives", { skip }, () => {
  fc.assert(
    fc.property(expression, (text) => agree(text, links[0])),
    { numRuns: 100 },
  );
});

test("any composition of primitives makes a program that the kernel takes", () => {
  fc.assert(
    fc.property(expression, (text) => {
      for (const linkType of [LINKTYPE_ETHERNET, FILTER_COOKED_IN_KERNEL]) {
        if (linkType !== LINKTYPE_ETHERNET && /ether h|broadcast/.test(text)) continue;
        verifyProgram(compileExpression(text, { linkType }));
      }
    }),
  );
});

test("any words are read or refused with a column", () => {
  const words = fc.constantFrom(
    ..."host net port portrange proto tcp udp ip ip6 arp ether vlan less greater src dst or and not ( ) ! && || 80".split(
      " ",
    ),
    ...["192.0.2.1", "192.0.2.0/24", "::1", "1-2", "broadcast", "multicast", "\\tcp", "[", "é"],
  );
  let read = 0;
  fc.assert(
    fc.property(fc.array(words, { maxLength: 12 }), (list) => {
      const text = list.join(" ");
      try {
        parseExpression(text);
        read += 1;
      } catch (error) {
        assert.ok(error instanceof PalisadeError && error.code === "FILTER_SYNTAX", `${text}: ${error}`);
        assert.match(
          error.message,
          /^filter, column [0-9]+: (?:expected |[a-z]+ names are not looked up|octets of a header)/,
        );
      }
    }),
    { numRuns: 3000 },
  );
  assert.ok(read > 10);
});
