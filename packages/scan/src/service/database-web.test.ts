import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { builtInServices } from "./built-in.js";
import { type Found, readMatch } from "./database.js";
import type { AnswerExample } from "./database-web.build.js";
import { chatExamples } from "./database-web-chat.build.js";
import { filesExamples } from "./database-web-files.build.js";
import { httpExamples } from "./database-web-http.build.js";
import { mailExamples } from "./database-web-mail.build.js";
import { remoteExamples } from "./database-web-remote.build.js";
import { fieldNames } from "./probe.js";
import { bannerText } from "./service-result.js";

const groups = {
  HTTP: httpExamples,
  "mail and news": mailExamples,
  files: filesExamples,
  "shells and screens": remoteExamples,
  talk: chatExamples,
};
const examples = Object.values(groups).flat();
const database = builtInServices();
/** Files of the database that these examples are for. */
const FILES = /^(?:web|mail|files|remote|chat)\.services:/;
const PRODUCTS_LEAST = 100;

function read({ probe, octets }: AnswerExample): Found | undefined {
  const asked = database.probe(probe);
  assert.ok(asked, `no probe ${probe}`);
  return database.read(asked, octets);
}

function shown({ probe, octets }: AnswerExample): string {
  return `${probe}: ${bannerText(octets).slice(0, 100)}`;
}

describe("the database of web, mail, files, remote and chat services", () => {
  for (const [name, list] of Object.entries(groups)) {
    it(`says product, version and CPE of answers of ${name}`, () => {
      assert.ok(list.some(({ origin }) => origin === "seen"));
      for (const example of list) {
        const found = read(example);
        assert.equal(found?.match.service, example.service, shown(example));
        const { cpe, ...fields } = example.fields;
        if (cpe !== undefined) assert.equal(found?.cpe[0], cpe, `cpe of ${shown(example)}`);
        for (const name of fieldNames) {
          const text = fields[name];
          if (text !== undefined) assert.equal(found?.fields[name], text, `${name} of ${shown(example)}`);
        }
      }
    });
  }

  it("knows a good hundred of products", () => {
    const products = new Set(
      examples.map(({ fields }) => fields.product).filter((name) => name !== undefined),
    );
    assert.ok(products.size >= PRODUCTS_LEAST, `${products.size}`);
  });

  it("has an example of every match", () => {
    const met = new Set(examples.map((example) => read(example)?.match));
    const without = database.probes
      .flatMap(({ matches }) => matches)
      .filter((match) => FILES.test(match.place) && !met.has(match))
      .map(({ place }) => place);
    assert.deepEqual(without, []);
  });

  it("takes no answer for that of another service, whatever probe it came back to", () => {
    for (const example of examples) {
      const { protocol } = database.probe(example.probe)!;
      for (const probe of database.probes) {
        // Within its own probe the order decides, and `read` has shown what it comes to.
        if (probe.protocol !== protocol || probe.name === example.probe) continue;
        for (const match of probe.matches) {
          if (match.soft || match.service === example.service) continue;
          assert.equal(readMatch(match, example.octets), undefined, `${match.place} takes ${shown(example)}`);
        }
      }
    }
  });

  it("leaves answers as they are, and says the same when it reads them again", () => {
    for (const example of examples) {
      const octets = Buffer.from(example.octets);
      const first = read({ ...example, octets });
      assert.deepEqual(read({ ...example, octets })?.fields, first?.fields, shown(example));
      assert.deepEqual(Uint8Array.from(octets), example.octets, shown(example));
    }
  });

  it("finds nothing in octets of no protocol", () => {
    const noise = [
      new Uint8Array(64),
      new Uint8Array(64).fill(0x41),
      Uint8Array.from([0x0a]),
      Uint8Array.from([1, 2, 3]),
    ];
    for (const probe of database.probes) {
      for (const octets of noise) {
        for (const match of probe.matches) {
          if (!FILES.test(match.place)) continue;
          assert.equal(readMatch(match, octets), undefined, `${match.place} takes ${bannerText(octets)}`);
        }
      }
    }
  });
});
