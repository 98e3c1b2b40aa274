import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import {
  be32,
  concat,
  ethernet,
  hex,
  LINKTYPE_ETHERNET,
  latin1,
  PcapWriter,
  tcpConversation,
  udpConversation,
} from "@palisade/wire";

const folder = fileURLToPath(new URL("../../../examples/", import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), "palisade-examples-"));
after(() => rmSync(temporary, { recursive: true, force: true }));

const ends = {
  client: { address: "192.0.2.7", port: 49_152 },
  server: { address: "198.51.100.9", port: 7_000 },
};

function reading(litres: number) {
  return { from: "client" as const, octets: concat(latin1("METER"), 1, be32(litres)) };
}

/** Frames of a meter that reports twice, and of a page asked for with a password in the clear. */
const frames = [
  ...udpConversation({ ...ends, turns: [reading(1_200), reading(1_207)] }),
  ...tcpConversation({
    ...ends,
    turns: [
      {
        from: "client",
        octets: latin1("GET / HTTP/1.1\r\nHost: www.example.com\r\nAuthorization: Basic YTpi\r\n\r\n"),
      },
      { from: "server", octets: latin1("HTTP/1.1 204 No Content\r\n\r\n") },
    ],
  }),
].map((payload) => ethernet({ payload }));

function captureOf(octets: readonly Uint8Array[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  const writer = new PcapWriter((chunk) => chunks.push(chunk), { linkType: LINKTYPE_ETHERNET });
  octets.forEach((frame, at) => {
    writer.packet(frame, 0, frame.length, frame.length, 1_714_554_000_000_000 + at * 1_000);
  });
  writer.end();
  return concat(...chunks);
}

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runOn(example: string, ...files: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, example), ...files], {
    encoding: "utf8",
  });
  return { status, stdout, stderr: stderr.replaceAll(temporary, "") };
}

/** What it prints about a capture, by default a whole one. */
function run(example: string, capture: Uint8Array, status = 0, complaint = ""): string[] {
  const file = join(temporary, "capture.pcap");
  writeFileSync(file, capture);
  const ran = runOn(example, file);
  assert.deepEqual([ran.status, ran.stderr], [status, complaint]);
  return ran.stdout.trimEnd().split("\n");
}

describe("examples", () => {
  it("are all run here, or with what they show", () => {
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith(".mjs")),
      ["flows.mjs", "handlers.mjs", "scan.mjs"],
    );
  });

  it("flows.mjs tells built-in protocols and one of its own", () => {
    const lines = run("flows.mjs", captureOf(frames));
    const [meter, http, finding] = lines;
    assert.equal(lines.length, 3, lines.join("\n"));
    assert.equal(meter, '192.0.2.7 → 198.51.100.9: meter (dpi) {"meter.litres":[1200,1207]}');
    assert.match(http!, /^192\.0\.2\.7 → 198\.51\.100\.9: http \(dpi\) \{.*"http\.host":"www\.example\.com"/);
    assert.match(finding!, /^ {2}medium: .* Basic authentication, in packet 6$/);
  });

  it("handlers.mjs tells values as they are read, and that a capture is cut short", () => {
    const question = concat(
      hex("1234 0100 0001 0000 0000 0000"),
      hex("03 777777 07 6578616d706c65 03 6f7267 00 0001 0001"),
    );
    const asked = udpConversation({
      client: ends.client,
      server: { address: "198.51.100.53", port: 53 },
      turns: [{ from: "client", octets: question }],
    });
    const capture = captureOf([...frames, ...asked.map((payload) => ethernet({ payload }))]);
    const values = [
      "packet 6, port 7000: http.host is www.example.com",
      "packet 13, port 53: dns.query is www.example.org",
    ];
    assert.deepEqual(run("handlers.mjs", capture), [...values, "13 packets in 3 flows"]);
    assert.deepEqual(
      run("handlers.mjs", capture.subarray(0, -1), 2, "/capture.pcap: the capture is damaged: cut short\n"),
      [values[0], "12 packets in 2 flows"],
    );
  });

  it("flows.mjs tells that a capture is cut short, after what stands before", () => {
    const complaint = "/capture.pcap: the capture is cut short: what came before was read\n";
    const lines = run("flows.mjs", captureOf(frames).subarray(0, -1), 2, complaint);
    assert.equal(lines.length, 3, lines.join("\n"));
  });

  for (const example of ["flows.mjs", "handlers.mjs"]) {
    it(`${example} says in one line what is wrong with its file`, () => {
      const usage = `usage: node examples/${example} FILE (a pcap or pcapng capture)\n`;
      assert.deepEqual(runOn(example), { status: 2, stdout: "", stderr: usage });
      const absent = runOn(example, join(temporary, "absent.pcap"));
      assert.equal(absent.status, 2);
      assert.match(absent.stderr, /^\/absent\.pcap: ENOENT: [^\n]+\n$/);
      const path = join(temporary, "capture.pcap.gz");
      writeFileSync(path, gzipSync(captureOf(frames)));
      const gzipped = runOn(example, path);
      assert.equal(gzipped.status, 2);
      assert.match(gzipped.stderr, /^\/capture\.pcap\.gz: not a capture[^\n]+compressed[^\n]+\n$/);
    });
  }

  it("the README shows flows.mjs as it is", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const [, shown] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
    assert.equal(shown, readFileSync(join(folder, "flows.mjs"), "utf8"));
  });
});
