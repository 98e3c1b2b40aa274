import { Malformed } from "@palisade/base";
import { formatIpv4, formatIpv6, IPV4_BYTES, IPV6_BYTES, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";

/** Address of the device that samples. */
export const SFLOW_AGENT = attribute("sflow.agent", "address", { many: true });
/** Part of the device that samples. */
export const SFLOW_SUB_AGENT = attribute("sflow.sub-agent", "number", { many: true });
/** 1 flow, 2 counters, 3 and 4 the same expanded. */
export const SFLOW_SAMPLE_TYPE = attribute("sflow.sample-type", "number", { many: true });

/** Fewer octets than the header, or than the count of samples promises. */
export const SFLOW_TRUNCATED = new Malformed("sflow.truncated");
/** A sample whose length is not a multiple of four. */
export const SFLOW_SAMPLE_WRONG = new Malformed("sflow.sample-wrong");

const PORT_SFLOW = 6343;
const VERSION = 5;
const ADDRESS_IPV4 = 1;
const ADDRESS_IPV6 = 2;
/** Version and kind of address in front; sub-agent, sequence, uptime and count behind the address. */
const BEFORE_ADDRESS_BYTES = 8;
const AFTER_ADDRESS_BYTES = 16;
const SAMPLE_HEADER_BYTES = 8;
/** Each takes at least its header; no datagram of Ethernet has more. */
const SAMPLES_MAX = 8_192;

export const sflow: Protocol = {
  name: "sflow",
  title: "sFlow",
  spec: "sFlow version 5 (sflow.org, 2004)",
  category: "management",
  attributes: [SFLOW_AGENT, SFLOW_SUB_AGENT, SFLOW_SAMPLE_TYPE],
  malformed: [SFLOW_TRUNCATED, SFLOW_SAMPLE_WRONG],
  recognises:
    "Version 5, a kind of address, and as many samples as counted, whose lengths fill the datagram exactly.",
  omits: "The sampled packets and counters, and versions before 5.",
  datagram: {
    ports: [PORT_SFLOW],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      if (end - offset < BEFORE_ADDRESS_BYTES + IPV4_BYTES + AFTER_ADDRESS_BYTES) return SFLOW_TRUNCATED;
      if (u32(octets, offset) !== VERSION) return NO;
      const kind = u32(octets, offset + 4);
      if (kind !== ADDRESS_IPV4 && kind !== ADDRESS_IPV6) return NO;
      const address = offset + BEFORE_ADDRESS_BYTES;
      const behind = address + (kind === ADDRESS_IPV4 ? IPV4_BYTES : IPV6_BYTES);
      const first = behind + AFTER_ADDRESS_BYTES;
      if (first > end) return SFLOW_TRUNCATED;
      const samples = u32(octets, first - 4);
      if (samples === 0 || samples > SAMPLES_MAX) return SFLOW_TRUNCATED;
      let at = first;
      for (let sample = 0; sample < samples; sample += 1) {
        if (end - at < SAMPLE_HEADER_BYTES) return SFLOW_TRUNCATED;
        const length = u32(octets, at + 4);
        if (length % 4 !== 0) return SFLOW_SAMPLE_WRONG;
        at += SAMPLE_HEADER_BYTES + length;
        if (at > end) return SFLOW_TRUNCATED;
      }
      if (at !== end) return SFLOW_TRUNCATED;
      if (flow.wants(SFLOW_AGENT)) {
        const isIpv4 = kind === ADDRESS_IPV4;
        flow.set(SFLOW_AGENT, isIpv4 ? formatIpv4(octets, address) : formatIpv6(octets, address));
      }
      flow.set(SFLOW_SUB_AGENT, u32(octets, behind));
      for (at = first; at < end; at += SAMPLE_HEADER_BYTES + u32(octets, at + 4)) {
        flow.set(SFLOW_SAMPLE_TYPE, u32(octets, at));
      }
      return MATCH;
    },
  },
};
