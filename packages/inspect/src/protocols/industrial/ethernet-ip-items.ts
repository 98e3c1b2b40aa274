/**
 * The common packet format of EtherNet/IP: a count, then items of type, length and data (CIP volume 2 §2-6).
 */
import { u8, u16le, u32le } from "@palisade/wire";
import type { Attribute } from "../../attribute.js";
import type { FlowContext } from "../../flow-context.js";

export const CONNECTED_DATA = 0xb1;
export const SEQUENCED_ADDRESS = 0x8002;
const NULL_ADDRESS = 0x00;
const IDENTITY = 0x0c;
const CONNECTED_ADDRESS = 0xa1;
const UNCONNECTED_DATA = 0xb2;
const SERVICES = 0x100;
const SOCKET_TO_TARGET = 0x8000;
const SOCKET_TO_ORIGINATOR = 0x8001;
const ITEM_HEADER_BYTES = 4;
const ITEMS_MAX = 16;
/** Version 2, socket address 16; then vendor 2, type 2, product 2, revision 2, status 2, serial 4, name with its length. */
const IDENTITY_FIXED_BYTES = 33;

/** Where what items say goes. */
export interface ItemValues {
  readonly service: Attribute<"number">;
  readonly vendor: Attribute<"number">;
  readonly deviceType: Attribute<"number">;
  readonly productCode: Attribute<"number">;
  readonly revision: Attribute<"text">;
  readonly serial: Attribute<"hex">;
  readonly product: Attribute<"text">;
}

/**
 * Passes over the items at `start`, of which those before `end` are at hand; with a flow, tells it what they say. False where an item reaches beyond `messageEnd`,
 * has an unknown type, or the items at hand are more or fewer than counted.
 */
export function walkItems(
  octets: Uint8Array,
  start: number,
  end: number,
  messageEnd: number,
  values: ItemValues,
  flow: FlowContext | undefined,
): boolean {
  if (start + 2 > end) return false;
  const count = u16le(octets, start);
  if (count > ITEMS_MAX) return false;
  let at = start + 2;
  for (let index = 0; index < count; index += 1) {
    if (at + ITEM_HEADER_BYTES > messageEnd) return false;
    if (at + ITEM_HEADER_BYTES > end) return true;
    const type = u16le(octets, at);
    const data = at + ITEM_HEADER_BYTES;
    const itemEnd = data + u16le(octets, at + 2);
    if (itemEnd > messageEnd || !typeKnown(type)) return false;
    const readEnd = Math.min(itemEnd, end);
    at = itemEnd;
    if (flow === undefined) continue;
    // The high bit of a service marks an answer; connected data begin with a sequence count.
    if (type === UNCONNECTED_DATA && readEnd > data) flow.set(values.service, u8(octets, data) & 0x7f);
    if (type === CONNECTED_DATA && readEnd > data + 2) flow.set(values.service, u8(octets, data + 2) & 0x7f);
    if (type === IDENTITY) readIdentity(octets, data, readEnd, flow, values);
  }
  return at === messageEnd;
}

function typeKnown(type: number): boolean {
  switch (type) {
    case NULL_ADDRESS:
    case IDENTITY:
    case CONNECTED_ADDRESS:
    case CONNECTED_DATA:
    case UNCONNECTED_DATA:
    case SERVICES:
    case SOCKET_TO_TARGET:
    case SOCKET_TO_ORIGINATOR:
    case SEQUENCED_ADDRESS:
      return true;
    default:
      return type >= 0x83 && type <= 0x91;
  }
}

/** §2-4.3.3, the identity item. */
function readIdentity(
  octets: Uint8Array,
  start: number,
  end: number,
  flow: FlowContext,
  values: ItemValues,
): void {
  if (end - start < IDENTITY_FIXED_BYTES) return;
  const at = start + 18;
  flow.set(values.vendor, u16le(octets, at));
  flow.set(values.deviceType, u16le(octets, at + 2));
  flow.set(values.productCode, u16le(octets, at + 4));
  if (flow.wants(values.revision)) flow.set(values.revision, `${u8(octets, at + 6)}.${u8(octets, at + 7)}`);
  if (flow.wants(values.serial)) {
    flow.set(
      values.serial,
      u32le(octets, at + 10)
        .toString(16)
        .padStart(8, "0"),
    );
  }
  const name = start + IDENTITY_FIXED_BYTES;
  const nameEnd = name + u8(octets, name - 1);
  if (nameEnd <= end) flow.text(values.product, octets, name, nameEnd);
}
