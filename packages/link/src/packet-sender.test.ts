/** Sending, in a network namespace that this process enters by itself. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  checksumHolds,
  ethernet,
  type Ipv4Options,
  icmpEcho,
  ipv4,
  ipv6,
  type PacketSink,
  parseIpAddress,
  udp,
} from "@palisade/wire";
import fc from "fast-check";
import { findInterface } from "./interfaces.js";
import { enterNamespace, run, withoutRawSockets } from "./namespace.build.js";
import { PacketRing } from "./packet-ring.js";
import { openEthernetSender, openIpSender, type PacketSender, SLOT_BYTES, SLOTS } from "./packet-sender.js";

const skip = enterNamespace(
  "ip link add near type veth peer name far",
  "ip link set dev near addrgenmode none",
  "ip link set dev far addrgenmode none",
  "ip link add idle type veth peer name idle-peer",
  "ip link set dev lo up",
  "ip link set dev near up",
  "ip link set dev far up",
  "ip route add prohibit 198.51.100.1/32",
  "ip route add blackhole 198.51.100.2/32",
  "ip route add unreachable 198.51.100.3/32",
  "ip -6 route add prohibit 2001:db8::1/128",
);
const skipWithoutQueues =
  skip !== false
    ? skip
    : run("tc qdisc add dev idle root tbf rate 8kbit burst 2000 limit 3000").status !== 0 &&
      "tc makes no queues here (sch_tbf)";
const unprivileged = skip === false && withoutRawSockets();
const skipUnprivileged = skip !== false ? skip : unprivileged === false && "setpriv takes no capability away";

/** What rings hold of ours: UDP to port 9. */
const FILTER = "udp port 9";

const datagram = (number: number, bytes = 8) =>
  udp({
    sourcePort: 40_000 + (number % 1000),
    destinationPort: 9,
    payload: new Uint8Array(bytes).fill(number),
  });
const packet4 = (number: number, options: Partial<Ipv4Options> = {}) =>
  ipv4({
    source: "127.0.0.1",
    destination: "127.0.0.2",
    identification: number + 1,
    payload: datagram(number),
    ...options,
  });
const packet6 = (number: number, destination = "::1") =>
  ipv6({ source: "::1", destination, payload: datagram(number) });
const frame = (number: number, bytes?: number) =>
  ethernet({
    payload: ipv4({
      source: "192.0.2.1",
      destination: "198.51.100.9",
      identification: number,
      payload: datagram(number, bytes),
    }),
  });

class Collector implements PacketSink {
  readonly frames: Uint8Array[] = [];
  packet(octets: Uint8Array, offset: number, captured: number): void {
    this.frames.push(octets.slice(offset, offset + captured));
  }
}

/** What a ring has once it has so many, and what comes with them. */
async function collect(ring: PacketRing, count: number): Promise<readonly Uint8Array[]> {
  const collector = new Collector();
  while (collector.frames.length < count) {
    await ring.wait();
    ring.drain(collector);
  }
  ring.refuseAll();
  await ring.wait(2 * ring.retireMs + 1);
  ring.drain(collector);
  ring.close();
  return collector.frames;
}

function write(sender: PacketSender, packets: readonly Uint8Array[]): void {
  for (const [slot, packet] of packets.entries()) {
    sender.octets.set(packet, slot * sender.slotBytes);
    sender.set(slot, packet.length);
  }
}

/** Sends all in batches, turn by turn of the event loop where a queue is full. */
async function sendAll(sender: PacketSender, packets: readonly Uint8Array[]): Promise<void> {
  for (let done = 0; done < packets.length; ) {
    const batch = packets.slice(done, done + sender.slots);
    write(sender, batch);
    const taken = sender.send(batch.length);
    done += taken;
    if (taken < batch.length) await turn();
  }
}

/** What `sendAside` says, as a promise. */
const aside = (sender: PacketSender, count: number, first: number) =>
  new Promise<number>((resolve, reject) => {
    sender.sendAside(count, first, (taken, failure) =>
      failure === undefined ? resolve(taken) : reject(failure),
    );
  });

