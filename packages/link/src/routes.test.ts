/** What the kernel says of routes, in a network namespace that this process enters by itself; and what a lying one could say. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import {
  concat,
  formatIpAddress,
  formatMac,
  hex,
  le16,
  le32,
  parseIpAddress,
  parseMac,
} from "@palisade/wire";
import fc from "fast-check";
import { findInterface } from "./interfaces.js";
import { enterNamespace, run, withoutRawSockets } from "./namespace.build.js";
import { type NetlinkSink, visitMessages } from "./netlink.js";
import { readAddress, readNeighbour, readRoute } from "./netlink-messages.js";
import {
  findLinkAddress,
  findNeighbour,
  findRoute,
  listAddresses,
  visitPermanentNeighbours,
} from "./routes.js";
import { AF_INET, AF_INET6 } from "./system.js";

const skip = enterNamespace(
  "ip link add near address 02:00:00:00:00:01 type veth peer name far",
  "ip link set dev near addrgenmode none",
  "ip link set dev far addrgenmode none",
  "ip link add bare type veth peer name bare-peer",
  "ip link set dev bare addrgenmode none",
  "ip link set dev lo up",
  "ip link set dev near up",
  "ip link set dev far up",
  "ip address add 192.0.2.1/24 dev near",
  "ip address add 192.0.2.129 peer 203.0.113.77/32 dev near",
  "ip address add 2001:db8:1::1/64 dev near nodad",
  "ip address add fe80::1/64 dev near nodad",
  "ip route add 198.51.100.0/25 via 192.0.2.254 mtu 1280",
  "ip route add 198.51.100.128/26 via inet6 2001:db8:1::fe dev near",
  "ip route add prohibit 198.51.100.201/32",
  "ip route add blackhole 198.51.100.202/32",
  "ip route add unreachable 198.51.100.203/32",
  "ip -6 route add 2001:db8:2::/64 via 2001:db8:1::fe mtu 1400",
  "ip -6 route add prohibit 2001:db8:3::1/128",
  "ip -6 route add blackhole 2001:db8:3::2/128",
  "ip -6 route add unreachable 2001:db8:3::3/128",
  "ip neigh add 192.0.2.20 lladdr 02:00:00:00:00:20 dev near nud permanent",
  "ip neigh add 192.0.2.21 lladdr 02:00:00:00:00:21 dev near nud reachable",
  "ip neigh add 192.0.2.22 lladdr 02:00:00:00:00:22 dev near nud stale",
  "ip neigh add 192.0.2.23 dev near nud failed",
  "ip neigh add 192.0.2.24 lladdr 02:00:00:00:00:24 dev near nud noarp",
  "ip neigh add 2001:db8:1::20 lladdr 02:00:00:00:00:20 dev near nud permanent",
);
const ip = (text: string) => {
  const octets = parseIpAddress(text);
  assert.ok(octets !== undefined, text);
  return octets;
};

test("routes are told with the way out, the source, the gateway and the longest packet", { skip }, () => {
  const near = findInterface("near");
  const table: readonly [string, string, string | undefined, number][] = [
    ["192.0.2.9", "192.0.2.1", undefined, 1500],
    ["203.0.113.77", "192.0.2.129", undefined, 1500],
    ["198.51.100.9", "192.0.2.1", "192.0.2.254", 1280],
    ["198.51.100.130", "192.0.2.1", "2001:db8:1::fe", 1500],
    ["2001:db8:1::9", "2001:db8:1::1", undefined, 1500],
    ["2001:db8:2::9", "2001:db8:1::1", "2001:db8:1::fe", 1400],
  ];
  for (const [address, source, gateway, mtuBytes] of table) {
    assert.deepEqual(
      findRoute(ip(address)),
      {
        interface: near,
        source: ip(source),
        gateway: gateway === undefined ? undefined : ip(gateway),
        mtuBytes,
        local: false,
      },
      address,
    );
  }
});

test("addresses of this machine are local, by its loopback interface", { skip }, () => {
  for (const address of ["127.0.0.1", "192.0.2.1", "::1", "2001:db8:1::1"]) {
    const route = findRoute(ip(address));
    assert.equal(route.local, true, address);
    assert.equal(route.interface.name, "lo", address);
    assert.deepEqual(route.source, ip(address));
    assert.equal(route.gateway, undefined);
    assert.ok(route.mtuBytes >= 65_535, String(route.mtuBytes));
  }
});

test("link-local addresses are found on the interface that is named", { skip }, () => {
  const near = findInterface("near");
  const { interface: found, source } = findRoute(ip("fe80::9"), { interface: near });
  assert.deepEqual([found, source], [near, ip("fe80::1")]);
});

test("where no route leads, one line says why", { skip }, () => {
  const table: readonly [string, RegExp][] = [
    ["203.0.113.1", /^no route to 203\.0\.113\.1: add one \(ip route add\), or leave it out$/],
    ["198.51.100.201", /^no route to 198\.51\.100\.201: .* prohibit it$/],
    ["198.51.100.202", /^no route to 198\.51\.100\.202: a blackhole route swallows it/],
    ["198.51.100.203", /^no route to 198\.51\.100\.203: .* call it unreachable$/],
    ["2001:db8:4::1", /^no route to 2001:db8:4::1: add one/],
    ["2001:db8:3::1", /^no route to 2001:db8:3::1: .* prohibit it$/],
    ["2001:db8:3::2", /^no route to 2001:db8:3::2: a blackhole route swallows it/],
    ["2001:db8:3::3", /^no route to 2001:db8:3::3: .* call it unreachable$/],
  ];
  for (const [address, message] of table) {
    assert.throws(
      () => findRoute(ip(address)),
      { name: "PalisadeError", code: "LINK_NO_ROUTE", message },
      address,
    );
  }
  const gone = { ...findInterface("near"), index: 9999, name: "gone" };
  assert.throws(() => findRoute(ip("192.0.2.9"), { interface: gone }), {
    code: "LINK_NO_ROUTE",
    message: /^no route to 192\.0\.2\.9 on gone: /,
  });
});

test("an interface without addresses has nothing to send from", { skip }, () => {
  assert.equal(
    routeWithoutAddress(),
    "LINK_NO_SOURCE this machine has no IPv4 address to send from on near: " +
      "give it one (ip address add ADDRESS/BITS dev near)",
  );
});

/** In a namespace of its own, where a route leads to an interface without an address. @returns the error */
function routeWithoutAddress(): string {
  const module = (name: string) => JSON.stringify(new URL(`./${name}.js`, import.meta.url).href);
  const script = `
    const { findRoute } = await import(${module("routes")});
    try { findRoute(Uint8Array.of(192, 0, 2, 9)); } catch (error) { console.log(error.code, error.message); }`;
  const shell =
    'ip link add near type veth peer name far && ip link set dev near up && ip link set dev far up && ip route add 192.0.2.0/24 dev near && exec "$0" --input-type=module -e "$1"';
  const { stdout, stderr } = spawnSync("unshare", ["-n", "sh", "-c", shell, process.execPath, script], {
    encoding: "utf8",
  });
  return `${stdout}${stderr}`.trim();
}

