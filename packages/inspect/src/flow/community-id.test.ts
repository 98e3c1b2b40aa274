import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseIpAddress } from "@palisade/wire";
import { communityId } from "./community-id.js";

const id = (
  source: string,
  destination: string,
  protocol: number,
  from: number,
  to: number,
  seed = 0,
): string => communityId(parseIpAddress(source)!, parseIpAddress(destination)!, protocol, from, to, seed);

/** From the specification's baseline: source, destination, protocol, port or type, port or code, seed, id. */
const baseline: readonly (readonly [string, string, number, number, number, number, string])[] = [
  ["128.232.110.120", "66.35.250.204", 6, 34_855, 80, 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="],
  ["128.232.110.120", "66.35.250.204", 6, 34_855, 80, 1, "1:3V71V58M3Ksw/yuFALMcW0LAHvc="],
  ["192.168.1.52", "8.8.8.8", 17, 54_585, 53, 0, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="],
  ["192.168.1.52", "8.8.8.8", 17, 54_585, 53, 1, "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="],
  ["192.168.170.8", "192.168.170.56", 132, 7, 80, 0, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="],
  ["192.168.170.8", "192.168.170.56", 132, 7, 80, 1, "1:Y1/0jQg6e+I3ZwZZ9LP65DNbTXU="],
  ["192.168.0.89", "192.168.0.1", 1, 8, 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="],
  ["192.168.0.89", "192.168.0.1", 1, 8, 0, 1, "1:03g6IloqVBdcZlPyX8r0hgoE7kA="],
  ["192.168.0.89", "192.168.0.1", 1, 20, 0, 0, "1:3o2RFccXzUgjl7zDpqmY7yJi8rI="],
  ["192.168.0.89", "192.168.0.1", 1, 20, 1, 0, "1:tz/fHIDUHs19NkixVVoOZywde+I="],
  ["fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 58, 135, 0, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="],
  [
    "3ffe:507:0:1:260:97ff:fe07:69ea",
    "3ffe:507:0:1:200:86ff:fe05:80da",
    58,
    3,
    0,
    0,
    "1:NdobDX8PQNJbAyfkWxhtL2Pqp5w=",
  ],
  ["10.1.24.4", "10.1.12.1", 46, 0, 0, 0, "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4="],
];

describe("community id", () => {
  for (const [source, destination, protocol, from, to, seed, expected] of baseline) {
    it(`of protocol ${protocol}, ${from} to ${to}, seed ${seed}, is the specification's`, () => {
      assert.equal(id(source, destination, protocol, from, to, seed), expected);
    });
  }

  it("is the same from either end, for what has ports and for what asks and answers", () => {
    assert.equal(id("10.0.0.1", "10.0.0.2", 17, 5, 6), id("10.0.0.2", "10.0.0.1", 17, 6, 5));
    assert.equal(id("10.0.0.1", "10.0.0.1", 6, 5, 6), id("10.0.0.1", "10.0.0.1", 6, 6, 5));
    assert.equal(id("10.0.0.1", "10.0.0.2", 1, 8, 0), id("10.0.0.2", "10.0.0.1", 1, 0, 0));
    assert.equal(id("2001:db8::1", "2001:db8::2", 58, 128, 0), id("2001:db8::2", "2001:db8::1", 58, 129, 0));
    assert.equal(id("10.0.0.1", "10.0.0.2", 47, 0, 0), id("10.0.0.2", "10.0.0.1", 47, 0, 0));
  });

  it("tells who sent an ICMP message that has no answer", () => {
    assert.notEqual(id("10.0.0.1", "10.0.0.2", 1, 3, 1), id("10.0.0.2", "10.0.0.1", 1, 3, 1));
  });
});
