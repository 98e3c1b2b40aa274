import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { selfSigned } from "./certificate.build.js";
import { CERTIFICATE_NAMES_MAX, certificateResult } from "./tls-session.js";

const read = (name: string, names: readonly string[]) =>
  certificateResult(new X509Certificate(selfSigned(name, names).cert));

describe("a certificate", () => {
  it("is shown without what a terminal would obey", () => {
    const { subject, alternativeNames } = read("a\u001b[31mb\u202ec\r\nO=d", ['x"y', "z, DNS:w", "e\u0007f"]);
    for (const text of [subject, ...alternativeNames]) assert.doesNotMatch(text, /[\p{C}\p{Zl}\p{Zp}]/u);
    assert.match(subject, /^CN=a/);
    assert.equal(alternativeNames.length, 3, "a comma within a name divides nothing");
  });

  it("has as many names, and as long ones, as are shown at most", () => {
    const names = Array.from({ length: 600 }, (_, index) => `${index}.example`);
    const many = read("n".repeat(20_000), ["l".repeat(5_000), ...names]);
    assert.equal(many.alternativeNames.length, CERTIFICATE_NAMES_MAX);
    for (const text of [many.subject, ...many.alternativeNames]) assert.ok(text.length <= 1_024);
    assert.equal(many.selfIssued, true);
  });
});
