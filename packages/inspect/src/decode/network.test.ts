import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ah,
  concat,
  esp,
  ethernet,
  fragmentIpv4,
  fragmentIpv6,
  hex,
  icmpEcho,
  icmpv6Echo,
  ipv4,
  ipv6,
  ipv6Extensions,
  LINKTYPE_RAW,
} from "@palisade/wire";
import {
  type Carried,
  CLIENT,
  CLIENT6,
  datagram,
  decode,
  decodeDatagram,
  inner4,
  inner6,
  keepsToTheFrame,
  type Lie,
  type Named,
  names,
  namesLies,
  outer,
  outer6,
  PAYLOAD,
  readsThrough,
  SERVER,
  SERVER6,
  segment,
  TEXT,
} from "./decoder.build.js";
import { STACK_DEPTH_MAX, STACK_TOO_DEEP } from "./descent.js";
import {
  AH_TRUNCATED,
  IP_LENGTH_IMPOSSIBLE,
  IP_VERSION_UNKNOWN,
  IPV6_EXTENSION_TRUNCATED,
  IPV6_EXTENSIONS_TOO_MANY,
} from "./network.js";

const carried: readonly Carried[] = [
  {
    title: "an authentication header",
    octets: ethernet({
      payload: ipv4({ source: CLIENT, destination: SERVER, payload: ah({ spi: 1, payload: datagram() }) }),
    }),
    path: "eth.ip.ah.udp",
  },
  {
    title: "an authentication header over IPv6, with destination options after it",
    octets: outer6(51, ah({ spi: 1, nextHeader: 60, payload: concat(hex("1100 010400000000"), datagram()) })),
    path: "eth.ipv6.ah.udp",
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

const named: readonly Named[] = [
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

const lies: readonly Lie[] = [
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
  [
    "an authentication header longer than the packet",
    outer(hex("11ff 0000 00000001 00000001 00000000"), 51),
    AH_TRUNCATED,
    "eth.ip.ah",
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

const ADDRESSES6 = inner6().subarray(8, 40);

describe("a reassembled datagram", () => {
  it("has the addresses that are kept with it", () => {
    const got = decodeDatagram(17, inner4().subarray(12, 20), datagram());
    assert.deepEqual(
      [got.path, got.source, got.destination, got.sourcePort, got.payload],
      ["udp", CLIENT, SERVER, 40_001, TEXT],
    );
  });

  it("may begin with destination options over IPv6 (RFC 8200 §4.1)", () => {
    const got = decodeDatagram(60, ADDRESSES6, concat(hex("1100 010400000000"), datagram()));
    assert.deepEqual(
      [got.path, got.source, got.protocol, got.sourcePort, got.payload],
      ["udp", CLIENT6, 17, 40_001, TEXT],
    );
  });

  it("may be a fragment again", () => {
    const got = decodeDatagram(44, ADDRESSES6, concat(hex("1100 0009 00000007"), datagram()));
    assert.deepEqual(got.fragment, [7, 8, true]);
    assert.equal(got.payloadBytes, datagram().length);
  });

  it("shows how much was sent where fragments were cut", () => {
    const got = decodeDatagram(17, ADDRESSES6, datagram().subarray(0, 12), datagram().length);
    assert.deepEqual([got.payload, got.payloadBytes], [TEXT.slice(0, 4), TEXT.length]);
  });
});

describe("the network layer", () => {
  readsThrough(carried);
  names(named);
  namesLies(lies);

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
    assert.deepEqual([got.protocol, got.sourcePort, got.payloadBytes], [17, 0, 8]);
    assert.deepEqual(got.fragment, [77, 8, true]);
    const last = fragmentIpv6(inner6(), 8, 0x8000_0001).at(-1)!;
    assert.deepEqual(decode(ethernet({ payload: last })).fragment, [0x8000_0001, 16, false]);
  });

  it("gives up a chain of IPv6 extension headers", () => {
    const chain = new Uint8Array(8 * 1_000);
    for (let at = 0; at < chain.length; at += 8) chain[at] = 60;
    const packet = ipv6({ source: CLIENT6, destination: SERVER6, nextHeader: 60, payload: chain });
    assert.equal(decode(packet, LINKTYPE_RAW).malformed, IPV6_EXTENSIONS_TOO_MANY);
  });

  it("ignores what follows no next header (RFC 8200 §4.7)", () => {
    const got = decode(outer6(59, PAYLOAD));
    assert.equal(got.path, "eth.ipv6.ip-other");
    assert.deepEqual([got.payload, got.payloadBytes], ["", 0]);
  });

  it(`reads ${STACK_DEPTH_MAX} authentication headers`, () => {
    const nested = (count: number) => {
      let payload = datagram();
      for (let depth = 0; depth < count; depth += 1)
        payload = ah({ spi: 1, nextHeader: depth === 0 ? 17 : 51, payload });
      return decode(outer(payload, 51));
    };
    assert.equal(nested(STACK_DEPTH_MAX).sourcePort, 40_001);
    const deeper = nested(STACK_DEPTH_MAX + 1);
    assert.equal(deeper.malformed, STACK_TOO_DEEP);
    assert.equal(deeper.transportRead, false);
  });

  keepsToTheFrame([...carried, ...named]);
});
