import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { PalisadeError } from "@palisade/base";
import { crc32c, put32 } from "@palisade/wire";
import fc from "fast-check";
import { CHECKPOINT_VALUES_MAX, type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint.js";
import { DISCOVERY, newPart, type Part } from "./part.js";

const OPEN = { state: "open", reason: "syn-ack" } as const;
const CLOSED = { state: "closed", reason: "reset" } as const;

/** A part of so many pairs, of which some have answered. */
function partOf(size: number, answers: readonly number[]): Part {
  const part = newPart("ipv4 syn", "syn", size, 61_111);
  for (const pair of answers) part.table.set(pair, part.codes.codeOf(pair % 2 === 0 ? OPEN : CLOSED));
  for (const pair of answers.slice(0, 3)) part.ttls.set(pair, 64);
  part.position = { pass: 1, place: Math.floor(size / 2), answers: answers.length };
  Object.assign(part, {
    engine: "packet",
    startedMs: 5,
    finishedMs: 7,
    probes: 9,
    ringDrops: 1,
    isTimedOut: true,
  });
  return part;
}

function checkpointOf(parts: readonly Part[]): Checkpoint {
  return { plan: "é", seed: 2 ** 53 - 1, arguments: ["palisade", "scan", "x"], startedMs: 3, parts };
}

function octetsOf(checkpoint: Checkpoint): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const piece of encodeCheckpoint(checkpoint)) pieces.push(piece.slice());
  return Uint8Array.from(Buffer.concat(pieces));
}

function isDamaged(error: unknown): boolean {
  return (
    error instanceof PalisadeError &&
    (error.code === "SCAN_RESUME_DAMAGED" || error.code === "SCAN_RESUME_VERSION") &&
    !error.message.includes("\n")
  );
}

test("what is written comes back", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc
          .integer({ min: 1, max: 300_000 })
          .chain((size) =>
            fc.tuple(fc.constant(size), fc.uniqueArray(fc.nat({ max: size - 1 }), { maxLength: 20 })),
          ),
        { maxLength: 4 },
      ),
      (sizes) => {
        const checkpoint = checkpointOf(sizes.map(([size, answers]) => partOf(size, answers)));
        const again = decodeCheckpoint(octetsOf(checkpoint));
        assert.deepEqual({ ...again, parts: [] }, { ...checkpoint, parts: [] });
        for (const [index, part] of checkpoint.parts.entries()) {
          const { table, codes, key, ...rest } = again.parts[index]!;
          const { table: tableBefore, codes: codesBefore, key: keyBefore, ...restBefore } = part;
          assert.deepEqual(rest, restBefore);
          assert.deepEqual([...key], [...keyBefore]);
          assert.deepEqual(codes.verdicts, codesBefore.verdicts);
          assert.equal(table.answered, tableBefore.answered);
          for (const answer of sizes[index]![1]) assert.equal(table.get(answer), tableBefore.get(answer));
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("a file that was changed anywhere or cut anywhere is refused", () => {
  const octets = octetsOf(checkpointOf([partOf(70_000, [0, 69_999])]));
  fc.assert(
    fc.property(fc.nat({ max: octets.length - 1 }), fc.integer({ min: 1, max: 255 }), (index, change) => {
      const changed = octets.slice();
      changed[index]! ^= change;
      assert.throws(() => decodeCheckpoint(changed), isDamaged);
      assert.throws(() => decodeCheckpoint(octets.subarray(0, index)), isDamaged);
    }),
  );
});

test("a file whose checksum was made to hold does no harm", () => {
  const octets = octetsOf(checkpointOf([partOf(100, [0, 99])]));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 8, max: octets.length - 5 }), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
      }),
      (changes) => {
        const changed = octets.slice();
        for (const [index, octet] of changes) changed[index] = octet;
        put32(changed, changed.length - 4, crc32c(changed, 0, changed.length - 4));
        try {
          for (const { table } of decodeCheckpoint(changed).parts) assert.ok(table.answered <= table.size);
        } catch (error) {
          assert.ok(
            isDamaged(error) || (error instanceof PalisadeError && error.code === "SCAN_TABLE_TOO_LARGE"),
            String(error),
          );
        }
      },
    ),
    { numRuns: 500 },
  );
});

/** The pieces of a file, that each may be changed, put together again with a checksum that holds. */
function rebuilt(pieces: readonly Uint8Array[], change: (pieces: Buffer[]) => void): Uint8Array {
  const changed = pieces.map((piece) => Buffer.from(piece));
  change(changed);
  const octets = Uint8Array.from(Buffer.concat(changed));
  put32(octets, octets.length - 4, crc32c(octets, 0, octets.length - 4));
  return octets;
}

