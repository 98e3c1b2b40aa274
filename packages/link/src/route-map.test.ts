/** The map of ways against the kernel's own answers, in a network namespace that this process enters by itself. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { PalisadeError } from "@palisade/base";
import {
  concat,
  formatIpAddress,
  IPV4_BYTES,
  IPV6_BYTES,
  le16,
  le32,
  parseIpAddress,
  put32,
} from "@palisade/wire";
import fc from "fast-check";
import { findInterface } from "./interfaces.js";
import { enterNamespace, Host, run } from "./namespace.build.js";
import {
  ADDRESS_LIST,
  LABEL_LIST,
  type PrefixList,
  ROUTE_LIST,
  RULE_LIST,
  readPrefix,
} from "./netlink-messages.js";
import { RouteMap, type RouteMapOptions } from "./route-map.js";
import { findRoute, isRouteShared, type Route } from "./routes.js";
import { AF_INET, AF_INET6 } from "./system.js";

const skip = enterNamespace(
  "ip link add near type veth peer name far",
  "ip link set dev near addrgenmode none",
  "ip link set dev far addrgenmode none",
  "ip link set dev lo up",
  "ip link set dev near up",
  "ip link set dev far up",
  "ip address add 192.0.2.1/24 dev near",
  "ip address add 192.0.2.129 peer 203.0.113.77/32 dev near",
  "ip address add 10.1.1.1/24 dev far",
  "ip route add default via 192.0.2.254",
  "ip route add 198.51.0.0/16 via 192.0.2.253 mtu 1280",
  "ip route add 198.51.96.0/19 dev far",
  "ip route add 198.51.100.0/24 via 192.0.2.252",
  "ip route add prohibit 198.51.100.128/25",
  "ip route add 198.51.100.201/32 via 192.0.2.251",
  "ip route add blackhole 198.51.100.202/32",
  "ip route add unreachable 198.51.101.0/30",
  "ip route add throw 198.51.102.0/23",
  "ip route add local 198.18.0.0/15 dev lo",
  "ip route add 172.16.0.0/12 nexthop via 192.0.2.253 nexthop via 192.0.2.254 nexthop via 10.1.1.9",
  "ip route add 172.16.4.0/22 via 192.0.2.250",
  "ip route add 10.64.0.0/10 via 192.0.2.249 table 100",
  "ip route add prohibit 10.64.128.0/17 table 100",
  "ip rule add to 10.64.0.0/9 table 100",
  "ip rule add to 100.64.5.0/24 prohibit",
  "ip rule add not to 0.0.0.0/1 to 0.0.0.0/1 table 101",
  "ip address add 2001:db8:1::1/64 dev near nodad",
  "ip address add 2001:db8:1::ff00:1/64 dev near nodad",
  "ip address add 2001:db8:8000::1/34 dev near nodad",
  "ip address add 2002:c000:201::1/64 dev near nodad",
  "ip address add fd00:1::1/64 dev near nodad",
  "ip address add fe80::1/64 dev near nodad",
  "ip address add 2001:db8:77::1/64 dev far nodad",
  "ip -6 route add default via 2001:db8:1::fe dev near",
  "ip -6 route add 2001:db8:2::/48 via 2001:db8:1::fd dev near mtu 1400",
  "ip -6 route add 2001:db8:2:8000::/49 dev far",
  "ip -6 route add prohibit 2001:db8:2:8000::/64",
  "ip -6 route add blackhole 2001:db8:2:8000::2/128",
  "ip -6 route add unreachable 2001:db8:3::/127",
  "ip -6 route add local 2001:db8:4::/64 dev lo",
  "ip -6 route add 2001:db8:5::/48 nexthop via 2001:db8:1::fd dev near nexthop via 2001:db8:77::9 dev far",
  "ip -6 route add 2001:db8:5:1::/64 via 2001:db8:1::fc dev near",
  "ip -6 route add 2001:db8:6::/48 via 2001:db8:1::fb dev near table 100",
  "ip -6 rule add to 2001:db8:6::/47 table 100",
  // The edge behind it lies two words before its last bit.
  "ip -6 route add 2001:dba:ffff:ffff::/64 via 2001:db8:1::fa dev near",
  // The same label as a source's own, so that addresses of the one are sent to from the other.
  "ip address add 2001:db8:99::1/64 dev near nodad",
  "ip addrlabel add prefix 2001:db8:99::/64 label 77",
  "ip addrlabel add prefix 2610:1::/32 label 77",
);

const ip = (text: string) => {
  const octets = parseIpAddress(text);
  assert.ok(octets !== undefined, text);
  return octets;
};

/** What the map shall say: the kernel's answer, where it is one. */
function asked(address: Uint8Array, options: RouteMapOptions = {}): Route | string | undefined {
  try {
    return findRoute(address, options);
  } catch (error) {
    assert.ok(error instanceof PalisadeError);
    return error.code === "LINK_NO_ROUTE" ? undefined : error.code;
  }
}

