import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FIRST_ADDRESS, hostsFrom } from "../hosts.build.js";
import { StateTable } from "../state-table.js";
import { hostNumbers, hostSubset, hostsUp } from "./host-subset.js";

const cases = fc.record({
  version: fc.constantFrom(4 as const, 6 as const),
  up: fc.array(fc.boolean(), { maxLength: 400 }),
});

describe("hostsUp", () => {
  it("has the hosts that are up, each once, in their order", () => {
    fc.assert(
      fc.property(cases, ({ version, up }) => {
        const hosts = hostsFrom(FIRST_ADDRESS[version], up.length);
        const table = new StateTable(up.length);
        for (const [host, isUp] of up.entries()) if (isUp) table.set(host, 1 + (host % 255));
        const found = hostsUp(hosts, table);
        const wanted = [...up.keys()].filter((host) => up[host]);
        assert.equal(found.size, wanted.length);
        assert.equal(found.addressBytes, hosts.addressBytes);
        const address = new Uint8Array(20).fill(0xee);
        const listed = wanted.map((_, place) => {
          found.write(place, address, 2);
          return hosts.indexAt(address, 2);
        });
        assert.deepEqual(listed, wanted);
        assert.deepEqual(
          [...address.subarray(0, 2), ...address.subarray(2 + hosts.addressBytes)],
          [0xee, 0xee, ...new Array<number>(18 - hosts.addressBytes).fill(0xee)],
        );
      }),
    );
  });

  it("finds the number of each of its hosts, and of no other address", () => {
    fc.assert(
      fc.property(cases, ({ version, up }) => {
        const hosts = hostsFrom(FIRST_ADDRESS[version], up.length);
        const table = new StateTable(up.length);
        for (const [host, isUp] of up.entries()) if (isUp) table.set(host, 1);
        const found = hostsUp(hosts, table);
        const address = new Uint8Array(16);
        let place = 0;
        for (const [host, isUp] of up.entries()) {
          hosts.write(host, address, 0);
          assert.equal(found.indexAt(address, 0), isUp ? place : -1);
          if (isUp) place += 1;
        }
        address.fill(0xff);
        assert.equal(found.indexAt(address, 0), -1);
      }),
    );
  });

  it("is the list itself where all are up", () => {
    const hosts = hostsFrom("10.0.0.0", 3);
    const table = new StateTable(3);
    for (const host of [0, 1, 2]) table.set(host, 7);
    assert.equal(hostsUp(hosts, table), hosts);
  });

  it("refuses a table of another list", () => {
    assert.throws(() => hostsUp(hostsFrom("10.0.0.0", 3), new StateTable(4)), { name: "AssertionFailure" });
  });
});

describe("hostSubset", () => {
  it("may be taken of a subset", () => {
    const even = hostSubset(
      hostsFrom("10.0.0.0", 100),
      Uint32Array.from({ length: 50 }, (_, at) => at * 2),
    );
    const some = hostSubset(even, Uint32Array.of(1, 7, 49));
    const address = new Uint8Array(4);
    some.write(2, address, 0);
    assert.deepEqual([...address], [10, 0, 0, 98]);
    assert.equal(some.indexAt(address, 0), 2);
    assert.equal(some.indexAt(Uint8Array.of(10, 0, 0, 4), 0), -1);
    assert.equal(some.indexAt(Uint8Array.of(10, 0, 0, 3), 0), -1);
  });

  it("refuses numbers that do not ascend, or that its list has not", () => {
    for (const numbers of [[1, 1], [2, 1], [3]]) {
      assert.throws(() => hostSubset(hostsFrom("10.0.0.0", 3), Uint32Array.from(numbers)), {
        name: "AssertionFailure",
      });
    }
  });

  it("numbers hosts of lists beyond 2^32", () => {
    const size = 2 ** 40;
    const numbers = hostNumbers(2, size);
    numbers.set([5, 2 ** 39 + 1]);
    const hosts = {
      ...hostsFrom("2001:db8:1::", 1),
      size,
      indexAt: (octets: Uint8Array, at: number) => octets[at]! * 2 ** 39 + octets[at + 1]!,
    };
    const some = hostSubset(hosts, numbers);
    assert.equal(some.indexAt(Uint8Array.of(1, 1), 0), 1);
    assert.equal(some.indexAt(Uint8Array.of(1, 2), 0), -1);
  });
});