test("frames arrive octet for octet, in order, whatever their lengths", { skip }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 1400 }), { minLength: 1, maxLength: 40 }),
      async (lengths) => {
        const ring = new PacketRing("far", { filter: FILTER, retireMs: 1 });
        const sender = openEthernetSender(findInterface("near"), { slots: 7, slotBytes: 1500 });
        const frames = lengths.map((bytes, number) => frame(number, bytes));
        await sendAll(sender, frames);
        assert.deepEqual(await collect(ring, frames.length), frames);
        assert.deepEqual(sender.statistics, { sent: frames.length, refused: 0, rejected: 0, firewalled: 0 });
        assert.equal(sender.rejection, undefined);
        sender.close();
      },
    ),
    { numRuns: 10 },
  );
});

test("batches that are sent aside arrive whole, several at once", { skip }, async () => {
  const ring = new PacketRing("far", { filter: FILTER });
  const sender = openEthernetSender(findInterface("near"), { slots: 96 });
  const frames = Array.from({ length: 96 }, (_, number) => frame(number));
  write(sender, frames);
  const taken = await Promise.all([0, 32, 64].map((first) => aside(sender, 32, first)));
  assert.deepEqual(taken, [32, 32, 32]);
  assert.deepEqual(sender.statistics, { sent: 96, refused: 0, rejected: 0, firewalled: 0 });
  const came = await collect(ring, 96);
  const sorted = (list: readonly Uint8Array[]) => list.map((one) => Buffer.from(one).toString("hex")).sort();
  assert.deepEqual(sorted(came), sorted(frames));
  sender.close();
});

test("what another thread could not send is passed over and named, and the rest leaves", {
  skip,
}, async () => {
  const sender = openIpSender(4);
  const packets = ["127.0.0.1", "198.51.100.1", "127.0.0.2"].map((destination) =>
    packet4(7, { destination }),
  );
  write(sender, [packet4(1), ...packets]);
  assert.equal(await aside(sender, 3, 1), 3);
  assert.deepEqual(sender.statistics, { sent: 2, refused: 0, rejected: 1, firewalled: 0 });
  assert.match(String(sender.rejection?.message), /198\.51\.100\.1/);
  sender.close();
});

test("a sender that is closed while another thread sends gives its memory back afterwards", {
  skip,
}, async () => {
  const sender = openEthernetSender(findInterface("near"));
  write(sender, [frame(1)]);
  const under = aside(sender, 1, 0);
  sender.close();
  assert.equal(await under, 1);
  assert.ok(sender.octets.every((octet) => octet === 0));
  assert.throws(() => sender.sendAside(1, 0, () => {}), { name: "AssertionFailure" });
});

test("what is wrong with the device is told of a batch that was sent aside", { skip }, async () => {
  run("ip link add gone type veth peer name gone-peer");
  run("ip link set dev gone up");
  const sender = openEthernetSender(findInterface("gone"));
  write(sender, [frame(1)]);
  run("ip link del gone");
  await assert.rejects(aside(sender, 1, 0), { name: "PalisadeError" });
  sender.close();
});

test("a batch may be sent again, in part or after a change", { skip }, async () => {
  const ring = new PacketRing("far", { filter: FILTER });
  const sender = openEthernetSender(findInterface("near"));
  assert.equal(sender.slots, SLOTS);
  assert.equal(sender.slotBytes, SLOT_BYTES);
  assert.equal(sender.linkBytes, 14);
  assert.equal(sender.octets.length, SLOTS * SLOT_BYTES);
  const frames = Array.from({ length: SLOTS }, (_, number) => frame(number));
  write(sender, frames);
  assert.equal(sender.send(0), 0);
  assert.equal(sender.send(SLOTS), SLOTS);
  assert.equal(sender.send(2), 2);
  sender.octets.set(frame(999), SLOT_BYTES);
  assert.equal(sender.send(2), 2);
  const again = [frame(0), frame(1), frame(0), frame(999)];
  assert.deepEqual(await collect(ring, SLOTS + 4), [...frames, ...again]);
  sender.close();
  sender.close();
  assert.ok(sender.octets.every((octet) => octet === 0));
  assert.throws(() => sender.send(1), { name: "AssertionFailure" });
});

