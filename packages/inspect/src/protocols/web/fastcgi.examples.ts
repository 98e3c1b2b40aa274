import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function pair(name: string, value: string): Uint8Array {
  const length = (text: string) => (text.length > 127 ? be32(0x8000_0000 + text.length) : text.length);
  return concat(length(name), length(value), latin1(name), latin1(value));
}

function record(type: number, content: Uint8Array, padding = 0): Uint8Array {
  return concat(1, type, be16(1), be16(content.length), padding, 0, content, new Uint8Array(padding));
}

const begin = record(1, hex("0001 01 0000000000"));

export const fastcgiExamples: readonly Example[] = [
  {
    title: "a responder is asked for a page",
    transport: "tcp",
    exchange: [
      [
        ">",
        concat(
          begin,
          record(
            4,
            concat(
              pair("REQUEST_METHOD", "GET"),
              pair("REQUEST_URI", `/${"a".repeat(200)}`),
              pair("SCRIPT_FILENAME", "/srv/index.php"),
              pair("HTTP_HOST", "www.example.com:8080"),
              pair("HTTP_USER_AGENT", "test/1.0"),
              pair("EMPTY", ""),
            ),
            3,
          ),
          record(4, new Uint8Array(0)),
          record(5, new Uint8Array(0)),
        ),
      ],
      ["<", concat(record(6, latin1("Status: 200\r\n\r\n")), record(3, new Uint8Array(8)))],
    ],
    protocol: "fastcgi",
    attributes: {
      "fastcgi.role": 1,
      "fastcgi.method": ["GET"],
      "fastcgi.uri": [`/${"a".repeat(200)}`],
      "fastcgi.script": ["/srv/index.php"],
      "fastcgi.host": "www.example.com",
      "fastcgi.user-agent": "test/1.0",
    },
    decidedAfter: 1,
  },
  {
    title: "a record of no known type",
    transport: "tcp",
    exchange: [[">", concat(begin, record(99, new Uint8Array(0)))]],
    protocol: "fastcgi",
    attributes: { "fastcgi.role": 1 },
    findings: ["fastcgi.header-invalid"],
  },
  {
    title: "a role that does not exist",
    transport: "tcp",
    exchange: [[">", record(1, hex("0009 01 0000000000"))]],
    protocol: undefined,
  },
];