function mapped(map: RouteMap, address: Uint8Array): Route | string | undefined {
  // Within other octets, as addresses lie in packets.
  const around = concat(new Uint8Array(3).fill(0xa5), address, new Uint8Array(3).fill(0x5a));
  try {
    return map.find(around, 3, address.length === IPV4_BYTES ? IPV4_BYTES : IPV6_BYTES);
  } catch (error) {
    assert.ok(error instanceof PalisadeError);
    return error.code;
  }
}

function hold(map: RouteMap, addresses: readonly Uint8Array[], options: RouteMapOptions = {}): void {
  for (const address of addresses) {
    assert.deepEqual(mapped(map, address), asked(address, options), formatIpAddress(address));
  }
}

const bigOf = (octets: Uint8Array) => octets.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);

function octetsOf(value: bigint, bytes: number): Uint8Array {
  const octets = new Uint8Array(bytes);
  let rest = BigInt.asUintN(bytes * 8, value);
  for (let index = bytes - 1; index >= 0; index -= 1) {
    octets[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return octets;
}

/** The first and last address of a prefix. */
function edgesOf(prefix: string): readonly [bigint, bigint] {
  const [text = "", bits] = prefix.split("/");
  const octets = ip(text);
  const host = BigInt(octets.length * 8 - Number(bits ?? octets.length * 8));
  const first = (bigOf(octets) >> host) << host;
  return [first, first + (1n << host) - 1n];
}

/** The prefixes of the namespace, and ranges that are the kernel's own. */
const ipv4Prefixes = [
  ..."192.0.2.0/24 192.0.2.1/32 192.0.2.129/32 192.0.2.255/32 203.0.113.77/32 10.1.1.0/24 198.51.0.0/16".split(
    " ",
  ),
  ..."198.51.96.0/19 198.51.100.0/24 198.51.100.128/25 198.51.100.201/32 198.51.100.202/32".split(" "),
  ..."198.51.101.0/30 198.51.102.0/23 198.18.0.0/15 172.16.0.0/12 172.16.4.0/22 10.64.0.0/10".split(" "),
  ..."10.64.128.0/17 10.0.0.0/9 10.64.0.0/9 100.64.5.0/24 0.0.0.0/0 0.0.0.0/1 0.0.0.0/8 0.0.0.0/32".split(
    " ",
  ),
  ..."127.0.0.0/8 127.0.0.1/32 224.0.0.0/4 224.0.0.0/24 240.0.0.0/4 255.255.255.255/32".split(" "),
];
const ipv6Prefixes = [
  ..."2001:db8:1::/64 2001:db8:1::1/128 2001:db8:1::ff00:1/128 2001:db8:8000::/34 2002:c000:201::/64".split(
    " ",
  ),
  ..."fd00:1::/64 fe80::/64 fe80::1/128 2001:db8:77::/64 ::/0 2001:db8:2::/48 2001:db8:2:8000::/49".split(
    " ",
  ),
  ..."2001:db8:2:8000::/64 2001:db8:2:8000::2/128 2001:db8:3::/127 2001:db8:4::/64 2001:db8:5::/48".split(
    " ",
  ),
  ..."2001:db8:5:1::/64 2001:db8:6::/48 2001:db8:6::/47 2001:dba:ffff:ffff::/64 2610:1::/32 ::/128 ::1/128 ::/96 ::ffff:0:0/96 2000::/3".split(
    " ",
  ),
  ..."2001:10::/28 e000::/3 fc00::/7 fe80::/10 fec0::/10 ff00::/8 ff02::/16 ff05::/16 ff0e::/16 2002::/16".split(
    " ",
  ),
  ..."2001::/32 2001:db8::/32 2001:db8::/33 2001:db8:8000::/35 2002:c000::/24 2002:8000::/17 4000::/2".split(
    " ",
  ),
];
const edges = (prefixes: readonly string[], bytes: number) =>
  prefixes.flatMap(edgesOf).flatMap((edge) => [-1n, 0n, 1n].map((step) => octetsOf(edge + step, bytes)));

/** Anywhere, somewhere inside a prefix, or at its edges. */
function addressOf(prefixes: readonly string[], bytes: number): fc.Arbitrary<Uint8Array> {
  const bits = bytes * 8;
  const inside = fc.constantFrom(...prefixes).chain((prefix) => {
    const [min, max] = edgesOf(prefix);
    return fc.bigInt({ min, max }).map((value) => octetsOf(value, bytes));
  });
  return fc.oneof(
    {
      weight: 1,
      arbitrary: fc
        .bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n })
        .map((value) => octetsOf(value, bytes)),
    },
    { weight: 3, arbitrary: inside },
    { weight: 3, arbitrary: fc.constantFrom(...edges(prefixes, bytes)) },
  );
}

