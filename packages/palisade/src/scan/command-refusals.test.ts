/** What the command cannot do, or may not: it says so in one line, and how it would go. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileOf, palisadeInto, temporaryFolder } from "../command.build.js";
import {
  addresses,
  asNobody,
  BARE,
  isolated,
  isRoot,
  listen,
  type Report,
  refused,
  runWith,
  scan,
  without,
  works,
} from "./scan-command.build.js";

/** Of its own, so that nothing else listens there. */
const HOST = "127.83.19.3";

const folder = temporaryFolder();
let list = "";
before(async () => {
  // 1 is closed.
  list = [1, await listen(HOST), await listen(HOST), await listen(HOST)].join(",");
});

describe("what cannot be scanned is told in one line", () => {
  for (const [words, message] of [
    [[], /give an address, a prefix or a name/],
    [["999.1.1.1"], /999\.1\.1\.1: an octet is 0 to 255/],
    [["127.0.0.1/33"], /127\.0\.0\.1\/33: a prefix length is 0 to 32/],
    [["::1/129"], /::1\/129/],
    [["127.0.0"], /127\.0\.0: an IPv4 address has four octets/],
    [["127.0.0.5-1"], /127\.0\.0\.5-1/],
    [[""], /a target is an address/],
    [["a..example"], /a\.\.example/],
    [["http://127.0.0.1/"], /http:\/\/127\.0\.0\.1\/ is a URL: give the host alone \(127\.0\.0\.1\)/],
    [["127.0.0.1:80"], /127\.0\.0\.1:80: a target has no port: write 127\.0\.0\.1 -p 80/],
    [["localhost:80"], /a target has no port: write localhost -p 80/],
    [["127.0.0.1", "--shard", "1/4"], /--shard 1\/4: add --seed N, the same for every part/],
    [
      ["127.0.0.1", "--resume", "/nowhere/x"],
      /\/nowhere\/x: the resume file cannot be written: there is no folder/,
    ],
    [["\x1b[31m\nred"], /host name/],
    [["nowhere.invalid"], /no address is left to scan: nowhere\.invalid: /],
    [["nowhere.invalid", "neither.invalid"], /nowhere\.invalid: .* \(and 1 more\)/],
    [["0.0.0.0/0"], /4294967296 IPv4 addresses and nothing is excluded.*--exclude/],
    [["::/0"], /::\/0/],
    [["2001:db8::/80"], /more than one run keeps.*scan fewer/],
    [["2001:db8::/64"], /addresses/],
    [["127.0.0.1", "--exclude", "127.0.0.0/8"], /no address is left to scan: all of them are excluded/],
    [["127.0.0.1", "--exclude", "127.0.0.300"], /127\.0\.0\.300: an octet/],
    [["127.0.0.1", "--exclude", ""], /target/],
    [["127.0.0.1", "--exclude", "nowhere.invalid"], /nowhere\.invalid/],
    [["-sT", "2001:db8::1", "fe80::7"], /fe80::7 can be on any link: .*fe80::7%eth0/],
    [["127.0.0.1", "-p", "70000"], /-p 70000: a port is 0 to 65535/],
    [["127.0.0.1", "-p", "9-1"], /the wrong way round: write 1-9/],
    [["127.0.0.1", "-p", "ssssh"], /-p ssssh: no tcp service/],
    [["127.0.0.1", "-p", ""], /-p/],
    [["127.0.0.1", "-p", "80,,81"], /-p/],
    [["127.0.0.1", "-p", "U:53"], /-p U:53: udp is not scanned/],
    [["127.0.0.1", "-p", "80", "--exclude-ports", "1-100"], /no port is left to scan/],
    [["127.0.0.1", "-p", "80", "--exclude-ports", "x-y"], /--exclude-ports x-y/],
    [["127.0.0.1", "-sn", "-PS22,70000"], /: -PS70000: a port is 0 to 65535/],
    [["127.0.0.1", "--shard", "5/4"], /shard "5\/4": the first number is 1 to 4/],
    [["127.0.0.1", "--shard", "0/4"], /shard "0\/4"/],
    [["127.0.0.1", "--shard", "half"], /as in 1\/4/],
    [["127.0.0.1", "--scan-delay", "0.0001ms"], /scan delay/],
    [["127.0.0.1", "-sT", "-g", "53"], /: -g: /],
    [["127.0.0.1", "-sT", "-e", "lo"], /: -e: /],
    [["127.0.0.1", "-sT", "-sS", "-g", "53"], /: -g: /],
    [["127.0.0.1", "-F", "-p", "80"], /one of -p, -F/],
    [["127.0.0.1", "--open", "--all-states"], /give one of them/],
    [["127.0.0.1", "--prots", "80"], /did you mean --ports\?/],
    [["127.0.0.1", "-sC"], /not there yet/],
    [["127.0.0.1", "-oX", "-", "-oG", "-"], /two reports would go to standard output/],
    [["-iL", "/nowhere/hosts"], /\/nowhere\/hosts: the list cannot be read: there is no such file/],
    [["-iL", "/"], /\/: the list cannot be read: it is a folder/],
    [["127.0.0.1", "--excludefile", "/nowhere/x"], /\/nowhere\/x: the list cannot be read/],
    [["127.0.0.1", "--scope", "/nowhere/x"], /\/nowhere\/x: the list cannot be read/],
    [["127.0.0.1", "-o", "/nowhere/x"], /\/nowhere\/x: cannot be written: there is no folder \/nowhere/],
    [["127.0.0.1", "-oX", "/"], /\/: cannot be written: it is a folder/],
    [["127.0.0.1", "-oA", "/nowhere/x"], /\/nowhere\/x\.txt: cannot be written/],
  ] as const) {
    it(words.join(" ") || "nothing at all", () => refused(scan(words), 2, message));
  }

  it("a list with a bad line, by its file and line", () => {
    const file = fileOf(folder, "bad", "127.0.0.1\n127.0.0.1/40\n");
    refused(scan(["-iL", file]), 2, /\/bad: line 2: .*127\.0\.0\.1\/40/);
    refused(scan(["-iL", "-"], "127.0.0.1\n999.1.1.1\n"), 2, /-: line 2: /);
    const binary = fileOf(
      folder,
      "binary",
      Uint8Array.from({ length: 512 }, (_, octet) => octet & 255),
    );
    refused(scan(["-iL", binary]), 2, /\/binary: line 1/);
  });

  it("a list with nothing in it", () => {
    refused(scan(["-iL", fileOf(folder, "empty", "")]), 2, /no address is left to scan/);
    refused(scan(["-iL", "-"], "# nothing\n"), 2, /no address is left to scan/);
  });

  it("an output that cannot be written takes away those that were made, and nothing is sent", async () => {
    let accepted = 0;
    const port = await listen(HOST, () => (accepted += 1));
    const made = join(folder, "made.json");
    const kept = fileOf(folder, "kept.xml", "before");
    const words = ["-sT", "-p", String(port), "-oJ", made, "-oX", kept, "-oC", "/nowhere/x.csv", HOST];
    refused(scan(words), 2, /\/nowhere\/x\.csv: cannot be written/);
    await new Promise((turn) => setImmediate(turn));
    assert.equal(existsSync(made), false);
    assert.equal(readFileSync(kept, "utf8"), "before");
    assert.equal(accepted, 0);
  });

  it("an output that is full, and the others are written all the same", () => {
    const other = join(folder, "other.json");
    const ran = scan(["-sT", "-p", "1", "-o", "/dev/full", "-oJ", other, BARE]);
    refused(ran, 2, /\/dev\/full: cannot be written: no space/);
    assert.deepEqual(addresses(JSON.parse(readFileSync(other, "utf8")) as Report), [BARE]);
    const beside = join(folder, "beside.json");
    const { status, stderr } = palisadeInto("/dev/full", ["scan", "-sT", "-p", "1", "-oJ", beside, BARE]);
    assert.equal(status, 2);
    assert.match(stderr, /^palisade: standard output cannot be written: [^\n]*\n$/);
    assert.deepEqual(addresses(JSON.parse(readFileSync(beside, "utf8")) as Report), [BARE]);
  });

  it("an interface that is not there, by the names of those that are", {
    skip: process.platform === "linux" ? false : "interfaces by name are of Linux",
  }, () => {
    refused(scan(["-e", "nowhere0", "127.0.0.1"]), 2, /no interface "nowhere0"; there are: lo/);
    refused(scan(["-sT", "fe80::1%nowhere0"]), 2, /no interface "nowhere0"; there are: lo/);
  });
});