function framed(octets: Uint8Array): Buffer {
  const compressed = deflateRawSync(octets);
  const frame = Buffer.alloc(4 + compressed.length);
  put32(frame, 0, compressed.length);
  frame.set(compressed, 4);
  return frame;
}

function piecesOf(checkpoint: Checkpoint): Uint8Array[] {
  return Array.from(encodeCheckpoint(checkpoint), (piece) => piece.slice());
}

test("a file that contradicts itself is refused, though its checksum holds", () => {
  // Magic, head, number and block three times, the end, the tail, the checksum.
  const pieces = piecesOf(checkpointOf([partOf(140_000, [0, 65_536, 139_999])]));
  assert.equal(pieces.length, 11);
  const cases: [title: string, change: (pieces: Buffer[]) => void][] = [
    ["one block twice", (all) => put32(all[4]!, 0, 0)],
    ["a block behind the end of the table", (all) => put32(all[6]!, 0, 3)],
    ["a code without a meaning", (all) => all.splice(3, 1, framed(Buffer.alloc(65_536, 9)))],
    ["a block that is too short", (all) => all.splice(3, 1, framed(Buffer.alloc(65_535)))],
    ["a block that is too long", (all) => all.splice(3, 1, framed(Buffer.alloc(65_537)))],
    ["octets behind the tail", (all) => all.splice(10, 0, Buffer.alloc(1))],
    ["a head that is longer than the file", (all) => put32(all[1]!, 0, 0x7fff_ffff)],
    ["a head that is no JSON", (all) => all.splice(1, 1, framed(Buffer.from("}")))],
    ["a head that is not compressed", (all) => all[1]!.fill(0xff, 4)],
  ];
  assert.equal(decodeCheckpoint(rebuilt(pieces, () => {})).parts[0]!.table.answered, 3);
  for (const [title, change] of cases)
    assert.throws(() => decodeCheckpoint(rebuilt(pieces, change)), isDamaged, title);
});

test("what replies said of hosts comes back", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.record({
          host: fc.nat({ max: 299_999 }),
          ttl: fc.nat({ max: 255 }),
          roundTripUs: fc.integer({ min: -1, max: 2 ** 31 }),
          linkAddress: fc.uint8Array({ minLength: 6, maxLength: 6 }),
        }),
        { maxLength: 50, selector: ({ host }) => host },
      ),
      fc.uniqueArray(fc.nat({ max: 299_999 }), { maxLength: 20 }),
      (replies, errors) => {
        const part = newPart("ipv4 discovery", DISCOVERY, 300_000, 61_111);
        const { details } = part;
        const sorted = replies.toSorted((a, b) => a.host - b.host);
        for (const { host, ttl, roundTripUs } of replies) details!.replied(host, ttl, roundTripUs);
        for (const host of errors) details!.errors.set(host, part.codes.codeOf(CLOSED));
        // On two links, whose hosts are no ranges of their own.
        for (const link of [0, 1]) {
          const some = sorted.filter((_, at) => at % 2 === link);
          details!.addLinkAddresses({
            hosts: Float64Array.from(some, ({ host }) => host),
            octets: Uint8Array.from(some.flatMap(({ linkAddress }) => [...linkAddress])),
          });
        }
        const again = decodeCheckpoint(octetsOf(checkpointOf([part]))).parts[0]!;
        for (const { host, ttl, roundTripUs, linkAddress } of replies) {
          assert.equal(again.details!.ttlOf(host), ttl);
          assert.equal(again.details!.roundTripUsOf(host), roundTripUs < 0 ? undefined : roundTripUs);
          assert.deepEqual([...again.details!.linkAddressOf(host)!], [...linkAddress]);
        }
        assert.equal(again.details!.errors.answered, errors.length);
        for (const host of errors)
          assert.deepEqual(again.codes.verdictOf(again.details!.errors.get(host)), CLOSED);
      },
    ),
    { numRuns: 30 },
  );
});

test("details of hosts that contradict themselves are refused", () => {
  const part = newPart("ipv4 discovery", DISCOVERY, 10, 61_111);
  part.details!.addLinkAddresses({ hosts: Float64Array.of(1, 2, 9), octets: new Uint8Array(18) });
  part.details!.replied(1, 64, 5);
  const pieces = piecesOf(checkpointOf([part]));
  const at = pieces.length - 2;
  const tail = inflateRawSync(pieces[at]!.subarray(4)).toString();
  assert.ok(tail.includes('"1-2,9"') && tail.includes("[[1,"));
  for (const [from, to] of [
    ["1-2,9", "1-2,10"],
    ["1-2,9", "2-1,9"],
    ["1-2,9", "1-2,2"],
    ["1-2,9", "1-2"],
    ["1-2,9", "0-9"],
    ["1-2,9", "x"],
    ["[[1,", "[[10,"],
    ["[[1,", "[[-1,"],
  ] as const) {
    const change = (all: Buffer[]): void =>
      void all.splice(at, 1, framed(Buffer.from(tail.replace(from, to))));
    assert.throws(() => decodeCheckpoint(rebuilt(pieces, change)), isDamaged, to);
  }
});