for (const [name, prefixes, bytes] of [
  ["IPv4", ipv4Prefixes, IPV4_BYTES],
  ["IPv6", ipv6Prefixes, IPV6_BYTES],
] as const) {
  test(`the map says of every address of ${name} what the kernel says, whichever it was asked for first`, {
    skip,
  }, () => {
    const options = fc.constantFrom<RouteMapOptions>(
      {},
      { interface: near() },
      { interface: findInterface("far") },
    );
    fc.assert(
      fc.property(
        fc.array(addressOf(prefixes, bytes), { minLength: 20, maxLength: 80 }),
        options,
        (addresses, option) => {
          const map = new RouteMap(option);
          hold(map, addresses, option);
          hold(map, addresses, option);
        },
      ),
      { numRuns: 60 },
    );
  });

  test(`the edges of prefixes of ${name} divide the ways`, { skip }, () => {
    const addresses = edges(prefixes, bytes);
    const map = new RouteMap();
    hold(map, addresses);
    hold(new RouteMap(), addresses.toReversed());
    const ways = new Set(addresses.map((address) => JSON.stringify(mapped(map, address))));
    assert.ok(ways.size >= 8, `only ${ways.size} ways`);
  });
}

const near = () => findInterface("near");

test("routes that come at random lead where the kernel says", { skip }, () => {
  const prefix = fc.tuple(fc.nat(0xffff), fc.integer({ min: 12, max: 32 })).map(([value, bits]) => {
    const [first] = edgesOf(`100.${72 + (value >>> 14)}.${(value >>> 6) & 255}.${(value & 63) << 2}/${bits}`);
    return `${formatIpAddress(octetsOf(first, IPV4_BYTES))}/${bits}`;
  });
  const kind = fc.constantFrom(
    "unicast via 192.0.2.240",
    "unicast via 192.0.2.241",
    "blackhole",
    "dev far",
    "local dev lo",
  );
  const table = fc.constantFrom("main", "100", "local");
  const routes = fc.uniqueArray(fc.tuple(prefix, kind, table), {
    minLength: 1,
    maxLength: 20,
    selector: String,
  });
  fc.assert(
    fc.property(routes, fc.array(fc.nat(0x7_ffff), { maxLength: 30 }), (list, offsets) => {
      const lines = list.map(([where, what, whose]) => {
        const [type, ...rest] = what.startsWith("dev") ? ["unicast", what] : what.split(" ");
        return `${type} ${where} ${rest.join(" ")} table ${whose}`;
      });
      batch(lines.map((line) => `route add ${line}`));
      batch(
        list.map(([where], index) => `rule add to ${where} priority ${1000 + index} table 100`).slice(0, 5),
      );
      try {
        const addresses = [
          ...edges(
            list.map(([where]) => where),
            IPV4_BYTES,
          ),
          ...offsets.map((offset) => octetsOf(bigOf(ip("100.72.0.0")) + BigInt(offset), IPV4_BYTES)),
        ];
        hold(new RouteMap(), addresses);
        hold(new RouteMap(), addresses.toReversed());
      } finally {
        batch(lines.map((line) => `route del ${line}`));
        batch(list.map((_, index) => `rule del priority ${1000 + index}`).slice(0, 5));
      }
    }),
    { numRuns: 15 },
  );
});

