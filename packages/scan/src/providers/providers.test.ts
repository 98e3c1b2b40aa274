import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { formatIpAddress, parseCidr, parseIpAddress } from "@palisade/wire";
import { providerOf, providers } from "./index.js";

const TOOL = fileURLToPath(new URL("../../../../tools/providers.mjs", import.meta.url));

const nameOf = (text: string): string | undefined => {
  const octets = parseIpAddress(text) ?? assert.fail(text);
  return providerOf(octets, 0, octets.length);
};

describe("the providers' addresses", () => {
  it("are named, with a source and a day that has been", () => {
    assert.ok(providers.length > 0);
    assert.deepEqual(
      providers.map(({ name }) => name),
      providers.map(({ name }) => name).toSorted(),
    );
    for (const { name, title, source, asOf } of providers) {
      assert.match(name, /^[a-z]+(?:-[a-z]+)*$/);
      assert.notEqual(title, "");
      assert.ok(URL.canParse(source), source);
      assert.match(asOf, /^20\d\d-\d\d-\d\d$/);
      assert.ok(Date.parse(asOf) <= Date.now(), `${name} ${asOf}`);
    }
  });

  it("are found from the first to the last of every prefix", () => {
    for (const { name, prefixes } of providers) {
      const list = prefixes.trim().split(/\s+/);
      assert.ok(list.length > 1, name);
      for (const text of list) {
        const { address, prefixLength } = parseCidr(text) ?? assert.fail(text);
        assert.equal(`${formatIpAddress(address)}/${prefixLength}`, text, "written as the prefix it is");
        assert.equal(providerOf(address, 0, address.length), name, text);
        const last = address.map((octet, at) => {
          const bits = Math.min(8, Math.max(0, prefixLength - at * 8));
          return octet | (0xff >>> bits);
        });
        assert.equal(providerOf(last, 0, last.length), name, text);
      }
    }
  });

  it("are one provider's alone", () => {
    const all = providers.flatMap(({ prefixes }) => prefixes.trim().split(/\s+/));
    assert.equal(new Set(all).size, all.length);
    // Were one inside another provider's, the wider one's first address or its last would be found as the other's.
    assert.equal(nameOf("104.16.0.1"), "cloudflare");
    assert.equal(nameOf("2606:4700::1111"), "cloudflare");
    assert.equal(nameOf("151.101.1.140"), "fastly");
    assert.equal(nameOf("13.107.246.45"), "azure-front-door");
    assert.equal(nameOf("142.250.74.78"), "google");
  });

  it("hold nobody's own, private or special addresses", () => {
    for (const text of [
      "10.0.0.1",
      "127.0.0.1",
      "192.168.1.1",
      "192.0.2.1",
      "169.254.1.1",
      "224.0.0.1",
      "8.8.8.8",
    ])
      assert.equal(nameOf(text), undefined, text);
    for (const text of ["::1", "fe80::1", "fd00::1", "2001:db8::1", "::ffff:104.16.0.1"])
      assert.equal(nameOf(text), undefined, text);
  });

  it("are looked up where they lie in a packet", () => {
    const packet = Uint8Array.of(0xff, 0xff, 151, 101, 1, 1, 0xff);
    assert.equal(providerOf(packet, 2, 4), "fastly");
    assert.equal(providerOf(packet, 1, 4), undefined);
    assert.equal(providerOf(packet, 2, 5), undefined);
    assert.equal(providerOf(packet, 4, 4), undefined);
  });
});

