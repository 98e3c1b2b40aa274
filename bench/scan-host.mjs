/**
 * The host that the benchmark of scans asks: listens on the ports that are given, and says "ready". The word "tick" on standard
 * input begins a trickle of datagrams to the address that was given first, "still" ends it. It ends with its standard input.
 */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

const TICK_MS = 5;
const DISCARD = 9;
const [address, ...ports] = process.argv.slice(2);
await Promise.all(
  ports.map(
    (port) =>
      new Promise((listening, failed) => {
        createServer((socket) => socket.on("error", () => {}).resume())
          .on("error", failed)
          .listen({ port: Number(port), host: "0.0.0.0", backlog: 4_096 }, listening);
      }),
  ),
);
const trickle = createSocket("udp4").on("error", () => {});
let ticker;
const lines = createInterface({ input: process.stdin });
lines.on("line", (word) => {
  clearInterval(ticker);
  if (word === "tick") ticker = setInterval(() => trickle.send("tick", DISCARD, address, () => {}), TICK_MS);
});
lines.on("close", () => process.exit());
process.stdout.write("ready\n");
