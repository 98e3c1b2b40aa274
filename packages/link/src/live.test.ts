/**
 * Live capture, in a network namespace that this process enters by itself: nothing outside is touched, and the
 * kernel takes all away when the process ends, however it ends. Namespaces are a thread's; commands that are run from
 * here come into it too.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { after, test } from "node:test";
import { PalisadeError } from "@palisade/base";
import {
  CaptureReader,
  concat,
  ethernet,
  hex,
  ipv4,
  LINKTYPE_ETHERNET,
  LINKTYPE_LINUX_SLL2,
  type PacketSink,
  u16,
  u32,
  udp,
} from "@palisade/wire";
import { compileExpression } from "./bpf/expression.js";
import { bpf, instruction } from "./bpf/program.js";
import { findInterface, linkTypeOf, listInterfaces } from "./interfaces.js";
import { type LiveDevice, openInterface } from "./live-device.js";
import { enterNamespace, run } from "./namespace.build.js";
import { PacketRing } from "./packet-ring.js";
import { AF_PACKET, openSystem, SOCK_RAW } from "./system.js";

/** A pair of Ethernet devices that send to each other, `near` and `far`. */
const skip = enterNamespace(
  "ip link add near type veth peer name far",
  "ip link set dev near addrgenmode none",
  "ip link set dev far addrgenmode none",
  "ip link add idle type veth peer name idle-peer",
  "ip link set dev lo up",
  "ip link set dev near up",
  "ip link set dev far up",
);
const senders = new Map<string, number>();

after(() => {
  for (const fd of senders.values()) openSystem().close(fd);
});

function send(from: string, ...frames: readonly Uint8Array[]): void {
  const system = openSystem();
  let fd = senders.get(from);
  if (fd === undefined) {
    fd = system.socket(AF_PACKET, SOCK_RAW, 0, from);
    system.bindPacket(fd, 0, findInterface(from).index, from);
    senders.set(from, fd);
  }
  for (const frame of frames) system.send(fd, frame, from);
}

const query = (number: number, payload: Uint8Array = new Uint8Array(8)) =>
  ipv4({
    source: "192.0.2.1",
    destination: "198.51.100.2",
    identification: number,
    payload: udp({ sourcePort: 40_000, destinationPort: number % 2 === 0 ? 53 : 123, payload }),
  });
const frameOf = (number: number, payload?: Uint8Array) =>
  ethernet({ payload: query(number, payload), bytesMin: 60 });
const frames = (count: number, payload?: Uint8Array) =>
  Array.from({ length: count }, (_, number) => frameOf(number, payload));

class Collector implements PacketSink {
  readonly frames: Uint8Array[] = [];
  readonly wireBytes: number[] = [];
  readonly linkTypes = new Set<number>();
  readonly interfaces: number[] = [];
  readonly timesUs: number[] = [];

  packet(
    octets: Uint8Array,
    offset: number,
    captured: number,
    wire: number,
    timeUs: number,
    linkType: number,
    interfaceIndex: number,
  ): void {
    this.frames.push(octets.slice(offset, offset + captured));
    this.wireBytes.push(wire);
    this.timesUs.push(timeUs);
    this.linkTypes.add(linkType);
    this.interfaces.push(interfaceIndex);
  }
}

/** Waits until so many packets have come, and for what comes with them; a test that waits for ever is ended by its runner. */
async function collect(ring: PacketRing, count: number): Promise<Collector> {
  const collector = new Collector();
  while (collector.frames.length < count) {
    await ring.wait();
    ring.drain(collector);
  }
  ring.refuseAll();
  await ring.wait(2 * ring.retireMs + 1);
  ring.drain(collector);
  ring.close();
  return collector;
}

async function read(device: LiveDevice, signal?: AbortSignal, onChunk?: () => void): Promise<Collector> {
  const collector = new Collector();
  const reader = new CaptureReader(collector);
  let failure: unknown;
  try {
    for await (const chunk of device.chunks({ signal })) {
      assert.ok(chunk.length > 0);
      reader.push(chunk);
      onChunk?.();
    }
  } catch (error) {
    failure = error;
  }
  const end = reader.end();
  assert.equal(end.malformed, undefined);
  assert.equal(end.truncated, false);
  assert.equal(end.octets, device.positionBytes);
  if (failure !== undefined) throw failure;
  return collector;
}