/** Several of these may be refused: two routes to one prefix in one table are one. */
function batch(lines: readonly string[]): void {
  spawnSync("ip", ["-force", "-batch", "-"], { input: lines.join("\n") });
}

test("the kernel is asked once for 65,536 addresses of one stretch", { skip }, () => {
  const map = new RouteMap();
  const address = ip("203.7.0.0");
  const first = map.find(address, 0, IPV4_BYTES);
  assert.deepEqual(first?.gateway, ip("192.0.2.254"));
  for (let host = 0; host < 65_536; host += 1) {
    put32(address, 0, 0xcb07_0000 + host);
    assert.equal(map.find(address, 0, IPV4_BYTES), first);
  }
  assert.equal(map.questions, 1);
  const wide = ip("2001:db8:2:1::");
  const way = map.find(wide, 0, IPV6_BYTES);
  assert.equal(way?.mtuBytes, 1400);
  for (let host = 0; host < 65_536; host += 1) {
    put32(wide, 12, host);
    assert.equal(map.find(wide, 0, IPV6_BYTES), way);
  }
  assert.equal(map.questions, 2);
});

test("that no way leads there is remembered too", { skip }, () => {
  const map = new RouteMap();
  for (let host = 128; host < 192; host += 1) {
    assert.equal(map.find(Uint8Array.of(198, 51, 100, host), 0, IPV4_BYTES), undefined);
  }
  assert.equal(map.questions, 1);
});

test("stretches of one way share the route that is told", { skip }, () => {
  const map = new RouteMap();
  const before = map.find(ip("198.50.255.255"), 0, IPV4_BYTES);
  assert.ok(before !== undefined);
  assert.equal(map.find(ip("198.52.0.0"), 0, IPV4_BYTES), before);
  assert.notEqual(map.find(ip("198.51.0.0"), 0, IPV4_BYTES), before);
  assert.equal(map.questions, 3);
});

test("under a route of several next hops each address is asked for, and elsewhere under it not", {
  skip,
}, () => {
  assert.deepEqual(
    ["172.17.0.1", "172.16.4.1", "2001:db8:5::1", "2001:db8:5:1::1"].map((address) =>
      isRouteShared(ip(address)),
    ),
    [true, false, true, false],
  );
  const map = new RouteMap();
  const gateways = new Set<string>();
  for (let host = 0; host < 256; host += 1) {
    const address = Uint8Array.of(172, 17, 0, host);
    const route = mapped(map, address);
    assert.deepEqual(route, asked(address));
    assert.ok(typeof route === "object");
    gateways.add(String(route.gateway));
  }
  assert.equal(gateways.size, 3, "the kernel chose one way for all: the test shows nothing");
  assert.equal(map.questions, 257);
  for (let host = 0; host < 256; host += 1) mapped(map, Uint8Array.of(172, 16, 5, host));
  assert.equal(map.questions, 259);
});

test("next hops by name are asked for each time where the kernel does not tell what they are", {
  skip,
}, (t) => {
  if (run("ip nexthop add id 1 via 192.0.2.253 dev near").status !== 0)
    return t.skip("no next hops by name here");
  run("ip nexthop add id 2 via 192.0.2.254 dev near");
  run("ip nexthop add id 10 group 1/2");
  assert.deepEqual(run("ip route add 172.32.0.0/16 nhid 10"), { status: 0, output: "" });
  const addresses = Array.from({ length: 64 }, (_, host) => Uint8Array.of(172, 32, 0, host));
  try {
    for (const compatible of [1, 0]) {
      assert.equal(run(`sysctl -qw net.ipv4.nexthop_compat_mode=${compatible}`).status, 0);
      const map = new RouteMap();
      hold(map, addresses);
      assert.equal(map.questions, 65);
    }
  } finally {
    run("sysctl -qw net.ipv4.nexthop_compat_mode=1");
    run("ip nexthop flush");
  }
});

test("where a whole range is this machine's own, each address is its own source", { skip }, () => {
  const map = new RouteMap();
  for (const text of ["198.18.0.1", "198.18.0.2", "198.19.255.255"]) {
    const route = map.find(ip(text), 0, IPV4_BYTES);
    assert.deepEqual([route?.local, route?.source], [true, ip(text)]);
  }
  // That of the loopback range is one for all, whichever was asked for first.
  assert.deepEqual(map.find(ip("127.0.0.9"), 0, IPV4_BYTES)?.source, ip("127.0.0.1"));
});

