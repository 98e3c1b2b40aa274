import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import * as zlib from "node:zlib";
import { PalisadeError } from "@palisade/base";
import { CaptureReader, concat, hex, LINKTYPE_ETHERNET, latin1, PcapWriter } from "@palisade/wire";
import { type CaptureFileOptions, openCaptureFile } from "./capture-file.js";

const folder = mkdtempSync(join(tmpdir(), "palisade-capture-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function stored(octets: Uint8Array, name = "x.pcap"): string {
  files += 1;
  const path = join(folder, `${files}-${name}`);
  writeFileSync(path, octets);
  return path;
}

/** Octets that compress badly, so that damage in the middle leaves something before and after it. */
function noise(length: number): Uint8Array {
  const octets = new Uint8Array(length);
  let state = 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    octets[index] = state >>> 24;
  }
  return octets;
}

function capture(packets: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  const writer = new PcapWriter((octets) => chunks.push(octets), { linkType: LINKTYPE_ETHERNET });
  const frame = noise(1500);
  for (let index = 0; index < packets; index += 1) writer.packet(frame, index % 1000, 500, 1500, index);
  writer.end();
  return concat(...chunks);
}

interface Outcome {
  readonly octets: Uint8Array;
  readonly chunks: number;
  readonly error: unknown;
}

async function readAll(path: string, options?: CaptureFileOptions): Promise<Outcome> {
  const chunks: Uint8Array[] = [];
  let error: unknown;
  try {
    for await (const chunk of openCaptureFile(path, options).chunks()) {
      assert.ok(chunk.length > 0);
      chunks.push(chunk.slice());
    }
  } catch (thrown) {
    error = thrown;
  }
  return { octets: concat(...chunks), chunks: chunks.length, error };
}

async function readWhole(path: string, options?: CaptureFileOptions): Promise<Uint8Array> {
  const { octets, error } = await readAll(path, options);
  assert.equal(error, undefined);
  return octets;
}

function assertCode(error: unknown, code: string): asserts error is PalisadeError {
  assert.ok(error instanceof PalisadeError, `expected ${code}, got ${error}`);
  assert.equal(error.code, code);
  assert.doesNotMatch(error.message, /\n/, "one line");
}

const same = (actual: Uint8Array, expected: Uint8Array): void =>
  assert.ok(Buffer.compare(actual, expected) === 0, `${actual.length} octets, expected ${expected.length}`);

describe("a regular file", () => {
  test("is read whole, in chunks of one buffer", async () => {
    const octets = noise(10_000);
    const device = openCaptureFile(stored(octets), { chunkBytes: 4096 });
    const lengths: number[] = [];
    const positions: number[] = [];
    const buffers = new Set<ArrayBufferLike>();
    for await (const chunk of device.chunks()) {
      lengths.push(chunk.length);
      positions.push(device.positionBytes);
      buffers.add(chunk.buffer);
    }
    assert.deepEqual(lengths, [4096, 4096, 1808]);
    assert.deepEqual(positions, [4096, 8192, 10_000]);
    assert.equal(device.sizeBytes, 10_000);
    assert.equal(buffers.size, 1);
    assert.equal(device.statistics(), undefined);
  });

  test("can be read again, from its start", async () => {
    const octets = noise(5000);
    const device = openCaptureFile(stored(octets), { chunkBytes: 1024 });
    for (let round = 0; round < 2; round += 1) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of device.chunks()) chunks.push(chunk.slice());
      same(concat(...chunks), octets);
      assert.equal(device.positionBytes, 5000);
    }
  });

  test("without octets has no chunk", async () => {
    assert.deepEqual(await readAll(stored(new Uint8Array(0))), {
      octets: new Uint8Array(0),
      chunks: 0,
      error: undefined,
    });
  });

  test("shorter than any magic number is delivered, also octet by octet", async () => {
    for (const chunkBytes of [1, 2, 100]) {
      same(await readWhole(stored(hex("d4c3b2")), { chunkBytes }), hex("d4c3b2"));
    }
  });

  test("that grows while it is read is read to the end it has then", async () => {
    const path = stored(noise(3000));
    const device = openCaptureFile(path, { chunkBytes: 1000 });
    let total = 0;
    for await (const chunk of device.chunks()) {
      if (total === 0) appendFileSync(path, noise(500));
      total += chunk.length;
    }
    assert.equal(total, 3500);
  });

  test("that shrinks while it is read ends where it ends", async () => {
    const path = stored(noise(3000));
    let total = 0;
    for await (const chunk of openCaptureFile(path, { chunkBytes: 1000 }).chunks()) {
      if (total === 0) truncateSync(path, 1500);
      total += chunk.length;
    }
    assert.equal(total, 1500);
  });

  test("ends without an error when the signal aborts", async () => {
    const path = stored(noise(10_000));
    const stop = new AbortController();
    let total = 0;
    for await (const chunk of openCaptureFile(path, { chunkBytes: 1000 }).chunks({ signal: stop.signal })) {
      total += chunk.length;
      if (total === 3000) stop.abort();
    }
    assert.equal(total, 3000);
    for await (const _ of openCaptureFile(path).chunks({ signal: stop.signal }))
      assert.fail("aborted before");
  });

  test("is closed when the loop is left", async (context) => {
    const descriptor = (): number => {
      const fd = openSync(folder, "r");
      closeSync(fd);
      return fd;
    };
    const before = descriptor();
    for (const octets of [noise(5000), zlib.gzipSync(noise(5000))]) {
      for await (const chunk of openCaptureFile(stored(octets), { chunkBytes: 1000 }).chunks()) {
        assert.ok(chunk.length > 0);
        break;
      }
    }
    context.diagnostic(`lowest free descriptor ${before}`);
    assert.equal(descriptor(), before);
  });
});

