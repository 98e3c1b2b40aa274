import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ethernet, gre, ipv4, ipv6, udp } from "@palisade/wire";
import { MATCH, NO, type Protocol } from "../dissector.js";
import { type Frame, runEngine, START_US } from "../engine.build.js";
import { Registry } from "../registry.js";
import { LAYER, LAYERS_MAX, layerNames } from "./layers.js";
import { LAYER_PATHS_MAX, PATHS_MAX, PathTable, ROOT_PATH } from "./path-table.js";

describe("protocol paths", () => {
  it("have one node each, however often they are asked for", () => {
    const paths = new PathTable();
    const eth = paths.child(ROOT_PATH, LAYER.eth);
    const ip = paths.child(eth, LAYER.ip);
    assert.equal(paths.child(paths.child(ROOT_PATH, LAYER.eth), LAYER.ip), ip);
    assert.equal(paths.text(ip), "eth.ip");
    assert.equal(paths.name(ip), "ip");
    assert.equal(paths.parent(ip), eth);
    assert.equal(paths.parent(eth), ROOT_PATH);
    assert.equal(paths.size, 3);
  });

  it("take applications on top, told apart by name", () => {
    const paths = new PathTable();
    const tcp = paths.child(ROOT_PATH, LAYER.tcp);
    const smtp = paths.application(tcp, "smtp");
    assert.equal(paths.application(tcp, "smtp"), smtp);
    assert.notEqual(paths.application(tcp, "tls"), smtp);
    assert.equal(paths.text(paths.application(smtp, "tls")), "tcp.smtp.tls");
  });

  it("become their parents where there is no room for more", () => {
    const paths = new PathTable();
    let node = ROOT_PATH;
    let deepest = ROOT_PATH;
    for (let made = 0; made < 2 * PATHS_MAX; made += 1) {
      node = paths.child(node, LAYER.vlan);
      if (paths.size < LAYER_PATHS_MAX) deepest = node;
    }
    assert.equal(paths.size, LAYER_PATHS_MAX);
    assert.equal(paths.parent(node), deepest);
    assert.equal(paths.child(node, LAYER.ip), node);
    for (let made = 0; made < 2 * PATHS_MAX; made += 1) paths.application(node, `http-${made}`);
    assert.equal(paths.size, PATHS_MAX);
    assert.equal(paths.parent(paths.application(node, "http-0")), node);
    assert.equal(paths.application(node, "http"), node);
  });

  it("of layers are the same whatever applications were found", () => {
    const [some, none] = [new PathTable(), new PathTable()];
    const tcp = some.child(ROOT_PATH, LAYER.tcp);
    for (let made = 0; made < PATHS_MAX; made += 1) some.application(tcp, `http-${made}`);
    none.child(ROOT_PATH, LAYER.tcp);
    const texts = [some, none].map((paths) => {
      let node = ROOT_PATH;
      return Array.from({ length: 2 * LAYER_PATHS_MAX }, () =>
        paths.text((node = paths.child(node, LAYER.vlan))),
      );
    });
    assert.deepEqual(texts[0], texts[1]);
  });

  it("have room for every layer", () => {
    assert.ok(layerNames.length <= LAYERS_MAX);
    assert.equal(new Set(layerNames).size, layerNames.length);
  });
});

/** A protocol whose datagrams begin with its number. */
function numbered(number: number): Protocol {
  return {
    name: `numbered-${number}`,
    title: `Protocol ${number}`,
    spec: "this test",
    category: "network",
    attributes: [],
    malformed: [],
    recognises: "Its number.",
    omits: "Nothing.",
    datagram: {
      ports: [],
      firstOctets: [number],
      dissect: (octets, offset) => (octets[offset] === number ? MATCH : NO),
    },
  };
}

describe("an engine whose table of paths is full", () => {
  it("tells the whole path of a flow nevertheless", () => {
    const registry = Registry.of(Array.from({ length: 40 }, (_, number) => numbered(number)));
    const frames: Frame[] = [];
    const expected: string[] = [];
    for (let number = 0; number < 40; number += 1) {
      for (let tags = 0; tags < 16; tags += 1) {
        const datagram = udp({
          sourcePort: 1_000 + tags,
          destinationPort: 2_000 + number,
          payload: Uint8Array.of(number),
        });
        const four = ipv4({ source: "192.0.2.1", destination: "192.0.2.2", payload: datagram });
        const six = ipv6({ source: "2001:db8::1", destination: "2001:db8::2", payload: datagram });
        for (const [packet, layers] of [
          [four, "ip"],
          [six, "ipv6"],
          [
            ipv4({ source: "192.0.2.3", destination: "192.0.2.4", payload: gre({ payload: four }) }),
            "ip.gre.ip",
          ],
          [
            ipv4({ source: "192.0.2.3", destination: "192.0.2.4", payload: gre({ payload: six }) }),
            "ip.gre.ipv6",
          ],
        ] as const) {
          // A flow is known by its outermost tag: one for each of these paths.
          const outermost = layers.length + 100 * tags;
          const octets = ethernet({ tags: Array.from({ length: tags }, () => outermost), payload: packet });
          frames.push({ timeUs: START_US + frames.length, octets });
          expected.push(`eth${".vlan".repeat(tags)}.${layers}.udp.numbered-${number}`);
        }
      }
    }
    assert.ok(frames.length > PATHS_MAX - LAYER_PATHS_MAX);
    const { records, engine } = runEngine(frames, { registry });
    assert.ok(engine.paths.applicationsFull);
    const told = new Set(records.map(({ path }) => path));
    assert.deepEqual(
      expected.filter((path) => !told.has(path) && path.includes("vlan")),
      [],
    );
  });
});
