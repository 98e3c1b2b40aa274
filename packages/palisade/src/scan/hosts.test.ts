/**
 * Looking for hosts, as users ask for it, beside nmap: on a link, behind a router, up, down and never there.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileOf, run, temporaryFolder } from "../command.build.js";
import {
  BUSY,
  DEAD,
  DEAD_NET,
  makeBed,
  ORDINARY,
  ORDINARY6,
  portsOf,
  REMOTE,
  reportOf,
  SILENT,
} from "./scan-bed.build.js";

const DOCUMENT_TYPE = "/usr/share/nmap/nmap.dtd";
const folder = temporaryFolder();
const bed = await makeBed(["nmap"]);

/** Of XML: each host that is up, with why and with its link address. */
function upIn(xml: string): string[] {
  return [...xml.matchAll(/<host\b[\s\S]*?<\/host>/g)]
    .flatMap(([host]) => {
      const [, state, reason] = /<status state="(\w+)" reason="([^"]+)"/.exec(host) ?? [];
      const addresses = [...host.matchAll(/<address addr="([^"]+)"/g)].map(([, address]) => address);
      return state === "up" ? [`${addresses.join(" ")} ${reason}`] : [];
    })
    .sort();
}

describe("palisade scan -sn beside nmap", { skip: bed.skip }, () => {
  for (const [what, words, up] of [
    ["on the link", ["10.77.0.0/28"], 5],
    ["behind the router", [...REMOTE, "10.78.1.3"], 2],
    ["of IPv6", ["-6", ORDINARY6, "fd77::1", "fd77::9"], 2],
  ] as const) {
    it(`finds the same hosts ${what}, by the same replies, with the same link addresses`, () => {
      const nmap = run("ip", bed.inside(["nmap", "-n", "-sn", "-T4", "-oX", "-", ...words]));
      assert.equal(nmap.status, 0, nmap.stderr);
      const ours = bed.scan(["-sn", "-oX", "-", ...words]);
      assert.deepEqual([ours.status, ours.stderr], [0, ""]);
      assert.deepEqual(upIn(ours.stdout), upIn(nmap.stdout));
      assert.equal(upIn(ours.stdout).length, up);
    });
  }

  it("writes XML that nmap's document type allows, with link addresses", (test) => {
    const { stdout } = bed.scan(["-sn", "-oX", "-", ORDINARY, DEAD, REMOTE[0]]);
    assert.match(stdout, /<address addr="(?:[0-9A-F]{2}:){5}[0-9A-F]{2}" addrtype="mac"\/>/);
    assert.match(stdout, /<status state="down" reason="no-response"/);
    assert.match(stdout, /<hosts up="2" down="1" total="3"\/>/);
    // It would have to say how long replies vary, which nobody has measured.
    assert.doesNotMatch(stdout, /<times /);
    if (run("xmllint", ["--version"]).status !== 0 || !existsSync(DOCUMENT_TYPE)) {
      test.skip("needs xmllint (libxml2-utils) and nmap's document type");
      return;
    }
    const file = fileOf(folder, "hosts.xml", stdout);
    const checked = run("xmllint", ["--noout", "--nonet", "--dtdvalid", DOCUMENT_TYPE, file]);
    assert.equal(checked.status, 0, checked.stderr);
  });

  it("asks in the order of the seed, on the link too", () => {
    const asked = (seed: number): string[] => {
      const { stdout } = bed.scan(["-sn", "--dry-run", "--seed", `${seed}`, "10.77.0.128/28"]);
      return [...stdout.matchAll(/^ARP who has ([\d.]+),/gm)].map(([, address]) => address!);
    };
    const orders = [1, 2, 1].map(asked);
    assert.equal(new Set(orders[0]).size, 16);
    assert.deepEqual(orders[2], orders[0]);
    assert.notDeepEqual(orders[1], orders[0]);
  });

  it("looks up the names of hosts that are not down", () => {
    // Nobody answers there: what is counted are the hosts that were to be looked up.
    const words = ["-sn", "-R", "--dns-servers", "127.0.0.1:9", "--format", "json", "10.77.0.0/28"];
    const { hosts, unnamed } = JSON.parse(bed.scan(words).stdout);
    const up = hosts.filter(({ state }: { readonly state: string }) => state === "up").length;
    assert.deepEqual([up, unnamed.addresses], [5, 5]);
  });

  it("ends where a whole /24 is dead, and where one on the link is", () => {
    for (const net of [DEAD_NET, "10.77.0.128/26"]) {
      const { hosts, discoveries } = reportOf(bed.scan(["-sn", "--format", "json", net]));
      assert.equal(hosts.length, net === DEAD_NET ? 256 : 64);
      assert.ok(hosts.every(({ state, reason }) => state === "down" && reason === "no-response"));
      assert.equal(discoveries[0]!.up, 0);
    }
  });
});

