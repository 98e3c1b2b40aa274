import { createCipheriv } from "node:crypto";
import { Bench } from "tinybench";
import { encryptBlock } from "./aes-block.js";

/** The mask of QUIC's header protection, with the platform and with `encryptBlock`. */
export const aesBlockBench = new Bench({ name: "AES-128 of one block", time: 500 });

const key = new Uint8Array(16).fill(7);
const octets = new Uint8Array(16).fill(1);
const out = new Int32Array(4);

aesBlockBench
  .add("node:crypto createCipheriv", () => createCipheriv("aes-128-ecb", key, null).update(octets))
  .add("encryptBlock", () => encryptBlock(key, octets, 0, out));
