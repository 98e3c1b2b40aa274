import assert from "node:assert/strict";
import { test } from "node:test";
import { AssertionFailure } from "@palisade/base";
import fc from "fast-check";
import type { PortProtocol } from "./services.js";
import { rankedPorts, TOP_PORTS_DEFAULT, TOP_PORTS_FAST, topPorts } from "./top-ports.js";

const protocols: readonly PortProtocol[] = ["tcp", "udp", "sctp", "ip"];

test("a thousand TCP ports and two hundred UDP ports are ranked", () => {
  assert.ok(rankedPorts("tcp") >= TOP_PORTS_DEFAULT);
  assert.ok(rankedPorts("udp") >= 200);
  assert.ok(rankedPorts("sctp") >= 50);
});

test("every port has one place in the order", () => {
  for (const protocol of protocols) {
    const end = protocol === "ip" ? 256 : 65_536;
    const all = topPorts(end, protocol);
    assert.deepEqual(
      [...all].sort((a, b) => a - b),
      Array.from({ length: end }, (_, port) => port),
    );
    assert.throws(() => topPorts(end + 1, protocol), AssertionFailure);
  }
  assert.equal(topPorts(65_536, "tcp")[65_535], 0);
});

test("more ports begin with those that fewer are", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...protocols),
      fc.nat({ max: 256 }),
      fc.nat({ max: 256 }),
      (protocol, a, b) => {
        const [fewer, more] = a < b ? [a, b] : [b, a];
        assert.equal(topPorts(fewer, protocol).length, fewer);
        assert.deepEqual(topPorts(more, protocol).slice(0, fewer), topPorts(fewer, protocol));
      },
    ),
  );
});

test("what matters on nearly every network is among the first", () => {
  const fast = topPorts(TOP_PORTS_FAST, "tcp");
  for (const port of [
    21, 22, 23, 25, 53, 80, 110, 135, 139, 143, 443, 445, 1433, 3306, 3389, 5432, 5900, 8080, 8443,
  ]) {
    assert.ok(fast.includes(port), `${port}/tcp`);
  }
  const fastUdp = topPorts(TOP_PORTS_FAST, "udp");
  for (const port of [53, 67, 69, 123, 137, 161, 500, 514, 1900, 5353])
    assert.ok(fastUdp.includes(port), `${port}/udp`);
  const usual = topPorts(TOP_PORTS_DEFAULT, "tcp");
  for (const port of [102, 502, 2375, 2379, 6379, 6443, 9200, 10250, 11211, 27017])
    assert.ok(usual.includes(port), `${port}/tcp`);
});

test("what is returned is the caller's", () => {
  topPorts(3, "tcp").fill(0);
  assert.notEqual(topPorts(1, "tcp")[0], 0);
});