test("a queue that is full stops a batch, and the rest goes later", { skip: skipWithoutQueues }, async () => {
  run("tc qdisc replace dev near root tbf rate 100mbit burst 3000 limit 3000");
  try {
    const ring = new PacketRing("far", { filter: FILTER });
    const sender = openEthernetSender(findInterface("near"), { slots: 128, slotBytes: 1100 });
    const frames = Array.from({ length: 300 }, (_, number) => frame(number, 1000));
    await sendAll(sender, frames);
    assert.deepEqual(await collect(ring, frames.length), frames);
    const { sent, refused, rejected } = sender.statistics;
    assert.equal(sent, 300);
    assert.equal(rejected, 0);
    assert.ok(refused > 0);
    sender.close();
  } finally {
    run("tc qdisc del dev near root");
  }
});

test("a send buffer that is full stops a batch", { skip: skipWithoutQueues }, () => {
  run("tc qdisc replace dev near root tbf rate 8kbit burst 2000 limit 1000000");
  try {
    const sender = openEthernetSender(findInterface("near"), { slotBytes: 1100, sendBufferBytes: 20_000 });
    write(
      sender,
      Array.from({ length: SLOTS }, (_, number) => frame(number, 1000)),
    );
    const taken = sender.send(SLOTS);
    assert.ok(taken > 0 && taken < SLOTS, String(taken));
    assert.deepEqual(sender.statistics, { sent: taken, refused: 1, rejected: 0, firewalled: 0 });
    sender.close();
  } finally {
    run("tc qdisc del dev near root");
  }
});

test("the queueing discipline is passed by where that is asked for", {
  skip: skipWithoutQueues,
}, async () => {
  run("tc qdisc replace dev near root tbf rate 8kbit burst 2000 limit 3000");
  try {
    const ring = new PacketRing("far", { filter: FILTER });
    const sender = openEthernetSender(findInterface("near"), { bypassQueue: true });
    const frames = Array.from({ length: SLOTS }, (_, number) => frame(number));
    write(sender, frames);
    assert.equal(sender.send(SLOTS), SLOTS);
    assert.deepEqual(await collect(ring, SLOTS), frames);
    sender.close();
  } finally {
    run("tc qdisc del dev near root");
  }
});

test("IPv4 packets cross loopback as they were written", { skip }, async () => {
  const ring = new PacketRing("lo", { filter: FILTER });
  const sender = openIpSender(4, { slots: 10 });
  assert.equal(sender.linkBytes, 0);
  const packets = Array.from({ length: 35 }, (_, number) =>
    packet4(number, { destination: `127.0.1.${number + 1}` }),
  );
  await sendAll(sender, packets);
  const got = await collect(ring, packets.length);
  assert.deepEqual(
    got.map((octets) => octets.subarray(14)),
    packets,
  );
  assert.deepEqual(sender.statistics, { sent: 35, refused: 0, rejected: 0, firewalled: 0 });
  sender.close();
});

test("the kernel fills in an IPv4 header's length, checksum, and zeros", { skip }, async () => {
  const ring = new PacketRing("lo", { filter: FILTER });
  const sender = openIpSender(4);
  const wrong = packet4(1, { checksum: 0x1234, totalLength: 999 });
  write(sender, [wrong, packet4(2, { source: "0.0.0.0", identification: 0 })]);
  assert.equal(sender.send(2), 2);
  const [first, second] = (await collect(ring, 2)).map((octets) => octets.slice(14));
  assert.deepEqual(first, packet4(1));
  assert.ok(second !== undefined);
  assert.deepEqual(second.subarray(12, 20), packet4(2, { source: "127.0.0.1" }).subarray(12, 20));
  assert.ok(checksumHolds(second, 0, 20));
  sender.close();
});

test("IPv6 packets cross loopback as they were written", { skip }, async () => {
  const ring = new PacketRing("lo", { filter: FILTER });
  const sender = openIpSender(6, { slots: 8, interface: findInterface("lo") });
  const packets = Array.from({ length: 20 }, (_, number) => packet6(number));
  await sendAll(sender, packets);
  const got = await collect(ring, packets.length);
  assert.deepEqual(
    got.map((octets) => octets.subarray(14)),
    packets,
  );
  sender.close();
});

