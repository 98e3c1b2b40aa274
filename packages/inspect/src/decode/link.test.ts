import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  arp,
  concat,
  ethernet,
  hex,
  ipv4,
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
  linuxCooked,
  linuxCooked2,
  llc,
  mpls,
  ppp,
  pppoe,
  snap,
  udp,
} from "@palisade/wire";
import {
  type Carried,
  CLIENT,
  decode,
  inner4,
  inner6,
  innerFrame,
  keepsToTheFrame,
  type Named,
  names,
  PAYLOAD,
  readsThrough,
  SERVER,
  TEXT,
} from "./decoder.build.js";
import { STACK_DEPTH_MAX, STACK_TOO_DEEP } from "./descent.js";
import { LINK_TRUNCATED, LINK_TYPE_UNKNOWN } from "./link.js";
import { IP_TRUNCATED } from "./network.js";

const carried: readonly Carried[] = [
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
    title: "Ethernet in Ethernet (transparent bridging)",
    octets: ethernet({ payload: innerFrame() }),
    path: "eth.eth.ip.udp",
  },
];

const named: readonly Named[] = [
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
];

/** Link types whose header names the protocol by something else than an EtherType, or by one that is not opened. */
const unnamed: readonly Named[] = [
  {
    title: "cooked LLC, protocol 4",
    octets: linuxCooked({
      protocol: 4,
      payload: llc({ destinationSap: 0x42, sourceSap: 0x42, payload: hex("0000") }),
    }),
    linkType: LINKTYPE_LINUX_SLL,
    path: "sll.llc.stp",
  },
  {
    title: "a cooked protocol that is Linux's own",
    octets: linuxCooked({ protocol: 1, payload: hex("ffff 0022 0011") }),
    linkType: LINKTYPE_LINUX_SLL,
    path: "sll.ether-other",
  },
  ...[770, 803, 824].flatMap((hardwareType) => [
    {
      title: `cooked hardware type ${hardwareType}, whose protocol is no EtherType`,
      octets: linuxCooked({ hardwareType, protocol: 0x0800, payload: hex("0000 0000") }),
      linkType: LINKTYPE_LINUX_SLL,
      path: "sll.link-other",
    },
    {
      title: `cooked hardware type ${hardwareType}, second version`,
      octets: linuxCooked2({ hardwareType, protocol: 0x0800, payload: hex("0000 0000") }),
      linkType: LINKTYPE_LINUX_SLL2,
      path: "sll2.link-other",
    },
  ]),
  {
    title: "Cisco HDLC with a number below the EtherTypes, which is no length",
    octets: hex("8f00 0004 aaaa03 000000 0800"),
    linkType: LINKTYPE_C_HDLC,
    path: "hdlc.ether-other",
  },
  {
    title: "1501, neither a length nor an EtherType (IEEE 802.3 §3.2.6)",
    octets: ethernet({ etherType: 1_501, payload: hex("4242 03 0000") }),
    path: "eth.ether-other",
  },
  {
    title: "LLC that is no unnumbered information, under the service access point of IP",
    octets: ethernet({
      payload: llc({ destinationSap: 6, sourceSap: 6, control: 0x7f, payload: hex("0000") }),
    }),
    path: "eth.llc",
  },
];

describe("a link layer", () => {
  readsThrough(carried);
  names(named);
  names(unnamed);

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

  it("leaves what lies after a PPPoE session's length out", () => {
    const session = pppoe({ sessionId: 1, payload: ppp({ payload: inner4() }) });
    session[5] = session[5]! - 5;
    const got = decode(ethernet({ payload: session }));
    assert.equal(got.path, "eth.pppoe.ppp.ip.udp");
    assert.equal(got.payload, TEXT.slice(0, -5));
    assert.equal(got.payloadBytes, TEXT.length);
  });

  keepsToTheFrame([...carried, ...named]);
});
