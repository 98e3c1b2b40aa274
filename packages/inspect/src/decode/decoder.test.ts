import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ah,
  arp,
  capwap,
  concat,
  esp,
  ethernet,
  formatIpAddress,
  fragmentIpv4,
  fragmentIpv6,
  geneve,
  gre,
  grePptp,
  gtpU,
  hex,
  icmpEcho,
  icmpv6Echo,
  ipv4,
  ipv6,
  ipv6Extensions,
  LINKTYPE_C_HDLC,
  LINKTYPE_ETHERNET,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_LOOP,
  LINKTYPE_NULL,
  LINKTYPE_PPI,
  LINKTYPE_PPP,
  LINKTYPE_PPP_ETHER,
  LINKTYPE_PPP_HDLC,
  LINKTYPE_RAW,
  latin1,
  linuxCooked,
  linuxCooked2,
  llc,
  mpls,
  ppp,
  pppoe,
  sctp,
  sctpData,
  snap,
  tcp,
  teredo,
  tzsp,
  udp,
  udpLite,
  vxlan,
} from "@palisade/wire";
import fc from "fast-check";
import {
  AH_TRUNCATED,
  Decoder,
  GRE_TRUNCATED,
  IP_LENGTH_IMPOSSIBLE,
  IP_TRUNCATED,
  IP_VERSION_UNKNOWN,
  IPV6_EXTENSION_TRUNCATED,
  IPV6_EXTENSIONS_TOO_MANY,
  LINK_TRUNCATED,
  LINK_TYPE_UNKNOWN,
  SCTP_TRUNCATED,
  STACK_DEPTH_MAX,
  STACK_TOO_DEEP,
  TCP_OFFSET_IMPOSSIBLE,
  TCP_TRUNCATED,
  TUNNEL_DEPTH_MAX,
  UDP_LENGTH_IMPOSSIBLE,
  UDP_TRUNCATED,
} from "./decoder.js";
import { PacketView } from "./packet-view.js";
import { PathTable } from "./path-table.js";

const decoder: { readonly paths: PathTable; readonly decoder: Decoder; readonly view: PacketView } = (() => {
  const paths = new PathTable();
  return { paths, decoder: new Decoder(paths), view: new PacketView() };
})();

/** What the decoder made of a frame that lies between guard octets. */
function decode(octets: Uint8Array, linkType = LINKTYPE_ETHERNET, guard = 0) {
  const { view } = decoder;
  const surrounded = new Uint8Array(octets.length + 128).fill(guard);
  surrounded.set(octets, 64);
  decoder.decoder.frame(view, surrounded, 64, 64 + octets.length, linkType);
  const addressBytes = view.ipVersion === 4 ? 4 : 16;
  const address = (at: number) =>
    view.ipVersion === 0 ? "" : formatIpAddress(surrounded.subarray(at, at + addressBytes));
  return {
    path: decoder.paths.text(view.path),
    malformed: view.malformed,
    ipVersion: view.ipVersion,
    source: address(view.sourceAddress),
    destination: address(view.destinationAddress),
    protocol: view.protocol,
    sourcePort: view.sourcePort,
    destinationPort: view.destinationPort,
    transportRead: view.transportRead,
    fragment: view.fragment,
    vlan: view.vlan === 0 ? undefined : view.vlan - 1,
    payloadStart: view.payload - 64,
    payloadEnd: view.payloadEnd - 64,
    payload: Buffer.from(surrounded.subarray(view.payload, view.payloadEnd)).toString("latin1"),
    payloadBytes: view.payloadBytes,
  };
}

const TEXT = "what is carried";
const PAYLOAD = latin1(TEXT);
const CLIENT = "192.0.2.1";
const SERVER = "198.51.100.2";
const CLIENT6 = "2001:db8::1";
const SERVER6 = "2001:db8:1::2";
const datagram = () => udp({ sourcePort: 40_001, destinationPort: 40_002, payload: PAYLOAD });
const segment = () => tcp({ sourcePort: 40_001, destinationPort: 40_002, payload: PAYLOAD });
const inner4 = () => ipv4({ source: CLIENT, destination: SERVER, payload: datagram() });
const inner6 = () => ipv6({ source: CLIENT6, destination: SERVER6, payload: datagram() });
const innerFrame = () => ethernet({ payload: inner4() });

