import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NetworkInterface, Route } from "@palisade/link";
import { LINKTYPE_ETHERNET, LINKTYPE_RAW } from "@palisade/wire";
import { hostsFrom } from "../hosts.build.js";
import { HOSTS_LOOKED_AT_MAX } from "../links/packet-link-frames.js";
import { hostWays } from "./host-ways.js";

const ethernet = (index: number): NetworkInterface => ({
  name: `eth${index}`,
  index,
  hardwareType: 1,
  linkType: LINKTYPE_ETHERNET,
  up: true,
  loopback: false,
  mtuBytes: 1_500,
});

function route(device: NetworkInterface, more: Partial<Route> = {}): Route {
  const source = Uint8Array.of(192, 0, 2, 1);
  return { interface: device, source, gateway: undefined, mtuBytes: 1_500, local: false, ...more };
}

describe("hostWays", () => {
  it("tells apart own addresses, neighbours by interface, others, and those that no route leads to", () => {
    const tunnel = { ...ethernet(9), linkType: LINKTYPE_RAW };
    const loopback = { ...ethernet(1), loopback: true };
    const routes: readonly (Route | undefined)[] = [
      route(ethernet(2)),
      undefined,
      route(loopback, { local: true }),
      route(ethernet(3)),
      route(ethernet(2), { gateway: Uint8Array.of(192, 0, 2, 254) }),
      route(tunnel),
      route(ethernet(2)),
      route(loopback),
    ];
    const ways = hostWays(hostsFrom("10.0.0.0", routes.length), {
      find: (octets, at) => routes[octets[at + 3]!],
    });
    assert.deepEqual([...ways.own], [2]);
    assert.deepEqual([...ways.noRoute], [1]);
    assert.deepEqual(
      ways.links.map((link) => [link.interface.name, ...link.numbers]),
      [
        ["eth2", 0, 6],
        ["eth3", 3],
      ],
    );
    assert.deepEqual([...ways.others!], [4, 5, 7]);
  });

  it("takes neighbours on more interfaces than it tells apart for others", () => {
    const ways = hostWays(hostsFrom("10.0.0.0", 100), {
      find: (octets, at) => route(ethernet(1 + octets[at + 3]!)),
    });
    assert.equal(ways.links.length, 64);
    assert.equal(ways.others!.length, 36);
    assert.ok(ways.links.every(({ numbers }) => numbers.length === 1));
  });

  it("looks at none of more hosts than it looks at", () => {
    const hosts = hostsFrom("2001:db8:1::", HOSTS_LOOKED_AT_MAX + 1);
    const ways = hostWays(hosts, { find: () => assert.fail("a way was looked up") });
    assert.equal(ways.others, undefined);
    assert.deepEqual([ways.own.length, ways.noRoute.length, ways.links.length], [0, 0, 0]);
  });
});
