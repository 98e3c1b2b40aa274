import assert from "node:assert/strict";
import { test } from "node:test";
import { PalisadeError } from "@palisade/base";
import { formatIpAddress, parseIpAddress } from "@palisade/wire";
import fc from "fast-check";
import { parseTarget, type TargetExpression } from "./expression.js";
import { NAMES_AT_ONCE_MAX } from "./target-names.js";
import { TargetSet, type TargetSetOptions } from "./target-set.js";

const parse = (text: string): TargetExpression[] =>
  text
    .split(" ")
    .filter((word) => word !== "")
    .map(parseTarget);

function build(
  targets: string,
  options: { excludes?: string; scope?: string } & Omit<
    TargetSetOptions,
    "targets" | "excludes" | "scope"
  > = {},
): Promise<TargetSet> {
  const { excludes, scope, ...rest } = options;
  return TargetSet.build({
    ...rest,
    targets: parse(targets),
    ...(excludes === undefined ? {} : { excludes: parse(excludes) }),
    ...(scope === undefined ? {} : { scope: parse(scope) }),
  });
}

function addresses(set: TargetSet): string[] {
  const out = new Uint8Array(16);
  return Array.from({ length: set.size }, (_, index) => {
    const bytes = set.address(index, out);
    assert.equal(set.indexOf(out, 0, bytes), index);
    assert.equal(bytes === 4, index < set.ipv4Size);
    return formatIpAddress(out, 0, bytes);
  });
}

const indexOf = (set: TargetSet, text: string): number => set.indexOf(parseIpAddress(text)!);

function refusal(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof PalisadeError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  };
}

const book: Record<string, readonly string[]> = {
  "one.example": ["192.0.2.10"],
  "two.example": ["192.0.2.20", "192.0.2.21", "2001:db8::20"],
  "six.example": ["2001:db8::6"],
  "mapped.example": ["::ffff:192.0.2.40"],
  "none.example": [],
};
const resolve = async (name: string): Promise<readonly string[]> => {
  const found = book[name];
  if (found === undefined) throw new Error("ENOTFOUND");
  return found;
};

test("addresses are numbered in order, IPv4 first, each once", async () => {
  const set = await build("2001:db8::/127 10.0.0.2 10.0.0.0/30 10.0.0-1.3,1 10.0.0.2-3");
  const expected = [
    "10.0.0.0",
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.3",
    "10.0.1.1",
    "10.0.1.3",
    "2001:db8::",
    "2001:db8::1",
  ];
  assert.deepEqual(addresses(set), expected);
});

test("octet ranges are each combination of their octets", async () => {
  const set = await build("10.0.0-1.1,3-4");
  assert.deepEqual(addresses(set), ["10.0.0.1", "10.0.0.3", "10.0.0.4", "10.0.1.1", "10.0.1.3", "10.0.1.4"]);
  assert.equal((await build("10.1-3.*.*")).size, 3 * 65_536);
  assert.equal((await build("10.*.*.1")).size, 65_536);
});

/** Octet ranges within 10.0.0-7.0-31, as text and as the addresses' last 16 bits. */
const range = (max: number) =>
  fc.array(fc.tuple(fc.nat({ max }), fc.nat({ max: 4 })), { minLength: 1, maxLength: 3 }).map((pieces) => {
    const values = new Set<number>();
    for (const [first, more] of pieces)
      for (let value = first; value <= first + more; value += 1) values.add(value);
    return {
      text: pieces.map(([first, more]) => (more === 0 ? `${first}` : `${first}-${first + more}`)).join(","),
      values,
    };
  });
const expression = fc.oneof(
  fc.tuple(range(7), range(31)).map(([third, fourth]) => ({
    text: `10.0.${third.text}.${fourth.text}`,
    values: [...third.values].flatMap((high) => [...fourth.values].map((low) => high * 256 + low)),
  })),
  fc.tuple(fc.nat({ max: 11 * 256 }), fc.integer({ min: 22, max: 32 })).map(([value, prefixLength]) => {
    const size = 2 ** (32 - prefixLength);
    const first = value - (value % size);
    return {
      text: `10.0.${value >> 8}.${value & 255}/${prefixLength}`,
      values: Array.from({ length: size }, (_, at) => first + at),
    };
  }),
);
const expressions = fc.array(expression, { maxLength: 6 });