const OUTER_SOURCE = "203.0.113.1";
const OUTER_DESTINATION = "203.0.113.2";
const outer = (payload: Uint8Array, protocol?: number) =>
  ethernet({
    payload: ipv4({
      source: OUTER_SOURCE,
      destination: OUTER_DESTINATION,
      payload,
      ...(protocol !== undefined && { protocol }),
    }),
  });
const inUdp = (destinationPort: number, payload: Uint8Array) =>
  outer(udp({ sourcePort: 50_000, destinationPort, payload }));

/** A data frame of IEEE 802.11 to the distribution system, not protected: RFC 1042 headers, then the packet. */
const wlan = (packet: Uint8Array, frameControl = "0801", qos = "") =>
  concat(
    hex(`${frameControl} 0000 00005e005301 00005e005302 00005e005303 0000 ${qos}`),
    hex("aaaa03 000000 0800"),
    packet,
  );

interface Case {
  readonly title: string;
  readonly octets: Uint8Array;
  readonly path: string;
  readonly linkType?: number;
  readonly vlan?: number;
}

/** Frames whose innermost packet is the datagram above, over IPv4 or IPv6. */
const carried: readonly Case[] = [
  { title: "Ethernet", octets: ethernet({ payload: inner4() }), path: "eth.ip.udp" },
  { title: "Ethernet with IPv6", octets: ethernet({ payload: inner6() }), path: "eth.ipv6.udp" },
  {
    title: "Linux cooked",
    octets: linuxCooked({ payload: inner4() }),
    linkType: LINKTYPE_LINUX_SLL,
    path: "sll.ip.udp",
  },
  {
    title: "Linux cooked, second version",
    octets: linuxCooked2({ payload: inner6() }),
    linkType: LINKTYPE_LINUX_SLL2,
    path: "sll2.ipv6.udp",
  },
  {
    title: "BSD loopback of a little-endian machine",
    octets: concat(hex("02000000"), inner4()),
    linkType: LINKTYPE_NULL,
    path: "null.ip.udp",
  },
  {
    title: "BSD loopback of a big-endian machine",
    octets: concat(hex("00000002"), inner4()),
    linkType: LINKTYPE_NULL,
    path: "null.ip.udp",
  },
  ...["18000000", "1c000000", "1e000000", "0a000000"].map((family) => ({
    title: `BSD loopback, IPv6 as family ${family}`,
    octets: concat(hex(family), inner6()),
    linkType: LINKTYPE_NULL,
    path: "null.ipv6.udp",
  })),
  {
    title: "OpenBSD loopback",
    octets: concat(hex("00000018"), inner6()),
    linkType: LINKTYPE_LOOP,
    path: "null.ipv6.udp",
  },
  ...[LINKTYPE_RAW, LINKTYPE_IPV4, 12, 14].map((linkType) => ({
    title: `raw IPv4, link type ${linkType}`,
    octets: inner4(),
    linkType,
    path: "raw.ip.udp",
  })),
  ...[LINKTYPE_RAW, LINKTYPE_IPV6].map((linkType) => ({
    title: `raw IPv6, link type ${linkType}`,
    octets: inner6(),
    linkType,
    path: "raw.ipv6.udp",
  })),
  {
    title: "PPP",
    octets: ppp({ payload: inner4() }),
    linkType: LINKTYPE_PPP,
    path: "ppp.ip.udp",
  },
  {
    title: "PPP with address and control",
    octets: ppp({ addressAndControl: true, payload: inner6() }),
    linkType: LINKTYPE_PPP_HDLC,
    path: "ppp.ipv6.udp",
  },
  {
    title: "PPP with a compressed protocol (RFC 1661 §6.5)",
    octets: concat(hex("21"), inner4()),
    linkType: LINKTYPE_PPP,
    path: "ppp.ip.udp",
  },
  {
    title: "Cisco HDLC under PPP's number",
    octets: concat(hex("0f00 0800"), inner4()),
    linkType: LINKTYPE_PPP_HDLC,
    path: "hdlc.ip.udp",
  },
  {
    title: "Cisco HDLC",
    octets: concat(hex("8f00 86dd"), inner6()),
    linkType: LINKTYPE_C_HDLC,
    path: "hdlc.ipv6.udp",
  },
  {
    title: "PPPoE without Ethernet",
    octets: pppoe({ payload: ppp({ payload: inner4() }) }),
    linkType: LINKTYPE_PPP_ETHER,
    path: "pppoe.ppp.ip.udp",
  },
  {
    title: "Per-Packet Information with a field, then Ethernet",
    octets: concat(hex("00 00 1000 01000000"), hex("0200 0400 00000000"), innerFrame()),
    linkType: LINKTYPE_PPI,
    path: "ppi.eth.ip.udp",
  },
  {
    title: "a VLAN tag",
    octets: ethernet({ tags: [100], payload: inner4() }),
    path: "eth.vlan.ip.udp",
    vlan: 100,
  },
  {
    title: "VLAN 0, a priority tag",
    octets: ethernet({ tags: [0], payload: inner4() }),
    path: "eth.vlan.ip.udp",
    vlan: 0,
  },
  ...[0x88a8, 0x9100].map((protocol) => ({
    title: `two VLAN tags, the outer of type ${protocol.toString(16)}`,
    octets: ethernet({ tags: [{ protocol, vlan: 7 }, 100], payload: inner6() }),
    path: "eth.vlan.vlan.ipv6.udp",
    vlan: 7,
  })),
  {
    title: "LLC and SNAP",
    octets: ethernet({ payload: snap({ payload: inner4() }) }),
    path: "eth.llc.ip.udp",
  },
  {
    title: "an MPLS label",
    octets: ethernet({ payload: mpls({ labels: [16], payload: inner4() }) }),
    path: "eth.mpls.ip.udp",
  },
  {
    title: "MPLS labels",
    octets: ethernet({ payload: mpls({ labels: [16, 17, 18], payload: inner6() }) }),
    path: "eth.mpls.ipv6.udp",
  },
  {
    title: "an Ethernet pseudowire with its control word",
    octets: ethernet({ payload: mpls({ labels: [16], payload: concat(hex("00000000"), innerFrame()) }) }),
    path: "eth.mpls.eth.ip.udp",
  },
  {
    title: "PPPoE",
    octets: ethernet({ payload: pppoe({ sessionId: 1, payload: ppp({ payload: inner6() }) }) }),
    path: "eth.pppoe.ppp.ipv6.udp",
  },
  {
    title: "provider backbone: Ethernet in Ethernet",
    octets: ethernet({ payload: innerFrame() }),
    path: "eth.eth.ip.udp",
  },
  { title: "IPv4 in IPv4", octets: outer(inner4()), path: "eth.ip.ip.udp" },
  { title: "IPv6 in IPv4", octets: outer(inner6()), path: "eth.ip.ipv6.udp" },
  {
    title: "IPv4 in IPv6",
    octets: ethernet({ payload: ipv6({ source: CLIENT6, destination: SERVER6, payload: inner4() }) }),
    path: "eth.ipv6.ip.udp",
  },
  { title: "GRE", octets: outer(gre({ payload: inner4() })), path: "eth.ip.gre.ip.udp" },
  {
    title: "GRE with checksum, key and sequence number",
    octets: outer(gre({ checksum: true, key: 1, sequence: 2, payload: inner6() })),
    path: "eth.ip.gre.ipv6.udp",
  },
  {
    title: "GRE with Ethernet",
    octets: outer(gre({ payload: innerFrame() })),
    path: "eth.ip.gre.eth.ip.udp",
  },
  {
    title: "GRE with MPLS",
    octets: outer(gre({ payload: mpls({ labels: [16], payload: inner4() }) })),
    path: "eth.ip.gre.mpls.ip.udp",
  },
  {
    title: "PPTP",
    octets: outer(
      grePptp({ callId: 1, sequence: 2, acknowledgement: 3, payload: ppp({ payload: inner4() }) }),
    ),
    path: "eth.ip.gre.ppp.ip.udp",
  },
  {
    title: "MPLS in IP (RFC 4023)",
    octets: outer(mpls({ labels: [16], payload: inner4() })),
    path: "eth.ip.mpls.ip.udp",
  },
  {
    title: "EtherIP (RFC 3378)",
    octets: outer(concat(hex("3000"), innerFrame()), 97),
    path: "eth.ip.etherip.eth.ip.udp",
  },
  {
    title: "an authentication header",
    octets: ethernet({
      payload: ipv4({ source: CLIENT, destination: SERVER, payload: ah({ spi: 1, payload: datagram() }) }),
    }),
    path: "eth.ip.ah.udp",
  },
  {
    title: "VXLAN",
    octets: inUdp(4789, vxlan({ vni: 7, payload: innerFrame() })),
    path: "eth.ip.udp.vxlan.eth.ip.udp",
  },
  {
    title: "Geneve with Ethernet and an option",
    octets: inUdp(
      6081,
      geneve({
        vni: 7,
        options: [{ class: 0x0101, type: 1, data: hex("00000000") }],
        payload: innerFrame(),
      }),
    ),
    path: "eth.ip.udp.geneve.eth.ip.udp",
  },
  {
    title: "Geneve with IP",
    octets: inUdp(6081, geneve({ vni: 7, payload: inner6() })),
    path: "eth.ip.udp.geneve.ipv6.udp",
  },
  {
    title: "GTP-U",
    octets: inUdp(2152, gtpU({ teid: 9, payload: inner4() })),
    path: "eth.ip.udp.gtp.ip.udp",
  },
  {
    title: "GTP-U with a sequence number and an extension header",
    octets: inUdp(
      2152,
      gtpU({ teid: 9, sequence: 1, extensions: [{ type: 0x85, content: hex("0009") }], payload: inner6() }),
    ),
    path: "eth.ip.udp.gtp.ipv6.udp",
  },
  { title: "Teredo", octets: inUdp(3544, teredo({ payload: inner6() })), path: "eth.ip.udp.teredo.ipv6.udp" },
  {
    title: "TZSP with a tag",
    octets: inUdp(37_008, tzsp({ tags: [{ number: 10, value: hex("c0") }], payload: innerFrame() })),
    path: "eth.ip.udp.tzsp.eth.ip.udp",
  },
  {
    title: "TZSP with 802.11",
    octets: inUdp(37_008, tzsp({ protocol: 18, payload: wlan(inner4()) })),
    path: "eth.ip.udp.tzsp.wlan.llc.ip.udp",
  },
  {
    title: "CAPWAP with Ethernet",
    octets: inUdp(5247, capwap({ payload: innerFrame() })),
    path: "eth.ip.udp.capwap.eth.ip.udp",
  },
  {
    title: "CAPWAP with 802.11",
    octets: inUdp(5247, capwap({ nativeFrame: true, payload: wlan(inner4()) })),
    path: "eth.ip.udp.capwap.wlan.llc.ip.udp",
  },
  {
    title: "CAPWAP with 802.11 and quality of service",
    octets: inUdp(5247, capwap({ nativeFrame: true, payload: wlan(inner4(), "8801", "0000") })),
    path: "eth.ip.udp.capwap.wlan.llc.ip.udp",
  },
  {
    title: "IPv6 extension headers",
    octets: ethernet({
      payload: ipv6({
        source: CLIENT6,
        destination: SERVER6,
        nextHeader: 0,
        payload: concat(
          hex("3c00 010400000000"),
          hex("2b00 010400000000"),
          hex("1100 000000000000"),
          datagram(),
        ),
      }),
    }),
    path: "eth.ipv6.udp",
  },
  {
    title: "an atomic fragment (RFC 6946)",
    octets: ethernet({
      payload: ipv6({
        source: CLIENT6,
        destination: SERVER6,
        payload: ipv6Extensions({
          extensions: [{ kind: "fragment", offsetBytes: 0, moreFragments: false, identification: 5 }],
          payload: datagram(),
        }),
      }),
    }),
    path: "eth.ipv6.udp",
  },
];