test("the source for IPv6 follows the address, within one route", { skip }, () => {
  const map = new RouteMap();
  const sources = new Set<string>();
  for (const text of ["2001:db8:1:1::1", "2001:db8:8001::1", "2002:c000:202::1", "fd00:2::1", "2600::1"]) {
    const route = map.find(ip(text), 0, IPV6_BYTES);
    assert.deepEqual(route, findRoute(ip(text)));
    assert.deepEqual(
      route?.gateway,
      text.startsWith("2001:db8:8001") ? undefined : ip("2001:db8:1::fe"),
      text,
    );
    sources.add(formatIpAddress(route?.source ?? new Uint8Array(4)));
  }
  assert.ok(sources.size >= 4, [...sources].join(" "));
});

test("what the kernel has learnt of single hosts is told of them alone", { skip }, async (t) => {
  run("ip link add wide type veth peer name wide-peer");
  const router = new Host(
    ["wide-peer"],
    [
      "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1",
      "ip link add narrow mtu 1300 type veth peer name narrow-peer",
      "ip link set dev narrow up",
      "ip link set dev narrow-peer up",
      "ip link set dev wide-peer up",
      "ip address add 10.9.0.2/24 dev wide-peer",
      "ip address add 2001:db8:9::2/64 dev wide-peer nodad",
      "ip route add 100.127.0.0/16 dev narrow",
      "ip -6 route add 2001:db8:a::/64 dev narrow",
    ],
  );
  try {
    if (router.missing !== false) return t.skip(router.missing);
    for (const command of [
      "ip link set dev wide up",
      "ip address add 10.9.0.1/24 dev wide",
      "ip address add 2001:db8:9::1/64 dev wide nodad",
      "ip route add 100.127.0.0/16 via 10.9.0.2",
      "ip -6 route add 2001:db8:a::/64 via 2001:db8:9::2",
    ]) {
      assert.deepEqual(run(command), { status: 0, output: "" });
    }
    const before = new RouteMap();
    for (const [text, beside] of [
      ["100.127.0.9", ["100.127.0.8", "100.127.0.10"]],
      ["2001:db8:a::9", ["2001:db8:a::8", "2001:db8:a::a"]],
    ] as const) {
      for (const address of beside) mapped(before, ip(address));
      if (!(await learnsMtu(text))) return t.skip(`nothing was learnt of ${text}`);
      const way = mapped(new RouteMap(), ip(text));
      assert.ok(typeof way === "object" && way.mtuBytes === 1300, JSON.stringify(way));
      hold(new RouteMap(), [...beside, text].map(ip));
      hold(new RouteMap(), [text, ...beside].map(ip));
      // A map holds on to what it saw.
      assert.equal(mapped(before, ip(text)), mapped(before, ip(beside[0])));
    }
  } finally {
    router.close();
    run("ip link del dev wide");
  }
});

/** Sends datagrams that are too long for the way, until the kernel knows; about a second at most. */
async function learnsMtu(text: string): Promise<boolean> {
  const socket = createSocket(text.includes(":") ? "udp6" : "udp4");
  socket.on("error", () => undefined);
  try {
    for (let turn = 0; turn < 50; turn += 1) {
      if (findRoute(ip(text)).mtuBytes !== 1500) return true;
      socket.send(new Uint8Array(1400), 9, text, () => undefined);
      await setTimeout(20);
    }
    return false;
  } finally {
    socket.close();
  }
}

test("beyond the most prefixes that are held, each address is asked for", { skip }, () => {
  const map = new RouteMap({ prefixesMax: 20 });
  const addresses = [...edges(ipv4Prefixes, IPV4_BYTES), ...edges(ipv6Prefixes, IPV6_BYTES)];
  hold(map, addresses);
  assert.equal(map.questions, addresses.length);
});

test("lists of many datagrams are whole", { skip }, () => {
  const count = 3000;
  batch(
    Array.from(
      { length: count },
      (_, route) => `route add 11.${route >>> 8}.${route & 255}.64/26 via 192.0.2.${100 + (route % 20)}`,
    ),
  );
  try {
    const map = new RouteMap();
    for (let route = 0; route < count; route += 1) {
      const gateway = map.find(Uint8Array.of(11, route >>> 8, route & 255, 70), 0, IPV4_BYTES)?.gateway;
      const beside = map.find(Uint8Array.of(11, route >>> 8, route & 255, 63), 0, IPV4_BYTES)?.gateway;
      assert.deepEqual([gateway?.[3], beside?.[3]], [100 + (route % 20), 254]);
    }
    assert.equal(map.questions, 2 * count);
  } finally {
    batch(Array.from({ length: count }, (_, route) => `route del 11.${route >>> 8}.${route & 255}.64/26`));
  }
});