describe("palisade scan, which looks for hosts first", { skip: bed.skip }, () => {
  it("asks ports of those that are up alone, of both families in one scan", () => {
    const words = ["-p", "22,8000", "--format", "json", ORDINARY, BUSY, DEAD, REMOTE[1], "10.78.1.9"];
    const report = reportOf(bed.scan([...words, ORDINARY6, "fd77::9"]));
    assert.deepEqual(portsOf(report), [
      `${ORDINARY} 22/tcp open syn-ack`,
      `${BUSY} 22/tcp open syn-ack`,
      `${BUSY} 8000/tcp open syn-ack`,
      `${REMOTE[1]} 22/tcp open syn-ack`,
      `${ORDINARY6} 22/tcp open syn-ack`,
    ]);
    const states = Object.fromEntries(report.hosts.map(({ address, state }) => [address, state]));
    assert.deepEqual(states, {
      [ORDINARY]: "up",
      [BUSY]: "up",
      [DEAD]: "down",
      [REMOTE[1]]: "up",
      "10.78.1.9": "down",
      [ORDINARY6]: "up",
      "fd77::9": "down",
    });
    for (const { state, closed, filtered, ports } of report.hosts)
      if (state === "down") assert.deepEqual([closed, filtered, ports], [0, 0, []]);
    assert.deepEqual(
      report.discoveries.map(({ family, up }) => [family, up]),
      [
        ["ipv4", 3],
        ["ipv6", 1],
      ],
    );
  });

  it("is up without a port that answers, where it answers by ARP", () => {
    const { hosts } = reportOf(bed.scan(["-p", "22,80", "--format", "json", SILENT]));
    assert.deepEqual(
      hosts.map(({ state, reason, closed, filtered }) => [state, reason, closed, filtered]),
      [["up", "arp-response", 0, 2]],
    );
  });

  it("ends with -Pn at a dead host on the link, of which nobody knows whether it is up", () => {
    const report = reportOf(bed.scan(["-Pn", "-p", "22,80", "--format", "json", DEAD]));
    assert.deepEqual(report.discoveries, []);
    assert.deepEqual(
      report.hosts.map(({ state, reason, closed, filtered }) => [state, reason, closed, filtered]),
      [["unknown", "user-set", 0, 2]],
    );
  });

  it("tells a family that failed beside one where nobody is up", () => {
    const file = join(folder, "failed.json");
    const { status, stderr } = bed.scan(["-p", "22", "-oJ", file, "-o", "/dev/null", DEAD, "fe80::7"]);
    assert.equal(status, 2);
    assert.match(stderr, /^palisade: fe80::7 can be on any link[^\n]*\n$/);
    const { hosts } = JSON.parse(run("cat", [file]).stdout) as ReturnType<typeof reportOf>;
    assert.deepEqual(
      hosts.map(({ address, state }) => [address, state]),
      [
        [DEAD, "down"],
        ["fe80::7", "unknown"],
      ],
    );
  });

  it("writes nothing where hosts may not be looked for as they should be", (test) => {
    const without = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];
    if (run(without[0]!, [...without.slice(1), "true"]).status !== 0) {
      test.skip("setpriv (util-linux) is not here");
      return;
    }
    const command = [process.execPath, new URL("../../bin/palisade.js", import.meta.url).pathname];
    const words = ["scan", "-sn", "-g", "53", ORDINARY];
    const { status, stdout, stderr } = run("ip", bed.inside([...without, ...command, ...words]));
    assert.deepEqual([status, stdout], [3, ""]);
    assert.match(stderr, /^palisade: [^\n]*CAP_NET_RAW[^\n]*\n$/);
  });
});
