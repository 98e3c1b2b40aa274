// The flows of a capture, with a protocol of one's own: node examples/flows.mjs FILE
import { createReadStream } from "node:fs";
import { attribute, builtInRegistry, inspect, MATCH, NO } from "@palisade/inspect";

/** A water meter's datagrams, made up: "METER", a version, litres in four octets. */
const METER_LITRES = attribute("meter.litres", "number", { many: true });
const meter = {
  name: "meter",
  title: "Water meter",
  spec: "this file",
  category: "iot",
  attributes: [METER_LITRES],
  malformed: [],
  recognises: "METER, version 1, ten octets in all.",
  omits: "Nothing.",
  datagram: {
    ports: [],
    firstOctets: [0x4d],
    dissect(octets, offset, end, flow) {
      const view = new DataView(octets.buffer, octets.byteOffset + offset, end - offset);
      if (view.byteLength !== 10 || view.getUint32(0) !== 0x4d455445 || view.getUint16(4) !== 0x5201)
        return NO;
      flow.set(METER_LITRES, view.getUint32(6));
      return MATCH;
    },
  },
};

const registry = builtInRegistry().with(meter);
for await (const flow of inspect(createReadStream(process.argv[2]), { registry })) {
  const { src, dst, appProto = "unknown", confidence, attributes, findings } = flow;
  console.log(`${src} → ${dst}: ${appProto} (${confidence}) ${JSON.stringify(attributes)}`);
  for (const { severity, title, packet } of findings)
    console.log(`  ${severity}: ${title}, in packet ${packet}`);
}
