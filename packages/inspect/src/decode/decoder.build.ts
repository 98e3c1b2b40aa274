/**
 * What the tests of the layers share: packets to carry, and what must hold for every table of frames.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  concat,
  ethernet,
  formatIpAddress,
  hex,
  ipv4,
  ipv6,
  LINKTYPE_C_HDLC,
  LINKTYPE_ETHERNET,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_NULL,
  LINKTYPE_PPI,
  LINKTYPE_PPP,
  LINKTYPE_PPP_ETHER,
  LINKTYPE_PPP_HDLC,
  LINKTYPE_RAW,
  latin1,
  tcp,
  udp,
} from "@palisade/wire";
import fc from "fast-check";
import { Decoder } from "./decoder.js";
import { PacketView } from "./packet-view.js";
import { PathTable } from "./path-table.js";

const paths = new PathTable();
const decoder = new Decoder(paths);
const view = new PacketView();
/** Octets before and after a frame that are not of it. */
const GUARD = 64;

export interface Decoded {
  readonly path: string;
  readonly malformed: PacketView["malformed"];
  readonly ipVersion: number;
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly transportRead: boolean;
  /** Identification, offset in octets, whether more are to come. */
  readonly fragment: readonly [number, number, boolean] | undefined;
  readonly vlan: number | undefined;
  /** Both from the start of the frame. */
  readonly payloadStart: number;
  readonly payloadEnd: number;
  readonly payload: string;
  readonly payloadBytes: number;
}

/** What the decoder makes of a frame that lies between octets of value `guard`. */
export function decode(octets: Uint8Array, linkType = LINKTYPE_ETHERNET, guard = 0): Decoded {
  const surrounded = new Uint8Array(octets.length + 2 * GUARD).fill(guard);
  surrounded.set(octets, GUARD);
  decoder.frame(view, surrounded, GUARD, GUARD + octets.length, linkType);
  return decoded(GUARD);
}

/** What the decoder makes of a reassembled datagram between the two addresses, and sent in `wireBytes` octets, behind `ipHeaders`. */
export function decodeDatagram(
  protocol: number,
  addresses: Uint8Array,
  octets: Uint8Array,
  wireBytes = octets.length,
  ipHeaders = 1,
): Decoded {
  view.ipVersion = addresses.length === 8 ? 4 : 6;
  view.protocol = protocol;
  view.path = 0;
  view.vlan = 0;
  const start = addresses.length;
  decoder.datagram(view, concat(addresses, octets), 0, start, start + octets.length, wireBytes, ipHeaders);
  return decoded(start);
}

function decoded(start: number): Decoded {
  const { octets, ipVersion } = view;
  const address = (at: number) =>
    ipVersion === 0 ? "" : formatIpAddress(octets.subarray(at, at + (ipVersion === 4 ? 4 : 16)));
  return {
    path: paths.text(view.path),
    malformed: view.malformed,
    ipVersion,
    source: address(view.sourceAddress),
    destination: address(view.destinationAddress),
    protocol: view.protocol,
    sourcePort: view.sourcePort,
    destinationPort: view.destinationPort,
    transportRead: view.transportRead,
    fragment: view.fragment
      ? [view.fragmentIdentification >>> 0, view.fragmentOffset, view.moreFragments]
      : undefined,
    vlan: view.vlan === 0 ? undefined : view.vlan - 1,
    payloadStart: view.payload - start,
    payloadEnd: view.payloadEnd - start,
    payload: Buffer.from(octets.subarray(view.payload, view.payloadEnd)).toString("latin1"),
    payloadBytes: view.payloadBytes,
  };
}

// Packets to carry ---------------------------------------------------------------------------------------------------

export const TEXT = "what is carried";
export const PAYLOAD = latin1(TEXT);
export const CLIENT = "192.0.2.1";
export const SERVER = "198.51.100.2";
export const CLIENT6 = "2001:db8::1";
export const SERVER6 = "2001:db8:1::2";
export const OUTER_SOURCE = "203.0.113.1";
export const OUTER_DESTINATION = "203.0.113.2";

export function datagram(): Uint8Array {
  return udp({ sourcePort: 40_001, destinationPort: 40_002, payload: PAYLOAD });
}

export function segment(): Uint8Array {
  return tcp({ sourcePort: 40_001, destinationPort: 40_002, payload: PAYLOAD });
}

/** `datagram()` from client to server over IPv4. */
export function inner4(): Uint8Array {
  return ipv4({ source: CLIENT, destination: SERVER, payload: datagram() });
}

/** `datagram()` from client to server over IPv6. */
export function inner6(): Uint8Array {
  return ipv6({ source: CLIENT6, destination: SERVER6, payload: datagram() });
}

export function innerFrame(): Uint8Array {
  return ethernet({ payload: inner4() });
}

/** A frame with `payload` over IPv4, between the outer addresses. */
export function outer(payload: Uint8Array, protocol?: number): Uint8Array {
  return ethernet({
    payload: ipv4({
      source: OUTER_SOURCE,
      destination: OUTER_DESTINATION,
      payload,
      ...(protocol !== undefined && { protocol }),
    }),
  });
}

/** A frame with `payload` over IPv6, whose first header after the fixed one is a `nextHeader`. */
export function outer6(nextHeader: number, payload: Uint8Array): Uint8Array {
  return ethernet({ payload: ipv6({ source: CLIENT6, destination: SERVER6, nextHeader, payload }) });
}

