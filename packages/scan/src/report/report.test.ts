import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rangesOf } from "../result/result.js";
import { scanCsv } from "./csv.js";
import { exampleHosts, exampleResult, linkLocalHost } from "./example.build.js";
import { scanGrepable } from "./grepable.js";
import { recordJson, scanJson } from "./json.js";
import { scanXml } from "./xml.js";

const [host, down] = exampleHosts;

const textOf = (pieces: Iterable<string>): string => [...pieces].join("");

/** Where Debian's nmap-common keeps the document type. */
const DOCUMENT_TYPE = "/usr/share/nmap/nmap.dtd";

describe("scanJson", () => {
  it("says how the result was obtained, what is listed and what is counted", () => {
    const json = JSON.parse(textOf(scanJson(exampleResult)));
    assert.equal(json.engine, "packet");
    assert.equal(json.seed, exampleResult.seed);
    assert.equal(json.lost, 3);
    assert.equal(json.started, "2026-11-21T17:51:01.000Z");
    assert.equal(json.hosts.length, 2);
    const [first] = json.hosts;
    assert.deepEqual(first.ports[0], {
      protocol: "tcp",
      port: 22,
      state: "open",
      reason: "syn-ack",
      ttl: 64,
      service: exampleHosts[0]!.ports[0]!.service,
    });
    assert.equal(first.ports[1].service, undefined);
    assert.deepEqual([first.closed, first.filtered], [990, 8]);
  });

  it("has what each technique said, and where a link-local address is", () => {
    const record = JSON.parse(recordJson({ type: "host", host: linkLocalHost }));
    assert.deepEqual([record.address, record.zone], ["fe80::2", "eth0"]);
    const answers = [
      { technique: "syn", state: "open", reason: "syn-ack", ttl: 64 },
      { technique: "connect", state: "filtered", reason: "no-response" },
    ];
    assert.equal(record.ports.length, 1);
    assert.deepEqual(record.ports[0].answers, answers);
    assert.deepEqual(record.others[0].answers[1], answers[1]);
    const { firewalled } = JSON.parse(recordJson({ type: "scan", result: exampleResult }));
    assert.equal(firewalled, 2);
  });

  it("counts hosts that limit their ICMP errors where there are any", () => {
    const [scan] = exampleResult.scans;
    const limitedOf = (limitedHosts: number) => {
      const result = { ...exampleResult, scans: [{ ...scan!, limitedHosts }] };
      return JSON.parse(recordJson({ type: "scan", result })).scans[0].limited_hosts;
    };
    assert.deepEqual([limitedOf(0), limitedOf(7)], [undefined, 7]);
  });

  it("counts listed ports of a state with the others", () => {
    const all = {
      ...host!,
      ports: [
        {
          protocol: "tcp",
          port: 1,
          state: "closed",
          reason: "reset",
          replyTtl: 64,
          service: undefined,
        } as const,
      ],
    };
    assert.equal(JSON.parse(recordJson({ type: "host", host: all })).closed, 991);
  });
});

describe("recordJson", () => {
  it("tells ports, hosts and the scan apart by their type", () => {
    const port = {
      address: "192.0.2.1",
      technique: "syn",
      protocol: "tcp",
      port: 22,
      state: "open",
      reason: "syn-ack",
    } as const;
    const records = [
      recordJson({ type: "port", port: { ...port, timeMs: 1_500 } }),
      recordJson({ type: "host", host: down! }),
      recordJson({ type: "scan", result: exampleResult }),
    ].map((line) => JSON.parse(line));
    assert.deepEqual(records[0], { type: "port", time: "1970-01-01T00:00:01.500Z", ...port });
    assert.deepEqual(
      [records[1].type, records[1].address, records[1].timed_out],
      ["host", "2001:db8::7", true],
    );
    assert.deepEqual([records[2].type, records[2].hosts_asked, records[2].hosts], ["scan", 2, undefined]);
  });
});

