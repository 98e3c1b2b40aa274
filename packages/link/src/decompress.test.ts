import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as zlib from "node:zlib";
import { concat, hex, latin1 } from "@palisade/wire";
import fc from "fast-check";
import {
  type Compression,
  compressionOf,
  type DecompressionEnd,
  decompress,
  decompressorFor,
  ZstdFrames,
} from "./decompress.js";

async function* pieces(octets: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let from = 0; from < octets.length; from += pieceBytes) yield octets.slice(from, from + pieceBytes);
}

async function unpack(
  compression: Compression,
  head: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void, undefined>,
): Promise<{ octets: Uint8Array; end?: DecompressionEnd; thrown?: unknown; largest: number }> {
  const decompressor = decompressorFor(compression);
  assert.ok(decompressor);
  const out: Uint8Array[] = [];
  let largest = 0;
  const generator = decompress(decompressor, head, rest);
  try {
    while (true) {
      const next = await generator.next();
      if (next.done) return { octets: concat(...out), end: next.value, largest };
      largest = Math.max(largest, next.value.length);
      out.push(next.value);
    }
  } catch (thrown) {
    return { octets: concat(...out), thrown, largest };
  }
}

describe("a compression is told by the first octets", () => {
  const cases: readonly [string, Compression | undefined][] = [
    ["1f8b0800 0000", "gzip"],
    ["28b52ffd 2000", "zstd"],
    ["502a4d18 0000", "zstd"],
    ["5f2a4d18 0000", "zstd"],
    ["602a4d18 0000", undefined],
    ["fd377a58 5a00", "xz"],
    ["425a6839 3141", "bzip2"],
    ["04224d18 6440", "lz4"],
    ["d4c3b2a1 0200", undefined],
    ["0a0d0d0a 1c00", undefined],
    ["1f", undefined],
    ["", undefined],
  ];
  for (const [octets, compression] of cases) {
    test(`${octets || "none"}: ${compression ?? "not compressed"}`, () => {
      assert.equal(compressionOf(hex(octets)), compression);
    });
  }
});

describe("decompression", () => {
  const content = latin1("what was sent, was sent; ".repeat(4000));
  const packed = zlib.gzipSync(content);

  test("gives the same however the octets come", async () => {
    for (const pieceBytes of [1, 7, 8, 9, 100_000]) {
      const { octets, end } = await unpack(
        "gzip",
        packed.subarray(0, 10),
        pieces(packed.subarray(10), pieceBytes),
      );
      assert.deepEqual(end, { kind: "whole" });
      assert.equal(Buffer.compare(octets, content), 0);
    }
  });

  test("throws what reading throws, when what was read has been given out", async () => {
    const failure = new Error("the disk is gone");
    async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
      yield packed.slice(10, packed.length - 8);
      throw failure;
    }
    const { octets, thrown } = await unpack("gzip", packed.subarray(0, 10), failing());
    assert.equal(thrown, failure);
    assert.equal(Buffer.compare(octets, content), 0);
  });

  test("tells octets that are cut from octets that are damaged", async () => {
    const cut = await unpack("gzip", packed.subarray(0, packed.length - 1), pieces(hex(""), 1));
    assert.equal(cut.end?.kind, "cut");
    assert.equal(Buffer.compare(cut.octets, content), 0);
    const damaged = await unpack("gzip", concat(packed, latin1("and more")), pieces(hex(""), 1));
    assert.equal(damaged.end?.kind, "damaged");
    assert.equal(Buffer.compare(damaged.octets, content), 0);
  });

  test("has only a few chunks waiting, however much the octets expand", async () => {
    const { octets, largest } = await unpack(
      "gzip",
      zlib.gzipSync(new Uint8Array(30_000_000)),
      pieces(hex(""), 1),
    );
    assert.equal(octets.length, 30_000_000);
    assert.ok(largest <= 1024 * 1024, `${largest} octets at once`);
  });

  test("is not there for what is only recognised", () => {
    for (const compression of ["xz", "bzip2", "lz4"] as const)
      assert.equal(decompressorFor(compression), undefined);
  });
});

