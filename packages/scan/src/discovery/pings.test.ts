import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Malformed, PalisadeError } from "@palisade/base";
import {
  checksumHolds,
  hex,
  icmp,
  icmpv6,
  internetSum,
  ipv4,
  ipv6,
  parseIcmp,
  pseudoHeaderSum,
  sctp,
  tcp,
  udp,
} from "@palisade/wire";
import { newReply, readReply } from "../reply.js";
import { defaultPings, PING_PORTS, type Ping, type PingKind, pingProtocols, pingTechnique } from "./pings.js";

const COOKIE = 0xc0ffee01;
const OURS = { 4: "192.0.2.1", 6: "2001:db8::1" } as const;
const ASKED = { 4: "198.51.100.7", 6: "2001:db8::7" } as const;
const ROUTER = { 4: "203.0.113.1", 6: "2001:db8::fe" } as const;

/** Probe of a ping, from its transport header on. */
function probeOf(ping: Ping, version: 4 | 6): Uint8Array {
  const { technique, port } = pingTechnique(ping, version);
  const octets = new Uint8Array(technique.probeBytesMax + 8).fill(0xee);
  const packet = packetOf(version, OURS[version], ASKED[version], 0, new Uint8Array(0));
  const addressSum = version === 4 ? internetSum(packet, 12, 20) : internetSum(packet, 8, 40);
  const bytes = technique.write(octets, 4, {
    ipVersion: version,
    addressSum,
    sourcePort: 61_111,
    port,
    cookie: COOKIE,
  });
  assert.ok(bytes <= technique.probeBytesMax);
  assert.deepEqual(
    [...octets.subarray(0, 4), ...octets.subarray(4 + bytes)],
    new Array(4 + octets.length - 4 - bytes).fill(0xee),
  );
  return octets.slice(4, 4 + bytes);
}

function packetOf(
  version: 4 | 6,
  source: string,
  destination: string,
  protocol: number,
  payload: Uint8Array,
) {
  return version === 4
    ? ipv4({ source, destination, protocol, payload })
    : ipv6({ source, destination, nextHeader: protocol, payload });
}

/** A packet from the host that was asked. */
function answer(version: 4 | 6, protocol: number, payload: Uint8Array): Uint8Array {
  return packetOf(version, ASKED[version], OURS[version], protocol, payload);
}

/** An error about what was asked. */
function error(
  version: 4 | 6,
  from: string,
  type: number,
  code: number,
  protocol: number,
  quoted: Uint8Array,
): Uint8Array {
  const payload = packetOf(version, OURS[version], ASKED[version], protocol, quoted);
  return version === 4
    ? packetOf(4, from, OURS[4], 1, icmp({ type, code, payload }))
    : packetOf(6, from, OURS[6], 58, icmpv6({ type, code, payload }));
}

function said(ping: Ping, version: 4 | 6, packet: Uint8Array): string | undefined {
  const reply = newReply();
  if (!readReply(packet, 0, packet.length, reply)) return undefined;
  const verdict = pingTechnique(ping, version).technique.classify(reply, COOKIE);
  return verdict === undefined ? undefined : `${verdict.state === "open" ? "up" : "not"} ${verdict.reason}`;
}

const echo: Ping = { kind: "echo" };
const timestamp: Ping = { kind: "timestamp" };
const mask: Ping = { kind: "address-mask" };
const syn: Ping = { kind: "syn", port: 443 };
const ack: Ping = { kind: "ack", port: 80 };
const udpPing: Ping = { kind: "udp", port: 40_125 };
const init: Ping = { kind: "sctp-init", port: 80 };
const protocol = (number: number): Ping => ({ kind: "ip-protocol", protocol: number });

const segment = (fields: Partial<Parameters<typeof tcp>[0]>) =>
  tcp({ sourcePort: 443, destinationPort: 61_111, ...fields });
const message = (type: number, rest = COOKIE, code = 0) =>
  icmp({ type, code, rest, payload: hex("00000000") });
const message6 = (type: number, rest = COOKIE) => icmpv6({ type, rest, payload: new Uint8Array(0) });
const chunk = (type: number, verificationTag: number) =>
  sctp({
    sourcePort: 80,
    destinationPort: 61_111,
    verificationTag,
    chunks: [{ type, value: new Uint8Array(16) }],
  });