describe("scanXml", () => {
  it("escapes what came from outside", () => {
    const xml = textOf(scanXml(exampleResult, "1.2.3"));
    assert.match(xml, /args="palisade scan -sS www\.example\.com --name=a&lt;b&gt;&amp;&quot;c&quot;"/);
    const hostile = { ...exampleResult, arguments: ["a\u0000b\n\ud800\uffff"] };
    assert.match(textOf(scanXml(hostile, "1")), /args="a\ufffdb&#10;\ufffd\ufffd"/);
  });

  it("gathers the reasons of a state", () => {
    const xml = textOf(scanXml(exampleResult, "1.2.3"));
    assert.match(
      xml,
      /<extraports state="filtered" count="8">\n<extrareasons reason="no-response" count="7" proto="tcp" ports="992-996,998,1000"\/>\n<extrareasons reason="admin-prohibited" count="1"/,
    );
  });

  it("has a port once, and what another technique said of it; addresses without a zone, as nmap's", () => {
    const xml = textOf(scanXml({ ...exampleResult, hosts: [linkLocalHost] }, "1"));
    assert.equal(xml.split("<port ").length, 2);
    assert.match(
      xml,
      /<state state="open" .*\n<service .*\n<script id="other-techniques" output="connect: filtered \(no-response\)"\/>/,
    );
    assert.match(xml, /<address addr="fe80::2" addrtype="ipv6"\/>/);
  });

  it("says of a scan that was stopped that it was", () => {
    assert.match(textOf(scanXml({ ...exampleResult, stopped: true }, "1")), /exit="error" errormsg="stopped/);
  });

  it("is valid by nmap's document type", (t) => {
    if (!existsSync(DOCUMENT_TYPE)) {
      t.skip("needs the document type of Debian's nmap-common");
      return;
    }
    if (spawnSync("xmllint", ["--version"]).error !== undefined) {
      t.skip("needs xmllint of Debian's libxml2-utils");
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), "palisade-"));
    const hosts = [...exampleHosts, linkLocalHost];
    try {
      for (const [technique, protocol] of [
        ["syn", "tcp"],
        ["connect", "tcp"],
        ["fin", "tcp"],
        ["null", "tcp"],
        ["xmas", "tcp"],
        ["ack", "tcp"],
        ["window", "tcp"],
        ["maimon", "tcp"],
        ["udp", "udp"],
        ["sctp-init", "sctp"],
        ["ip-protocol", "ip"],
      ] as const) {
        const file = join(folder, "scan.xml");
        const scans = exampleResult.scans.map((scan) => ({ ...scan, technique, protocol }));
        writeFileSync(
          file,
          textOf(scanXml({ ...exampleResult, scans, hosts, stopped: technique === "fin" }, "1.2.3")),
        );
        const { status, stderr } = spawnSync("xmllint", ["--noout", "--dtdvalid", DOCUMENT_TYPE, file], {
          encoding: "utf8",
        });
        assert.equal(status, 0, stderr);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("scanGrepable", () => {
  it("gives a line with the state and one with the ports", () => {
    const lines = textOf(scanGrepable(exampleResult, "1.2.3")).split("\n");
    assert.equal(lines[1], "Host: 192.0.2.1 (www.example.com)\tStatus: Up");
    assert.equal(
      lines[2],
      "Host: 192.0.2.1 (www.example.com)\tPorts: 22/open/tcp//ssh//OpenSSH 9.2p1 (protocol 2.0)/, 999/open/tcp/////\tIgnored State: closed (990)",
    );
    assert.equal(lines[3], "Host: 2001:db8::7 ()\tStatus: Down");
    assert.match(
      lines[4]!,
      /^# palisade done at Sat Nov 21 17:51:02 2026 -- 2 addresses \(1 up\) scanned in 1\.25/,
    );
  });

  it("ends with how many addresses were asked, as XML does", () => {
    for (const [hostsAsked, words] of [
      [1, "1 address (1 up)"],
      [2, "2 addresses (1 up)"],
    ] as const) {
      const result = { ...exampleResult, hostsAsked };
      assert.ok(textOf(scanGrepable(result, "1.2.3")).includes(` -- ${words} scanned in `));
      assert.ok(textOf(scanXml(result, "1.2.3")).includes(`; ${words} scanned in `));
    }
  });

  it("has one name of a host: what the user called it, else the first that its address has", () => {
    const reverseNames = ["own.example", "other.example"];
    for (const [names, name] of [
      [["given.example"], "given.example"],
      [[], "own.example"],
      [["a/b"], "a|b"],
    ] as const) {
      const text = textOf(
        scanGrepable({ ...exampleResult, hosts: [{ ...down!, names, reverseNames }] }, "1"),
      );
      assert.ok(text.includes(` (${name})\tStatus: `), text);
    }
  });

  it("keeps to a line whatever a name holds", () => {
    const text = textOf(
      scanGrepable({ ...exampleResult, hosts: [{ ...down!, names: ["a\nHost: 9.9.9.9"] }] }, "1"),
    );
    assert.equal(text.split("\n").length, 4);
  });
});

describe("scanCsv", () => {
  it("gives a record for each listed port, and one for each count", () => {
    const records = textOf(scanCsv(exampleResult)).split("\r\n");
    assert.equal(
      records[0],
      "address,names,protocol,port,state,reason,ttl,service,product,version,count,tunnel,certificate_subject,certificate_not_after,zone,other_answers",
    );
    assert.equal(records[1], "192.0.2.1,www.example.com,tcp,22,open,syn-ack,64,ssh,OpenSSH,9.2p1,1,,,,,");
    assert.equal(records[3], "192.0.2.1,www.example.com,tcp,,closed,reset,,,,,990,,,,,");
    assert.equal(records.length, 7);
  });

  it("says that a service is within TLS, where an address is, and what another technique said", () => {
    const [, port, others] = textOf(scanCsv({ ...exampleResult, hosts: [linkLocalHost] })).split("\r\n");
    assert.equal(
      port,
      'fe80::2,,tcp,443,open,syn-ack,64,http,,,1,tls,"CN=www.example.com, O=Example",2027-01-01T00:00:00Z,eth0,connect: filtered (no-response)',
    );
    assert.equal(others, "fe80::2,,tcp,,closed,reset,,,,,2,,,,eth0,connect: filtered (no-response)");
  });

  it("quotes what holds a separator", () => {
    const named = { ...exampleResult, hosts: [{ ...host!, names: ['a,"b"'] }] };
    assert.match(textOf(scanCsv(named)), /^192\.0\.2\.1,"a,""b""",tcp,22/m);
  });
});

describe("rangesOf", () => {
  it("joins neighbours", () => {
    assert.equal(rangesOf([]), "");
    assert.equal(rangesOf([0]), "0");
    assert.equal(rangesOf([0, 1, 2, 7, 9, 10, 65_535]), "0-2,7,9-10,65535");
  });
});
