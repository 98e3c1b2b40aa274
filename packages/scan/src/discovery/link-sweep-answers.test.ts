/** Frames that answer, and those that lie. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ARP_REPLY, ARP_REQUEST, concat, formatIpAddress, formatMac } from "@palisade/wire";
import fc from "fast-check";
import { advertisement, arpFrame, linkOption, OWN_LINK, solicitation } from "./link-sweep.build.js";
import { ANSWER_QUESTION, ANSWER_REPLY, newLinkAnswer, readLinkAnswer } from "./link-sweep-answers.js";

const STATION = "02:00:00:00:00:09";
const reply = {
  operation: ARP_REPLY,
  senderHardware: STATION,
  senderProtocol: "192.0.2.9",
  targetHardware: OWN_LINK,
  targetProtocol: "192.0.2.1",
};
const advertised = { target: "2001:db8::9", link: STATION, to: "2001:db8::1" };

function read(frame: Uint8Array, addressBytes: 4 | 16) {
  const answer = newLinkAnswer();
  if (!readLinkAnswer(frame, 0, frame.length, addressBytes, answer)) return undefined;
  return {
    kind: answer.kind,
    address: formatIpAddress(frame, answer.addressAt, addressBytes),
    link: formatMac(frame.subarray(answer.linkAt, answer.linkAt + 6)),
    ownAddress: formatIpAddress(frame, answer.ownAddressAt, addressBytes),
    ownLink:
      answer.ownLinkAt < 0 ? undefined : formatMac(frame.subarray(answer.ownLinkAt, answer.ownLinkAt + 6)),
  };
}

/** A frame with one octet changed. */
function changed(frame: Uint8Array, at: number, octet: number): Uint8Array {
  const copy = frame.slice();
  assert.notEqual(copy[at], octet, "it is changed");
  copy[at] = octet;
  return copy;
}

describe("an answer by ARP", () => {
  it("says who it is, where, and whom it answers", () => {
    assert.deepEqual(read(arpFrame(reply), 4), {
      kind: ANSWER_REPLY,
      address: "192.0.2.9",
      link: STATION,
      ownAddress: "192.0.2.1",
      ownLink: OWN_LINK,
    });
  });

  it("may be a question for somebody else", () => {
    const request = { ...reply, operation: ARP_REQUEST, targetProtocol: "192.0.2.77" };
    const found = read(arpFrame(request, "ff:ff:ff:ff:ff:ff"), 4);
    assert.deepEqual([found?.kind, found?.address, found?.link], [ANSWER_QUESTION, "192.0.2.9", STATION]);
  });

  const frame = arpFrame(reply);
  const wrong: readonly (readonly [string, Uint8Array])[] = [
    ["of another EtherType", changed(frame, 13, 0x00)],
    ["behind a VLAN tag", concat(frame.subarray(0, 12), Uint8Array.of(0x81, 0, 0, 5), frame.subarray(12))],
    ["of another hardware type", changed(frame, 15, 6)],
    ["of another protocol", changed(frame, 17, 0xdd)],
    ["with longer link addresses", changed(frame, 18, 8)],
    ["with longer addresses", changed(frame, 19, 16)],
    ["of another operation", changed(frame, 21, 4)],
    ["of operation 0", changed(frame, 21, 0)],
    ["of an operation above 255", changed(frame, 20, 1)],
    ["from a group", arpFrame({ ...reply, senderHardware: "03:00:00:00:00:09" })],
    ["from nobody", arpFrame({ ...reply, senderHardware: "00:00:00:00:00:00" })],
    ["announced by a reply", arpFrame({ ...reply, targetProtocol: reply.senderProtocol })],
    [
      "announced by a request",
      arpFrame({ ...reply, operation: ARP_REQUEST, targetProtocol: reply.senderProtocol }),
    ],
  ];
  for (const [what, octets] of wrong) {
    it(`is none ${what}`, () => assert.equal(read(octets, 4), undefined));
  }

  it("is none where it is cut short", () => {
    for (let bytes = 0; bytes < 42; bytes += 1) assert.equal(read(frame.subarray(0, bytes), 4), undefined);
    assert.ok(read(frame.subarray(0, 42), 4));
  });
});

