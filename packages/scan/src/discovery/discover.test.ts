/**
 * Discovery in a network namespace that this process enters by itself, where nobody but itself is: nothing outside is touched,
 * and the kernel takes all away when the process ends. What answers is in the tests of its parts, and beside nmap.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import { enterNamespace } from "@palisade/link/namespace.build.js";
import { formatIpAddress } from "@palisade/wire";
import { hostsFrom, hostsOf } from "../hosts.build.js";
import { HOSTS_LOOKED_AT_MAX } from "../links/packet-link-frames.js";
import { timingTemplateOf } from "../pace/templates.js";
import type { HostList } from "../scan-plan.js";
import { type DiscoverOptions, type Discovery, discover, type Sweep } from "./discover.js";

/** Two links and a router on one of them, which are all silent. */
const skip = enterNamespace(
  "ip link add near type veth peer name far",
  "ip link add other type veth peer name other-peer",
  "ip link set dev lo up",
  "ip link set dev near up",
  "ip link set dev far up",
  "ip link set dev other up",
  "ip link set dev other-peer up",
  "ip addr add 10.78.0.1/24 dev near",
  "ip addr add fd78::1/64 dev near nodad",
  "ip addr add 10.79.0.1/24 dev other",
  "ip neigh add 10.78.0.2 lladdr 02:00:00:00:00:02 dev near",
  "ip neigh add fd78::2 lladdr 02:00:00:00:00:02 dev near",
  "ip route add 198.51.100.0/24 via 10.78.0.2",
  "ip route add 2001:db8::/32 via fd78::2",
);

function discovering(hosts: HostList, more: Partial<DiscoverOptions> = {}): Promise<Discovery> {
  return discover({
    hosts,
    // Nobody is far away here.
    timing: { ...timingTemplateOf("T5"), timeoutInitialUs: 20_000, timeoutMinUs: 10_000 },
    seed: 42,
    signal: new AbortController().signal,
    ...more,
  });
}

const MIXED = [
  "127.0.0.1",
  "10.78.0.1",
  "10.78.0.9",
  "198.51.100.7",
  "10.79.0.4",
  "10.78.0.10",
  "192.0.2.1",
  "10.79.0.1",
];

/** Of every host: whether it is up, and why. */
const said = ({ states }: Discovery): string[] =>
  Array.from(
    { length: states.up.size },
    (_, host) => `${states.isUp(host) ? "up" : "down"} ${states.reasonOf(host)}`,
  );

describe("discover", { skip }, () => {
  it("asks neighbours by the sweep alone, link by link, and pings what is behind a router", async () => {
    const swept: string[] = [];
    const sweep: Sweep = async (hosts, device, up) => {
      const address = new Uint8Array(hosts.addressBytes);
      for (let host = 0; host < hosts.size; host += 1) {
        hosts.write(host, address, 0);
        swept.push(`${device.name} ${formatIpAddress(address)}`);
      }
      up(hosts.size - 1, 1_500);
      return { probes: 7, losses: { ringDrops: 2, sendRefusals: 3 } };
    };
    const asked = new Set<string>();
    const found = await discovering(hostsOf(MIXED), { sweep, progress: (_, asking) => asked.add(asking) });
    assert.deepEqual(swept, ["near 10.78.0.9", "near 10.78.0.10", "other 10.79.0.4"]);
    assert.deepEqual(said(found), [
      "up localhost-response",
      "up localhost-response",
      "down no-response",
      "down no-response",
      "up arp-response",
      "up arp-response",
      "down no-route",
      "up localhost-response",
    ]);
    assert.equal(found.states.roundTripUsOf(4), 1_500);
    assert.equal(found.engine, "packet");
    assert.equal(found.because, undefined);
    // Two links' requests, and one host in two rounds of four pings.
    assert.equal(found.probes, 2 * 7 + 2 * 4);
    assert.deepEqual(found.losses, { ringDrops: 4, sendRefusals: 6, firewalled: 0 });
    assert.deepEqual([...asked], ["echo", "syn 443", "ack 80", "timestamp"]);
  });

  it("pings neighbours too where there is no sweep", async () => {
    const found = await discovering(hostsOf(MIXED), { pings: [{ kind: "echo" }] });
    assert.equal(found.states.up.answered, 3);
    // Four hosts that there is a way to, twice.
    assert.equal(found.probes, 4 * 2);
    assert.equal(found.engine, "raw-ip");
  });

  it("pings the neighbours on a link that has more of them than the sweep takes", async () => {
    const swept: string[] = [];
    const found = await discovering(hostsOf(MIXED), {
      pings: [{ kind: "echo" }],
      sweepHostsMax: 1,
      sweep: async (hosts, device) => {
        swept.push(`${device.name} ${hosts.size}`);
        return { probes: 0, losses: { ringDrops: 0, sendRefusals: 0 } };
      },
    });
    assert.deepEqual(swept, ["other 1"]);
    // One behind the router, twice; the neighbours that nobody knows the way to are not pinged.
    assert.equal(found.probes, 1 * 2);
  });

  it("says of IPv6 neighbours that they answered Neighbour Discovery", async () => {
    const found = await discovering(hostsOf(["::1", "fd78::5"]), {
      sweep: async (_hosts, _device, up) => {
        up(0, -1);
        return { probes: 1, losses: { ringDrops: 0, sendRefusals: 0 } };
      },
    });
    assert.deepEqual(said(found), ["up localhost-response", "up nd-response"]);
    assert.equal(found.engine, "none");
  });

  it("finds own addresses among more hosts than it looks at", async () => {
    const hosts = hostsFrom("10.0.0.0", HOSTS_LOOKED_AT_MAX * 8);
    const { states, probes } = await discovering(hosts, { pings: [] });
    assert.equal(states.up.answered, 2);
    assert.equal(states.reasonOf(0x4e_0001), "localhost-response");
    assert.equal(states.reasonOf(0x4f_0001), "localhost-response");
    assert.equal(probes, 0);
  });

  it("refuses pings that cannot be, and hosts that there is no way to", async () => {
    const codeOf = async (found: Promise<unknown>): Promise<string> =>
      found.then(
        () => "none",
        (error) => (error instanceof PalisadeError ? error.code : String(error)),
      );
    assert.equal(await codeOf(discovering(hostsOf(["192.0.2.1", "192.0.2.2"]))), "LINK_NO_ROUTE");
    assert.equal(
      await codeOf(discovering(hostsOf(["fd78::5"]), { pings: [{ kind: "timestamp" }] })),
      "SCAN_PING_IPV4_ONLY",
    );
    const tooHigh = { pings: [{ kind: "syn", port: 65_536 }] } as const;
    assert.equal(await codeOf(discovering(hostsOf(["198.51.100.7"]), tooHigh)), "SCAN_PING_RANGE");
  });

  it("says what it knows when it is stopped", async () => {
    const stopped = AbortSignal.abort();
    const found = await discovering(hostsOf(MIXED), { signal: stopped });
    assert.equal(found.states.up.answered, 3);
    assert.equal(found.probes, 0);
    const stop = new AbortController();
    const hosts = hostsOf(Array.from({ length: 200 }, (_, last) => `198.51.100.${last}`));
    const later = await discovering(hosts, { signal: stop.signal, progress: () => stop.abort() });
    // One batch of the first ping, of four pings in two rounds.
    assert.ok(later.probes <= 200);
  });
});