describe("a gzip file", () => {
  const octets = capture(2000);
  const packed = zlib.gzipSync(octets);

  test("is decompressed, whatever it is called", async () => {
    const device = openCaptureFile(stored(packed, "x.pcap"));
    const chunks: Uint8Array[] = [];
    for await (const chunk of device.chunks()) chunks.push(chunk.slice());
    same(concat(...chunks), octets);
    assert.equal(device.sizeBytes, packed.length);
    assert.equal(device.positionBytes, packed.length);
  });

  test("of several members is read through, wherever the pieces end", async () => {
    const small = concat(
      zlib.gzipSync(latin1("one ")),
      zlib.gzipSync(latin1("")),
      zlib.gzipSync(latin1("two")),
    );
    for (let chunkBytes = 1; chunkBytes <= small.length; chunkBytes += 1) {
      same(await readWhole(stored(small), { chunkBytes }), latin1("one two"));
    }
    same(await readWhole(stored(concat(packed, packed))), concat(octets, octets));
  });

  test("may be padded with zeros", async () => {
    same(await readWhole(stored(concat(packed, new Uint8Array(50_000)))), octets);
  });

  test("that expands a lot comes in bounded chunks", async () => {
    const zeros = new Uint8Array(40_000_000);
    const path = stored(zlib.gzipSync(zeros));
    let total = 0;
    for await (const chunk of openCaptureFile(path).chunks()) {
      assert.ok(chunk.length <= 1024 * 1024);
      total += chunk.length;
    }
    assert.equal(total, zeros.length);
  });

  test("that ends early gives everything before, then says so", async () => {
    for (const kept of [packed.length - 1, packed.length - 8, packed.length >> 1, 20]) {
      const { octets: before, error } = await readAll(stored(packed.subarray(0, kept)));
      assertCode(error, "CAPTURE_CORRUPT_GZIP");
      assert.match(error.message, /ends in the middle/);
      assert.ok(
        before.length >= octets.length * (kept / packed.length) * 0.9 - 1000,
        `${before.length} octets`,
      );
      same(before, octets.subarray(0, before.length));
      if (kept >= packed.length - 8) assert.equal(before.length, octets.length);
    }
  });

  test("with a wrong checksum gives everything, then says so", async () => {
    const damaged = Uint8Array.from(packed);
    damaged[packed.length - 6]! ^= 1;
    for (const chunkBytes of [1024 * 1024, 1000]) {
      const { octets: before, error } = await readAll(stored(damaged), { chunkBytes });
      assertCode(error, "CAPTURE_CORRUPT_GZIP");
      assert.match(error.message, /damaged/);
      same(before, octets);
    }
  });

  test("damaged in the middle gives what came before the damage, then says so", async () => {
    const random = noise(2_000_000);
    const whole = zlib.gzipSync(random);
    const second = Uint8Array.from(zlib.gzipSync(latin1("second")));
    second[2] = 0xff; // a compression method that does not exist
    const { octets: before, error } = await readAll(stored(concat(whole, second)));
    assertCode(error, "CAPTURE_CORRUPT_GZIP");
    assert.ok(before.length > random.length - 20_000);
    same(before, random.subarray(0, before.length));
  });

  test("ends without an error when the signal aborts in its middle", async () => {
    const stop = new AbortController();
    let total = 0;
    for await (const chunk of openCaptureFile(stored(packed)).chunks({ signal: stop.signal })) {
      total += chunk.length;
      stop.abort();
    }
    assert.ok(total > 0 && total < octets.length);
  });
});

