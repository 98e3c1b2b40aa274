import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Service types as four hexadecimal digits: "0201" search request, "0205" connect request, "0420" tunnelling, "0530" routing … */
export const KNX_SERVICE = attribute("knxnet-ip.service", "hex", { many: true });
/** Name, serial number and individual address ("1.1.10") of the device, from its description. */
export const KNX_DEVICE = attribute("knxnet-ip.device", "text", { many: true });
export const KNX_SERIAL = attribute("knxnet-ip.serial-number", "hex", { many: true });
export const KNX_ADDRESS = attribute("knxnet-ip.individual-address", "text", { many: true });

/** A header of another size or version, or a service type that is not defined. */
export const KNX_HEADER_INVALID = new Malformed("knxnet-ip.header-invalid");
/** The total length is not the datagram's. */
export const KNX_LENGTH_INVALID = new Malformed("knxnet-ip.length-invalid");

const HEADER_BYTES = 6;
const HEADER_START = 0x0610;
const MESSAGE_MAX = 1500;
const SEARCH_RESPONSE = 0x0202;
const DESCRIPTION_RESPONSE = 0x0204;
const SEARCH_RESPONSE_EXTENDED = 0x020c;
const HPAI_BYTES = 8;
const DEVICE_INFORMATION_BYTES = 54;
const DEVICE_INFORMATION = 1;
const NAME_BYTES = 30;
/** Last service type of each family, by the family's number: core 2, management 3, tunnelling 4, routing 5 … */
const FAMILY_MAX: readonly number[] = [0, 0, 0x0c, 0x13, 0x25, 0x33, 0x42, 0x46, 0x02, 0x56];

export const knxnetIp: Protocol = {
  name: "knxnet-ip",
  title: "KNXnet/IP",
  spec: "KNX Standard 3/8/1 to 3/8/5; ISO 22510",
  category: "industrial",
  attributes: [KNX_SERVICE, KNX_DEVICE, KNX_SERIAL, KNX_ADDRESS],
  malformed: [KNX_HEADER_INVALID, KNX_LENGTH_INVALID],
  recognises: "A header 06 10 with a defined service type, and a total length that is the datagram's.",
  omits: "cEMI frames and group values, and secure sessions.",
  datagram: {
    ports: [3671],
    firstOctets: [0x06],
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES || !headerValid(octets, offset)) return KNX_HEADER_INVALID;
      if (u16(octets, offset + 4) !== end - offset) return KNX_LENGTH_INVALID;
      readMessage(octets, offset, end, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [3671],
    firstOctets: [0x06],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      if (u8(octets, offset) !== HEADER_START >>> 8) return KNX_HEADER_INVALID;
      if (end - offset < HEADER_BYTES) return known ? MATCH : MORE;
      if (!headerValid(octets, offset)) return KNX_HEADER_INVALID;
      const messageEnd = offset + u16(octets, offset + 4);
      if (end < messageEnd) return known ? MATCH : MORE;
      flow.stage = 1;
      readMessage(octets, offset, messageEnd, flow);
      flow.consume(messageEnd - offset);
      return MATCH;
    },
  },
};

/** 3/8/2 §2.3: header size 6, version 1.0, service type 2, total length 2. */
function headerValid(octets: Uint8Array, at: number): boolean {
  const length = u16(octets, at + 4);
  const highest = FAMILY_MAX[u8(octets, at + 2)];
  if (highest === undefined || highest === 0 || u8(octets, at + 3) > highest) return false;
  return u16(octets, at) === HEADER_START && length >= HEADER_BYTES + 2 && length <= MESSAGE_MAX;
}

function readMessage(octets: Uint8Array, at: number, end: number, flow: FlowContext): void {
  flow.hex(KNX_SERVICE, octets, at + 2, at + 4);
  const service = u16(octets, at + 2);
  if (service === SEARCH_RESPONSE || service === SEARCH_RESPONSE_EXTENDED) {
    readDescription(octets, at + HEADER_BYTES + HPAI_BYTES, end, flow);
  } else if (service === DESCRIPTION_RESPONSE) {
    readDescription(octets, at + HEADER_BYTES, end, flow);
  }
}

/** 3/8/2 §7.5.4.2: size, type, medium, status, individual address 2, project 2, serial 6, multicast 4, MAC 6, name 30. */
function readDescription(octets: Uint8Array, at: number, end: number, flow: FlowContext): void {
  if (end - at < DEVICE_INFORMATION_BYTES || u8(octets, at) !== DEVICE_INFORMATION_BYTES) return;
  if (u8(octets, at + 1) !== DEVICE_INFORMATION) return;
  if (flow.wants(KNX_ADDRESS)) {
    const area = u8(octets, at + 4);
    flow.set(KNX_ADDRESS, `${area >>> 4}.${area & 0xf}.${u8(octets, at + 5)}`);
  }
  flow.hex(KNX_SERIAL, octets, at + 8, at + 14);
  const name = at + 24;
  let nameEnd = name;
  while (nameEnd < name + NAME_BYTES && u8(octets, nameEnd) !== 0) nameEnd += 1;
  if (nameEnd > name) flow.text(KNX_DEVICE, octets, name, nameEnd);
}