const attribute = (type: number, value: Uint8Array) =>
  concat(le16(4 + value.length), le16(type), value, new Uint8Array(-value.length & 3));

test("prefixes are read where each list has them", () => {
  const head = (...octets: readonly number[]) => Uint8Array.of(...octets);
  const dst = attribute(1, ip("192.0.2.0"));
  const read = (list: PrefixList, octets: Uint8Array, family = AF_INET) => {
    const prefix = readPrefix(list, octets, 0, octets.length, family);
    return (
      prefix && [
        prefix.bits === 0 ? "" : octets.slice(prefix.at, prefix.at + 4).join("."),
        prefix.bits,
        prefix.shared,
      ]
    );
  };
  const routeHead = (bits: number) => concat(head(AF_INET, bits, 0, 0, 254, 0, 0, 1), le32(0));
  assert.deepEqual(read(ROUTE_LIST, concat(routeHead(24), dst, attribute(4, le32(1)))), [
    "192.0.2.0",
    24,
    false,
  ]);
  assert.deepEqual(read(ROUTE_LIST, concat(routeHead(24), dst, attribute(9, new Uint8Array(8)))), [
    "192.0.2.0",
    24,
    true,
  ]);
  assert.deepEqual(read(ROUTE_LIST, concat(routeHead(24), dst, attribute(30, le32(1)))), [
    "192.0.2.0",
    24,
    true,
  ]);
  assert.deepEqual(
    read(ROUTE_LIST, concat(routeHead(24), dst, attribute(30, le32(1)), attribute(4, le32(1)))),
    ["192.0.2.0", 24, false],
  );
  assert.deepEqual(read(ROUTE_LIST, routeHead(0)), ["", 0, false]);
  assert.equal(read(ROUTE_LIST, routeHead(24)), undefined);
  assert.equal(read(ROUTE_LIST, concat(routeHead(33), dst)), undefined);
  assert.equal(read(ROUTE_LIST, concat(routeHead(24), attribute(1, ip("::1")))), undefined);
  assert.equal(read(ROUTE_LIST, concat(routeHead(24), dst), AF_INET6), undefined);
  // Multipath is a matter of routes alone: 9 is another attribute of a rule.
  assert.deepEqual(read(RULE_LIST, concat(routeHead(24), dst, attribute(9, le32(1)))), [
    "192.0.2.0",
    24,
    false,
  ]);
  assert.deepEqual(
    read(ADDRESS_LIST, concat(head(AF_INET, 32, 0, 0, 1, 0, 0, 0), attribute(2, ip("192.0.2.7")), dst)),
    ["192.0.2.7", 32, false],
  );
  assert.deepEqual(read(LABEL_LIST, concat(head(AF_INET, 0, 24, 0), new Uint8Array(8), dst)), [
    "192.0.2.0",
    24,
    false,
  ]);
});

test("prefixes that lie are read without a throw, and not past their end", () => {
  const octet = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 4, 8, 9, 10, 16, 20, 30));
  const lies = fc.array(octet, { maxLength: 100 }).map((octets) => Uint8Array.from(octets));
  const list = fc.constantFrom(ROUTE_LIST, RULE_LIST, ADDRESS_LIST, LABEL_LIST);
  fc.assert(
    fc.property(
      lies,
      lies,
      list,
      fc.constantFrom(AF_INET, AF_INET6),
      fc.nat(20),
      (octets, behind, kind, family, start) => {
        const alone = readPrefix(kind, octets, 0, octets.length, family);
        const within = readPrefix(
          kind,
          concat(new Uint8Array(start), octets, behind),
          start,
          start + octets.length,
          family,
        );
        assert.deepEqual(within && { ...within, at: within.at - start }, alone);
        const bytes = family === AF_INET ? IPV4_BYTES : IPV6_BYTES;
        if (alone !== undefined && alone.bits > 0)
          assert.ok(alone.at + bytes <= octets.length && alone.bits <= bytes * 8);
      },
    ),
  );
});