test("what reports would repeat is refused where it is not what was written", () => {
  const pieces = piecesOf(checkpointOf([partOf(100, [0, 99])]));
  const changed = (at: number, from: string, to: string): Uint8Array => {
    const before = inflateRawSync(pieces[at]!.subarray(4)).toString();
    assert.ok(before.includes(from), from);
    return rebuilt(pieces, (all) => all.splice(at, 1, framed(Buffer.from(before.replace(from, to)))));
  };
  const [head, tail] = [1, pieces.length - 2];
  for (const [at, from, to] of [
    [head, '"startedMs":3', '"startedMs":253402300800000'],
    [head, '"startedMs":5', '"startedMs":9007199254740991'],
    [head, '"finishedMs":7', '"finishedMs":9007199254740991'],
    [head, '"technique":"syn"', '"technique":"\\u001b[31m"'],
    [head, '"engine":"packet"', '"engine":"\\u009b"'],
    [head, '"engine":"packet"', `"engine":"${"e".repeat(65)}"`],
    [head, '"engine":"packet"', '"engine":"packet","because":"a\\nb"'],
    [head, '"name":"ipv4 syn"', '"name":""'],
    [head, '"engine":"packet"', `"engine":"packet","x":${"[".repeat(40)}${"]".repeat(40)}`],
    [tail, '["open",', '["opened",'],
  ] as const)
    assert.throws(() => decodeCheckpoint(changed(at, from, to)), isDamaged, to);
});

test("a file of another version is refused as such", () => {
  const octets = octetsOf(checkpointOf([]));
  octets[7] = 2;
  assert.throws(
    () => decodeCheckpoint(octets),
    (error) =>
      error instanceof PalisadeError &&
      error.code === "SCAN_RESUME_VERSION" &&
      /^the resume file was written by another version of palisade \(format 2, [^\n]*$/.test(error.message),
  );
});

test("a table in which few have answered takes a thousandth of its room", () => {
  const part = newPart("ipv4 syn", "syn", 6_553_600, 61_111);
  for (let pair = 0; pair < part.table.size; pair += 4_096) part.table.set(pair, part.codes.codeOf(OPEN));
  assert.equal(part.table.bytes, 6_553_600);
  const { length } = octetsOf(checkpointOf([part]));
  assert.ok(length < 65_536, `${length} octets`);
});

test("a part that begins while it is written is in the next file", () => {
  const parts = [partOf(100, [1])];
  const pieces: Uint8Array[] = [];
  for (const octets of encodeCheckpoint(checkpointOf(parts))) {
    pieces.push(octets.slice());
    if (parts.length < 2) parts.push(partOf(50, [2]));
  }
  assert.equal(decodeCheckpoint(Uint8Array.from(Buffer.concat(pieces))).parts.length, 1);
  assert.equal(decodeCheckpoint(octetsOf(checkpointOf(parts))).parts.length, 2);
});

test("an answer that comes while it is written does no harm", () => {
  const part = partOf(200_000, [0, 199_999]);
  const pieces: Buffer[] = [];
  let piece = 0;
  for (const octets of encodeCheckpoint(checkpointOf([part]))) {
    pieces.push(Buffer.from(octets));
    piece += 1;
    part.table.set(piece, part.codes.codeOf({ state: "filtered", reason: "net-unreach" }));
    part.table.set(100_000 + piece, part.codes.codeOf({ state: "filtered", reason: "host-unreach" }));
  }
  const [again] = decodeCheckpoint(Buffer.concat(pieces)).parts;
  for (const pair of [0, 199_999]) assert.equal(again!.table.get(pair), part.table.get(pair));
});

test("a text of more values than there may be is refused before it is parsed", () => {
  const pieces = piecesOf(checkpointOf([]));
  const tooMuch = (at: number, text: string | Buffer): void =>
    assert.throws(
      () => decodeCheckpoint(rebuilt(pieces, (all) => all.splice(at, 1, framed(Buffer.from(text))))),
      (error) => isDamaged(error) && /holds too much/.test((error as Error).message),
    );
  tooMuch(1, Buffer.alloc(CHECKPOINT_VALUES_MAX + 2, "["));
  // A head has few whatever the tables hold, a tail no more than what they hold may want.
  tooMuch(1, `{"x":[${"[1],".repeat(300_000)}[]]}`);
  tooMuch(2, `[${"[1],".repeat(2_200_000)}[]]`);
});