async function until(isSo: () => boolean, otherwise: string): Promise<void> {
  for (const lastMs = Date.now() + 30_000; !isSo(); ) {
    assert.ok(Date.now() < lastMs, otherwise);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("frames come as they were sent, in order, with the time of their arrival", { skip }, async () => {
  const ring = new PacketRing("far");
  assert.equal(ring.linkType, LINKTYPE_ETHERNET);
  const sent = frames(500);
  send("near", ...sent);
  const got = await collect(ring, sent.length);
  assert.deepEqual(got.frames, sent);
  assert.deepEqual([...got.linkTypes], [LINKTYPE_ETHERNET]);
  assert.deepEqual(new Set(got.interfaces), new Set([findInterface("far").index]));
  assert.ok(got.timesUs.every((time, index) => time > 0 && time >= (got.timesUs[index - 1] ?? 0)));
  assert.deepEqual(ring.statistics(), { received: 500, dropped: 0 });
});

test("the kernel keeps what the filter refuses out of the ring", { skip }, async () => {
  const ring = new PacketRing("far", { filter: "udp port 53" });
  send("near", ...frames(100));
  const got = await collect(ring, 50);
  assert.equal(got.frames.length, 50);
  assert.ok(got.frames.every((frame) => u16(frame, 36) === 53));
  assert.deepEqual(ring.statistics(), { received: 50, dropped: 0 });
});

test("a program from elsewhere filters alike", { skip }, async () => {
  const ring = new PacketRing("far", { filter: compileExpression("udp port 123") });
  send("near", ...frames(100));
  assert.equal((await collect(ring, 50)).frames.length, 50);
});

test("the kernel takes the programs that expressions become", { skip }, () => {
  for (const filter of [
    "host 192.0.2.1 or net 2001:db8::/47 and not portrange 1-1024",
    "vlan 5 and vlan and (arp or icmp6 or ether host 00:00:5e:00:53:01)",
    `tcp port ${Array.from({ length: 400 }, (_, port) => port + 1).join(" or ")}`,
    "less 100 or greater 1000 or multicast",
  ]) {
    new PacketRing("far", { filter }).close();
  }
  new PacketRing("any", { filter: "vlan 5 and tcp port 80 or icmp" }).close();
});

test("a program that is more than the kernel can take is run here", { skip }, async () => {
  const loads = Array.from({ length: 3500 }, () => instruction(bpf.loadHalf, 12));
  const ring = new PacketRing("far", { filter: [...loads, ...compileExpression("udp port 123")] });
  send("near", ...frames(100));
  const got = await collect(ring, 50);
  assert.equal(got.frames.length, 50);
  assert.ok(got.frames.every((frame) => u16(frame, 36) === 123));
});

test("a VLAN tag that the interface took off is back in the frame", { skip }, async () => {
  const tagged = ethernet({ tags: [5], payload: query(1) });
  const double = ethernet({ tags: [5, 9], payload: query(3) });
  const untagged = frameOf(1);
  const capture = async (filter: string | undefined, count: number) => {
    const ring = new PacketRing("far", { filter });
    // Linux takes the outermost tag off what it receives before it shows it to anybody.
    send("near", tagged, double, untagged);
    return (await collect(ring, count)).frames;
  };
  assert.deepEqual(await capture(undefined, 3), [tagged, double, untagged]);
  assert.deepEqual(await capture("vlan 5 and udp port 123", 1), [tagged]);
  assert.deepEqual(await capture("vlan 5 and vlan 9 and udp", 1), [double]);
  // As over a file: what is behind a tag is asked for with `vlan`.
  assert.deepEqual(await capture("udp", 1), [untagged]);
});

test("no more of a frame is kept than was asked for", { skip }, async () => {
  const ring = new PacketRing("far", { snaplenBytes: 64, filter: "udp" });
  send("near", frameOf(1, new Uint8Array(900)));
  const got = await collect(ring, 1);
  assert.equal(got.frames[0]?.length, 64);
  assert.deepEqual(got.wireBytes, [14 + 20 + 8 + 900]);
});

test("all interfaces at once are captured with a cooked header", { skip }, async () => {
  const ring = new PacketRing("any", { filter: "udp port 123" });
  assert.equal(ring.linkType, LINKTYPE_LINUX_SLL2);
  const frame = frameOf(1);
  send("near", frame, frameOf(2));
  const got = await collect(ring, 2);
  const [outgoing, incoming] = got.frames;
  assert.equal(got.frames.length, 2);
  const head = (index: number, type: string) =>
    concat(
      hex("0800 0000 0000"),
      hex(`00${index.toString(16).padStart(2, "0")}`),
      hex(`0001 ${type} 06 00005e005301 0000`),
    );
  assert.deepEqual(outgoing, concat(head(findInterface("near").index, "04"), frame.subarray(14)));
  // It is addressed to a third one (packet type 3), since the receiver has another address.
  assert.deepEqual(incoming, concat(head(findInterface("far").index, "03"), frame.subarray(14)));
});

test("lengths are those of the frame as it is captured", { skip }, async () => {
  const wireBytes = 20 + 28 + 100;
  for (const filter of [`less ${wireBytes} and greater ${wireBytes}`, `not less ${wireBytes - 1} and udp`]) {
    const ring = new PacketRing("any", { filter });
    send("near", frameOf(1, new Uint8Array(100)), frameOf(2, new Uint8Array(99)));
    assert.deepEqual((await collect(ring, 2)).wireBytes, [wireBytes, wireBytes]);
  }
});

test("a tag that was taken off stands behind the cooked header", { skip }, async () => {
  const ring = new PacketRing("any", { filter: "vlan 5 and udp port 123" });
  send("near", ethernet({ tags: [5], payload: query(1) }));
  const got = await collect(ring, 1);
  // What is received; before Linux 6.11 the tag of what is sent is lost.
  const received = got.frames.filter((frame) => frame[10] !== 4);
  assert.equal(received.length, 1);
  for (const frame of received) {
    assert.equal(u16(frame, 0), 0x8100);
    assert.equal(u32(frame, 20), 0x0005_0800);
    assert.deepEqual(frame.subarray(24), query(1));
  }
});

test("what crosses the loopback interface is seen once", { skip }, async () => {
  const ring = new PacketRing("lo", { filter: "udp" });
  const socket = createSocket("udp4");
  for (let count = 0; count < 20; count += 1) {
    await new Promise<void>((sent, failed) => {
      socket.send("hello", 9, "127.0.0.1", (error) => (error === null ? sent() : failed(error)));
    });
  }
  socket.close();
  const got = await collect(ring, 20);
  assert.equal(got.frames.length, 20);
  assert.deepEqual([...got.linkTypes], [LINKTYPE_ETHERNET]);
});

test("what nobody takes away in time is lost and counted", { skip }, async () => {
  const ring = new PacketRing("far", { ringBytes: 16_384, blockBytes: 4096 });
  send("near", ...frames(100, new Uint8Array(1000)));
  // A kernel that is busy hands them over after the call.
  await until(() => ring.statistics().received === 100, "some frames have not come");
  const { received, dropped } = ring.statistics();
  const collector = new Collector();
  ring.drain(collector);
  assert.equal(received, 100);
  assert.ok(dropped > 50);
  assert.ok(collector.frames.length > 0 && collector.frames.length <= received - dropped);
  assert.deepEqual(
    ring.statistics(),
    { received, dropped },
    "reading the kernel's counters does not lose them",
  );
  ring.close();
  assert.deepEqual(ring.statistics(), { received, dropped });
});

test("promiscuous mode lasts as long as the ring", { skip }, async () => {
  const promiscuity = () => /promiscuity ([0-9]+)/.exec(run("ip -d link show dev far").output)?.[1];
  const ring = new PacketRing("far", { promiscuous: true });
  assert.equal(promiscuity(), "1");
  ring.close();
  // The socket is closed on another thread.
  await until(() => promiscuity() === "0", "the interface is promiscuous still");
});

test("memory of a closed ring reads as zeros", { skip }, async () => {
  const ring = new PacketRing("far");
  send("near", frameOf(1));
  await ring.wait();
  let kept: Uint8Array = new Uint8Array(0);
  ring.visitBlock({
    packet: (octets, offset, captured) => {
      kept = octets.subarray(offset, offset + captured);
    },
  });
  assert.ok(kept.some((octet) => octet !== 0));
  ring.close();
  assert.ok(kept.every((octet) => octet === 0));
  ring.close();
  ring.releaseBlock();
  ring.drain({ packet: () => assert.fail("a closed ring has no packets") });
  await ring.wait();
});

test("a device is a pcap stream that ends after so many packets", { skip }, async () => {
  const device = openInterface("far", { packetsMax: 70 });
  assert.equal(device.name, "far");
  assert.equal(device.sizeBytes, undefined);
  const sent = frames(100);
  send("near", ...sent);
  const got = await read(device);
  assert.deepEqual(got.frames, sent.slice(0, 70));
  assert.equal(device.statistics().received, 100);
});

test("a device that is stopped gives all that came before", { skip }, async () => {
  const abort = new AbortController();
  const device = openInterface("far", { retireMs: 200 });
  const sent = frames(300);
  const reading = read(device, abort.signal);
  send("near", ...sent);
  abort.abort();
  send("near", ...frames(5));
  assert.deepEqual((await reading).frames, sent);

  const aborted = openInterface("far");
  assert.deepEqual((await read(aborted, AbortSignal.abort())).frames, []);
});

test("a device ends when its time is over, also while packets keep coming", { skip }, async () => {
  const device = openInterface("far", { durationMs: 100, ringBytes: 64 * 1024, blockBytes: 4096 });
  send("near", ...frames(20));
  // Each chunk brings more packets: without a turn for timers this would never end.
  const got = await read(device, undefined, () => send("near", ...frames(20, new Uint8Array(1000))));
  assert.ok(got.frames.length >= 20);
});

test("leaving the loop or closing ends the capture", { skip }, async () => {
  const left = openInterface("far");
  for await (const _ of left.chunks()) break;
  assert.deepEqual(await read(openInterface("far", { durationMs: 1 })), new Collector());
  assert.throws(() => left.chunks(), { code: "LINK_READ_TWICE" });

  const closed = openInterface("far");
  const reading = read(closed);
  setImmediate(() => closed.close());
  assert.deepEqual((await reading).frames, []);
});

test("an interface that goes down ends the capture with an error, after what came before", {
  skip,
}, async () => {
  const device = openInterface("far", { retireMs: 100 });
  const sent = frames(10);
  send("near", ...sent);
  let got = 0;
  const sink: PacketSink = { packet: () => (got += 1) };
  const reader = new CaptureReader(sink);
  const reading = (async () => {
    for await (const chunk of device.chunks()) reader.push(chunk);
  })();
  try {
    run("ip link set dev far down");
    await assert.rejects(reading, { code: "LINK_DOWN" });
    assert.equal(got, 10);
  } finally {
    run("ip link set dev far up");
  }
});

test("an interface that is down or not there is named, with what to do", { skip }, () => {
  assert.throws(() => new PacketRing("idle"), {
    code: "LINK_DOWN",
    message: /ip link set dev idle up/,
  });
  for (const name of ["nowhere", "", "longer-than-a-name-can-be", "a b"]) {
    assert.throws(() => new PacketRing(name), {
      code: "LINK_NO_SUCH_INTERFACE",
      message: /there are: lo, .*near.*, any$/,
    });
  }
});

test("options that make no sense are refused before anything is opened", { skip }, () => {
  for (const options of [
    { ringBytes: 1 },
    { ringBytes: 3 * 65_536 + 1, blockBytes: 65_536 },
    { blockBytes: 5000 },
    { blockBytes: 65_536, ringBytes: 65_536 },
    { retireMs: 0 },
    { snaplenBytes: 0 },
    { snaplenBytes: 1.5 },
    { packetsMax: 0 },
    { durationMs: -1 },
  ]) {
    assert.throws(
      () => openInterface("far", options),
      { code: "LINK_OPTION_INVALID" },
      JSON.stringify(options),
    );
  }
  assert.throws(() => openInterface("far", { filter: "port http" }), { code: "FILTER_SYNTAX" });
  assert.throws(() => openInterface("far", { filter: [] }), { code: "FILTER_INVALID" });
});

test("interfaces are listed with what they are", { skip }, () => {
  const list = listInterfaces();
  const find = (name: string) => list.find((entry) => entry.name === name);
  assert.deepEqual(find("lo"), {
    name: "lo",
    index: 1,
    hardwareType: 772,
    linkType: LINKTYPE_ETHERNET,
    up: true,
    loopback: true,
    mtuBytes: 65_536,
  });
  assert.equal(find("idle")?.up, false);
  assert.equal(find("near")?.mtuBytes, 1500);
  assert.deepEqual(find("near"), findInterface("near"));
  assert.equal(findInterface("any").index, 0);
});

test("hardware that carries neither Ethernet nor bare IP is captured cooked", () => {
  assert.equal(linkTypeOf(1), LINKTYPE_ETHERNET);
  assert.equal(linkTypeOf(0xfffe), 101);
  assert.equal(linkTypeOf(512), LINKTYPE_LINUX_SLL2);
});

const mayNot = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw", process.execPath] as const;
const skipUnprivileged =
  skip !== false
    ? skip
    : run(`${mayNot.join(" ")} --version`).status === 0
      ? false
      : "setpriv cannot take a capability away";

test("without the permission, one line says how to get it", { skip: skipUnprivileged }, () => {
  const module = new URL("./live-device.js", import.meta.url).href;
  const script = `import(${JSON.stringify(module)}).then((link) => link.openInterface("lo")).then(
    () => console.log("opened"), (error) => console.log(error.name, error.code, error.message))`;
  const { stdout } = spawnSync(mayNot[0], [...mayNot.slice(1), "-e", script], { encoding: "utf8" });
  assert.match(
    stdout,
    /^PalisadeError LINK_NOT_PERMITTED no permission to capture on lo: run as root, .*CAP_NET_RAW.*\n$/,
  );
});

test("errors of the kernel are errors of ours", { skip }, () => {
  assert.throws(
    () => openSystem().option(-1, 1, 1, 4, "X", "far"),
    (error) => error instanceof PalisadeError && error.code === "LINK_FAILED" && /EBADF/.test(error.message),
  );
});
