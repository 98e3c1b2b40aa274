import { startsWith, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import { incomplete } from "../incomplete.js";
import { memberValue, setString } from "../json-member.js";

/** Methods called and notifications sent: "set_power", "get_prop", "props". */
export const YEELIGHT_METHOD = attribute("yeelight.method", "text", { many: true });

const PORT = 55443;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
const CR = 0x0d;
const LF = 0x0a;
/** Longest line read: lamps answer in far fewer octets. */
const LINE_BYTES_MAX = 2_048;

// `flow.stage` after the verdict.
const KNOWN = 1;

export const yeelight: Protocol = {
  name: "yeelight",
  title: "Yeelight local control",
  spec: "Yeelight WiFi Light Inter-Operation Specification, §4",
  category: "iot",
  attributes: [YEELIGHT_METHOD],
  malformed: [],
  recognises: "From or to TCP port 55443: a line that is a JSON object with a method and its parameters.",
  omits: "Parameters and results; discovery, which is SSDP on its own port.",
  weak: true,
  stream: {
    ports: [PORT],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (u8(octets, offset) !== BRACE) return NO;
      const limit = Math.min(end, offset + LINE_BYTES_MAX);
      let stop = offset;
      while (stop < limit && u8(octets, stop) !== LF) stop += 1;
      if (stop === limit) return limit < end || limit === offset + LINE_BYTES_MAX ? NO : incomplete(flow);
      if (u8(octets, stop - 1) !== CR || u8(octets, stop - 2) !== BRACE_END) return NO;
      const method = memberValue(octets, offset, stop, '"method"');
      const isCall = method >= 0 && memberValue(octets, offset, stop, '"params"') >= 0;
      const isAnswer = startsWith(octets, offset, stop, '{"id":') && flow.stage === KNOWN;
      if (!isCall && !isAnswer) return NO;
      if (method >= 0) setString(flow, YEELIGHT_METHOD, octets, method, stop);
      flow.stage = KNOWN;
      flow.consume(stop + 1 - offset);
      return MATCH;
    },
  },
};
