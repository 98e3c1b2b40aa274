import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Malformed } from "@palisade/base";
import { concat, hex } from "@palisade/wire";
import fc from "fast-check";
import { buildClientHelloBody, buildServerHelloBody } from "./client-hello.build.js";
import {
  HELLO_LIST_IMPOSSIBLE,
  HELLO_SESSION_ID_TOO_LONG,
  HELLO_TRAILING_OCTETS,
  HELLO_TRUNCATED,
  Hello,
  highestVersion,
  isGrease,
  parseClientHello,
  parseServerHello,
} from "./hello.js";

function text(octets: Uint8Array, start: number, end: number): string {
  return Buffer.from(octets.subarray(start, end)).toString("latin1");
}

/** Where a hello's parts end and begin must lie inside the octets, whatever these are. */
function assertInside(hello: Hello, start: number, end: number): void {
  for (const [from, to] of [
    [hello.cipherStart, hello.cipherEnd],
    [hello.extensionsStart, hello.extensionsEnd],
    [hello.sniStart, hello.sniEnd],
    [hello.alpnStart, hello.alpnEnd],
    [hello.versionsStart, hello.versionsEnd],
    [hello.groupsStart, hello.groupsEnd],
    [hello.pointFormatsStart, hello.pointFormatsEnd],
    [hello.signaturesStart, hello.signaturesEnd],
    [hello.quicParametersStart, hello.quicParametersEnd],
  ] as const) {
    if (from === 0 && to === 0) continue;
    assert.ok(from >= start && from <= to && to <= end, `${from} … ${to} is not inside ${start} … ${end}`);
  }
}