/** Frames that lead to something else. */
const others: readonly (Case & { readonly protocol?: number; readonly ports?: readonly [number, number] })[] =
  [
    {
      title: "ARP",
      octets: ethernet({ payload: arp({ senderProtocol: CLIENT, targetProtocol: SERVER }) }),
      path: "eth.arp",
    },
    { title: "LLDP", octets: ethernet({ etherType: 0x88cc, payload: hex("0207") }), path: "eth.lldp" },
    { title: "EAPOL", octets: ethernet({ etherType: 0x888e, payload: hex("01000000") }), path: "eth.eapol" },
    {
      title: "an EtherType that is not opened",
      octets: ethernet({ etherType: 0x88f7, payload: PAYLOAD }),
      path: "eth.ether-other",
    },
    {
      title: "spanning tree",
      octets: ethernet({ payload: llc({ destinationSap: 0x42, sourceSap: 0x42, payload: hex("0000") }) }),
      path: "eth.llc.stp",
    },
    { title: "PPPoE discovery", octets: ethernet({ payload: pppoe({ code: 9 }) }), path: "eth.pppoe" },
    {
      title: "TCP",
      octets: ethernet({ payload: ipv4({ source: CLIENT, destination: SERVER, payload: segment() }) }),
      path: "eth.ip.tcp",
      protocol: 6,
      ports: [40_001, 40_002],
    },
    {
      title: "SCTP",
      octets: outer(sctp({ sourcePort: 1, destinationPort: 2, chunks: [sctpData({ payload: PAYLOAD })] })),
      path: "eth.ip.sctp",
      protocol: 132,
      ports: [1, 2],
    },
    {
      title: "UDP-Lite",
      octets: outer(udpLite({ sourcePort: 1, destinationPort: 2, payload: PAYLOAD })),
      path: "eth.ip.udp-lite",
      protocol: 136,
      ports: [1, 2],
    },
    { title: "ICMP", octets: outer(icmpEcho({ payload: PAYLOAD })), path: "eth.ip.icmp", protocol: 1 },
    {
      title: "ICMPv6",
      octets: ethernet({ payload: ipv6({ source: CLIENT6, destination: SERVER6, payload: icmpv6Echo({}) }) }),
      path: "eth.ipv6.icmpv6",
      protocol: 58,
    },
    { title: "ESP", octets: outer(esp({ spi: 1, payload: PAYLOAD })), path: "eth.ip.esp", protocol: 50 },
    ...(
      [
        [2, "igmp"],
        [33, "dccp"],
        [46, "rsvp"],
        [88, "eigrp"],
        [89, "ospf"],
        [103, "pim"],
        [112, "vrrp"],
        [113, "pgm"],
        [253, "ip-other"],
      ] as const
    ).map(([protocol, name]) => ({
      title: `IP protocol ${protocol}`,
      octets: outer(PAYLOAD, protocol),
      path: `eth.ip.${name}`,
      protocol,
    })),
  ];