const none = undefined;
/** What was asked, what came back, and what it says. */
const cases: readonly (readonly [string, Ping, 4 | 6, Uint8Array, string | undefined])[] = [
  ["echo reply", echo, 4, answer(4, 1, message(0)), "up echo-reply"],
  ["echo reply of another probe", echo, 4, answer(4, 1, message(0, COOKIE ^ 1)), none],
  ["echo request, as our own looks on loopback", echo, 4, answer(4, 1, message(8)), none],
  ["timestamp reply to an echo", echo, 4, answer(4, 1, message(14)), none],
  ["echo reply over IPv6", echo, 6, answer(6, 58, message6(129)), "up echo-reply"],
  ["echo reply over IPv6 of another probe", echo, 6, answer(6, 58, message6(129, 7)), none],
  ["echo request over IPv6", echo, 6, answer(6, 58, message6(128)), none],
  ["timestamp reply", timestamp, 4, answer(4, 1, message(14)), "up timestamp-reply"],
  ["timestamp reply of another probe", timestamp, 4, answer(4, 1, message(14, 0)), none],
  ["timestamp request", timestamp, 4, answer(4, 1, message(13)), none],
  ["address mask reply", mask, 4, answer(4, 1, message(18)), "up addressmask-reply"],
  ["address mask reply of another probe", mask, 4, answer(4, 1, message(18, 1)), none],
  ["SYN-ACK", syn, 4, answer(4, 6, segment({ flags: 0x12, acknowledgement: COOKIE + 1 })), "up syn-ack"],
  ["RST to a SYN", syn, 4, answer(4, 6, segment({ flags: 0x14, acknowledgement: COOKIE + 1 })), "up reset"],
  ["RST of another probe", syn, 4, answer(4, 6, segment({ flags: 0x14, acknowledgement: COOKIE + 2 })), none],
  ["RST to an ACK", ack, 4, answer(4, 6, segment({ flags: 0x04, sequence: COOKIE })), "up reset"],
  ["RST to another's ACK", ack, 4, answer(4, 6, segment({ flags: 0x04, sequence: COOKIE - 1 })), none],
  [
    "a datagram",
    udpPing,
    4,
    answer(4, 17, udp({ sourcePort: 40_125, destinationPort: 61_111, payload: hex("00") })),
    "up udp-response",
  ],
  ["INIT ACK", init, 4, answer(4, 132, chunk(2, COOKIE)), "up init-ack"],
  ["ABORT", init, 4, answer(4, 132, chunk(6, COOKIE)), "up abort"],
  ["ABORT of another probe", init, 4, answer(4, 132, chunk(6, 5)), none],
  ["any packet of the protocol", protocol(4), 4, answer(4, 4, new Uint8Array(0)), "up proto-response"],
  ["echo reply to protocol 1", protocol(1), 4, answer(4, 1, message(0)), "up proto-response"],
  ["echo reply of another probe to protocol 1", protocol(1), 4, answer(4, 1, message(0, 9)), none],
  ["echo reply to protocol 58", protocol(58), 6, answer(6, 58, message6(129)), "up proto-response"],
  [
    "RST to protocol 6",
    protocol(6),
    4,
    answer(4, 6, segment({ flags: 0x04, sequence: COOKIE })),
    "up proto-response",
  ],
  ["ABORT to protocol 132", protocol(132), 6, answer(6, 132, chunk(6, COOKIE)), "up proto-response"],
  [
    "a datagram to protocol 17",
    protocol(17),
    4,
    answer(4, 17, udp({ sourcePort: 40_125, destinationPort: 61_111, payload: hex("00") })),
    "up proto-response",
  ],
];

/** Pings whose errors are known by a cookie or, of datagrams, by their ports; and their protocol numbers. */
const asked: readonly (readonly [Ping, 4 | 6, number])[] = [
  [echo, 4, 1],
  [echo, 6, 58],
  [timestamp, 4, 1],
  [mask, 4, 1],
  [syn, 4, 6],
  [syn, 6, 6],
  [ack, 4, 6],
  [udpPing, 4, 17],
  [udpPing, 6, 17],
  [init, 4, 132],
  [init, 6, 132],
  [protocol(4), 4, 4],
  [protocol(4), 6, 4],
  [protocol(1), 4, 1],
];

