import assert from "node:assert/strict";
import { test } from "node:test";
import { Malformed } from "@palisade/base";
import fc from "fast-check";
import { formatIpAddress } from "./address.js";
import { type Turn, tcpConversation, udpConversation } from "./conversation.js";
import { parseIpv4 } from "./headers/ipv4.js";
import { parseIpv6 } from "./headers/ipv6.js";
import { parseTcp, TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from "./headers/tcp.js";
import { parseUdp } from "./headers/udp.js";
import { concat, latin1 } from "./octets.js";

const ENDS = {
  client: { address: "192.0.2.1", port: 40_000 },
  server: { address: "198.51.100.2", port: 80 },
};

function segments(packets: readonly Uint8Array[]) {
  return packets.map((packet) => {
    const ip = parseIpv4(packet);
    assert.ok(!(ip instanceof Malformed));
    const segment = parseTcp(ip.payload);
    assert.ok(!(segment instanceof Malformed));
    return { ...segment, from: formatIpAddress(ip.source) === ENDS.client.address ? "client" : "server" };
  });
}

test("handshake, data, acknowledgement and close have the numbers of RFC 9293", () => {
  const turns: Turn[] = [{ from: "client", octets: latin1("hello") }];
  const told = segments(tcpConversation({ ...ENDS, turns, segmentBytesMax: 3 })).map((segment) => [
    segment.from,
    segment.flags,
    segment.sequence,
    segment.acknowledgement,
    segment.payload.length,
  ]);
  assert.deepEqual(told, [
    ["client", TCP_SYN, 1000, 0, 0],
    ["server", TCP_SYN | TCP_ACK, 5000, 1001, 0],
    ["client", TCP_ACK, 1001, 5001, 0],
    ["client", TCP_ACK, 1001, 5001, 3],
    ["client", TCP_ACK | TCP_PSH, 1004, 5001, 2],
    ["server", TCP_ACK, 5001, 1006, 0],
    ["client", TCP_FIN | TCP_ACK, 1006, 5001, 0],
    ["server", TCP_FIN | TCP_ACK, 5001, 1007, 0],
    ["client", TCP_ACK, 1007, 5002, 0],
  ]);
});

test("each end's octets are those of its turns, whatever the segments and over the end of the sequence numbers", () => {
  const turn = fc.record({
    from: fc.constantFrom("client" as const, "server" as const),
    octets: fc.uint8Array({ maxLength: 30 }),
  });
  fc.assert(
    fc.property(
      fc.array(turn, { maxLength: 6 }),
      fc.integer({ min: 1, max: 20 }),
      (turns, segmentBytesMax) => {
        const clientSequence = 0xffff_fff0;
        const all = segments(
          tcpConversation({ ...ENDS, turns, segmentBytesMax, clientSequence, close: "none" }),
        );
        for (const end of ["client", "server"] as const) {
          let expected = end === "client" ? clientSequence : 5000;
          for (const segment of all.filter(({ from }) => from === end)) {
            assert.equal(segment.sequence, expected);
            expected = (expected + segment.payload.length + (segment.flags & TCP_SYN ? 1 : 0)) >>> 0;
          }
          const said = all.filter(({ from }) => from === end).map(({ payload }) => payload);
          const wanted = turns.filter(({ from }) => from === end).map(({ octets }) => octets);
          assert.deepEqual(concat(...said), concat(...wanted));
        }
      },
    ),
  );
});

test("a conversation may be met midstream and end with a reset", () => {
  const [only, ...rest] = segments(tcpConversation({ ...ENDS, turns: [], handshake: false, close: "reset" }));
  assert.equal(only?.flags, TCP_RST | TCP_ACK);
  assert.deepEqual(rest, []);
});

test("datagrams go to and fro over IPv6 where the addresses are of that", () => {
  const packets = udpConversation({
    client: { address: "2001:db8::1", port: 40_000 },
    server: { address: "2001:db8::2", port: 53 },
    turns: [
      { from: "client", octets: latin1("question") },
      { from: "server", octets: latin1("answer") },
    ],
  });
  const told = packets.map((packet) => {
    const ip = parseIpv6(packet);
    assert.ok(!(ip instanceof Malformed));
    const datagram = parseUdp(ip.payload);
    assert.ok(!(datagram instanceof Malformed));
    return [formatIpAddress(ip.source), datagram.destinationPort, String.fromCharCode(...datagram.payload)];
  });
  assert.deepEqual(told, [
    ["2001:db8::1", 53, "question"],
    ["2001:db8::2", 40_000, "answer"],
  ]);
});

test("ends of two IP versions and empty segments are refused", () => {
  const server = { address: "2001:db8::2", port: 80 };
  assert.throws(() => tcpConversation({ ...ENDS, server, turns: [] }), /not an IPv4 address/);
  assert.throws(() => tcpConversation({ ...ENDS, turns: [], segmentBytesMax: 0 }), /at least one octet/);
});
