import { ethernet, ipv4, LINKTYPE_ETHERNET, udp } from "@palisade/wire";
import { Bench } from "tinybench";
import { Decoder } from "./decode/decoder.js";
import { PacketView } from "./decode/packet-view.js";
import { PathTable } from "./decode/path-table.js";
import { Engine } from "./engine.js";
import { Registry } from "./registry.js";

/** What a packet of a decided flow costs: its headers, and with its accounting. A thousand packets an operation. */
export const engineBench = new Bench({ name: "a thousand UDP packets of one flow", time: 500 });

const PACKETS = 1_000;
const frame = ethernet({
  source: "02:00:00:00:00:01",
  destination: "02:00:00:00:00:02",
  payload: ipv4({
    source: "192.0.2.1",
    destination: "198.51.100.1",
    payload: udp({ sourcePort: 50_000, destinationPort: 50_001, payload: new Uint8Array(1_000) }),
  }),
});
const decoder = new Decoder(new PathTable());
const view = new PacketView();
const engine = new Engine(Registry.of([]), { flows: () => {} });

engineBench
  .add("decode", () => {
    for (let packet = 0; packet < PACKETS; packet += 1)
      decoder.frame(view, frame, 0, frame.length, LINKTYPE_ETHERNET);
  })
  .add("decode and account", () => {
    for (let packet = 0; packet < PACKETS; packet += 1) {
      engine.packet(frame, 0, frame.length, frame.length, 1_700_000_000_000_000, LINKTYPE_ETHERNET);
    }
  });
