import { startsWith, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** System identities of both ends: "device::ro.product.name=…;", "host::features=…". */
export const ADB_IDENTITY = attribute("adb.identity", "text", { many: true });
/** Services opened: "shell:id", "sync:". */
export const ADB_SERVICE = attribute("adb.service", "text", { many: true });

export const ADB_EXPOSED: FindingKind = {
  name: "adb.connection",
  severity: "medium",
  title: "An Android device is controlled over the network through its debug bridge",
};

const HEADER_BYTES = 24;
const DATA_BYTES_MAX = 1_048_576;
/** Octets of data read for an attribute. */
const TEXT_BYTES_MAX = 1_024;
const CONNECT = 0x4e58_4e43;
const OPEN = 0x4e45_504f;
const COMMANDS = new Set(["CNXN", "AUTH", "OPEN", "OKAY", "CLSE", "WRTE", "STLS"].map(commandOf));

function commandOf(name: string): number {
  return [...name].reduce((value, character, at) => value + character.charCodeAt(0) * 2 ** (8 * at), 0);
}

export const adb: Protocol = {
  name: "adb",
  title: "Android Debug Bridge",
  spec: "Android Open Source Project, packages/modules/adb/protocol.txt",
  category: "remote-access",
  attributes: [ADB_IDENTITY, ADB_SERVICE],
  malformed: [],
  findings: [ADB_EXPOSED],
  recognises: "A message header whose last word is the complement of its command.",
  omits: "What services carry, and connections that go on under TLS.",
  stream: {
    ports: [5555],
    firstOctets: [0x41, 0x43, 0x4f, 0x53, 0x57],
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      if (length >= 4 && !COMMANDS.has(u32le(octets, offset))) return NO;
      if (length < HEADER_BYTES) return flow.stage === KNOWN ? MATCH : MORE;
      const command = u32le(octets, offset);
      const dataBytes = u32le(octets, offset + 12);
      if (u32le(octets, offset + 20) !== (command ^ 0xffff_ffff) >>> 0 || dataBytes > DATA_BYTES_MAX)
        return NO;
      return message(octets, offset, end, command, dataBytes, flow);
    },
  },
};

// `flow.stage` after the verdict.
const KNOWN = 1;

function message(
  octets: Uint8Array,
  offset: number,
  end: number,
  command: number,
  dataBytes: number,
  flow: FlowContext,
): Outcome {
  flow.stage = KNOWN;
  const start = offset + HEADER_BYTES;
  const textBytes = Math.min(dataBytes, TEXT_BYTES_MAX);
  if (command === CONNECT || command === OPEN) {
    if (end - start < textBytes) return MATCH;
    let stop = start + textBytes;
    while (stop > start && octets[stop - 1] === 0) stop -= 1;
    if (command === OPEN) flow.text(ADB_SERVICE, octets, start, stop);
    else {
      flow.text(ADB_IDENTITY, octets, start, stop);
      if (startsWith(octets, start, stop, "device:")) flow.report(ADB_EXPOSED);
    }
  }
  flow.consume(HEADER_BYTES + dataBytes);
  return MATCH;
}
