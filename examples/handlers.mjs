// Values as they are read, rather than records at the end: node examples/handlers.mjs FILE
import { createReadStream } from "node:fs";
import { builtInRegistry, Engine, Subscriptions } from "@palisade/inspect";
import { CaptureReader } from "@palisade/wire";

const [, , file] = process.argv;
if (file === undefined) {
  console.error("usage: node examples/handlers.mjs FILE (a pcap or pcapng capture)");
  process.exit(2);
}

const registry = builtInRegistry();
const named = (name) =>
  registry.protocols.flatMap(({ attributes }) => attributes).find((attribute) => attribute.name === name);

const subscriptions = new Subscriptions();
for (const name of ["dns.query", "tls.sni", "http.host"]) {
  subscriptions.on(named(name), (value, flow) => {
    console.log(`packet ${flow.packetNumber}, port ${flow.destinationPort}: ${name} is ${value}`);
  });
}

let ended = 0;
const engine = new Engine(registry, { flows: (records) => (ended += records.length) }, {}, subscriptions);
const reader = new CaptureReader(engine);
try {
  for await (const chunk of createReadStream(file)) reader.push(chunk);
} catch (error) {
  console.error(`${file}: ${error.message}`);
  process.exit(2);
}
engine.finish();
console.log(`${engine.totals.packets} packets in ${ended} flows`);
const { format, malformed, truncated } = reader.end();
if (malformed !== undefined || truncated) {
  // The reader takes octets as they are: of a file.pcap.gz, createReadStream(file).pipe(createGunzip()) from node:zlib.
  const what = format === undefined ? "not a capture, or a compressed one" : "the capture is damaged";
  console.error(`${file}: ${what}: ${malformed ?? "cut short"}`);
  process.exitCode = 2;
}