describe("decoding a frame", () => {
  for (const { title, octets, path, linkType, vlan } of carried) {
    it(`reads the innermost datagram through ${title}`, () => {
      const is6 = path.endsWith("ipv6.udp");
      const { payloadStart: _start, payloadEnd: _end, ...got } = decode(octets, linkType);
      assert.deepEqual(got, {
        path,
        malformed: undefined,
        ipVersion: is6 ? 6 : 4,
        source: is6 ? CLIENT6 : CLIENT,
        destination: is6 ? SERVER6 : SERVER,
        protocol: 17,
        sourcePort: 40_001,
        destinationPort: 40_002,
        transportRead: true,
        fragment: false,
        vlan,
        payload: TEXT,
        payloadBytes: TEXT.length,
      });
    });
  }

  for (const { title, octets, path, protocol, ports } of others) {
    it(`names ${title}`, () => {
      const got = decode(octets);
      assert.equal(got.path, path);
      assert.equal(got.malformed, undefined);
      assert.equal(got.protocol, protocol ?? 0);
      assert.deepEqual([got.sourcePort, got.destinationPort], ports ?? [0, 0]);
      assert.equal(got.ipVersion, protocol === undefined ? 0 : path.includes("ipv6") ? 6 : 4);
    });
  }

  it("tells a link type that it cannot read", () => {
    const got = decode(inner4(), 147);
    assert.equal(got.path, "link-other");
    assert.equal(got.malformed, LINK_TYPE_UNKNOWN);
  });

  it("does not open a PPI header inside another", () => {
    const got = decode(
      concat(hex("00 00 0800 c0000000"), hex("00 00 0800 01000000"), innerFrame()),
      LINKTYPE_PPI,
    );
    assert.equal(got.malformed, LINK_TRUNCATED);
    assert.equal(got.path, "ppi");
  });

  it("leaves the padding of a short Ethernet frame out of the payload", () => {
    const short = ipv4({
      source: CLIENT,
      destination: SERVER,
      payload: udp({ sourcePort: 1, destinationPort: 2, payload: hex("0102") }),
    });
    const got = decode(ethernet({ payload: short, bytesMin: 60 }));
    assert.equal(got.payload, "\x01\x02");
    assert.equal(got.payloadBytes, 2);
  });

  it("says how much payload was sent where the snap length cut it", () => {
    const whole = ethernet({ payload: ipv4({ source: CLIENT, destination: SERVER, payload: segment() }) });
    const got = decode(whole.subarray(0, whole.length - 5));
    assert.equal(got.payload, TEXT.slice(0, -5));
    assert.equal(got.payloadBytes, TEXT.length);
    assert.equal(got.malformed, undefined);
  });

  it("takes a total length of zero as all that is there, as segmentation offload leaves it", () => {
    const packet = ipv4({ source: CLIENT, destination: SERVER, totalLength: 0, payload: segment() });
    assert.equal(decode(ethernet({ payload: packet })).payload, TEXT);
    const packet6 = ipv6({ source: CLIENT6, destination: SERVER6, payloadLength: 0, payload: segment() });
    assert.equal(decode(ethernet({ payload: packet6 })).payload, TEXT);
  });

  it("presents fragments as such, without ports", () => {
    const whole = ipv4({ source: CLIENT, destination: SERVER, identification: 77, payload: datagram() });
    const [, second] = fragmentIpv4(whole, 8);
    const got = decode(ethernet({ payload: second! }));
    assert.equal(got.path, "eth.ip");
    assert.deepEqual([got.fragment, got.protocol, got.sourcePort, got.payloadBytes], [true, 17, 0, 8]);
    const { view } = decoder;
    assert.deepEqual([view.fragmentIdentification, view.fragmentOffset, view.moreFragments], [77, 8, true]);
    const last = fragmentIpv6(inner6(), 8, 0x8000_0001).at(-1)!;
    assert.equal(decode(ethernet({ payload: last })).fragment, true);
    assert.deepEqual(
      [view.fragmentIdentification >>> 0, view.fragmentOffset, view.moreFragments],
      [0x8000_0001, 16, false],
    );
  });
});

