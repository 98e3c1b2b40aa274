/** MongoDB: `isMaster` and `buildInfo`, which are answered without a log-in (MongoDB manual, "Database Commands"; OP_MSG: "Wire Protocol"). */
import { concat, latin1 } from "@palisade/wire";
import { ConnectFailure } from "../connection.js";
import { textOf } from "../template.js";
import type { DetailContext, DetailReader, Learnt } from "./detail.js";
import { OctetReader } from "./octet-reader.js";

const OP_MSG = 2013;
/** Longer replies are not read; these are some 2 KiB. */
const REPLY_BYTES_MAX = 65_536;
/** Elements of a document that are read. */
const ELEMENTS_MAX = 256;

function le32(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, value, true);
  return octets;
}

/** A command for the database `admin`, as OP_MSG with one section of kind 0. */
export function mongoCommand(name: string, requestId: number): Uint8Array {
  const database = latin1("admin\0");
  const elements = concat(
    0x10, // int32
    latin1(`${name}\0`),
    le32(1),
    0x02, // string
    latin1("$db\0"),
    le32(database.length),
    database,
  );
  const document = concat(le32(4 + elements.length + 1), elements, 0);
  const body = concat(le32(0), 0, document);
  return concat(le32(16 + body.length), le32(requestId), le32(0), le32(OP_MSG), body);
}

/** How many octets a message takes, by its first field; for `Connection.receive`. */
export function mongoMessageBytes(octets: Uint8Array): number {
  if (octets.length < 4) return 0;
  const length = new OctetReader(octets).u32(true);
  return length < 16 || length > REPLY_BYTES_MAX ? -1 : length;
}

/** Plain elements of a reply's document by name; those of documents within it are left out. */
export function readMongoReply(message: Uint8Array): Map<string, string> | undefined {
  const reader = new OctetReader(message);
  reader.skip(12);
  if (reader.u32(true) !== OP_MSG) return undefined;
  reader.skip(4);
  if (reader.u8() !== 0) return undefined;
  reader.skip(4);
  const elements = new Map<string, string>();
  for (let count = 0; count < ELEMENTS_MAX; count += 1) {
    const type = reader.u8();
    if (type === 0 || reader.short) break;
    const name = textOf(reader.untilZero());
    const value = readElement(reader, type);
    if (reader.short || value === STOP) break;
    if (value !== undefined) elements.set(name, value);
  }
  return elements;
}

const STOP = Symbol("a type that is not known");

/** BSON 1.1: the value as text where it is plain, undefined where it is not, `STOP` where its length is not known. */
function readElement(reader: OctetReader, type: number): string | undefined | typeof STOP {
  switch (type) {
    case 0x01:
      reader.skip(8);
      return undefined;
    case 0x02:
      return textOf(reader.bytes(reader.u32(true)).subarray(0, -1));
    case 0x03:
    case 0x04:
      reader.skip(reader.u32(true) - 4);
      return undefined;
    case 0x05:
      reader.skip(reader.u32(true) + 1);
      return undefined;
    case 0x07:
      reader.skip(12);
      return undefined;
    case 0x08:
      return reader.u8() === 1 ? "true" : "false";
    case 0x0a:
      return undefined;
    case 0x10:
      return String(reader.u32(true) | 0);
    case 0x09:
    case 0x11:
    case 0x12:
      return BigInt.asIntN(64, reader.u64(true)).toString();
    default:
      return STOP;
  }
}

async function ask(context: DetailContext): Promise<Map<string, string>[]> {
  const connection = await context.open();
  if (connection instanceof ConnectFailure) return [];
  const replies: Map<string, string>[] = [];
  for (const [index, command] of ["isMaster", "buildInfo"].entries()) {
    connection.write(mongoCommand(command, index + 1));
    const message = await connection.receive(mongoMessageBytes, context.waitMs);
    const reply = message && readMongoReply(message);
    if (reply === undefined) break;
    replies.push(reply);
  }
  connection.close();
  return replies;
}

/** `mongodb-wire-version`, `mongodb-role`, `mongodb-set`, `mongodb-git-version`, `mongodb-bits`. */
export const mongodb: DetailReader = {
  services: ["mongodb"],
  async read(context): Promise<Learnt | undefined> {
    const [role, build] = await ask(context);
    if (role === undefined) return undefined;
    const version = /^\d+(?:\.\d+)+/.exec(build?.get("version") ?? "")?.[0];
    const primary = role.get("ismaster") ?? role.get("isWritablePrimary");
    const details: Record<string, string> = {};
    const keep = (name: string, value: string | undefined): void => {
      if (value !== undefined && value !== "") details[name] = value;
    };
    keep("mongodb-wire-version", role.get("maxWireVersion"));
    keep(
      "mongodb-role",
      role.get("msg") === "isdbgrid" ? "router" : primary === "true" ? "primary" : "secondary",
    );
    keep("mongodb-set", role.get("setName"));
    keep("mongodb-git-version", build?.get("gitVersion"));
    keep("mongodb-bits", build?.get("bits"));
    return {
      fields: { product: "MongoDB", ...(version === undefined ? {} : { version }) },
      cpe: [version === undefined ? "cpe:/a:mongodb:mongodb" : `cpe:/a:mongodb:mongodb:${version}`],
      details,
    };
  },
};
