import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  CONNECT,
  type ProbeLink,
  parseTarget,
  type ScanOptions,
  type ScanResult,
  type SweepLink,
  scan,
  TargetSet,
  techniqueOf,
  timingTemplates,
} from "@palisade/scan";
import { arp, ETHERTYPE_ARP, ethernet, parseIpAddress } from "@palisade/wire";
import { temporaryFolder } from "../command.build.js";
import { Output } from "../output.js";
import { type DryPace, DryRun } from "./dry-run.js";
import { listen, runWith, without, works } from "./scan-command.build.js";

const folder = temporaryFolder();
let files = 0;

/** Lines of what is written. */
async function linesOf(during: (dry: DryRun) => Promise<void>): Promise<string[]> {
  files += 1;
  const path = join(folder, `${files}.txt`);
  const output = new Output(path);
  await during(new DryRun(output));
  await output.close();
  return readFileSync(path, "utf8").trimEnd().split("\n");
}

async function dryScan(options: Partial<ScanOptions>, pace: DryPace, targets = ["127.0.0.1-2"]) {
  let result: ScanResult | undefined;
  const lines = await linesOf(async (dry) => {
    const whole: ScanOptions = {
      targets: await TargetSet.build({ targets: targets.map(parseTarget) }),
      asks: [{ technique: techniqueOf("syn"), ports: [22, 443] }],
      timing: timingTemplates[3]!,
      ...options,
    };
    result = await scan(dry.scanOptions(whole)).result;
    assert.equal(result.failure, undefined);
    dry.end(result.probes, pace);
  });
  return { result: result!, lines };
}

const skip = process.platform !== "linux" && "routes are asked of Linux";