test("packets that a full queue drops are not called sent over a raw socket either", {
  skip: skipWithoutQueues,
}, () => {
  run("tc qdisc replace dev lo root tbf rate 8kbit burst 2000 limit 2000");
  try {
    for (const version of [4, 6] as const) {
      const sender = openIpSender(version);
      const packets = Array.from({ length: SLOTS }, (_, number) =>
        version === 4 ? packet4(number) : packet6(number),
      );
      write(sender, packets);
      const taken = sender.send(SLOTS);
      assert.ok(taken < SLOTS, String(taken));
      assert.deepEqual(sender.statistics, { sent: taken, refused: 1, rejected: 0, firewalled: 0 });
      sender.close();
    }
  } finally {
    run("tc qdisc del dev lo root");
  }
});

test("a packet that cannot be sent is passed over, and the rest of its batch goes out", {
  skip,
}, async () => {
  const table: readonly [string, Uint8Array, string, RegExp][] = [
    [
      "no route",
      packet4(1, { destination: "203.0.113.1" }),
      "LINK_NO_ROUTE",
      /to 203\.0\.113\.1 .*ENETUNREACH/,
    ],
    [
      "unreachable",
      packet4(1, { destination: "198.51.100.3" }),
      "LINK_NO_ROUTE",
      /to 198\.51\.100\.3 .*EHOSTUNREACH/,
    ],
    [
      "prohibited",
      packet4(1, { destination: "198.51.100.1" }),
      "LINK_PACKET_REFUSED",
      /a route prohibits it/,
    ],
    ["blackhole", packet4(1, { destination: "198.51.100.2" }), "LINK_FAILED", /EINVAL/],
    ["no whole header", packet4(1).subarray(0, 12), "LINK_FAILED", /of 12 octets .*EINVAL/],
  ];
  for (const [what, bad, code, message] of table) {
    const ring = new PacketRing("lo", { filter: FILTER });
    const sender = openIpSender(4);
    const packets = [packet4(0), bad, packet4(2), bad, bad, packet4(3)];
    write(sender, packets);
    assert.equal(sender.send(packets.length), packets.length, what);
    assert.deepEqual(
      (await collect(ring, 3)).map((octets) => octets.subarray(14)),
      [packet4(0), packet4(2), packet4(3)],
    );
    assert.deepEqual(sender.statistics, { sent: 3, refused: 0, rejected: 3, firewalled: 0 }, what);
    assert.equal(sender.rejection?.code, code, what);
    assert.match(sender.rejection.message, message);
    assert.ok(!sender.rejection.message.includes("\n"));
    sender.close();
  }
  const sender = openIpSender(6);
  write(sender, [packet6(0, "2001:db8::1"), packet6(1)]);
  assert.equal(sender.send(2), 2);
  assert.deepEqual(sender.statistics, { sent: 1, refused: 0, rejected: 1, firewalled: 0 });
  assert.match(String(sender.rejection?.message), /to 2001:db8::1 /);
  sender.close();
});

test("a frame longer than the interface sends is passed over", { skip }, async () => {
  const ring = new PacketRing("far", { filter: FILTER });
  const sender = openEthernetSender(findInterface("near"), { slotBytes: 2000 });
  write(sender, [frame(1), frame(2, 1800), frame(3)]);
  assert.equal(sender.send(3), 3);
  assert.deepEqual(await collect(ring, 2), [frame(1), frame(3)]);
  assert.deepEqual(sender.statistics, { sent: 2, refused: 0, rejected: 1, firewalled: 0 });
  assert.equal(sender.rejection?.code, "LINK_PACKET_TOO_LONG");
  assert.match(sender.rejection.message, /^a frame of 1842 octets was not sent on near: .*MTU/);
  sender.close();
});

test("an interface that goes down is an error, and works when it is up again", { skip }, async () => {
  const sender = openEthernetSender(findInterface("near"));
  write(sender, [frame(1)]);
  try {
    run("ip link set dev near down");
    assert.throws(() => sender.send(1), {
      code: "LINK_DOWN",
      message: /nothing can be sent .*ip link set dev near up/,
    });
  } finally {
    run("ip link set dev near up");
  }
  const ring = new PacketRing("far", { filter: FILTER });
  assert.equal(sender.send(1), 1);
  assert.deepEqual(await collect(ring, 1), [frame(1)]);
  sender.close();
});

