/**
 * Hosts whose open ports say nothing, as users meet them: a tarpit beside a host that is only busy, and addresses of a provider.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder } from "../command.build.js";
import {
  BUSY,
  BUSY_PORTS,
  makeBed,
  OPEN_PORTS,
  ORDINARY,
  PROVIDED,
  PROVIDED6,
  portsOf,
  type Report,
  reportOf,
  TARPIT,
} from "./scan-bed.build.js";

const folder = temporaryFolder();
const bed = await makeBed(["tcpdump"]);
const json = (words: readonly string[]): Report => reportOf(bed.scan(["--format", "json", ...words]));
const verdicts = ({ hosts }: Report): (readonly [string, string | undefined])[] =>
  hosts.map(({ address, verdict }) => [address, verdict]);

const PORTS = ["-p", "1-30,8000-8009"];

describe("a host that answers as if every port were open", { skip: bed.skip }, () => {
  it("is called so, and one with ten open ports beside it is not", () => {
    const report = json([...PORTS, TARPIT, BUSY]);
    assert.deepEqual(verdicts(report), [
      [TARPIT, "all-open"],
      [BUSY, undefined],
    ]);
    assert.deepEqual(
      report.hosts.map(({ ports }) => ports.length),
      [40, 11],
    );
  });

  it("is called so where connections are what is asked by, and by each shard for itself", () => {
    assert.deepEqual(verdicts(json(["-sT", ...PORTS, TARPIT, BUSY])), [
      [TARPIT, "all-open"],
      [BUSY, undefined],
    ]);
    for (const shard of ["1/2", "2/2"]) {
      const report = json(["--seed", "7", "--shard", shard, ...PORTS, TARPIT, BUSY]);
      assert.deepEqual(verdicts(report), [
        [TARPIT, "all-open"],
        [BUSY, undefined],
      ]);
    }
  });

  it("is called so where few ports were asked, of which a shard has a part", () => {
    for (const shard of ["1/2", "2/2"]) {
      const report = json(["--seed", "7", "--shard", shard, "-p", "1-7", TARPIT]);
      assert.ok(report.hosts[0]!.ports.length < 7);
      assert.equal(report.hosts[0]!.verdict, "all-open", shard);
    }
  });

  it("is left alone by -sV, which asks the other", () => {
    const before = bed.tarpitAccepted();
    const { hosts } = json(["-sV", "-p", "1-12,8000-8003", TARPIT, BUSY]);
    assert.equal(bed.tarpitAccepted(), before);
    for (const { service } of hosts[0]!.ports) assert.notEqual(service?.method, "probed");
    assert.deepEqual(
      hosts[1]!.ports.map(({ port, service }) => [port, service?.product, service?.version]),
      [8000, 8001, 8002, 8003].map((port) => [port, "OpenSSH", "9.2p1"]),
    );
  });

  it("is nothing special where no canaries are wanted", () => {
    const report = json(["--canaries", "0", ...PORTS, TARPIT, BUSY]);
    assert.deepEqual(verdicts(report), [
      [TARPIT, undefined],
      [BUSY, undefined],
    ]);
    assert.equal(report.probes, 82);
  });

  it("says so in the table", () => {
    const { stdout } = bed.scan([...PORTS, TARPIT, BUSY]);
    assert.match(stdout, /^10\.77\.0\.3: answers as if every port were open/m);
    assert.doesNotMatch(stdout, /^10\.77\.0\.4: answers/m);
  });
});

describe("addresses of a provider", { skip: bed.skip }, () => {
  const ports = `22,23,${OPEN_PORTS.join()}`;

  it("are asked 80 and 443 alone with --skip-cdn, as who listens to the link sees", async () => {
    const asked = new Set<string>();
    let report: Report | undefined;
    const frames = await bed.captured(join(folder, "cdn.pcap"), () => {
      report = json(["--skip-cdn", "-PE", "-p", ports, PROVIDED, PROVIDED6, ORDINARY]);
    });
    for (const { line } of frames) {
      const [, to] = /^TCP \S+ > (\S+) SYN /.exec(line) ?? [];
      if (to !== undefined) asked.add(to);
    }
    const of = (host: string): string[] => [...asked].filter((to) => to.startsWith(host)).sort();
    assert.deepEqual(of(PROVIDED), [`${PROVIDED}:443`, `${PROVIDED}:80`]);
    assert.deepEqual(of(`[${PROVIDED6}]`), [`[${PROVIDED6}]:443`, `[${PROVIDED6}]:80`]);
    assert.equal(of(ORDINARY).length, OPEN_PORTS.length + 1);
    assert.deepEqual(
      report!.hosts.map(({ address, provider, ports, closed }) => [address, provider, ports.length, closed]),
      [
        [ORDINARY, undefined, 4, 1],
        [PROVIDED, "cloudflare", 2, 0],
        [PROVIDED6, "cloudflare", 2, 0],
      ],
    );
  });

  it("are asked all ports without it, and the provider is told all the same", () => {
    const { hosts } = json(["-p", ports, PROVIDED]);
    assert.deepEqual([hosts[0]!.provider, hosts[0]!.ports.length], ["cloudflare", 4]);
  });

  it("are not asked at all where neither of the two is among the ports", () => {
    const { hosts, probes } = json(["--skip-cdn", "-Pn", "-p", "22,8080", PROVIDED]);
    assert.deepEqual([hosts[0]!.ports, hosts[0]!.state, probes], [[], "unknown", 0]);
  });

  it("do not make the table say that all hosts were asked as little", () => {
    const { stdout } = bed.scan(["--skip-cdn", "-p", ports, ORDINARY, PROVIDED]);
    assert.match(stdout, /; up to 5 ports each in /);
  });
});

describe("shards", { skip: bed.skip }, () => {
  it("come to the whole together, with hosts looked for by each", () => {
    const words = ["--seed", "11", "--all-states", "-p", `20-40,${BUSY_PORTS.join()}`, "10.77.0.0/29"];
    const whole = portsOf(json(words));
    const parts = ["1/2", "2/2"].map((shard) => portsOf(json([...words, "--shard", shard])));
    assert.ok(parts.every(({ length }) => length > 0));
    assert.equal(whole.length, 5 * 31);
    assert.deepEqual(parts.flat().sort(), whole);
  });
});