test("neighbours that somebody wrote down are told, those of each IP version alone", { skip }, () => {
  const told = (index: number, family: 4 | 6): string[] => {
    const list: string[] = [];
    visitPermanentNeighbours(index, family, (address, link) =>
      list.push(`${formatIpAddress(address)} ${formatMac(link)}`),
    );
    return list;
  };
  const { index } = findInterface("near");
  assert.deepEqual(told(index, 4), ["192.0.2.20 02:00:00:00:00:20"]);
  assert.deepEqual(told(index, 6), ["2001:db8:1::20 02:00:00:00:00:20"]);
  assert.deepEqual(told(findInterface("bare").index, 4), []);
});

test("neighbours are known that answered, that may still be there, or that were written down", {
  skip,
}, () => {
  const { index } = findInterface("near");
  for (const last of ["20", "21", "22"]) {
    assert.deepEqual(findNeighbour(index, ip(`192.0.2.${last}`)), parseMac(`02:00:00:00:00:${last}`), last);
  }
  assert.deepEqual(findNeighbour(index, ip("2001:db8:1::20")), parseMac("02:00:00:00:00:20"));
  for (const unknown of ["192.0.2.23", "192.0.2.24", "192.0.2.25", "2001:db8:1::25"]) {
    assert.equal(findNeighbour(index, ip(unknown)), undefined, unknown);
  }
  assert.equal(findNeighbour(findInterface("far").index, ip("192.0.2.20")), undefined);
  assert.equal(findNeighbour(9999, ip("192.0.2.20")), undefined);
});