test("an interface that is gone is an error", { skip }, () => {
  run("ip link add gone type veth peer name gone-peer");
  run("ip link set dev gone up");
  const sender = openEthernetSender(findInterface("gone"));
  run("ip link del dev gone");
  write(sender, [frame(1)]);
  assert.throws(() => sender.send(1), { code: "LINK_NO_SUCH_INTERFACE", message: /"gone"; there are: / });
  sender.close();
});

test("interfaces that cannot be sent on are named, with what to do", { skip }, () => {
  assert.throws(() => openEthernetSender(findInterface("idle")), {
    code: "LINK_DOWN",
    message: /ip link set dev idle up/,
  });
  assert.throws(() => openIpSender(4, { interface: findInterface("idle") }), { code: "LINK_DOWN" });
  assert.throws(() => openEthernetSender(findInterface("lo")), {
    code: "LINK_UNSUPPORTED",
    message: /^interface lo sends no Ethernet frames .*: send IP packets there$/,
  });
});

test("options that make no sense are refused", { skip }, () => {
  for (const options of [
    { slots: 0 },
    { slots: 1025 },
    { slots: 1.5 },
    { slotBytes: 63 },
    { slotBytes: 65_601 },
    { sendBufferBytes: 4095 },
    { sendBufferBytes: Number.NaN },
  ]) {
    const expected = { code: "LINK_OPTION_INVALID" };
    assert.throws(() => openIpSender(4, options), expected, JSON.stringify(options));
    assert.throws(() => openEthernetSender(findInterface("near"), options), expected);
  }
  assert.equal(openAndClose({ slotBytes: 65 }), 128);
  assert.equal(openAndClose({ slotBytes: 65_600, slots: 1024 }), 65_600);
});

function openAndClose(options: { readonly slotBytes: number; readonly slots?: number }): number {
  const sender = openIpSender(4, options);
  sender.close();
  return sender.slotBytes;
}

test("slots that there are not, and packets of the other version, are defects", { skip }, () => {
  const sender = openIpSender(4, { slots: 2, slotBytes: 128 });
  const defect = { name: "AssertionFailure" };
  assert.throws(() => sender.set(2, 1), defect);
  assert.throws(() => sender.set(-1, 1), defect);
  assert.throws(() => sender.set(0, 129), defect);
  assert.throws(() => sender.send(3), defect);
  write(sender, [packet6(0)]);
  assert.throws(() => sender.send(1), defect);
  sender.close();
});

test("an ICMP echo over the IP sender is answered", { skip }, async () => {
  const ring = new PacketRing("lo", { filter: "icmp" });
  const sender = openIpSender(4, { slots: 1 });
  write(sender, [
    ipv4({
      source: "127.0.0.1",
      destination: "127.0.0.7",
      payload: icmpEcho({ identifier: 7, sequence: 1 }),
    }),
  ]);
  assert.equal(sender.send(1), 1);
  const got = await collect(ring, 2);
  assert.deepEqual(got[1]?.subarray(14 + 12, 14 + 16), parseIpAddress("127.0.0.7"));
  assert.equal(got[1]?.[14 + 20], 0, "an echo reply");
  sender.close();
});

test("without the permission, one line says how to get it", { skip: skipUnprivileged }, () => {
  const module = (name: string) => JSON.stringify(new URL(`./${name}.js`, import.meta.url).href);
  const script = `
    const { openEthernetSender, openIpSender } = await import(${module("packet-sender")});
    const { findInterface } = await import(${module("interfaces")});
    for (const open of [
      () => openEthernetSender(findInterface("near")),
      () => openIpSender(4),
      () => openIpSender(6, { interface: findInterface("lo") }),
    ]) {
      try { open(); console.log("opened"); } catch (error) { console.log(error.name, error.code, error.message); }
    }`;
  const [program = "", ...words] = unprivileged || [];
  const { stdout } = spawnSync(program, [...words, process.execPath, "--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  const lines = stdout.trim().split("\n");
  assert.equal(lines.length, 3);
  for (const [index, subject] of ["near", "any interface", "lo"].entries()) {
    assert.match(
      String(lines[index]),
      new RegExp(
        `^PalisadeError LINK_NOT_PERMITTED no permission to send on ${subject}: run as root, .*CAP_NET_RAW`,
      ),
    );
  }
});