describe("an answer by neighbour discovery", () => {
  it("says who it is, where, and whom it answers", () => {
    assert.deepEqual(read(advertisement(advertised), 16), {
      kind: ANSWER_REPLY,
      address: "2001:db8::9",
      link: STATION,
      ownAddress: "2001:db8::1",
      ownLink: undefined,
    });
  });

  it("may come from another address of the neighbour", () => {
    const found = read(advertisement({ ...advertised, source: "fe80::9" }), 16);
    assert.equal(found?.address, "2001:db8::9");
  });

  it("has its link address among other options", () => {
    const options = concat(Uint8Array.of(14, 1, 0, 0, 0, 0, 0, 0), linkOption(2, STATION));
    assert.equal(read(advertisement({ ...advertised, options }), 16)?.link, STATION);
  });

  it("may be a question for somebody else", () => {
    const found = read(solicitation("2001:db8::9", STATION, "2001:db8::77"), 16);
    assert.deepEqual([found?.kind, found?.address, found?.link], [ANSWER_QUESTION, "2001:db8::9", STATION]);
  });

  const wrong: readonly (readonly [string, Uint8Array])[] = [
    ["that came through a router", advertisement({ ...advertised, hopLimit: 254 })],
    ["with another code", advertisement({ ...advertised, code: 1 })],
    ["with a wrong checksum", advertisement({ ...advertised, checksum: 0x1234 })],
    ["that nobody asked for", advertisement({ ...advertised, rest: 0x2000_0000 })],
    ["without a link address", advertisement({ ...advertised, options: new Uint8Array(0) })],
    ["with the sender's link address", advertisement({ ...advertised, options: linkOption(1, STATION) })],
    [
      "with an option of no length",
      advertisement({ ...advertised, options: concat(linkOption(2, STATION), Uint8Array.of(1, 0)) }),
    ],
    [
      "with an option that is cut short",
      advertisement({ ...advertised, options: concat(linkOption(2, STATION), Uint8Array.of(1, 1, 0)) }),
    ],
    ["from a group", advertisement({ ...advertised, link: "33:33:00:00:00:09" })],
    ["from nobody", advertisement({ ...advertised, options: linkOption(2, "00:00:00:00:00:00") })],
    ["of IPv4's EtherType", changed(advertisement(advertised), 12, 0x08)],
    ["of another message", changed(advertisement(advertised), 54, 134)],
    ["of another protocol", changed(advertisement(advertised), 20, 17)],
    ["of another IP version", changed(advertisement(advertised), 14, 0x40)],
    ["longer than it is", changed(advertisement(advertised), 19, 0x28)],
    ["shorter than an advertisement", changed(advertisement(advertised), 19, 23)],
  ];
  for (const [what, octets] of wrong) {
    it(`is none ${what}`, () => assert.equal(read(octets, 16), undefined));
  }

  it("is none where it is cut short", () => {
    const frame = advertisement(advertised);
    for (let bytes = 0; bytes < frame.length; bytes += 1) {
      assert.equal(read(frame.subarray(0, bytes), 16), undefined);
    }
  });
});

it("what stands around a frame means nothing to it, and no octets make it throw", () => {
  const seeds = [
    arpFrame(reply),
    advertisement(advertised),
    solicitation("2001:db8::9", STATION, "2001:db8::77"),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(90), fc.nat(255)), { maxLength: 3 }),
      fc.nat(90),
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(4 as const, 16 as const),
      (seed, changes, cut, around, addressBytes) => {
        const frame = seed.slice(0, Math.max(1, seed.length - cut));
        for (const [at, octet] of changes) if (at < frame.length) frame[at] = octet;
        const within = concat(around, frame, around);
        const alone = newLinkAnswer();
        const among = newLinkAnswer();
        const end = around.length + frame.length;
        const found = readLinkAnswer(frame, 0, frame.length, addressBytes, alone);
        assert.equal(readLinkAnswer(within, around.length, end, addressBytes, among), found);
        if (!found) return;
        for (const [at, bytes] of [
          [alone.addressAt, addressBytes],
          [alone.linkAt, 6],
          [alone.ownAddressAt, addressBytes],
        ] as const) {
          assert.ok(at >= 14 && at + bytes <= frame.length);
        }
        assert.equal(among.addressAt - around.length, alone.addressAt);
        assert.equal(among.linkAt - around.length, alone.linkAt);
      },
    ),
  );
});
