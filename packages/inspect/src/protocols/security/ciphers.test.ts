import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cipherName, isWeakCipher } from "./ciphers.js";

describe("cipher suites", () => {
  it("have the registry's names", () => {
    assert.equal(cipherName(0x1301), "TLS_AES_128_GCM_SHA256");
    assert.equal(cipherName(0xc02f), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    assert.equal(cipherName(0xcca9), "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
    assert.equal(cipherName(0x0005), "TLS_RSA_WITH_RC4_128_SHA");
    assert.equal(cipherName(0x002f), "TLS_RSA_WITH_AES_128_CBC_SHA");
  });

  it("are given in digits where they are not listed", () => {
    assert.equal(cipherName(0x00fe), "0x00fe");
    assert.equal(cipherName(0xffff), "0xffff");
  });

  const cases: readonly (readonly [number, boolean, string])[] = [
    [0x0000, true, "none"],
    [0x0002, true, "no encryption"],
    [0x0003, true, "export"],
    [0x0009, true, "single DES"],
    [0x000a, false, "triple DES"],
    [0xc011, true, "RC4"],
    [0xc018, true, "anonymous"],
    [0x00a6, true, "anonymous with GCM"],
    [0x002f, false, "AES in CBC mode"],
    [0x1301, false, "TLS 1.3"],
    [0xffff, false, "unknown"],
  ];
  for (const [code, expected, what] of cases) {
    it(`${what}: ${expected ? "weak" : "not called weak"}`, () => assert.equal(isWeakCipher(code), expected));
  }
});
