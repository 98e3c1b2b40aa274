/** Certificates for tests: made when they run, so that none is kept in the repository, and none expires. */
import { generateKeyPairSync, sign } from "node:crypto";

/** A tag, its length in the shortest form (X.690 §8.1.3), and values. */
export function der(tag: number, ...values: readonly (Uint8Array | string)[]): Buffer {
  const value = Buffer.concat(values.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  const length =
    value.length < 0x80
      ? [value.length]
      : value.length < 0x100
        ? [0x81, value.length]
        : [0x82, value.length >> 8, value.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

const octets = (digits: string): Buffer => Buffer.from(digits, "hex");
const SEQUENCE = 0x30;

export interface TestCertificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

/** A certificate that signs itself (RFC 5280 §4.1), with a P-256 key, of 2026 … 2049. */
export function selfSigned(commonName: string, dnsNames: readonly string[]): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const algorithm = der(SEQUENCE, der(0x06, octets("2a8648ce3d040302"))); // ecdsa-with-SHA256
  const name = der(SEQUENCE, der(0x31, der(SEQUENCE, der(0x06, octets("550403")), der(0x0c, commonName))));
  const names = der(SEQUENCE, ...dnsNames.map((dns) => der(0x82, dns)));
  const extension = der(SEQUENCE, der(0x06, octets("551d11")), der(0x04, names)); // subjectAltName
  const contents = der(
    SEQUENCE,
    der(0xa0, der(0x02, octets("02"))), // version 3
    der(0x02, octets("1234abcd")),
    algorithm,
    name,
    der(SEQUENCE, der(0x17, "260101000000Z"), der(0x17, "491231235959Z")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(SEQUENCE, extension)),
  );
  const signature = sign("sha256", contents, privateKey);
  const whole = der(SEQUENCE, contents, algorithm, der(0x03, octets("00"), signature));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
  };
}
