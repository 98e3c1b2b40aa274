import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import {
  ethernet,
  icmp,
  ipv4,
  LINKTYPE_ETHERNET,
  parseIpAddress,
  TCP_ACK,
  TCP_RST,
  TCP_SYN,
  tcp,
  u16,
} from "@palisade/wire";
import fc from "fast-check";
import { newReply, readReply } from "../reply.js";
import { syn } from "../techniques/syn.js";
import { parseDecoys } from "./decoys.js";
import { check, fold, OWN, open, type Setting, sendAll, settings, TARGET } from "./evasive-link.build.js";
import type { EvasiveLink } from "./evasive-link.js";

describe("an evasive link", () => {
  it("sends what puts together to the original packet, from each sender, with checksums as they are asked for", () => {
    fc.assert(
      fc.property(settings, (setting) => {
        const { link, taking, path, frames } = open(setting);
        sendAll(link, frames);
        check(setting, taking.sent, frames, path);
      }),
      { numRuns: 300 },
    );
  });

  it("repeats no piece and drops none, however few are taken at a time", () => {
    fc.assert(
      fc.property(
        settings,
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
        (setting, slots, stream) => {
          const takes = (count: number): number => Math.min(count, stream.next().value ?? count);
          const { link, taking, path, frames } = open(setting, { slots, takes });
          sendAll(link, frames);
          check(setting, taking.sent, frames, path);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("goes on after an error without sending a piece twice, and tells of it where nothing was sent", () => {
    const down = new PalisadeError("LINK_DOWN", "down");
    fc.assert(
      fc.property(settings, fc.infiniteStream(fc.integer({ min: -1, max: 9 })), (setting, stream) => {
        const { link, taking, path, frames } = open(setting, {
          slots: 3,
          takes: (count) => {
            const taken = stream.next().value;
            if (taken < 0) throw down;
            return Math.min(count, taken);
          },
        });
        const asking = {
          slots: link.slots,
          slotBytes: link.slotBytes,
          octets: link.octets,
          set: (slot: number, bytes: number) => link.set(slot, bytes),
          send: (count: number) => {
            const before = taking.sent.length;
            try {
              return link.send(count);
            } catch (error) {
              assert.equal(error, down);
              assert.equal(taking.sent.length, before);
              return 0;
            }
          },
        };
        sendAll(asking as unknown as EvasiveLink, frames);
        check(setting, taking.sent, frames, path);
      }),
    );
  });

  it("begins anew where another frame stands in place of the one it had begun", () => {
    const setting: Setting = {
      version: 4,
      isEthernet: false,
      kind: "syn",
      evasion: { fragmentBytes: 8 },
      payloads: [0, 0],
    };
    const taken = [2, 9];
    const { link, taking, path, frames } = open(setting, { takes: () => taken.shift()! });
    link.octets.set(frames[0]!);
    link.set(0, frames[0]!.length);
    assert.equal(link.send(1), 0);
    link.octets.set(frames[1]!);
    link.set(0, frames[1]!.length);
    assert.equal(link.send(1), 1);
    assert.equal(taking.sent.length, 5);
    check(setting, taking.sent.slice(2), frames.slice(1), path);
  });

  it("sends a frame whole again that it had to end in two calls before", () => {
    const evasion = { fragmentBytes: 8 };
    const setting: Setting = { version: 4, isEthernet: false, kind: "syn", evasion, payloads: [0] };
    const taken = [2, 1, 3];
    const { link, taking, path, frames } = open(setting, { takes: () => taken.shift()! });
    sendAll(link, frames);
    sendAll(link, frames);
    assert.equal(taking.sent.length, 6);
    check(setting, taking.sent, [...frames, ...frames], path);
  });

  for (const [right, badChecksum, written] of [
    [0x0000, false, 0xffff],
    [0x5555, true, 0xaaaa],
  ] as const) {
    it(`never says that a UDP checksum was not computed, where it is ${right} ${badChecksum ? "and wrong" : ""}`, () => {
      const common = { version: 4, isEthernet: false, kind: "udp", payloads: [7] } as const;
      const plain = open({ ...common, evasion: {} });
      const checksum = u16(plain.frames[0]!, 26);
      // The sender whose words make the sum what gives that checksum.
      const decoy = parseIpAddress(OWN[4])!;
      const word = fold(u16(decoy, 2) + checksum + (~right & 0xffff));
      decoy.set([word >>> 8, word & 0xff], 2);
      const evasion = { decoys: { addresses: [decoy], ownAt: 1 }, badChecksum };
      const { link, taking, frames } = open({ ...common, evasion });
      sendAll(link, frames);
      assert.equal(u16(taking.sent[0]!, 26), written);
    });
  }

  it("leaves the scheduler's octets alone", () => {
    const evasion = {
      decoys: parseDecoys("203.0.113.1", 4),
      fragmentBytes: 8,
      timeToLive: 3,
      badChecksum: true,
      dataBytes: 5,
    };
    const { link, frames } = open({ version: 4, isEthernet: true, kind: "tcp", evasion, payloads: [0] });
    sendAll(link, frames);
    assert.deepEqual(link.octets.slice(0, frames[0]!.length), frames[0]);
  });

  it("sends a frame as it is where nothing is asked for", () => {
    for (const version of [4, 6] as const) {
      const { link, taking, frames } = open({
        version,
        isEthernet: true,
        kind: "syn",
        evasion: {},
        payloads: [0, 0],
      });
      sendAll(link, frames);
      assert.deepEqual(taking.sent, frames);
      assert.equal(link.engine, "taking");
    }
  });

  it("refuses fragments of IPv6 that the kernel would route, and no others", () => {
    const refused = { code: "SCAN_EVASION_FRAGMENTS", message: /engine packet/ };
    for (const version of [4, 6] as const) {
      for (const engine of ["raw-ip", "packet"]) {
        for (const evasion of [{ fragmentBytes: 8 }, { timeToLive: 8 }]) {
          const setting: Setting = {
            version,
            isEthernet: engine === "packet",
            kind: "syn",
            evasion,
            payloads: [0],
          };
          if (version === 6 && engine === "raw-ip" && "fragmentBytes" in evasion)
            assert.throws(() => open(setting, { engine }), refused);
          else open(setting, { engine });
        }
      }
    }
  });

  it("gives each copy an identification of its own", () => {
    const evasion = { decoys: parseDecoys("RND:100", 4) };
    const { link, taking, frames } = open({
      version: 4,
      isEthernet: false,
      kind: "syn",
      evasion,
      payloads: [0],
    });
    sendAll(link, frames);
    assert.ok(new Set(taking.sent.map((octets) => u16(octets, 4))).size > 90);
  });

  it("keeps the cookie where an error that quotes the first fragment brings it back", () => {
    const evasion = { fragmentBytes: 8, dataBytes: 3 };
    const { link, taking, frames } = open({
      version: 4,
      isEthernet: false,
      kind: "syn",
      evasion,
      payloads: [0],
    });
    sendAll(link, frames);
    const quoted = icmp({ type: 3, code: 13, payload: taking.sent[0]! });
    const error = ipv4({ source: "203.0.113.1", destination: OWN[4], payload: quoted });
    const reply = newReply();
    assert.ok(readReply(error, 0, error.length, reply));
    assert.equal(reply.quoted, 0x0102_0304);
    assert.equal(reply.port, 443);
  });

  for (const [what, acknowledges, flags, state] of [
    ["a reset that counts the data", 1 + 50, TCP_RST | TCP_ACK, "closed"],
    ["a reset that does not", 1, TCP_RST | TCP_ACK, "closed"],
    ["a SYN-ACK that does not", 1, TCP_SYN | TCP_ACK, "open"],
    ["a SYN-ACK that counts the data", 1 + 50, TCP_SYN | TCP_ACK, "open"],
    ["a reset of another connection", 2, TCP_RST | TCP_ACK, undefined],
  ] as const) {
    for (const isEthernet of [false, true]) {
      it(`knows ${what}${isEthernet ? " in a frame" : ""}`, () => {
        const cookie = 0xffff_fff0;
        const evasion = { dataBytes: 50 };
        const { link, taking } = open({ version: 4, isEthernet, kind: "syn", evasion, payloads: [0] });
        const payload = tcp({
          sourcePort: 443,
          destinationPort: 61_111,
          flags,
          acknowledgement: (cookie + acknowledges) >>> 0,
        });
        const ip = ipv4({ source: TARGET[4], destination: OWN[4], payload });
        const octets = isEthernet ? ethernet({ payload: ip }) : ip;
        const before = octets.slice();
        taking.arriving.push({ octets, timeUs: 12, ...(isEthernet ? { linkType: LINKTYPE_ETHERNET } : {}) });
        const states: (string | undefined)[] = [];
        const reply = newReply();
        link.drain({
          packet(all, offset, captured, _wire, timeUs) {
            assert.equal(timeUs, 12);
            assert.ok(readReply(all, offset + (isEthernet ? 14 : 0), offset + captured, reply));
            states.push(syn.classify(reply, cookie)?.state);
          },
        });
        assert.deepEqual(
          states.filter((known) => known !== undefined),
          state === undefined ? [] : [state],
        );
        assert.deepEqual(octets, before);
      });
    }
  }

  it("hands on whatever comes once, and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), fc.constantFrom(1, 101, 276, 9), (octets, linkType) => {
        const { link, taking } = open({
          version: 4,
          isEthernet: true,
          kind: "syn",
          evasion: { dataBytes: 9 },
          payloads: [0],
        });
        taking.arriving.push({ octets, timeUs: 1, linkType });
        let came = 0;
        link.drain({ packet: () => void (came += 1) });
        assert.ok(came === 1 || came === 2);
      }),
    );
  });

  it("is otherwise the link underneath", async () => {
    const { link, taking } = open({ version: 4, isEthernet: false, kind: "syn", evasion: {}, payloads: [0] });
    assert.equal(link.engine, "taking");
    assert.equal(link.pathTo(parseIpAddress(TARGET[4])!, 0), taking.pathTo());
    assert.equal(link.ringDrops(), 5);
    await link.wait(1);
    link.close();
    assert.equal(taking.closed, 1);
    assert.equal(link.send(0), 0);
  });
});
