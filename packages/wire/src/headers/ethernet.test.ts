import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, hex } from "../octets.js";
import {
  ETHERNET_TAGS_MAX,
  ETHERNET_TAGS_TOO_MANY,
  ETHERNET_TRUNCATED,
  ETHERNET_TYPE_IMPOSSIBLE,
  parseEthernet,
} from "./ethernet.js";

const ADDRESSES = hex("00005e005302 00005e005301");

test("a service tag and a customer tag stand between addresses and EtherType", () => {
  assert.deepEqual(parseEthernet(concat(ADDRESSES, hex("88a8 6064 8100 f0c8 0800 45"))), {
    destination: hex("00005e005302"),
    source: hex("00005e005301"),
    tags: [
      { protocol: 0x88a8, priority: 3, dropEligible: false, vlan: 100 },
      { protocol: 0x8100, priority: 7, dropEligible: true, vlan: 200 },
    ],
    etherType: 0x0800,
    payload: hex("45"),
  });
});

test("a length in the EtherType's place cuts the padding off", () => {
  const frame = parseEthernet(concat(ADDRESSES, hex("0003 424203 000000")));
  assert.ok("payload" in frame);
  assert.equal(frame.etherType, undefined);
  assert.deepEqual(frame.payload, hex("424203"));
});

test("names what is wrong", () => {
  assert.equal(parseEthernet(concat(ADDRESSES, hex("0004 424203"))), ETHERNET_TRUNCATED);
  assert.equal(parseEthernet(concat(ADDRESSES, hex("8100 0001"))), ETHERNET_TRUNCATED);
  assert.equal(parseEthernet(concat(ADDRESSES, hex("05dd"), new Uint8Array(2000))), ETHERNET_TYPE_IMPOSSIBLE);
  const tags = Array.from({ length: ETHERNET_TAGS_MAX + 1 }, () => hex("8100 0001"));
  assert.equal(parseEthernet(concat(ADDRESSES, ...tags, hex("0800"))), ETHERNET_TAGS_TOO_MANY);
});