test("addresses are listed with their interface and prefix, ours where there are two ends", { skip }, () => {
  const { index } = findInterface("near");
  const ours = listAddresses().filter(({ interfaceIndex }) => interfaceIndex === index);
  assert.deepEqual(
    new Set(ours.map(({ address, prefixBits }) => `${address.join(".")}/${prefixBits}`)),
    new Set([
      "192.0.2.1/24",
      "192.0.2.129/32",
      `${ip("2001:db8:1::1").join(".")}/64`,
      `${ip("fe80::1").join(".")}/64`,
    ]),
  );
  // Uniqueness cannot be established while nothing is on the link.
  run("ip address add 2001:db8:9::1/64 dev bare");
  const { index: bare } = findInterface("bare");
  assert.equal(
    listAddresses().some(({ interfaceIndex }) => interfaceIndex === bare),
    false,
  );
});

test("lists longer than one datagram are whole", { skip }, () => {
  const commands = Array.from(
    { length: 1000 },
    (_, number) => `address add 10.${number >>> 8}.${number & 255}.1/32 dev bare`,
  );
  spawnSync("ip", ["-batch", "-"], { input: commands.join("\n") });
  const list = listAddresses().filter(({ address }) => address[0] === 10);
  assert.equal(new Set(list.map(({ address }) => address.join("."))).size, 1000);
  run("ip address flush dev bare");
});

test("an Ethernet interface has a link address, and no other has", { skip }, () => {
  assert.deepEqual(findLinkAddress(findInterface("near")), parseMac("02:00:00:00:00:01"));
  assert.throws(() => findLinkAddress(findInterface("lo")), {
    code: "LINK_UNSUPPORTED",
    message: /^interface lo /,
  });
});

const unprivileged = skip === false && withoutRawSockets();

test("routes need no permission", {
  skip: skip !== false ? skip : unprivileged === false && "setpriv takes no capability away",
}, () => {
  const module = JSON.stringify(new URL("./routes.js", import.meta.url).href);
  const script = `
    const { findNeighbour, findRoute, listAddresses } = await import(${module});
    const { interface: device, source } = findRoute(Uint8Array.of(192, 0, 2, 9));
    const neighbour = findNeighbour(device.index, Uint8Array.of(192, 0, 2, 20));
    console.log(device.name, source.join("."), neighbour.join("."), listAddresses().length > 0);`;
  const [program = "", ...words] = unprivileged || [];
  const { stdout, stderr } = spawnSync(
    program,
    [...words, process.execPath, "--input-type=module", "-e", script],
    {
      encoding: "utf8",
    },
  );
  assert.equal(`${stdout}${stderr}`, "near 192.0.2.1 2.0.0.0.0.32 true\n");
});

/** A message of netlink(7): length, type, flags, sequence number, port. */
const netlink = (type: number, flags: number, sequence: number, body: Uint8Array) =>
  concat(le32(16 + body.length), le16(type), le16(flags), le32(sequence), le32(1), body);
const attribute = (type: number, value: Uint8Array) =>
  concat(le16(4 + value.length), le16(type), value, new Uint8Array(-value.length & 3));

class Recorder implements NetlinkSink {
  readonly events: (number | string)[] = [];
  message(type: number, octets: Uint8Array, start: number, end: number): void {
    assert.ok(start <= end && end <= octets.length);
    this.events.push(type, `${end - start}`);
  }
  over(errno: number): void {
    this.events.push(`over ${errno}`);
  }
  interrupted(): void {
    this.events.push("interrupted");
  }
}

function events(octets: Uint8Array): Recorder["events"] {
  const recorder = new Recorder();
  visitMessages(octets, octets.length, 7, recorder);
  return recorder.events;
}

