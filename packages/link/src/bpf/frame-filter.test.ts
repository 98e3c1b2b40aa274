import assert from "node:assert/strict";
import { test } from "node:test";
import { ethernet, ipv4, LINKTYPE_ETHERNET, LINKTYPE_RAW, udp } from "@palisade/wire";
import { FrameFilter } from "./frame-filter.js";

const packet = ipv4({
  source: "192.0.2.1",
  destination: "198.51.100.2",
  payload: udp({ sourcePort: 5353, destinationPort: 53 }),
});
const frame = ethernet({ payload: packet });

test("one expression is asked of frames of several link types", () => {
  const filter = new FrameFilter("udp port 53");
  for (let round = 0; round < 2; round += 1) {
    assert.ok(filter.accepts(frame, 0, frame.length, frame.length, LINKTYPE_ETHERNET));
    assert.ok(filter.accepts(packet, 0, packet.length, packet.length, LINKTYPE_RAW));
    assert.ok(!filter.accepts(packet, 0, packet.length, packet.length, LINKTYPE_ETHERNET));
  }
  assert.equal(filter.unreadable, 0);
  assert.equal(filter.unreadableReason, undefined);
});

test("frames that cannot be asked are refused, counted, and said why", () => {
  const filter = new FrameFilter("ether host 00:00:5e:00:53:01");
  assert.ok(filter.accepts(frame, 0, frame.length, frame.length, LINKTYPE_ETHERNET));
  assert.ok(!filter.accepts(packet, 0, packet.length, packet.length, LINKTYPE_RAW));
  assert.ok(!filter.accepts(packet, 0, packet.length, packet.length, LINKTYPE_RAW));
  assert.equal(filter.unreadable, 2);
  assert.match(filter.unreadableReason ?? "", /raw IP\) have no Ethernet addresses/);
});

test("a text that is no expression is refused at once", () => {
  assert.throws(() => new FrameFilter("port http"), { code: "FILTER_SYNTAX" });
});
