import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const text = (value: string) => concat(be16(value.length), latin1(value), 0);
const request = (body: Uint8Array) => concat(hex("1234"), be16(body.length), body);
const response = (body: Uint8Array) => concat(hex("4142"), be16(body.length), body);

const forward = request(
  concat(
    hex("02 02"),
    text("HTTP/1.1"),
    text("/docs/"),
    text("192.0.2.1"),
    hex("ffff"),
    text("www.example.com"),
    hex("0050 00 0002"),
    hex("a00e"),
    text("test/1.0"),
    text("X-Demo"),
    text("1"),
    hex("0b 0001 0a"),
    text("javax.servlet.include.path_info"),
    text("/WEB-INF/web.xml"),
    hex("ff"),
  ),
);

export const ajpExamples: readonly Example[] = [
  {
    title: "a request is forwarded and answered; it sets an include attribute",
    transport: "tcp",
    exchange: [
      [">", forward],
      ["<", response(concat(hex("04 00c8"), text("OK"), hex("0000")))],
      ["<", response(concat(hex("03 0005"), latin1("hello"), 0))],
      ["<", response(hex("05 01"))],
    ],
    protocol: "ajp",
    attributes: {
      "ajp.method": ["GET"],
      "ajp.uri": ["/docs/"],
      "ajp.host": "www.example.com",
      "ajp.remote-address": "192.0.2.1",
      "ajp.status": [200],
    },
    findings: ["ajp.include-attribute"],
    decidedAfter: 1,
  },
  {
    title: "a ping is answered, and what follows has no magic",
    transport: "tcp",
    exchange: [
      [">", request(hex("0a"))],
      ["<", response(hex("09"))],
      ["<", hex("4143 0001 09")],
    ],
    protocol: "ajp",
    findings: ["ajp.magic-invalid"],
  },
  {
    title: "only the response",
    transport: "tcp",
    exchange: [["<", response(concat(hex("04 0194"), text("Not Found"), hex("0000")))]],
    protocol: "ajp",
    attributes: { "ajp.status": [404] },
  },
  {
    title: "text that begins with the same letters",
    transport: "tcp",
    exchange: [["<", latin1("AB\0\x10\x04\0\x01 not AJP")]],
    protocol: undefined,
  },
];