describe("pingTechnique", () => {
  for (const [title, ping, version, packet, expected] of cases) {
    it(`${pingTechnique(ping, version).name}: ${title} says ${expected ?? "nothing"}`, () => {
      assert.equal(said(ping, version, packet), expected);
    });
  }

  for (const [ping, version, number] of asked) {
    const name = `${pingTechnique(ping, version).name} over IPv${version}`;
    const probe = probeOf(ping, version);
    const from = (who: string, type: number, code: number, quoted = probe) =>
      said(ping, version, error(version, who, type, code, number, quoted));

    it(`${name}: an error of the host's own that it has no such port or protocol says that it is up`, () => {
      const [noPort, noProtocol] =
        version === 4
          ? [
              { type: 3, code: 3 },
              { type: 3, code: 2, reason: "proto-unreach" },
            ]
          : [
              { type: 1, code: 4 },
              { type: 4, code: 1, reason: "param-problem" },
            ];
      const host = ASKED[version];
      const router = ROUTER[version];
      assert.equal(from(host, noPort.type, noPort.code), "up port-unreach");
      assert.equal(from(host, noProtocol.type, noProtocol.code), `up ${noProtocol.reason}`);
      assert.equal(from(router, noPort.type, noPort.code), "not port-unreach");
      assert.equal(from(router, noProtocol.type, noProtocol.code), `not ${noProtocol.reason}`);
    });

    it(`${name}: what routers and filters say does not`, () => {
      const errors: readonly (readonly [number, number, string])[] =
        version === 4
          ? [
              [3, 0, "net-unreach"],
              [3, 1, "host-unreach"],
              [3, 9, "net-prohibited"],
              [3, 10, "host-prohibited"],
              [3, 13, "admin-prohibited"],
              [11, 0, "time-exceeded"],
            ]
          : [
              [1, 0, "no-route"],
              [1, 1, "admin-prohibited"],
              [1, 3, "host-unreach"],
              [3, 0, "time-exceeded"],
            ];
      for (const [type, code, reason] of errors) {
        for (const who of [ROUTER[version], ASKED[version]]) {
          assert.equal(from(who, type, code), `not ${reason}`);
        }
      }
    });

    if (ping.kind === "udp" || (ping.kind === "ip-protocol" && ping.protocol === 4)) continue;
    it(`${name}: believes no error about what we never sent`, () => {
      const other = probe.slice();
      // Behind type, code and checksum, or behind the ports; of an INIT also the tag.
      for (const at of [4, 16]) if (at < other.length) other[at] = (other[at] ?? 0) ^ 0xff;
      for (const who of [ROUTER[version], ASKED[version]]) {
        assert.equal(from(who, version === 4 ? 3 : 1, version === 4 ? 3 : 4, other), undefined);
        assert.equal(from(who, version === 4 ? 3 : 1, version === 4 ? 1 : 3, other), undefined);
      }
    });
  }

  it("writes ICMP queries with the cookie as identifier and sequence number, and right checksums", () => {
    for (const [ping, type, bytes] of [
      [echo, 8, 8],
      [timestamp, 13, 20],
      [mask, 17, 12],
      [protocol(1), 8, 8],
    ] as const) {
      const probe = probeOf(ping, 4);
      const query = parseIcmp(probe);
      assert.ok(!(query instanceof Malformed));
      assert.deepEqual([query.type, query.code, query.rest, probe.length], [type, 0, COOKIE, bytes]);
      assert.ok(checksumHolds(probe, 0, probe.length));
    }
    assert.deepEqual(probeOf(timestamp, 4).subarray(8), hex("80000000 00000000 00000000"));
    assert.deepEqual(probeOf(mask, 4).subarray(8), hex("00000000"));
    const query = probeOf(echo, 6);
    assert.deepEqual([query[0], query[1], query.length], [128, 0, 8]);
    const source = hex("20010db8 00000000 00000000 00000001");
    const destination = hex("20010db8 00000000 00000000 00000007");
    assert.ok(checksumHolds(query, 0, query.length, pseudoHeaderSum(source, destination, 58, query.length)));
  });

  it("names each ping with what it asks", () => {
    assert.equal(pingTechnique(echo, 6).name, "echo");
    assert.equal(pingTechnique(syn, 4).name, "syn 443");
    assert.equal(pingTechnique(protocol(4), 4).name, "ip-protocol 4");
  });

  it("refuses pings that IPv6 does not have, and ports and protocols that there are not", () => {
    const refusals: readonly (readonly [Ping, 4 | 6, string])[] = [
      [timestamp, 6, "SCAN_PING_IPV4_ONLY"],
      [mask, 6, "SCAN_PING_IPV4_ONLY"],
      [{ kind: "syn", port: 65_536 }, 4, "SCAN_PING_RANGE"],
      [{ kind: "udp", port: -1 }, 4, "SCAN_PING_RANGE"],
      [{ kind: "ack", port: 1.5 }, 6, "SCAN_PING_RANGE"],
      [protocol(256), 4, "SCAN_PING_RANGE"],
    ];
    for (const [ping, version, code] of refusals) {
      assert.throws(
        () => pingTechnique(ping, version),
        (thrown) => thrown instanceof PalisadeError && thrown.code === code && !thrown.message.includes("\n"),
      );
    }
  });
});

describe("defaultPings", () => {
  it("are echo, SYN to 443, ACK to 80 and, over IPv4, timestamp", () => {
    const names = (version: 4 | 6) => defaultPings(version).map((ping) => pingTechnique(ping, version).name);
    assert.deepEqual(names(4), ["echo", "syn 443", "ack 80", "timestamp"]);
    assert.deepEqual(names(6), ["echo", "syn 443", "ack 80"]);
  });

  it("have ports and protocols where the user names none", () => {
    for (const version of [4, 6] as const) {
      for (const [kind, port] of Object.entries(PING_PORTS)) {
        const ping = {
          kind: kind as Exclude<PingKind, "echo" | "timestamp" | "address-mask" | "ip-protocol">,
          port,
        };
        assert.equal(pingTechnique(ping, version).port, port);
      }
      const names = pingProtocols(version).map((number) => pingTechnique(protocol(number), version).name);
      assert.deepEqual(
        names,
        version === 4
          ? ["ip-protocol 1", "ip-protocol 2", "ip-protocol 4"]
          : ["ip-protocol 58", "ip-protocol 4"],
      );
    }
  });
});
