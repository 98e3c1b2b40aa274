// Values as they are read, rather than records at the end: node examples/handlers.mjs FILE
import { createReadStream } from "node:fs";
import { builtInRegistry, Engine, Subscriptions } from "@palisade/inspect";
import { CaptureReader } from "@palisade/wire";

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
for await (const chunk of createReadStream(process.argv[2])) reader.push(chunk);
engine.finish();
console.log(`${engine.totals.packets} packets in ${ended} flows`);
const { malformed, truncated } = reader.end();
if (malformed !== undefined || truncated) console.log(`the capture is damaged: ${malformed ?? "cut short"}`);