test("a set is what its targets name without what its excludes name", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(expression, { minLength: 1, maxLength: 6 }),
      expressions,
      async (targets, excludes) => {
        const model = new Set(targets.flatMap(({ values }) => values));
        for (const { values } of excludes) for (const value of values) model.delete(value);
        const set = await build(targets.map(({ text }) => text).join(" "), {
          excludes: excludes.map(({ text }) => text).join(" "),
        });
        assert.deepEqual(
          addresses(set),
          [...model].sort((a, b) => a - b).map((value) => `10.0.${value >> 8}.${value & 255}`),
        );
        for (const { values } of excludes) {
          for (const value of values) assert.equal(indexOf(set, `10.0.${value >> 8}.${value & 255}`), -1);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("nothing outside the scope is ever in a set", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(expression, { minLength: 1, maxLength: 3 }),
      expressions,
      expressions,
      async (targets, excludes, scope) => {
        const text = (list: readonly { text: string }[]) => list.map((one) => one.text).join(" ");
        const allowed = new Set(scope.flatMap(({ values }) => values));
        const gone = new Set(excludes.flatMap(({ values }) => values));
        const outside = targets
          .flatMap(({ values }) => values)
          .filter((value) => !gone.has(value) && !allowed.has(value));
        try {
          await build(text(targets), { excludes: text(excludes), scope: text(scope) });
          assert.deepEqual(outside, []);
        } catch (error) {
          assert.notEqual(outside.length, 0);
          refusal("SCAN_OUT_OF_SCOPE", /is outside the scope/)(error);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("an IPv6 address and its number lead to each other, over every carry", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc
        .uint8Array({ minLength: 16, maxLength: 16 })
        .filter((octets) => octets.subarray(0, 10).some((octet) => octet > 0)),
      fc.integer({ min: 81, max: 128 }),
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 }),
      async (octets, prefixLength, parts) => {
        const text = formatIpAddress(octets);
        const set = await build(`${text}/${prefixLength} 192.0.2.7`);
        assert.equal(set.size, 2 ** (128 - prefixLength) + 1);
        let first = octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
        first -= first % (1n << BigInt(128 - prefixLength));
        const out = new Uint8Array(16);
        for (const part of parts) {
          const index = 1 + Math.floor(part * (set.size - 1));
          assert.equal(set.address(index, out), 16);
          assert.equal(
            out.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n),
            first + BigInt(index - 1),
          );
          assert.equal(set.indexOf(out), index);
        }
      },
    ),
  );
});

test("a range of IPv6 that an exclude has shifted crosses words", async () => {
  // Without its first address the stretch begins at an odd place, and its numbers carry into the third word.
  const set = await build("2001:db8:0:0:fffe::/80 2001:db8::1:0:0:0/128", {
    excludes: "2001:db8:0:0:fffe::",
  });
  assert.equal(set.size, 2 ** 48);
  const out = new Uint8Array(16);
  set.address(1 + 0xffff_ffff, out);
  assert.equal(formatIpAddress(out), "2001:db8::fffe:1:0:0");
  assert.equal(set.indexOf(out), 1 + 0xffff_ffff);
  assert.equal(indexOf(set, "2001:db8:0:0:fffe::"), -1);
  assert.equal(indexOf(set, "2001:db8:0:0:ffff::"), -1);
  assert.equal(indexOf(set, "2001:db8:0:0:1::"), 0);
});

test("what is no target has no number", async () => {
  const set = await build("10.0.0.1 2001:db8::1");
  for (const text of [
    "10.0.0.0",
    "10.0.0.2",
    "0.0.0.0",
    "255.255.255.255",
    "::",
    "2001:db8::",
    "2001:db8::2",
    "ffff::",
  ]) {
    assert.equal(indexOf(set, text), -1, text);
  }
  assert.equal(set.indexOf(new Uint8Array(3)), -1);
  assert.equal(set.indexOf(Uint8Array.of(9, 9, 10, 0, 0, 1), 2), 0);
});

