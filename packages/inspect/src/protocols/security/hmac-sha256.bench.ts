import { createHmac, hash } from "node:crypto";
import { Bench } from "tinybench";
import { HmacKey } from "./hmac-sha256.js";

/** Deriving one of QUIC's keys: a short message under a key of 32 octets, with the platform and with `HmacKey`. */
export const hmacBench = new Bench({ name: "HMAC-SHA-256 of 20 octets", time: 500 });

const key = new Uint8Array(32).fill(7);
const message = new Uint8Array(20).fill(1);
const ready = new HmacKey(key);
const pads = new Uint8Array(96);

hmacBench
  .add("node:crypto createHmac", () => createHmac("sha256", key).update(message).digest())
  .add("node:crypto hash, twice", () => [hash("sha256", pads, "buffer"), hash("sha256", pads, "buffer")])
  .add("HmacKey, key new", () => new HmacKey(key).sign(message))
  .add("HmacKey, key ready", () => ready.sign(message));
