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

const [, , file] = process.argv;
if (file === undefined) {
  console.error("usage: node examples/flows.mjs FILE (a pcap or pcapng capture)");
  process.exit(2);
}
const flows = inspect(createReadStream(file), { registry: builtInRegistry().with(meter) });
try {
  let next = await flows.next();
  for (; !next.done; next = await flows.next()) {
    const { src, dst, appProto = "unknown", confidence, attributes, findings } = next.value;
    console.log(`${src} → ${dst}: ${appProto} (${confidence}) ${JSON.stringify(attributes)}`);
    for (const { severity, title, packet } of findings)
      console.log(`  ${severity}: ${title}, in packet ${packet}`);
  }
  // What the generator returns, which for await would throw away: how the capture ended, anomalies, statistics.
  const { malformed, truncated } = next.value.capture;
  if (malformed !== undefined || truncated)
    throw new Error(`the capture is ${malformed ?? "cut short"}: what came before was read`);
} catch (error) {
  console.error(`${file}: ${error.message}`);
  process.exitCode = 2;
}