export function inUdp(destinationPort: number, payload: Uint8Array): Uint8Array {
  return outer(udp({ sourcePort: 50_000, destinationPort, payload }));
}

// What must hold -----------------------------------------------------------------------------------------------------

export interface Case {
  readonly title: string;
  readonly octets: Uint8Array;
  readonly path: string;
  readonly linkType?: number;
}

/** A frame whose innermost packet is `datagram()`, from client to server over IPv4 or IPv6. */
export interface Carried extends Case {
  readonly vlan?: number;
}

/** A frame that leads to something else. */
export interface Named extends Case {
  readonly protocol?: number;
  readonly ports?: readonly [number, number];
}

/** Title, octets, the name of what is wrong, the path as far as it was read. */
export type Lie = readonly [string, Uint8Array, { readonly name: string }, string];

export function readsThrough(cases: readonly Carried[]): void {
  for (const { title, octets, path, linkType, vlan } of cases) {
    it(`reads the innermost datagram through ${title}`, () => {
      const is6 = path.endsWith("ipv6.udp") || path.endsWith("ipv6.ah.udp");
      const { payloadStart: _start, payloadEnd: _end, ...got } = decode(octets, linkType);
      assert.deepEqual(got, {
        path,
        malformed: undefined,
        ipVersion: is6 ? 6 : 4,
        source: is6 ? CLIENT6 : CLIENT,
        destination: is6 ? SERVER6 : SERVER,
        protocol: 17,
        sourcePort: 40_001,
        destinationPort: 40_002,
        transportRead: true,
        fragment: undefined,
        vlan,
        payload: TEXT,
        payloadBytes: TEXT.length,
      });
    });
  }
}

export function names(cases: readonly Named[]): void {
  for (const { title, octets, path, linkType, protocol, ports } of cases) {
    it(`names ${title}`, () => {
      const got = decode(octets, linkType);
      assert.equal(got.path, path);
      assert.equal(got.malformed, undefined);
      assert.equal(got.protocol, protocol ?? 0);
      assert.deepEqual([got.sourcePort, got.destinationPort], ports ?? [0, 0]);
      assert.equal(got.ipVersion, protocol === undefined ? 0 : path.includes("ipv6") ? 6 : 4);
    });
  }
}

export function namesLies(cases: readonly Lie[]): void {
  for (const [title, octets, malformed, path] of cases) {
    it(`names ${title}`, () => {
      const got = decode(octets);
      assert.equal(got.malformed?.name, malformed.name);
      assert.equal(got.path, path);
      assert.ok(got.payloadStart <= got.payloadEnd && got.payloadEnd <= octets.length);
    });
  }
}

/** Frames cut after every octet, and changed at random: nothing is read past their end, and what is missing is missed. */
export function keepsToTheFrame(cases: readonly Case[]): void {
  describe("cut after every octet", () => {
    for (const { title, octets, linkType, path } of cases) {
      it(`says so, or shows less: ${title}`, () => {
        const whole = decode(octets, linkType);
        for (let length = 0; length < octets.length; length += 1) {
          const cut = octets.subarray(0, length);
          const got = decode(cut, linkType);
          assert.ok(got.payloadStart <= got.payloadEnd && got.payloadEnd <= length, `bounds at ${length}`);
          // The layer at which the octets end may go by a more general name.
          const sure = got.path.split(".").slice(0, -1);
          assert.deepEqual(path.split(".").slice(0, sure.length), sure, `path at ${length}`);
          assert.ok(
            got.malformed !== undefined ||
              sure.length + 1 < path.split(".").length ||
              got.payloadEnd < whole.payloadEnd,
            `nothing is said at ${length}`,
          );
          assert.deepEqual(decode(cut, linkType, 0xff), got, `reads past the end at ${length}`);
        }
      });
    }
  });

  it("never throws, and never reaches past the frame, whatever the octets", () => {
    const seeds = cases.map(({ octets, linkType }) => [linkType ?? LINKTYPE_ETHERNET, octets] as const);
    const changed = fc
      .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 4 }))
      .map(([[linkType, seed], changes]) => {
        const octets = seed.slice();
        for (const [at, octet] of changes) if (at < octets.length) octets[at] = octet;
        return [linkType, octets] as const;
      });
    const random = fc.tuple(fc.constantFrom(...linkTypes), fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(fc.oneof(random, changed), ([linkType, octets]) => {
        const got = decode(octets, linkType);
        assert.ok(got.payloadStart <= got.payloadEnd && got.payloadEnd <= octets.length);
        assert.ok(got.payloadBytes >= 0);
        assert.deepEqual(decode(octets, linkType, 0xff), got);
      }),
      { numRuns: 1_500 },
    );
  });
}

const linkTypes = [
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  LINKTYPE_NULL,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_PPP,
  LINKTYPE_PPP_HDLC,
  LINKTYPE_PPP_ETHER,
  LINKTYPE_C_HDLC,
  LINKTYPE_PPI,
  999,
];

/** A data frame of IEEE 802.11 to the distribution system, not protected: RFC 1042 headers, then the packet. */
export function wlan(packet: Uint8Array, frameControl = "0801", qos = ""): Uint8Array {
  return concat(
    hex(`${frameControl} 0000 00005e005301 00005e005302 00005e005303 0000 ${qos}`),
    hex("aaaa03 000000 0800"),
    packet,
  );
}