describe("a dry run", { skip }, () => {
  it("tells each packet once, and then how many there are to how many hosts, and how long they take", async () => {
    const { lines, result } = await dryScan({}, { probesPerSecondMax: 2 });
    const last = lines.pop();
    const shapes = lines.map((line) => line.replace(/0x[\da-f]+/, "0x…").replace(/:\d+ >/, ":… >")).sort();
    assert.deepEqual(
      shapes,
      ["127.0.0.1:22", "127.0.0.1:443", "127.0.0.2:22", "127.0.0.2:443"].map(
        (to) => `TCP 127.0.0.1:… > ${to} SYN seq 0x… ttl 64, 44 octets`,
      ),
    );
    assert.equal(
      last,
      "4 packets to 2 hosts, not sent: it takes 1.5 s at least at the given rate; who does not answer is asked again",
    );
    assert.equal(result.probes, 4);
    assert.equal(result.scans[0]!.engine, "dry-run");
  });

  it("waits neither between probes nor for replies, however patient the scan would be", {
    timeout: 30_000,
  }, async () => {
    const { lines } = await dryScan(
      { timing: timingTemplates[0]!, delayUs: 300e6, retriesMax: 3 },
      { delayUs: 300e6 },
    );
    assert.equal(lines.length, 5);
    assert.match(
      lines[4]!,
      /^4 packets to 2 hosts, not sent: it takes 15 min 0 s at least at the given rate;/,
    );
  });

  it("goes by the slower of rate and delay, and says where there is neither", async () => {
    const lastOf = (pace: DryPace) =>
      linesOf(async (dry) => dry.end(11, pace)).then((lines) => lines.at(-1)!);
    assert.match(await lastOf({ probesPerSecondMax: 1, delayUs: 2_000_000 }), / it takes 20 s at least /);
    assert.match(await lastOf({ probesPerSecondMax: 1, delayUs: 2 }), / it takes 10 s at least /);
    assert.match(await lastOf({}), /^0 packets to 0 hosts, not sent: no rate is given;/);
  });

  it("shows what is made of a probe for the sake of those who watch", async () => {
    const { lines } = await dryScan(
      {
        asks: [{ technique: techniqueOf("syn"), ports: [22] }],
        evasion: {
          timeToLive: 5,
          badChecksum: true,
          decoys: () => ({ addresses: [parseIpAddress("127.0.0.9")!], ownAt: 0 }),
        },
      },
      { probesPerSecondMax: 10 },
      ["127.0.0.1"],
    );
    assert.equal(lines.length, 3);
    assert.match(lines[0]!, /^TCP 127\.0\.0\.1:\d+ > 127\.0\.0\.1:22 SYN .* bad checksum ttl 5,/);
    assert.match(lines[1]!, /^TCP 127\.0\.0\.9:\d+ > 127\.0\.0\.1:22 SYN .* bad checksum ttl 5,/);
    assert.match(lines[2]!, /^2 packets to 1 host, not sent: it takes 0 s /);
  });

  it("shows connections, and makes none of them", async () => {
    let accepted = 0;
    const port = await listen("127.0.0.1", () => {
      accepted += 1;
    });
    const { lines, result } = await dryScan({ asks: [{ technique: CONNECT, ports: [port] }] }, {});
    assert.deepEqual(lines.slice(0, 2).sort(), [
      `TCP connection to 127.0.0.1:${port}`,
      `TCP connection to 127.0.0.2:${port}`,
    ]);
    assert.equal(
      lines[2],
      "2 connections to 2 hosts, not made: no rate is given; who does not answer is asked again",
    );
    assert.equal(result.scans[0]!.engine, "dry-run");
    assert.equal(accepted, 0);
  });

  it("shows connections where packets are not permitted, and says why", (t) => {
    if (!works(without)) return t.skip("needs setpriv of Debian's util-linux");
    const { status, stdout, stderr } = runWith(without, ["192.0.2.1", "-p", "22", "-Pn", "--dry-run"]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.deepEqual(stdout.trimEnd().split("\n"), [
      "TCP connection to 192.0.2.1:22",
      "1 connection to 1 host, not made: no rate is given; who does not answer is asked again; " +
        "by connections (raw sockets need root or CAP_NET_RAW)",
    ]);
  });

  it("shows packets that were asked for and are not permitted, and says that the scan is refused", (t) => {
    if (!works(without)) return t.skip("needs setpriv of Debian's util-linux");
    const { status, stdout } = runWith(without, ["127.0.0.1", "-p", "22", "-sS", "-Pn", "--dry-run"]);
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^TCP 127\.0\.0\.1:\d+ > 127\.0\.0\.1:22 SYN .*\n1 packet to .*; the scan itself would be refused: .*CAP_NET_RAW.*\n$/,
    );
  });

  it("tells a sweep's questions once each, and lets none of them leave", async () => {
    const lines = await linesOf(async (dry) => {
      const inner = silentLink();
      const link = dry.wrapSweep(inner);
      for (const last of [1, 2, 1, 2]) {
        const question = ethernet({
          etherType: ETHERTYPE_ARP,
          payload: arp({ senderProtocol: "192.0.2.9", targetProtocol: `192.0.2.${last}` }),
        });
        link.octets.set(question);
        link.set(0, question.length);
        assert.equal(link.send(1), 1);
      }
      link.close();
      // The same host is counted once, whatever is sent to it.
      dry.wrapSweep(inner).send(0);
      dry.end(4, { probesPerSecondMax: 1 });
    });
    assert.deepEqual(lines, [
      "ARP who has 192.0.2.1, tell 192.0.2.9, 42 octets",
      "ARP who has 192.0.2.2, tell 192.0.2.9, 42 octets",
      "2 packets to 2 hosts, not sent: it takes 1.0 s at least at the given rate; who does not answer is asked again",
    ]);
  });

  it("ends quietly when its reader goes", { timeout: 60_000 }, async () => {
    const script = `
      process.argv = [process.argv[0], "palisade", "--version"];
      await import(${JSON.stringify(new URL("../main.js", import.meta.url).href)});
      const { DryRun } = await import(${JSON.stringify(new URL("./dry-run.js", import.meta.url).href)});
      const { Output } = await import(${JSON.stringify(new URL("../output.js", import.meta.url).href)});
      const { parseTarget, scan, TargetSet, techniqueOf, timingTemplates } = await import(${JSON.stringify(import.meta.resolve("@palisade/scan"))});
      const dry = new DryRun(new Output(undefined));
      const result = await scan(dry.scanOptions({
        targets: await TargetSet.build({ targets: [parseTarget("127.0.0.0/16")] }),
        asks: [{ technique: techniqueOf("syn"), ports: [1, 2, 3, 4] }],
        timing: timingTemplates[3],
      })).result;
      dry.end(result.probes, {});
      process.exit(9);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let told = "";
    child.stderr.on("data", (text: Buffer) => {
      told += text.toString();
    });
    let read = 0;
    child.stdout.on("data", (text: Buffer) => {
      read += text.length;
      // Past the version's line.
      if (read > 1_000) child.stdout.destroy();
    });
    const status = await new Promise((resolve) => child.once("exit", resolve));
    assert.equal(told, "");
    assert.equal(status, 0);
  });
});

/** A link that fails where anything is sent. */
function silentLink(): SweepLink & Pick<ProbeLink, "octets"> {
  return {
    octets: new Uint8Array(128),
    slotBytes: 128,
    slots: 1,
    set: () => assert.fail("it is not told of what is not sent"),
    send: () => assert.fail("nothing is sent"),
    drain: () => assert.fail("nothing comes"),
    wait: () => assert.fail("nobody waits"),
    ringDrops: () => 0,
    close: () => {},
  };
}