describe("parseClientHello", () => {
  const octets = buildClientHelloBody({
    sni: "www.example.com",
    alpn: ["h2"],
    sessionId: new Uint8Array(32),
    extensions: [[0xfe0d, hex("00")]],
  });

  it("finds every part", () => {
    const hello = new Hello();
    assert.equal(parseClientHello(octets, 0, octets.length, false, hello), undefined);
    assert.equal(hello.version, 0x0303);
    assert.equal(hello.cipherEnd - hello.cipherStart, 18);
    assert.equal(text(octets, hello.sniStart, hello.sniEnd), "www.example.com");
    assert.equal(text(octets, hello.alpnStart, hello.alpnEnd), "\x02h2");
    assert.deepEqual(octets.subarray(hello.versionsStart, hello.versionsEnd), hex("0304 0303"));
    assert.deepEqual(octets.subarray(hello.groupsStart, hello.groupsEnd), hex("001d 0017 0018"));
    assert.equal(hello.extensionsEnd, octets.length);
    assert.equal(hello.hasEch, true);
    assert.equal(highestVersion(octets, hello), 0x0304);
  });

  it("refuses every prefix but the one that ends before the extensions", () => {
    const hello = new Hello();
    for (let end = 0; end < octets.length; end += 1) {
      const problem = parseClientHello(octets, 0, end, false, hello);
      const bare = end === 2 + 32 + 33 + 20 + 2;
      assert.equal(problem, bare ? undefined : HELLO_TRUNCATED, `cut at ${end}`);
      assertInside(hello, 0, end);
    }
  });

  it("passes over the cookie of DTLS", () => {
    const body = buildClientHelloBody({ sni: "dtls.example", cookie: new Uint8Array(20) });
    const hello = new Hello();
    assert.equal(parseClientHello(body, 0, body.length, true, hello), undefined);
    assert.equal(text(body, hello.sniStart, hello.sniEnd), "dtls.example");
  });

  const random = new Uint8Array(32);
  const cases: readonly (readonly [string, Uint8Array, Malformed])[] = [
    [
      "a session identifier of 33 octets",
      concat(hex("0303"), random, 33, new Uint8Array(60)),
      HELLO_SESSION_ID_TOO_LONG,
    ],
    ["no cipher suites", concat(hex("0303"), random, hex("00 0000 01 00")), HELLO_LIST_IMPOSSIBLE],
    ["half a cipher suite", concat(hex("0303"), random, hex("00 0003 130113 01 00")), HELLO_LIST_IMPOSSIBLE],
    ["no compression", concat(hex("0303"), random, hex("00 0002 1301 00")), HELLO_LIST_IMPOSSIBLE],
    [
      "octets after the extensions",
      concat(hex("0303"), random, hex("00 0002 1301 01 00 0004 0017 0000 ff")),
      HELLO_TRAILING_OCTETS,
    ],
    [
      "an extension past the block",
      concat(hex("0303"), random, hex("00 0002 1301 01 00 0004 0017 0001 ff")),
      HELLO_TRUNCATED,
    ],
    [
      "an empty protocol name",
      concat(hex("0303"), random, hex("00 0002 1301 01 00 0007 0010 0003 0001 00")),
      HELLO_LIST_IMPOSSIBLE,
    ],
    [
      "a list of groups of odd length",
      concat(hex("0303"), random, hex("00 0002 1301 01 00 0007 000a 0003 0001 00")),
      HELLO_LIST_IMPOSSIBLE,
    ],
  ];
  for (const [name, body, expected] of cases) {
    it(`names ${name}`, () => {
      assert.equal(parseClientHello(body, 0, body.length, false, new Hello()), expected);
    });
  }

  it("stays inside, and keeps the name read before what is wrong", () => {
    const body = buildClientHelloBody({ sni: "a.example", versions: [], extensions: [[16, hex("0003 01")]] });
    const hello = new Hello();
    assert.equal(parseClientHello(body, 0, body.length, false, hello), HELLO_LIST_IMPOSSIBLE);
    assert.equal(text(body, hello.sniStart, hello.sniEnd), "a.example");
  });

  it("never throws or points outside, whatever the octets", () => {
    const hello = new Hello();
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.nat(octets.length - 1),
        fc.nat(255),
        fc.boolean(),
        (noise, at, value, cookie) => {
          const changed = concat(octets, noise);
          changed[at] = value;
          for (const body of [noise, changed]) {
            const problem = parseClientHello(body, 0, body.length, cookie, hello);
            assert.ok(problem === undefined || problem instanceof Malformed);
            assertInside(hello, 0, body.length);
          }
        },
      ),
    );
  });
});

describe("parseServerHello", () => {
  it("finds the choice of version and protocol", () => {
    const body = buildServerHelloBody({ selectedVersion: 0x0304, alpn: "h2", cipher: 0x1303 });
    const hello = new Hello();
    assert.equal(parseServerHello(body, 0, body.length, hello), undefined);
    assert.equal(hello.selectedVersion, 0x0304);
    assert.deepEqual(body.subarray(hello.cipherStart, hello.cipherEnd), hex("1303"));
    assert.equal(hello.retry, false);
  });

  it("tells a HelloRetryRequest by its random value", () => {
    const retry = hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
    const body = buildServerHelloBody({ selectedVersion: 0x0304, random: retry });
    const hello = new Hello();
    assert.equal(parseServerHello(body, 0, body.length, hello), undefined);
    assert.equal(hello.retry, true);
  });

  it("reads the shorter form of TLS 1.3's early drafts", () => {
    const body = concat(hex("7f12"), new Uint8Array(32), hex("1301 0000"));
    const hello = new Hello();
    assert.equal(parseServerHello(body, 0, body.length, hello), undefined);
    assert.deepEqual(body.subarray(hello.cipherStart, hello.cipherEnd), hex("1301"));
  });
});

describe("isGrease", () => {
  it("holds for the sixteen values of RFC 8701 and no other", () => {
    const found: number[] = [];
    for (let value = 0; value <= 0xffff; value += 1) if (isGrease(value)) found.push(value);
    assert.equal(found.length, 16);
    assert.equal(found[0], 0x0a0a);
    assert.equal(found[15], 0xfafa);
  });
});