describe("octets that lie", () => {
  const tcpHeader = (words: number) =>
    concat(hex("9c41 9c42 00000001 00000000"), new Uint8Array([words << 4, 0x10]), hex("ffff 0000 0000"));
  const cases: readonly (readonly [string, Uint8Array, { readonly name: string }, string])[] = [
    [
      "an IPv4 header length below 5 words",
      ethernet({ etherType: 0x0800, payload: concat(hex("44"), inner4().subarray(1)) }),
      IP_LENGTH_IMPOSSIBLE,
      "eth.ip",
    ],
    [
      "a total length below the header's",
      ethernet({
        payload: ipv4({ source: CLIENT, destination: SERVER, totalLength: 19, payload: datagram() }),
      }),
      IP_LENGTH_IMPOSSIBLE,
      "eth.ip",
    ],
    [
      "IPv6 under IPv4's EtherType",
      ethernet({ etherType: 0x0800, payload: inner6() }),
      IP_VERSION_UNKNOWN,
      "eth.ip",
    ],
    [
      "IPv4 under IPv6's EtherType",
      ethernet({ etherType: 0x86dd, payload: concat(inner4(), new Uint8Array(8)) }),
      IP_VERSION_UNKNOWN,
      "eth.ipv6",
    ],
    ["options past the packet's end", outer(tcpHeader(15), 6), TCP_OFFSET_IMPOSSIBLE, "eth.ip.tcp"],
    ["a data offset inside the fixed header", outer(tcpHeader(4), 6), TCP_OFFSET_IMPOSSIBLE, "eth.ip.tcp"],
    [
      "a TCP header that is cut by the IP length",
      outer(tcpHeader(5).subarray(0, 19), 6),
      TCP_TRUNCATED,
      "eth.ip.tcp",
    ],
    [
      "a UDP length below the header's",
      outer(udp({ sourcePort: 1, destinationPort: 2, length: 7, payload: PAYLOAD })),
      UDP_LENGTH_IMPOSSIBLE,
      "eth.ip.udp",
    ],
    [
      "a UDP header that is cut by the IP length",
      outer(hex("0001 0002 0008"), 17),
      UDP_TRUNCATED,
      "eth.ip.udp",
    ],
    [
      "an SCTP header that is cut",
      outer(hex("0001 0002 00000000 000000"), 132),
      SCTP_TRUNCATED,
      "eth.ip.sctp",
    ],
    [
      "an authentication header longer than the packet",
      outer(hex("11ff 0000 00000001 00000001 00000000"), 51),
      AH_TRUNCATED,
      "eth.ip.ah",
    ],
    [
      "GRE that promises fields which are not there",
      outer(hex("3000 0800 00000001"), 47),
      GRE_TRUNCATED,
      "eth.ip.gre",
    ],
    [
      "an IPv6 extension header past the end",
      ethernet({
        payload: ipv6({
          source: CLIENT6,
          destination: SERVER6,
          nextHeader: 60,
          payload: hex("1101 000000000000"),
        }),
      }),
      IPV6_EXTENSION_TRUNCATED,
      "eth.ipv6",
    ],
  ];
  for (const [title, octets, malformed, path] of cases) {
    it(`names ${title}`, () => {
      const got = decode(octets);
      assert.equal(got.malformed?.name, malformed.name);
      assert.equal(got.path, path);
      assert.ok(got.payloadStart <= got.payloadEnd && got.payloadEnd <= octets.length);
    });
  }

  it("names a link header that is cut", () => {
    for (const linkType of [
      LINKTYPE_ETHERNET,
      LINKTYPE_LINUX_SLL,
      LINKTYPE_LINUX_SLL2,
      LINKTYPE_NULL,
      LINKTYPE_PPI,
      LINKTYPE_PPP,
      LINKTYPE_C_HDLC,
    ]) {
      assert.equal(decode(hex("0f"), linkType).malformed, LINK_TRUNCATED, String(linkType));
    }
    assert.equal(decode(new Uint8Array(0), LINKTYPE_RAW).malformed, IP_TRUNCATED);
  });

  it("has nothing left of an outer header where the inner one is cut or has no ports", () => {
    const cut = inUdp(
      4789,
      vxlan({
        vni: 1,
        payload: ethernet({
          payload: ipv4({ source: CLIENT, destination: SERVER, protocol: 6, payload: hex("0102") }),
        }),
      }),
    );
    const got = decode(cut);
    assert.equal(got.malformed, TCP_TRUNCATED);
    assert.deepEqual(
      [got.source, got.protocol, got.sourcePort, got.destinationPort, got.transportRead],
      [CLIENT, 6, 0, 0, false],
    );
    const echo = ipv4({ source: CLIENT, destination: SERVER, payload: icmpEcho({}) });
    const inside = decode(inUdp(2152, gtpU({ teid: 1, payload: echo })));
    assert.deepEqual(
      [inside.path, inside.sourcePort, inside.destinationPort],
      ["eth.ip.udp.gtp.ip.icmp", 0, 0],
    );
  });
});