describe("other compressions", () => {
  const octets = capture(50);
  // A Zstandard frame written by hand (RFC 8878 §3.1.1): no checksum, single segment, one raw block, the last.
  const zstd = (content: Uint8Array): Uint8Array =>
    concat(
      hex("28b52ffd a0"),
      Uint8Array.of(content.length, content.length >>> 8, content.length >>> 16, 0),
      Uint8Array.of(1 | (content.length << 3), content.length >>> 5, content.length >>> 13),
      content,
    );
  const readsZstd = "createZstdDecompress" in zlib;

  test("zstd is decompressed where Node can, and else says what to do", async () => {
    const packed = concat(hex("502a4d18 03000000 010203"), zstd(octets), zstd(octets));
    const { octets: read, error } = await readAll(stored(packed, "it's.pcap"));
    if (readsZstd) {
      assert.equal(error, undefined);
      same(read, concat(octets, octets));
      const cut = await readAll(stored(packed.subarray(0, packed.length - 10)));
      assertCode(cut.error, "CAPTURE_CORRUPT_ZSTD");
      assert.ok(cut.octets.length >= octets.length);
    } else {
      assertCode(error, "CAPTURE_COMPRESSION_UNSUPPORTED");
      assert.match(
        error.message,
        /Node 22\.15 or newer: run `zstd -dc '.*it'\\''s\.pcap' \| palisade inspect -i -`/,
      );
    }
  });

  for (const [format, magic] of [
    ["xz", "fd377a585a00"],
    ["bzip2", "425a6839 3141"],
    ["lz4", "04224d18 6040"],
  ] as const) {
    test(`${format} says what to do`, async () => {
      const { octets: read, error } = await readAll(stored(hex(magic)), { chunkBytes: 2 });
      assertCode(error, "CAPTURE_COMPRESSION_UNSUPPORTED");
      assert.match(error.message, new RegExp(`run \`${format} -dc .*x\\.pcap \\| palisade inspect -i -\``));
      assert.equal(read.length, 0);
    });
  }
});