/** A Zstandard frame written by hand (RFC 8878 §3.1.1) with one raw block. */
function frame(
  content: Uint8Array,
  options: { checksum?: boolean; sizeBytes?: 1 | 2 | 4 | 8 } = {},
): Uint8Array {
  const sizeBytes = options.sizeBytes ?? 1;
  const descriptor = ([1, 2, 4, 8].indexOf(sizeBytes) << 6) | 0x20 | (options.checksum ? 4 : 0);
  return concat(
    hex("28b52ffd"),
    descriptor,
    new Uint8Array(sizeBytes),
    Uint8Array.of(1 | (content.length << 3), content.length >>> 5, content.length >>> 13),
    content,
    new Uint8Array(options.checksum ? 4 : 0),
  );
}

describe("Zstandard frames", () => {
  const cases: readonly [string, Uint8Array][] = [
    ["raw block", frame(latin1("hello"))],
    ["empty block", frame(hex(""))],
    ["checksum", frame(latin1("hello"), { checksum: true })],
    ["content size of 8 octets", frame(latin1("hello"), { sizeBytes: 8 })],
    ["window descriptor, no content size", hex("28b52ffd 00 58 290000 68656c6c6f")],
    ["dictionary of 4 octets", hex("28b52ffd 23 01020304 05 290000 68656c6c6f")],
    ["repeated octet", hex("28b52ffd 20 ff fb0700 61")],
    ["two blocks", hex("28b52ffd 20 05 100000 6865 190000 6c6c6f")],
    ["skippable", hex("502a4d18 03000000 010203")],
    ["skippable and empty", hex("5f2a4d18 00000000")],
  ];
  for (const [name, octets] of cases) {
    test(`end where they end: ${name}`, () => {
      const frames = new ZstdFrames();
      const three = concat(octets, octets, octets);
      for (let at = 0; at < three.length; at += octets.length) {
        assert.equal(frames.between, true);
        assert.equal(frames.pass(three, at, three.length), at + octets.length);
      }
      assert.equal(frames.between, true);
    });

    test(`end where they end, however they are cut: ${name}`, () => {
      const frames = new ZstdFrames();
      for (let round = 0; round < 2; round += 1) {
        for (let at = 0; at < octets.length; at += 1) {
          assert.equal(frames.pass(octets, at, at + 1), at + 1);
          assert.equal(frames.between, at === octets.length - 1, `octet ${at}`);
        }
      }
    });
  }

  test("are not looked for in what is none", () => {
    for (const octets of [hex("00112233 44556677"), hex("28b52ffd 20 05 070000 112233")]) {
      const frames = new ZstdFrames();
      assert.equal(frames.pass(octets, 0, octets.length), octets.length);
      assert.equal(frames.between, false);
    }
  });

  test("never stand still", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.boolean(), (octets, framed) => {
        const frames = new ZstdFrames();
        const all = framed ? concat(hex("28b52ffd"), octets) : octets;
        for (let at = 0; at < all.length; ) {
          const next = frames.pass(all, at, all.length);
          assert.ok(next > at && next <= all.length);
          at = next;
        }
      }),
    );
  });
});

describe("Zstandard", { skip: decompressorFor("zstd") === undefined ? "needs Node 22.15" : false }, () => {
  const content = latin1("what was sent, was sent; ".repeat(100));
  const raw = frame(content, { sizeBytes: 4 });
  const sized = Uint8Array.from(raw);
  sized.set([content.length & 0xff, content.length >>> 8], 5);
  const skippable = hex("502a4d18 03000000 010203");

  test("frames are read one after the other", async () => {
    const all = concat(skippable, sized, skippable, sized, sized);
    for (const pieceBytes of [1, 7, 1000, all.length]) {
      const { octets, end } = await unpack("zstd", all.subarray(0, 3), pieces(all.subarray(3), pieceBytes));
      assert.deepEqual(end, { kind: "whole" });
      assert.equal(Buffer.compare(octets, concat(content, content, content)), 0);
    }
  });

  test("that is cut gives what came before, then says so", async () => {
    for (const missing of [1, 100, sized.length - 2]) {
      const all = concat(sized, sized);
      const { octets, end } = await unpack("zstd", all.subarray(0, all.length - missing), pieces(hex(""), 1));
      assert.equal(end?.kind, "cut");
      assert.equal(Buffer.compare(octets.subarray(0, content.length), content), 0);
    }
  });

  test("that is damaged gives what came before, then says so", async () => {
    const { octets, end } = await unpack("zstd", concat(sized, latin1("no frame")), pieces(hex(""), 1));
    assert.equal(end?.kind, "damaged");
    assert.equal(Buffer.compare(octets, content), 0);
  });
});
