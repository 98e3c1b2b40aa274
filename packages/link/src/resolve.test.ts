/** Neighbours by ARP and neighbour solicitation: a namespace that this process enters, and a host in another. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  ARP_REPLY,
  ARP_REQUEST,
  arp,
  concat,
  ethernet,
  hex,
  icmpv6,
  ipv6,
  parseIpAddress,
  parseMac,
} from "@palisade/wire";
import fc from "fast-check";
import { findInterface } from "./interfaces.js";
import { enterNamespace, Host, run } from "./namespace.build.js";
import {
  ArpAnswers,
  arpRequest,
  NeighbourAdvertisements,
  neighbourSolicitation,
  resolveNeighbour,
} from "./resolve.js";
import { findRoute } from "./routes.js";

const entered = enterNamespace(
  "ip link add near address 02:00:00:00:00:01 type veth peer name far",
  "ip link set dev far address 02:00:00:00:00:02",
  "ip link set dev near addrgenmode none",
  "ip link set dev far addrgenmode none",
  "ip link add idle type veth peer name idle-peer",
  "ip link set dev lo up",
  "ip link set dev near up",
);
const host =
  entered === false
    ? new Host(
        ["far"],
        [
          "ip link set dev lo up",
          "ip link set dev far up",
          "ip address add 192.0.2.2/24 dev far",
          "ip address add 2001:db8:1::2/64 dev far nodad",
          "ip address add fe80::2/64 dev far nodad",
        ],
      )
    : undefined;
after(() => host?.close());

function addressed(): string | false {
  if (entered !== false) return entered;
  if (host !== undefined && host.missing !== false) return host.missing;
  for (const command of [
    "ip address add 192.0.2.1/24 dev near",
    "ip address add 2001:db8:1::1/64 dev near nodad",
    "ip address add fe80::1/64 dev near nodad",
    "ip route add 198.51.100.0/25 via 192.0.2.2",
    "ip route add 198.51.100.128/25 via inet6 fe80::2 dev near",
    "ip route add 203.0.113.0/24 via 192.0.2.77",
    "ip -6 route add 2001:db8:2::/64 via fe80::2 dev near",
    "ip neigh add 192.0.2.20 lladdr 02:00:00:00:00:20 dev near nud permanent",
  ]) {
    const { status, output } = run(command);
    if (status !== 0) return `${command}: ${output.trim()}`;
  }
  return false;
}
const skip = addressed();

const FAR = mac("02:00:00:00:00:02");

function mac(text: string): Uint8Array {
  const octets = parseMac(text);
  assert.ok(octets !== undefined, text);
  return octets;
}

function ip(text: string): Uint8Array {
  const octets = parseIpAddress(text);
  assert.ok(octets !== undefined, text);
  return octets;
}

const resolve = (text: string, options = {}) => resolveNeighbour(findRoute(ip(text)), ip(text), options);
const kernelKnows = (text: string) => / lladdr /.test(run(`ip neigh show ${text} dev near`).output);

test("what the kernel knows is taken", { skip }, async () => {
  assert.deepEqual(await resolve("192.0.2.20"), mac("02:00:00:00:00:20"));
});

test("a neighbour answers ARP, and the kernel is left as it was", { skip }, async () => {
  assert.deepEqual(await resolve("192.0.2.2"), FAR);
  assert.equal(kernelKnows("192.0.2.2"), false);
});

test("a neighbour answers a solicitation, and the kernel is left as it was", { skip }, async () => {
  assert.deepEqual(await resolve("2001:db8:1::2"), FAR);
  assert.equal(kernelKnows("2001:db8:1::2"), false);
});

test("a link-local neighbour is asked on its interface", { skip }, async () => {
  const route = findRoute(ip("fe80::2"), { interface: findInterface("near") });
  assert.deepEqual(await resolveNeighbour(route, ip("fe80::2")), FAR);
});

test("behind a gateway it is the gateway's, also one of the other IP version", { skip }, async () => {
  assert.deepEqual(await resolve("198.51.100.9"), FAR);
  assert.deepEqual(await resolve("2001:db8:2::9"), FAR);
  assert.deepEqual(await resolve("198.51.100.200"), FAR);
});

test("nobody there is an error that names the address, the question and the interface", {
  skip,
}, async () => {
  const table: readonly [string, RegExp][] = [
    ["192.0.2.9", /^192\.0\.2\.9 does not answer ARP on near: /],
    ["2001:db8:1::9", /^2001:db8:1::9 does not answer neighbour solicitation on near: /],
    ["203.0.113.5", /^192\.0\.2\.77, the router to 203\.0\.113\.5, does not answer ARP on near: /],
  ];
  for (const [address, message] of table) {
    await assert.rejects(resolve(address, { timeoutMs: 30 }), { code: "LINK_NO_NEIGHBOUR", message });
  }
});

test("an aborted question ends at once with the reason", { skip }, async () => {
  const reason = new Error("enough");
  await assert.rejects(resolve("192.0.2.9", { signal: AbortSignal.abort(reason) }), reason);
  const abort = new AbortController();
  const asking = resolve("192.0.2.9", { signal: abort.signal, timeoutMs: 60_000 });
  setImmediate(() => abort.abort(reason));
  await assert.rejects(asking, reason);
});

test("where there are no link addresses, or it makes no sense, that is said", { skip }, async () => {
  await assert.rejects(resolve("127.0.0.1"), {
    code: "LINK_UNSUPPORTED",
    message: /^127\.0\.0\.1 is reached through lo, .*: send IP packets there$/,
  });
  for (const timeoutMs of [0, 1.5, 60_001, Number.NaN]) {
    await assert.rejects(resolve("192.0.2.2", { timeoutMs }), { code: "LINK_OPTION_INVALID" });
  }
  const route = { ...findRoute(ip("192.0.2.9")), interface: findInterface("idle") };
  await assert.rejects(resolveNeighbour(route, ip("192.0.2.9")), { code: "LINK_DOWN" });
  const other = { ...findRoute(ip("192.0.2.9")), interface: findInterface("idle"), gateway: ip("fe80::9") };
  await assert.rejects(resolveNeighbour(other, ip("192.0.2.9")), {
    code: "LINK_NO_SOURCE",
    message: /no IPv6 .* on idle/,
  });
});

test("questions are those of RFC 826 and RFC 4861", () => {
  const link = mac("02:00:00:00:00:01");
  assert.deepEqual(
    arpRequest(link, ip("192.0.2.1"), ip("192.0.2.2")),
    concat(
      hex("ffffffffffff 020000000001 0806 0001 0800 06 04 0001"),
      hex("020000000001 c0000201 000000000000 c0000202"),
      new Uint8Array(18),
    ),
  );
  const frame = neighbourSolicitation(link, ip("2001:db8::1"), ip("2001:db8::a1b2:c3d4"));
  const checksum = frame.slice(14 + 40 + 2, 14 + 40 + 4);
  assert.deepEqual(
    frame,
    concat(
      hex("3333ffb2c3d4 020000000001 86dd 60000000 0020 3a ff"),
      hex("20010db8000000000000000000000001 ff0200000000000000000001ffb2c3d4"),
      concat(hex("87 00"), checksum, hex("00000000 20010db80000000000000000a1b2c3d4 01 01 020000000001")),
    ),
  );
});

const SOURCE = ip("192.0.2.1");
const TARGET = ip("192.0.2.2");
const reply = (options: Partial<Parameters<typeof arp>[0]> = {}, tags: readonly number[] = []) =>
  ethernet({
    tags,
    payload: arp({
      operation: ARP_REPLY,
      senderHardware: FAR,
      senderProtocol: TARGET,
      targetHardware: "02:00:00:00:00:01",
      targetProtocol: SOURCE,
      ...options,
    }),
    bytesMin: 60,
  });

function heardByArp(frame: Uint8Array): Uint8Array | undefined {
  const answers = new ArpAnswers(TARGET, SOURCE);
  answers.packet(concat(hex("ffff"), frame), 2, frame.length);
  return answers.link;
}

test("only a reply to our request says a link address", () => {
  assert.deepEqual(heardByArp(reply()), FAR);
  for (const [what, frame] of [
    ["a request", reply({ operation: ARP_REQUEST })],
    ["of another", reply({ senderProtocol: "192.0.2.3" })],
    ["to another", reply({ targetProtocol: "192.0.2.3" })],
    ["of a group", reply({ senderHardware: "03:00:00:00:00:02" })],
    ["of nobody", reply({ senderHardware: "00:00:00:00:00:00" })],
    ["on another VLAN", reply({}, [5])],
    ["cut", reply().subarray(0, 41)],
    ["of other hardware", concat(reply().subarray(0, 15), hex("06"), reply().subarray(16))],
  ] as const) {
    assert.equal(heardByArp(frame), undefined, what);
  }
});

const NEIGHBOUR = ip("2001:db8::2");
const OPTION = concat(hex("02 01"), FAR);

function advertisement(
  changes: {
    readonly type?: number;
    readonly code?: number;
    readonly target?: Uint8Array;
    readonly options?: Uint8Array;
    readonly hopLimit?: number;
    readonly checksum?: number;
  } = {},
): Uint8Array {
  const { type = 136, code = 0, target = NEIGHBOUR, options = OPTION, hopLimit = 255, checksum } = changes;
  const message = { type, code, rest: 0x6000_0000, payload: concat(target, options) };
  return ethernet({
    payload: ipv6({
      source: NEIGHBOUR,
      destination: "2001:db8::1",
      hopLimit,
      payload: icmpv6(checksum === undefined ? message : { ...message, checksum }),
    }),
  });
}

function heardByNd(frame: Uint8Array): Uint8Array | undefined {
  const answers = new NeighbourAdvertisements(NEIGHBOUR);
  answers.packet(concat(hex("ffff"), frame), 2, frame.length);
  return answers.link;
}

test("only a valid advertisement of the address says a link address", () => {
  assert.deepEqual(heardByNd(advertisement()), FAR);
  assert.deepEqual(heardByNd(advertisement({ options: concat(hex("0e 01 000000000000"), OPTION) })), FAR);
  for (const [what, frame] of [
    ["a solicitation", advertisement({ type: 135 })],
    ["a code", advertisement({ code: 1 })],
    ["of another", advertisement({ target: ip("2001:db8::3") })],
    ["through a router", advertisement({ hopLimit: 254 })],
    ["a wrong checksum", advertisement({ checksum: 0x1234 })],
    ["no option", advertisement({ options: hex("") })],
    ["the source's option", advertisement({ options: concat(hex("01 01"), FAR) })],
    ["an option of no length", advertisement({ options: concat(hex("0e 00 000000000000"), OPTION) })],
    ["an option that is cut", advertisement({ options: OPTION.subarray(0, 7) })],
    ["an option of another length", advertisement({ options: concat(hex("02 02"), FAR, new Uint8Array(8)) })],
    ["of a group", advertisement({ options: hex("02 01 03 00 00 00 00 02") })],
    ["cut", advertisement().subarray(0, 70)],
  ] as const) {
    assert.equal(heardByNd(frame), undefined, what);
  }
});

test("answers that lie are read without a throw", () => {
  const base = fc.constantFrom(reply(), advertisement());
  const changes = fc.array(fc.tuple(fc.nat(100), fc.nat(255)), { maxLength: 8 });
  fc.assert(
    fc.property(base, changes, fc.nat(100), (frame, list, cut) => {
      const octets = frame.slice();
      for (const [index, value] of list) octets[index % octets.length] = value;
      const shorter = octets.subarray(0, Math.min(cut, octets.length));
      for (const heard of [heardByArp(octets), heardByNd(octets), heardByArp(shorter), heardByNd(shorter)]) {
        assert.ok(heard === undefined || heard.length === 6);
      }
    }),
  );
});