describe("a path that cannot be read", () => {
  test("that fails while it is read", {
    skip: process.platform !== "linux" ? "needs a file that fails" : false,
  }, async () => {
    // The first page of a process is never there to be read.
    const { octets, error } = await readAll("/proc/self/mem");
    assertCode(error, "CAPTURE_READ_FAILED");
    assert.equal(octets.length, 0);
  });

  test("that does not exist", () => {
    for (const path of [join(folder, "absent.pcap"), join(stored(hex("00")), "below-a-file"), ""]) {
      assert.throws(
        () => openCaptureFile(path),
        (error) => {
          assertCode(error, "CAPTURE_NOT_FOUND");
          return error.message.includes("check the path");
        },
      );
    }
  });

  test("that is a circle of symbolic links, which it names", () => {
    const [one, two, itself] = ["one", "two", "itself"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    symlinkSync("two", one);
    symlinkSync(one, two);
    symlinkSync("itself", itself);
    for (const [path, shown] of [
      [one, [one, two, one]],
      [itself, [itself, itself]],
      [join(two, "below.pcap"), [two, one, two]],
    ] as const) {
      assert.throws(
        () => openCaptureFile(path),
        (error) => {
          assertCode(error, "CAPTURE_NOT_FOUND");
          const [, chain] = /lead in a circle: (.*); point the link/.exec(error.message) ?? [];
          assert.deepEqual(
            chain?.split(" → ").map((link) => resolve(JSON.parse(link) as string)),
            shown,
          );
          return true;
        },
      );
    }
  });

  test("that vanishes before it is read", async () => {
    const path = stored(noise(10));
    const device = openCaptureFile(path);
    rmSync(path);
    await assert.rejects(
      async () => {
        for await (const _ of device.chunks()) assert.fail("there is nothing");
      },
      { code: "CAPTURE_NOT_FOUND" },
    );
  });

  test("that is a directory", () => {
    assert.throws(() => openCaptureFile(folder), { code: "CAPTURE_IS_DIRECTORY" });
  });

  test("that this user may not read", {
    skip: process.getuid?.() === 0 ? "root may read everything" : false,
  }, async () => {
    const path = stored(noise(10));
    chmodSync(path, 0);
    assertCode((await readAll(path)).error, "CAPTURE_NOT_PERMITTED");
    const closed = join(folder, "closed");
    mkdirSync(closed, { mode: 0 });
    assert.throws(() => openCaptureFile(join(closed, "x.pcap")), { code: "CAPTURE_NOT_PERMITTED" });
  });

  test("that the system calls names no other way", () => {
    assert.throws(() => openCaptureFile("x".repeat(5000)), { code: "CAPTURE_READ_FAILED" });
  });

  test("with line ends in its name still makes one line", () => {
    assert.throws(
      () => openCaptureFile(join(folder, "a\nb")),
      (error) => {
        assertCode(error, "CAPTURE_NOT_FOUND");
        return error.message.includes("a\\nb");
      },
    );
  });

  test("with chunks of no octet", () => {
    for (const chunkBytes of [0, -1, 1.5]) {
      assert.throws(() => openCaptureFile("x", { chunkBytes }), { code: "CAPTURE_OPTION_INVALID" });
    }
  });
});

describe("a FIFO", { skip: process.platform === "win32" ? "not there" : false }, () => {
  const fifo = (): string => {
    files += 1;
    const path = join(folder, `${files}.fifo`);
    execFileSync("mkfifo", [path]);
    return path;
  };
  const write = async (path: string, parts: readonly Uint8Array[]): Promise<void> => {
    const writer = await open(path, "w");
    for (const part of parts) {
      await writer.writeFile(part);
      await pause(1);
    }
    await writer.close();
  };

  for (const [name, encode] of [
    ["plain", (octets: Uint8Array) => octets],
    ["gzip", (octets: Uint8Array) => zlib.gzipSync(octets)],
  ] as const) {
    test(`is read as a stream, ${name}`, async () => {
      const octets = capture(1000);
      const packed = encode(octets);
      const path = fifo();
      const device = openCaptureFile(path);
      assert.equal(device.sizeBytes, undefined);
      const writing = write(path, [packed.subarray(0, 1), packed.subarray(1, 3), packed.subarray(3)]);
      const reading: Uint8Array[] = [];
      for await (const chunk of device.chunks()) reading.push(chunk.slice());
      await writing;
      same(concat(...reading), octets);
      assert.equal(device.positionBytes, packed.length);
    });
  }

  test("that nobody writes to waits until the signal aborts", async () => {
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of openCaptureFile(fifo()).chunks({ signal: stop.signal }))
        assert.fail("nobody wrote");
    })();
    await pause(20);
    stop.abort();
    await reading;
  });
});

describe("standard input", () => {
  const program = `
    import { openCaptureFile } from ${JSON.stringify(new URL("./capture-file.js", import.meta.url).href)};
    try {
      const device = openCaptureFile("-");
      let count = 0;
      for await (const chunk of device.chunks()) { count += chunk.length; }
      console.log(count, device.sizeBytes, device.positionBytes);
      for await (const chunk of device.chunks()) break;
    } catch (error) { console.log(error.code); }
  `;
  const run = (input: Uint8Array | string): Promise<string> =>
    new Promise((resolve, reject) => {
      const fd = typeof input === "string" ? openSync(input, "r") : undefined;
      const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
        stdio: [fd ?? "pipe", "pipe", "inherit"],
      });
      if (fd !== undefined) closeSync(fd);
      let said = "";
      child.stdout?.on("data", (text) => {
        said += text;
      });
      child.on("error", reject).on("close", () => resolve(said.trim()));
      if (typeof input !== "string") child.stdin?.end(input);
    });
  const octets = capture(300);
  const packed = zlib.gzipSync(octets);

  test("is read from a pipe, once", async () => {
    assert.equal(await run(octets), `${octets.length} undefined ${octets.length}\nCAPTURE_READ_TWICE`);
  });

  test("is decompressed", async () => {
    assert.equal(await run(packed), `${octets.length} undefined ${packed.length}\nCAPTURE_READ_TWICE`);
  });

  test("is read from a file, whose size is known", async () => {
    assert.equal(
      await run(stored(packed)),
      `${octets.length} ${packed.length} ${packed.length}\nCAPTURE_READ_TWICE`,
    );
  });

  test("may be empty", async () => {
    assert.equal(await run(new Uint8Array(0)), "0 undefined 0\nCAPTURE_READ_TWICE");
  });
});

test("a capture file gives its packets", async () => {
  let packets = 0;
  const reader = new CaptureReader({
    packet() {
      packets += 1;
    },
  });
  for await (const chunk of openCaptureFile(stored(zlib.gzipSync(capture(1234)))).chunks())
    reader.push(chunk);
  assert.equal(reader.end().truncated, false);
  assert.equal(packets, 1234);
});