describe("a port that promises a tunnel", () => {
  const junk: readonly (readonly [string, Uint8Array])[] = [
    ["nothing", new Uint8Array(0)],
    ["text", latin1("GET / HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: example\r\nAccept: */*\r\n\r\n")],
    ["zeros", new Uint8Array(80)],
    ["ones", new Uint8Array(80).fill(0xff)],
  ];
  for (const port of [2152, 3544, 4789, 5247, 6081, 37_008]) {
    for (const [what, payload] of junk) {
      it(`leaves the datagram as it is where port ${port} carries ${what}`, () => {
        const got = decode(inUdp(port, payload));
        // CAPWAP: zeros are a header of no length.
        assert.equal(got.path, "eth.ip.udp");
        assert.equal(got.malformed, undefined);
        assert.deepEqual(
          [got.source, got.sourcePort, got.destinationPort, got.payloadBytes],
          [OUTER_SOURCE, 50_000, port, payload.length],
        );
      });
    }
  }

  it("is not believed where the inner packet is longer than the datagram", () => {
    const cut = inner6().subarray(0, 44);
    assert.equal(decode(inUdp(3544, cut)).path, "eth.ip.udp");
    const pdu = gtpU({ teid: 1, payload: inner4() });
    assert.equal(decode(inUdp(2152, pdu.subarray(0, pdu.length - 1))).path, "eth.ip.udp");
  });
});

