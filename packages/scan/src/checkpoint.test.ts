import assert from "node:assert/strict";
import { test } from "node:test";
import { PalisadeError } from "@palisade/base";
import { crc32c, put32, u32 } from "@palisade/wire";
import fc from "fast-check";
import { CHECKPOINT_VALUES_MAX, type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint.js";
import { newPart, type Part } from "./part.js";

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
    error instanceof PalisadeError && error.code === "SCAN_RESUME_DAMAGED" && !error.message.includes("\n")
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

test("a file that contradicts itself is refused, though its checksum holds", () => {
  const octets = octetsOf(checkpointOf([partOf(140_000, [0, 65_536, 139_999])]));
  const head = 12 + u32(octets, 8);
  const second = head + 4 + 65_536;
  const third = second + 4 + 65_536;
  const cases: [title: string, change: (octets: Uint8Array) => Uint8Array][] = [
    ["one block twice", (all) => all.fill(0, second, second + 4)],
    ["a block behind the end of the table", (all) => all.fill(3, third + 3, third + 4)],
    ["a code without a meaning", (all) => all.fill(9, head + 4, head + 5)],
    ["octets behind the tail", (all) => Uint8Array.from(Buffer.concat([all, Buffer.alloc(1)]))],
    ["a head that is longer than the file", (all) => all.fill(0x7f, 8, 9)],
    ["a head that is no JSON", (all) => all.fill(0x7d, 12, 13)],
  ];
  assert.equal(decodeCheckpoint(octets).parts[0]!.table.answered, 3);
  for (const [title, change] of cases) {
    const changed = change(octets.slice());
    put32(changed, changed.length - 4, crc32c(changed, 0, changed.length - 4));
    assert.throws(() => decodeCheckpoint(changed), isDamaged, title);
  }
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
  const whole = octetsOf(checkpointOf([]));
  const text = Buffer.alloc(CHECKPOINT_VALUES_MAX + 2, "[");
  const octets = new Uint8Array(8 + 4 + text.length + 4);
  octets.set(whole.subarray(0, 8));
  put32(octets, 8, text.length);
  octets.set(text, 12);
  put32(octets, octets.length - 4, crc32c(octets, 0, octets.length - 4));
  assert.throws(
    () => decodeCheckpoint(octets),
    (error) => isDamaged(error) && /holds too much/.test((error as Error).message),
  );
});