test("an answer is over with its only message, its end, or an error", () => {
  const body = new Uint8Array(12);
  assert.deepEqual(events(netlink(24, 0, 7, body)), [24, "12", "over 0"]);
  assert.deepEqual(events(concat(netlink(24, 2, 7, body), netlink(24, 2, 7, body))), [24, "12", 24, "12"]);
  assert.deepEqual(events(concat(netlink(20, 2, 7, body), netlink(3, 2, 7, le32(0)))), [20, "12", "over 0"]);
  assert.deepEqual(events(netlink(3, 2, 7, hex(""))), ["over 0"]);
  assert.deepEqual(events(netlink(2, 0, 7, concat(le32(-101 >>> 0), body))), ["over 101"]);
  assert.deepEqual(events(netlink(3, 0x12, 7, le32(0))), ["interrupted", "over 0"]);
  assert.deepEqual(events(netlink(24, 0, 8, body)), [], "of another question");
});

test("a length that lies ends the walk", () => {
  const good = netlink(24, 2, 7, new Uint8Array(4));
  for (const length of [0, 15, 21, 0xffff_ffff]) {
    assert.deepEqual(events(concat(le32(length), good.subarray(4))), []);
    assert.deepEqual(events(concat(good, le32(length), good.subarray(4))), [24, "4"]);
  }
});

test("routes are read from attributes of the right lengths alone", () => {
  const head = (type: number) => concat(Uint8Array.of(AF_INET, 32, 0, 0, 254, 0, 0, type), le32(0));
  const metrics = attribute(8, concat(attribute(1, le32(1)), attribute(2, le32(1280))));
  const whole = concat(
    head(1),
    attribute(4, le32(5)),
    attribute(7, ip("192.0.2.1")),
    attribute(5, ip("192.0.2.254")),
    metrics,
  );
  const expected = {
    type: 1,
    interfaceIndex: 5,
    source: ip("192.0.2.1"),
    gateway: ip("192.0.2.254"),
    mtuBytes: 1280,
  };
  assert.deepEqual(readRoute(whole, 0, whole.length, AF_INET), expected);
  assert.equal(readRoute(whole, 0, whole.length, AF_INET6), undefined);
  assert.equal(readRoute(whole, 0, 11, AF_INET), undefined);
  const wrong = concat(
    head(1),
    attribute(4, hex("05")),
    attribute(7, ip("::1")),
    attribute(5, hex("")),
    attribute(18, concat(le16(AF_INET6), hex("01"))),
    attribute(8, attribute(2, hex("01"))),
  );
  assert.deepEqual(readRoute(wrong, 0, wrong.length, AF_INET), {
    type: 1,
    interfaceIndex: 0,
    source: undefined,
    gateway: undefined,
    mtuBytes: undefined,
  });
});

test("octets that lie are read without a throw, and not past their end", () => {
  const octet = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0, 1, 2, 4, 5, 7, 8, 10, 12, 16, 18),
  );
  const lies = fc.array(octet, { maxLength: 120 }).map((octets) => Uint8Array.from(octets));
  const family = fc.constantFrom(AF_INET, AF_INET6);
  fc.assert(
    fc.property(lies, lies, family, fc.nat(20), (octets, behind, version, start) => {
      // The answer must be the same whatever stands around the message.
      const around = concat(new Uint8Array(start), octets, behind);
      const end = start + octets.length;
      const asked = version === AF_INET ? ip("192.0.2.1") : ip("2001:db8::1");
      assert.deepEqual(readRoute(around, start, end, version), readRoute(octets, 0, octets.length, version));
      assert.deepEqual(
        readNeighbour(around, start, end, 1, asked),
        readNeighbour(octets, 0, octets.length, 1, asked),
      );
      assert.deepEqual(readAddress(around, start, end), readAddress(octets, 0, octets.length));
      const recorder = new Recorder();
      visitMessages(concat(octets, behind), octets.length, 0, recorder);
      const alone = new Recorder();
      visitMessages(octets, octets.length, 0, alone);
      assert.deepEqual(recorder.events, alone.events);
    }),
  );
});