describe("without the permission to open raw sockets", {
  skip:
    process.platform !== "linux"
      ? "raw scans work on Linux"
      : works(without)
        ? false
        : "setpriv takes no capability away",
}, () => {
  it("connections take their place, and the result says why", () => {
    const { status, stdout, stderr } = runWith(without, ["--format", "json", "-p", list, HOST]);
    assert.deepEqual([status, stderr], [0, ""]);
    const report = JSON.parse(stdout) as Report;
    assert.deepEqual(report.techniques, ["connect"]);
    assert.match(report.because!, /raw sockets need root or CAP_NET_RAW/);
    assert.equal(report.hosts[0]!.ports.length, 3);
    assert.match(runWith(without, ["-p", "1", BARE]).stdout, /connect by \w+ \(raw sockets need root/);
  });

  for (const words of [["-sS"], ["-sU"], ["-sF"], ["-sO"], ["-g", "53"], ["-e", "lo"]]) {
    it(`${words.join(" ")} is refused, with what it takes`, () => {
      refused(runWith(without, [...words, "-p", "1", BARE]), 3, /CAP_NET_RAW/);
    });
  }
});

describe("files of others", {
  skip: isRoot ? (works(asNobody) ? false : "as root, and no other user can run the command here") : false,
}, () => {
  const prefix = isRoot ? asNobody : [];
  it("are told as such: a list", () => {
    const path = fileOf(folder, "secret", "127.0.0.1\n");
    chmodSync(path, 0);
    chmodSync(folder, 0o755);
    refused(runWith(prefix, ["-sT", "-iL", path]), 3, /secret: the list cannot be read: this user may not/);
  });

  it("are told as such: an output", () => {
    const locked = join(folder, "locked");
    mkdirSync(locked, { mode: 0o555 });
    refused(runWith(prefix, ["-sT", "-oX", join(locked, "x"), BARE]), 2, /this user may not write there/);
  });
});

describe("where there is no network", {
  skip: isRoot && works(isolated) ? false : "no network namespace can be made",
}, () => {
  it("no way is told, by the address that has none", () => {
    refused(runWith(isolated, ["-sS", "-p", "1", "192.0.2.1"]), 2, /192\.0\.2\.1/);
    refused(runWith(isolated, ["-p", "1", "2001:db8::1"]), 2, /2001:db8::1/);
  });

  it("an interface that is down is told, with how to set it up", () => {
    for (const words of [
      ["-sS", "-e", "idle", "192.0.2.1"],
      ["-sT", "fe80::1%idle"],
      ["-sS", "fe80::1%idle"],
    ])
      refused(runWith(isolated, [...words, "-p", "1"]), 2, /idle is down: .*ip link set dev idle up/);
  });

  it("connections without a way are filtered, not open", () => {
    const { status, stdout } = runWith(isolated, ["-sT", "-Pn", "--format", "json", "-p", "1", "192.0.2.1"]);
    assert.equal(status, 0);
    const [host] = (JSON.parse(stdout) as Report).hosts;
    assert.deepEqual([host!.ports, host!.closed, host!.filtered], [[], 0, 1]);
  });
});