test("a name is its first address, or all, or those of one version, or the networks they lie in", async () => {
  assert.deepEqual(addresses(await build("two.example", { resolve })), ["192.0.2.20"]);
  const all = await build("two.example one.example", { resolve, resolveAll: true });
  assert.deepEqual(addresses(all), ["192.0.2.10", "192.0.2.20", "192.0.2.21", "2001:db8::20"]);
  assert.deepEqual(all.names, [
    { name: "two.example", addresses: ["192.0.2.20", "192.0.2.21", "2001:db8::20"] },
    { name: "one.example", addresses: ["192.0.2.10"] },
  ]);
  assert.deepEqual(addresses(await build("two.example", { resolve, nameVersion: 6 })), ["2001:db8::20"]);
  assert.deepEqual(addresses(await build("two.example/31", { resolve })), ["192.0.2.20", "192.0.2.21"]);
  assert.equal((await build("six.example/120", { resolve })).size, 256);
  await assert.rejects(
    build("one.example/33", { resolve }),
    refusal("SCAN_TARGET_INVALID", /192\.0\.2\.10 .* 0 to 32/),
  );
});

test("excludes win over names' addresses, and excluded names take out all of theirs", async () => {
  assert.deepEqual(addresses(await build("one.example 192.0.2.11", { resolve, excludes: "192.0.2.10" })), [
    "192.0.2.11",
  ]);
  assert.deepEqual(
    addresses(
      await build("192.0.2.20-22 2001:db8::20", { resolve, excludes: "two.example", nameVersion: 4 }),
    ),
    ["192.0.2.22"],
  );
  assert.equal((await build("10.0.0.0/24", { excludes: "0.0.0.0/0" })).size, 0);
});

test("an IPv4-mapped address does not get round an exclude", async () => {
  await assert.rejects(
    build("::ffff:10.0.0.1", { excludes: "10.0.0.0/8" }),
    refusal("SCAN_TARGET_INVALID", /write those/),
  );
  await assert.rejects(build("::/80"), refusal("SCAN_TARGET_INVALID", /::ffff:0:0\/96/));
  assert.deepEqual(addresses(await build("10.0.0.0/31", { excludes: "::ffff:10.0.0.1" })), ["10.0.0.0"]);
  assert.deepEqual(addresses(await build("mapped.example 192.0.2.41", { resolve, excludes: "192.0.2.40" })), [
    "192.0.2.41",
  ]);
});

test("a name without an address is an error, or told and left out where it is a target", async () => {
  await assert.rejects(
    build("10.0.0.1 none.example", { resolve }),
    refusal("SCAN_NAME_UNRESOLVED", /^none\.example: it has no address/),
  );
  await assert.rejects(
    build("gone.example", { resolve }),
    refusal("SCAN_NAME_UNRESOLVED", /^gone\.example: looking it up failed/),
  );
  await assert.rejects(
    build("one.example"),
    refusal("SCAN_NAME_UNRESOLVED", /^one\.example: names are not looked up/),
  );
  await assert.rejects(
    build("six.example", { resolve, nameVersion: 4 }),
    refusal("SCAN_NAME_UNRESOLVED", /no IPv4 address/),
  );
  const told: string[] = [];
  const unresolved = (name: string, error: PalisadeError) => told.push(`${name} ${error.code}`);
  const set = await build("10.0.0.1 none.example gone.example six.example none.example/24", {
    resolve,
    unresolved,
    nameVersion: 4,
  });
  assert.deepEqual(addresses(set), ["10.0.0.1"]);
  assert.deepEqual(
    told.sort(),
    ["gone.example", "none.example", "six.example"].map((name) => `${name} SCAN_NAME_UNRESOLVED`),
  );
  for (const list of ["excludes", "scope"] as const) {
    await assert.rejects(
      build("10.0.0.1", { [list]: "gone.example 10.0.0.1", resolve, unresolved }),
      refusal("SCAN_NAME_UNRESOLVED", /^gone/),
    );
  }
  await assert.rejects(
    build("odd.example", { resolve: async () => ["fe80::1%eth0\n"] }),
    refusal("SCAN_NAME_UNRESOLVED", /"fe80::1%eth0\\n" as an address/),
  );
});

test("names are looked up once each, a bounded number at a time, until it is aborted", async () => {
  const names = Array.from({ length: NAMES_AT_ONCE_MAX * 3 }, (_, at) => `h${at}.example`);
  let now = 0;
  let most = 0;
  let calls = 0;
  await build([...names, ...names].join(" "), {
    resolve: async () => {
      calls += 1;
      now += 1;
      most = Math.max(most, now);
      await new Promise((done) => setImmediate(done));
      now -= 1;
      return ["192.0.2.1"];
    },
  });
  assert.equal(calls, names.length);
  assert.equal(most, NAMES_AT_ONCE_MAX);
  const controller = new AbortController();
  const reason = new Error("enough");
  await assert.rejects(
    build(names.join(" "), {
      signal: controller.signal,
      resolve: async () => {
        controller.abort(reason);
        throw new Error("aborted");
      },
    }),
    reason,
  );
});

