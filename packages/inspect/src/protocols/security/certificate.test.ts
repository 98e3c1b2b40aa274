import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, hex } from "@palisade/wire";
import fc from "fast-check";
import { ber } from "../ber.build.js";
import {
  buildCertificate,
  buildName,
  OID_COMMON_NAME,
  OID_COUNTRY,
  OID_ORGANIZATION,
} from "./certificate.build.js";
import {
  alternativeNames,
  CERTIFICATE_MALFORMED,
  Certificate,
  commonName,
  isSelfIssued,
  nameText,
  parseCertificate,
} from "./certificate.js";
import { nameCovers } from "./handshake.js";

function parsed(octets: Uint8Array): Certificate {
  const certificate = new Certificate();
  assert.equal(parseCertificate(octets, 0, octets.length, certificate), undefined);
  return certificate;
}

/** The text of a Name: without its header, as it is found in a certificate. */
function text(name: Uint8Array): string {
  return nameText(name, name[1]! < 0x80 ? 2 : 3, name.length);
}

describe("parseCertificate", () => {
  it("finds names, validity and alternative names", () => {
    const octets = buildCertificate({
      subject: [
        [OID_COUNTRY, "GB"],
        [OID_COMMON_NAME, "www.example.com"],
      ],
      dnsNames: ["www.example.com", "example.com"],
      addresses: [hex("c0000201"), hex("20010db8000000000000000000000001"), hex("0102")],
      notAfter: "20500101000000Z",
    });
    const certificate = parsed(octets);
    assert.equal(
      nameText(octets, certificate.subjectStart, certificate.subjectEnd),
      "CN=www.example.com,C=GB",
    );
    assert.equal(nameText(octets, certificate.issuerStart, certificate.issuerEnd), "CN=Example CA");
    assert.equal(commonName(octets, certificate.subjectStart, certificate.subjectEnd), "www.example.com");
    assert.equal(certificate.notBeforeMs, Date.UTC(2023, 0, 1));
    assert.equal(certificate.notAfterMs, Date.UTC(2050, 0, 1));
    assert.equal(isSelfIssued(octets, certificate), false);
    assert.deepEqual(
      [...alternativeNames(octets, certificate)],
      ["www.example.com", "example.com", "192.0.2.1", "2001:db8::1"],
    );
  });

  it("knows a certificate that names itself as issuer", () => {
    const name = [[OID_COMMON_NAME, "router"]] as const;
    const octets = buildCertificate({ subject: name, issuer: name });
    assert.equal(isSelfIssued(octets, parsed(octets)), true);
  });

  it("refuses every prefix", () => {
    const octets = buildCertificate({ dnsNames: ["a.example"] });
    for (let end = 0; end < octets.length; end += 1) {
      assert.equal(parseCertificate(octets, 0, end, new Certificate()), CERTIFICATE_MALFORMED);
    }
  });

  it("never throws or points outside, whatever is changed", () => {
    const whole = buildCertificate({ dnsNames: ["a.example", "b.example"], addresses: [hex("c0000201")] });
    const certificate = new Certificate();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const octets = whole.slice();
          for (const [at, value] of changes) octets[at] = value;
          if (parseCertificate(octets, 0, octets.length, certificate) !== undefined) return;
          for (const end of [certificate.subjectEnd, certificate.issuerEnd, certificate.alternativeEnd]) {
            assert.ok(end <= octets.length);
          }
          nameText(octets, certificate.subjectStart, certificate.subjectEnd);
          commonName(octets, certificate.subjectStart, certificate.subjectEnd);
          Array.from(alternativeNames(octets, certificate));
          isSelfIssued(octets, certificate);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("nameText", () => {
  it("writes the last part first and escapes as RFC 4514 says", () => {
    assert.equal(
      text(
        buildName([
          [OID_ORGANIZATION, ' #a,b+c"d\\e<f>;g '],
          [OID_COMMON_NAME, "Jürgen"],
        ]),
      ),
      'CN=Jürgen,O=\\ #a\\,b\\+c\\"d\\\\e\\<f\\>\\;g\\ ',
    );
  });

  it("joins several attributes of one part, and writes unknown types in digits", () => {
    const part = ber(
      0x31,
      ber(0x30, ber(0x06, hex(OID_COMMON_NAME)), ber(0x0c, hex("41"))),
      ber(0x30, ber(0x06, hex("2a 03 04")), ber(0x13, hex("42"))),
    );
    assert.equal(text(ber(0x30, part)), "CN=A+1.2.3.4=#130142");
  });

  it("reads strings of two and four octets a character", () => {
    const bmp = ber(0x31, ber(0x30, ber(0x06, hex(OID_COMMON_NAME)), ber(0x1e, hex("0041 03a9"))));
    const universal = ber(
      0x31,
      ber(0x30, ber(0x06, hex(OID_COMMON_NAME)), ber(0x1c, hex("0001f512 ffffffff"))),
    );
    assert.equal(text(ber(0x30, concat(bmp, universal))), "CN=🔒\ufffd,CN=AΩ");
  });
});

describe("nameCovers", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["www.example.com", "www.example.com", true],
    ["www.example.com", "www.example.com.", true],
    ["*.example.com", "www.example.com", true],
    ["*.example.com", "a.www.example.com", false],
    ["*.example.com", "example.com", false],
    ["*.example.com", ".example.com", false],
    ["w*.example.com", "www.example.com", false],
    ["example.com", "www.example.com", false],
    ["", "", true],
  ];
  for (const [name, host, expected] of cases) {
    it(`${JSON.stringify(name)} ${expected ? "is" : "is not"} for ${JSON.stringify(host)}`, () => {
      assert.equal(nameCovers(name, host), expected);
    });
  }
});
