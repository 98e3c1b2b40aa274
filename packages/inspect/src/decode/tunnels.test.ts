import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  capwap,
  concat,
  ethernet,
  geneve,
  gre,
  grePptp,
  gtpU,
  hex,
  icmpEcho,
  ipv4,
  ipv6,
  latin1,
  mpls,
  ppp,
  teredo,
  tzsp,
  udp,
  vxlan,
} from "@palisade/wire";
import {
  type Carried,
  CLIENT,
  CLIENT6,
  decode,
  inner4,
  inner6,
  innerFrame,
  inUdp,
  keepsToTheFrame,
  namesLies,
  OUTER_SOURCE,
  outer,
  readsThrough,
  SERVER,
  SERVER6,
  TEXT,
  wlan,
} from "./decoder.build.js";
import { TCP_TRUNCATED } from "./transport.js";
import { GRE_TRUNCATED } from "./tunnels.js";

const carried: readonly Carried[] = [
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
    title: "GRE with MPLS of upstream-assigned labels (RFC 4023 §4, RFC 5332)",
    octets: outer(gre({ protocol: 0x8848, payload: mpls({ labels: [16], payload: inner4() }) })),
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
];

describe("a tunnel", () => {
  readsThrough(carried);
  namesLies([
    [
      "GRE that promises fields which are not there",
      outer(hex("3000 0800 00000001"), 47),
      GRE_TRUNCATED,
      "eth.ip.gre",
    ],
  ]);

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

  it("does not say what GRE of another version, or with source routes, lacks", () => {
    for (const flags of ["3002", "7000"]) {
      const got = decode(outer(hex(`${flags} 0800`), 47));
      assert.deepEqual([got.path, got.malformed], ["eth.ip.gre", undefined]);
    }
  });

  it("holds no octets past the length of the UDP datagram around it", () => {
    const frame = vxlan({ vni: 7, payload: innerFrame() });
    const short = udp({ sourcePort: 1, destinationPort: 4789, length: 8 + frame.length - 5, payload: frame });
    const got = decode(outer(short));
    assert.equal(got.path, "eth.ip.udp.vxlan.eth.ip.udp");
    assert.deepEqual([got.payload, got.payloadBytes], [TEXT.slice(0, -5), TEXT.length]);
  });

  it("is opened where the snap length cut the inner packet", () => {
    for (const whole of [
      inUdp(2152, gtpU({ teid: 9, payload: inner6() })),
      inUdp(3544, teredo({ payload: inner6() })),
    ]) {
      const got = decode(whole.subarray(0, whole.length - 5));
      assert.equal(got.source, CLIENT6);
      assert.deepEqual([got.payload, got.payloadBytes], [TEXT.slice(0, -5), TEXT.length]);
    }
  });

  keepsToTheFrame(carried);
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