describe("bounds", () => {
  it(`opens ${TUNNEL_DEPTH_MAX} IP headers, and leaves what is inside the last as its payload`, () => {
    const nested = (headers: number) => {
      let packet = inner4();
      for (let depth = 1; depth < headers; depth += 1)
        packet = ipv4({ source: OUTER_SOURCE, destination: OUTER_DESTINATION, payload: packet });
      return decode(ethernet({ payload: packet }));
    };
    const most = nested(TUNNEL_DEPTH_MAX);
    assert.equal(most.path, `eth${".ip".repeat(TUNNEL_DEPTH_MAX)}.udp`);
    assert.equal(most.source, CLIENT);
    const more = nested(TUNNEL_DEPTH_MAX + 4);
    assert.equal(more.path, `eth${".ip".repeat(TUNNEL_DEPTH_MAX)}.ip-other`);
    assert.equal(more.source, OUTER_SOURCE);
    assert.equal(more.malformed, undefined);
  });

  it("opens tunnels of all kinds inside one another no deeper", () => {
    let frame = innerFrame();
    for (let depth = 0; depth < 12; depth += 1) frame = inUdp(4789, vxlan({ vni: depth, payload: frame }));
    assert.equal(decode(frame).path, `${"eth.ip.udp.vxlan.".repeat(TUNNEL_DEPTH_MAX - 1)}eth.ip.udp`);
    let packet = inner4();
    for (let depth = 0; depth < 12; depth += 1)
      packet = ipv4({ source: CLIENT, destination: SERVER, payload: gre({ payload: packet }) });
    assert.ok(decode(packet, LINKTYPE_RAW).path.split(".").length < 2 * TUNNEL_DEPTH_MAX + 2);
  });

  it(`reads ${STACK_DEPTH_MAX} VLAN tags or labels`, () => {
    const tagged = (count: number) =>
      decode(ethernet({ tags: Array.from({ length: count }, (_, tag) => tag), payload: inner4() }));
    assert.equal(tagged(STACK_DEPTH_MAX).source, CLIENT);
    assert.equal(tagged(STACK_DEPTH_MAX + 1).malformed, STACK_TOO_DEEP);
    const labelled = (count: number) =>
      decode(
        ethernet({ payload: mpls({ labels: Array.from({ length: count }, () => 16), payload: inner4() }) }),
      );
    assert.equal(labelled(STACK_DEPTH_MAX).source, CLIENT);
    assert.equal(labelled(STACK_DEPTH_MAX + 1).malformed, STACK_TOO_DEEP);
  });

  it("does not follow Ethernet in Ethernet through a whole jumbo frame", () => {
    const header = concat(new Uint8Array(12), hex("6558"));
    const octets = new Uint8Array(14 * 18_000);
    for (let at = 0; at < octets.length; at += 14) octets.set(header, at);
    assert.equal(decode(octets).malformed, STACK_TOO_DEEP);
  });

  it("does not follow pseudowires inside one another past the stack's bound", () => {
    const round = concat(new Uint8Array(12), hex("8847 00010140 00000000"));
    const octets = new Uint8Array(round.length * 2_000);
    for (let at = 0; at < octets.length; at += round.length) octets.set(round, at);
    assert.equal(decode(octets).malformed, STACK_TOO_DEEP);
  });

  it("gives up a chain of IPv6 extension headers", () => {
    const chain = new Uint8Array(8 * 1_000);
    for (let at = 0; at < chain.length; at += 8) chain[at] = 60;
    const packet = ipv6({ source: CLIENT6, destination: SERVER6, nextHeader: 60, payload: chain });
    assert.equal(decode(packet, LINKTYPE_RAW).malformed, IPV6_EXTENSIONS_TOO_MANY);
  });
});