test("the first target outside the scope is named", async () => {
  const scope = "10.0.0.0/8 2001:db8::/64";
  assert.equal((await build("10.1.2.3 2001:db8::1", { scope })).size, 2);
  await assert.rejects(
    build("10.0.0.1 192.0.2.1 198.51.100.1", { scope }),
    refusal("SCAN_OUT_OF_SCOPE", /^192\.0\.2\.1 is outside/),
  );
  await assert.rejects(
    build("9.255.255.254/30", { scope }),
    refusal("SCAN_OUT_OF_SCOPE", /^9\.255\.255\.254\/30: 9\.255\.255\.252 is/),
  );
  await assert.rejects(
    build("2001:db8::ffff/120 2001:db8:0:1::/120", { scope }),
    refusal("SCAN_OUT_OF_SCOPE", /2001:db8:0:1:: is/),
  );
  await assert.rejects(
    build("one.example", { scope, resolve }),
    refusal("SCAN_OUT_OF_SCOPE", /^one\.example: 192\.0\.2\.10 is/),
  );
  assert.equal((await build("9.255.255.255 10.0.0.0", { scope, excludes: "9.0.0.0/8" })).size, 1);
  await assert.rejects(build("10.0.0.1", { scope: "" }), refusal("SCAN_OUT_OF_SCOPE", /^10\.0\.0\.1 is/));
});

test("more than a /8 needs something to be excluded", async () => {
  await assert.rejects(build("0.0.0.0/0"), refusal("SCAN_EXCLUDE_MISSING", /4294967296 IPv4 addresses/));
  await assert.rejects(build("*.*.*.*", { excludes: "" }), refusal("SCAN_EXCLUDE_MISSING", /--exclude/));
  await assert.rejects(build("10.0.0.0/8 192.0.2.1"), refusal("SCAN_EXCLUDE_MISSING", /16777217/));
  assert.equal((await build("10.0.0.0/8")).size, 2 ** 24);
  const set = await build("0.0.0.0/0", { excludes: "127.0.0.0/8 224.0.0.0/3" });
  assert.equal(set.size, 2 ** 32 - 2 ** 24 - 2 ** 29);
  assert.equal(indexOf(set, "128.0.0.0"), 127 * 2 ** 24);
  assert.equal(indexOf(set, "127.0.0.1"), -1);
});

test("more addresses or ranges than one run takes are refused", async () => {
  assert.equal((await build("2001:db8::/80")).size, 2 ** 48);
  await assert.rejects(
    build("2001:db8::/64"),
    refusal("SCAN_TARGETS_TOO_MANY", /are 2\^64 addresses.* 2\^48/),
  );
  await assert.rejects(build("2001:db8::/80 192.0.2.1"), refusal("SCAN_TARGETS_TOO_MANY", /more than 2\^48/));
  await assert.rejects(build("*.*.*.1"), refusal("SCAN_TARGETS_TOO_MANY", /^\*\.\*\.\*\.1: /));
  await assert.rejects(
    build("10.0.0.1", { excludes: "*.*.*.1" }),
    refusal("SCAN_TARGETS_TOO_MANY", /^\*\.\*\.\*\.1: /),
  );
});

test("link-local addresses are of one zone", async () => {
  assert.equal((await build("fe80::1%eth0 fe80::2%eth0 10.0.0.1")).zone, "eth0");
  assert.equal((await build("10.0.0.1 fe80::1")).zone, undefined);
  await assert.rejects(build("fe80::1%eth0 fe80::2%eth1"), refusal("SCAN_TARGET_INVALID", /one interface/));
});

test("sets of the same addresses have the same checksum, others another", async () => {
  const sum = async (text: string) => (await build(text)).checksum();
  assert.equal(await sum("10.0.0.0/31 2001:db8::1"), await sum("2001:db8::1 10.0.0.1 10.0.0.0"));
  assert.notEqual(await sum("10.0.0.0/31"), await sum("10.0.0.0/30"));
  assert.notEqual(await sum("10.0.0.1"), await sum("10.0.0.2"));
});