describe("tools/providers.mjs", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade-providers-"));
  after(() => rmSync(folder, { recursive: true }));

  const ran = (words: readonly string[], files: Readonly<Record<string, string>> = {}) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [TOOL, ...words.map((word) => (word in files ? join(folder, word) : word))],
      { encoding: "utf8" },
    );
    return { status, stdout, stderr };
  };

  /** The prefixes that it prints. */
  const printed = (provider: string, files: Readonly<Record<string, string>>): string[] => {
    const { status, stdout, stderr } = ran([provider, ...Object.keys(files), "--date", "2026-01-02"], files);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /asOf: "2026-01-02"/);
    return /prefixes: `([^`]*)`/.exec(stdout)![1]!.trim().split(/\s+/);
  };

  it("joins neighbours and what lies in another, and keeps the families apart", () => {
    const v4 = "192.0.2.0/25\n192.0.2.128/25 # the other half\n192.0.2.7\n";
    assert.deepEqual(printed("cloudflare", { v4, v6: "2001:db8::/33\n2001:db8:8000::/33\n" }), [
      "192.0.2.0/24",
      "2001:db8::/32",
    ]);
  });

  it("reads what each vendor publishes as JSON", () => {
    const cases: [provider: string, json: object][] = [
      ["cloudflare", { result: { ipv4_cidrs: ["192.0.2.0/24"], ipv6_cidrs: ["2001:db8::/32"] } }],
      ["fastly", { addresses: ["192.0.2.0/24"], ipv6_addresses: ["2001:db8::/32"] }],
      ["imperva", { ipRanges: ["192.0.2.0/24"], ipv6Ranges: ["2001:db8::/32"] }],
      [
        "azure-front-door",
        {
          values: [
            { name: "AzureCloud", properties: { addressPrefixes: ["198.51.100.0/24"] } },
            {
              name: "AzureFrontDoor.Frontend",
              properties: { addressPrefixes: ["192.0.2.0/24", "2001:db8::/32"] },
            },
          ],
        },
      ],
      [
        "cloudfront",
        {
          prefixes: [
            { ip_prefix: "192.0.2.0/24", service: "CLOUDFRONT" },
            { ip_prefix: "198.51.100.0/24", service: "EC2" },
          ],
          ipv6_prefixes: [{ ipv6_prefix: "2001:db8::/32", service: "CLOUDFRONT" }],
        },
      ],
    ];
    for (const [provider, json] of cases) {
      assert.deepEqual(
        printed(provider, { "list.json": JSON.stringify(json) }),
        ["192.0.2.0/24", "2001:db8::/32"],
        provider,
      );
    }
  });

  it("takes what Google's customers have out of what is Google's", () => {
    const all = { prefixes: [{ ipv4Prefix: "192.0.2.0/24" }, { ipv6Prefix: "2001:db8::/32" }] };
    const customers = { prefixes: [{ ipv4Prefix: "192.0.2.64/26", scope: "europe-west1" }] };
    assert.deepEqual(
      printed("google", { "goog.json": JSON.stringify(all), "cloud.json": JSON.stringify(customers) }),
      ["192.0.2.0/26", "192.0.2.128/25", "2001:db8::/32"],
    );
  });

  it("prints what is in the workspace when it reads a provider's own table", () => {
    for (const { name, prefixes } of providers)
      assert.deepEqual(printed(name, { list: prefixes }), prefixes.trim().split(/\s+/), name);
  });

  it("prints nothing, and says what is wrong in a line, where a list is not what it should be", () => {
    const cases: [words: string[], files: Record<string, string>, message: RegExp][] = [
      [["fasty"], {}, /no provider "fasty"; there are akamai, /],
      [["fastly"], {}, /give the files to read/],
      [["fastly", "a"], { a: "192.0.2.0/33" }, /"192\.0\.2\.0\/33" is no address or prefix/],
      [["fastly", "a"], { a: "{nothing" }, /begins like JSON and is none/],
      [["fastly", "a"], { a: '{"values":[]}' }, /no service tag/],
      [["fastly", "a"], { a: '{"hosts":[]}' }, /of a shape that no provider publishes/],
      [["fastly", "a"], { a: '{"addresses":[]}' }, /holds no list/],
      [["fastly", "a"], { a: "# nothing\n" }, /hold no prefix/],
      [["fastly", join(folder, "absent")], {}, /cannot be read \(ENOENT\)/],
      [["fastly", "a", "--date", "soon"], { a: "192.0.2.1" }, /--date is a day/],
    ];
    for (const [words, files, message] of cases) {
      const { status, stdout, stderr } = ran(words, files);
      assert.equal(status, 2, words.join(" "));
      assert.equal(stdout, "");
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    }
  });

  it("says without words what to download", () => {
    const { status, stderr } = ran([]);
    assert.equal(status, 2);
    for (const { source } of providers) assert.ok(stderr.includes(source), source);
  });
});