describe("every frame, cut after every octet", () => {
  for (const { title, octets, linkType, path } of [...carried, ...others]) {
    it(`says so, or shows less: ${title}`, () => {
      const whole = decode(octets, linkType);
      for (let length = 0; length < octets.length; length += 1) {
        const cut = octets.subarray(0, length);
        const got = decode(cut, linkType);
        assert.ok(got.payloadStart <= got.payloadEnd && got.payloadEnd <= length, `bounds at ${length}`);
        // The layer at which the octets end may go by a more general name.
        const sure = got.path.split(".").slice(0, -1);
        assert.deepEqual(path.split(".").slice(0, sure.length), sure, `path at ${length}`);
        assert.ok(
          got.malformed !== undefined ||
            sure.length + 1 < path.split(".").length ||
            got.payloadEnd < whole.payloadEnd,
          `nothing is said at ${length}`,
        );
        assert.deepEqual(decode(cut, linkType, 0xff), got, `reads past the end at ${length}`);
      }
    });
  }
});

describe("any octets", () => {
  const linkTypes = [
    LINKTYPE_ETHERNET,
    LINKTYPE_RAW,
    LINKTYPE_NULL,
    LINKTYPE_LINUX_SLL,
    LINKTYPE_LINUX_SLL2,
    LINKTYPE_PPP,
    LINKTYPE_PPP_HDLC,
    LINKTYPE_PPP_ETHER,
    LINKTYPE_C_HDLC,
    LINKTYPE_PPI,
    999,
  ];
  const seeds = carried.map(({ octets }) => octets);

  it("never throw, and never reach past the frame", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...linkTypes),
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc
            .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 4 }))
            .map(([seed, changes]) => {
              const changed = seed.slice();
              for (const [at, octet] of changes) if (at < changed.length) changed[at] = octet;
              return changed;
            }),
        ),
        (linkType, octets) => {
          const got = decode(octets, linkType, 0);
          assert.ok(got.payloadStart <= got.payloadEnd && got.payloadEnd <= octets.length);
          assert.ok(got.payloadBytes >= 0);
          assert.deepEqual(decode(octets, linkType, 0xff), got);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
