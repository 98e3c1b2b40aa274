import { Malformed } from "@palisade/base";
import { u8, u16le, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Commands: 1 read device information, 2 read, 3 write, 5 write control, 6 add notification … */
export const ADS_COMMAND = attribute("ads.command", "number", { many: true });
/** AMS addresses of the controllers that are spoken to, with their port: "192.0.2.1.1.1:851". */
export const ADS_TARGET = attribute("ads.target", "text", { many: true });
/** Name of the device, from its information. */
export const ADS_DEVICE = attribute("ads.device", "text");

/** A length, command or state that is not defined. */
export const ADS_HEADER_INVALID = new Malformed("ads.header-invalid");

/** Reserved 2, length 4; then addresses 8 each, command 2, state 2, length 4, error 4, invocation 4. */
const TCP_BYTES = 6;
const AMS_BYTES = 32;
const DATA_MAX = 0x40_0000;
const COMMAND_MAX = 9;
const READ_DEVICE_INFORMATION = 1;
/** State flags: a response, and a command of ADS. */
const RESPONSE = 0x0001;
const ADS = 0x0004;
/** Result 4, version 4, name 16. */
const INFORMATION_BYTES = 24;

export const ads: Protocol = {
  name: "ads",
  title: "Beckhoff Automation Device Specification",
  spec: "Beckhoff Information System, TwinCAT ADS/AMS specification (TE1000)",
  category: "industrial",
  attributes: [ADS_COMMAND, ADS_TARGET, ADS_DEVICE],
  malformed: [ADS_HEADER_INVALID],
  recognises:
    "An AMS/TCP header of 0 whose length is that of an AMS header with its data, a defined command and state flags.",
  omits: "Index groups and values, and the discovery of routes over UDP.",
  stream: {
    ports: [48_898],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      const short = flow.stage === 1 ? MATCH : MORE;
      if (end - offset >= 2 && u16le(octets, offset) !== 0) return ADS_HEADER_INVALID;
      if (end - offset < TCP_BYTES + AMS_BYTES) return short;
      const ams = offset + TCP_BYTES;
      const dataBytes = u32le(octets, ams + 20);
      const command = u16le(octets, ams + 16);
      const state = u16le(octets, ams + 18);
      if (u32le(octets, offset + 2) !== AMS_BYTES + dataBytes || dataBytes > DATA_MAX)
        return ADS_HEADER_INVALID;
      if (command < 1 || command > COMMAND_MAX || (state & ~RESPONSE) !== ADS) return ADS_HEADER_INVALID;
      const information = command === READ_DEVICE_INFORMATION && (state & RESPONSE) !== 0;
      const readBytes = information ? Math.min(dataBytes, INFORMATION_BYTES) : 0;
      if (end - offset < TCP_BYTES + AMS_BYTES + readBytes) return short;
      flow.stage = 1;
      flow.set(ADS_COMMAND, command);
      if ((state & RESPONSE) === 0) setTarget(octets, ams, flow);
      if (readBytes === INFORMATION_BYTES) setDevice(octets, ams + AMS_BYTES + 8, flow);
      flow.consume(TCP_BYTES + AMS_BYTES + dataBytes);
      return MATCH;
    },
  },
};

/** An AMS address: six numbers and a port. */
function setTarget(octets: Uint8Array, at: number, flow: FlowContext): void {
  if (!flow.wants(ADS_TARGET)) return;
  let text = "";
  for (let index = 0; index < 6; index += 1) text += (index === 0 ? "" : ".") + u8(octets, at + index);
  flow.set(ADS_TARGET, `${text}:${u16le(octets, at + 6)}`);
}

function setDevice(octets: Uint8Array, start: number, flow: FlowContext): void {
  let end = start;
  while (end < start + 16 && u8(octets, end) !== 0) end += 1;
  if (end > start) flow.text(ADS_DEVICE, octets, start, end);
}
