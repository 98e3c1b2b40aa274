import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hex, latin1 } from "@palisade/wire";
import fc from "fast-check";
import { buildClientHelloBody, buildServerHelloBody, type ClientHelloOptions } from "./client-hello.build.js";
import { type Ja4Transport, ja3sText, ja3Text, ja4, md5 } from "./fingerprint.js";
import { Hello, parseClientHello, parseServerHello } from "./hello.js";

function client(options: ClientHelloOptions): [Uint8Array, Hello] {
  const octets = buildClientHelloBody(options);
  const hello = new Hello();
  assert.equal(parseClientHello(octets, 0, octets.length, false, hello), undefined);
  return [octets, hello];
}

function ja4Of(options: ClientHelloOptions, transport: Ja4Transport = "t"): string {
  return ja4(...client(options), transport);
}

describe("JA3", () => {
  // The two examples of the method's publication.
  it("is as published, with extensions", () => {
    const [octets, hello] = client({
      version: 0x0301,
      ciphers: [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
      sni: "example.com",
      groups: [23, 24, 25],
      signatureAlgorithms: [],
      versions: [],
    });
    const text = ja3Text(octets, hello);
    assert.equal(text, "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0");
    assert.equal(md5(text), "ada70206e40642a3e4461f35503241d5");
  });

  it("is as published, without extensions", () => {
    const [octets, hello] = client({
      version: 0x0301,
      ciphers: [4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99],
      bare: true,
    });
    const text = ja3Text(octets, hello);
    assert.equal(text, "769,4-5-10-9-100-98-3-6-19-18-99,,,");
    assert.equal(md5(text), "de350869b8c85de67a350c8d186f11e6");
  });

  it("of a server is version, cipher suite and extensions", () => {
    const octets = buildServerHelloBody({
      version: 0x0303,
      cipher: 0xc02f,
      extensions: [[0xff01, hex("00")]],
    });
    const hello = new Hello();
    assert.equal(parseServerHello(octets, 0, octets.length, hello), undefined);
    assert.equal(ja3sText(octets, hello), "771,49199,65281");
  });
});

describe("JA4", () => {
  /** The extensions, in one of the orders in which the browser of the publication's example may send them. */
  const others = [5, 18, 21, 23, 27, 35, 45, 0x4469, 0xff01];
  const example: ClientHelloOptions = {
    sni: "example.com",
    alpn: ["h2", "http/1.1"],
    ciphers: [
      0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c,
      0x009d, 0x002f, 0x0035,
    ],
    versions: [0x7a7a, 0x0304, 0x0303],
    extensions: [[0x1a1a, hex("")], ...others.map((type) => [type, hex("")] as const), [0xaaaa, hex("00")]],
  };

  it("is as published", () => {
    assert.equal(ja4Of(example), "t13d1516h2_8daaf6152771_e5627efa2ab1");
  });

  it("does not depend on the order of suites and extensions", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(example.ciphers as number[], { minLength: 16 }),
        fc.shuffledSubarray(others, { minLength: others.length }),
        (ciphers, types) => {
          const extensions = types.map((type) => [type, hex("")] as const);
          assert.equal(ja4Of({ ...example, ciphers, extensions }), "t13d1516h2_8daaf6152771_e5627efa2ab1");
        },
      ),
      { numRuns: 20 },
    );
  });

  it("begins with the transport", () => {
    assert.match(ja4Of(example, "q"), /^q13d/);
    assert.match(ja4Of({ ...example, version: 0xfefd, versions: [] }, "d"), /^dd2d/);
  });

  it("has empty parts where there is nothing", () => {
    assert.equal(
      ja4Of({ bare: true, version: 0x0301, ciphers: [0x0a0a] }),
      "t10i000000_000000000000_000000000000",
    );
  });

  const names: readonly (readonly [string, string])[] = [
    ["http/1.1", "h1"],
    ["h", "hh"],
    ["\xab\xcd", "ad"],
    ["0\xab", "3b"],
    ["a-", "6d"],
  ];
  for (const [name, mark] of names) {
    it(`marks the protocol ${JSON.stringify(name)} with ${mark}`, () => {
      const list = latin1(name);
      const content = Uint8Array.of(0, list.length + 1, list.length, ...list);
      assert.equal(ja4Of({ bare: false, extensions: [[16, content]] }).slice(8, 10), mark);
    });
  }
});
