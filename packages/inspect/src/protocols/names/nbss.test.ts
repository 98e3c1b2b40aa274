import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, hex, startsWith } from "@palisade/wire";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import { exercise } from "../../exercise.build.js";
import { Registry } from "../../registry.js";
import { netbiosName } from "./nbns.examples.js";
import { nbss } from "./nbss.js";

const request = concat(hex("81 00 0044"), netbiosName("*SMBSERVER", 0x20), netbiosName("ATTIC", 0x00));
const granted = hex("82 00 0000");
const message = hex("00 00 0008 ff534d42 72000000");

/** What follows a session: claims octets that begin with a frame's length and the magic of SMB. */
const smb1: Protocol = {
  name: "smb1",
  title: "SMB",
  spec: "MS-CIFS",
  category: "file-transfer",
  attributes: [],
  malformed: [],
  recognises: "The magic behind the length.",
  omits: "All else.",
  stream: {
    ports: [],
    dissect: (octets, offset, end) => (startsWith(octets, offset + 4, end, "\xffSMB") ? MATCH : NO),
  },
};

test("hands the first SMB message of a session over, from its length on", () => {
  const result = exercise(Registry.of([nbss, smb1]), { transport: "tcp", ports: [49152, 139] }, [
    [">", request],
    ["<", granted],
    [">", message],
  ]);
  assert.deepEqual(result.path, ["nbss", "smb1"]);
});

test("leaves SMB without a session request to SMB", () => {
  const result = exercise(Registry.of([nbss, smb1]), { transport: "tcp", ports: [49152, 139] }, [
    [">", message],
  ]);
  assert.deepEqual(result.path, ["smb1"]);
});

test("skips session messages of other protocols, however long", () => {
  const result = exercise(Registry.of([nbss, smb1]), { transport: "tcp", ports: [49152, 139] }, [
    [">", request],
    [">", hex("00 01 0000 00000000")],
    [">", concat(new Uint8Array(65_532), hex("00 00 0001 61"))],
  ]);
  assert.deepEqual(result.path, ["nbss"]);
  assert.deepEqual(result.findings, []);
});
