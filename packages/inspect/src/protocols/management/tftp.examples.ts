import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const read = concat(be16(1), latin1("firmware.bin\0octet\0blksize\x001428\0tsize\x000\0"));
const write = concat(be16(2), latin1("running-config\0NetASCII\0"));
const agreed = concat(be16(6), latin1("blksize\x001428\0tsize\x00524288\0"));

function data(block: number, count: number): Uint8Array {
  return concat(be16(3), be16(block), new Uint8Array(count).fill(0x61));
}

function acknowledgement(block: number): Uint8Array {
  return concat(be16(4), be16(block));
}

export const tftpExamples: readonly Example[] = [
  {
    title: "a file is asked for, and not there",
    transport: "udp",
    ports: [49152, 69],
    exchange: [
      [">", read],
      ["<", concat(be16(5), be16(1), latin1("File not found\0"))],
    ],
    protocol: "tftp",
    attributes: {
      "tftp.request": ["read"],
      "tftp.file": ["firmware.bin"],
      "tftp.mode": "octet",
      "tftp.block-bytes": 1428,
      "tftp.file-bytes": [0],
      "tftp.error": 1,
      "tftp.error-message": "File not found",
    },
    decidedAfter: 1,
  },
  {
    title: "a file is to be written, on any port",
    transport: "udp",
    exchange: [[">", write]],
    protocol: "tftp",
    attributes: { "tftp.request": ["write"], "tftp.file": ["running-config"], "tftp.mode": "netascii" },
  },
  {
    title: "the server's flow begins with the options agreed on",
    transport: "udp",
    exchange: [
      [">", agreed],
      ["<", acknowledgement(0)],
      [">", data(1, 1428)],
    ],
    protocol: "tftp",
    attributes: { "tftp.block-bytes": 1428, "tftp.file-bytes": [524288] },
    decidedAfter: 1,
  },
  {
    title: "the server's flow begins with data",
    transport: "udp",
    exchange: [
      [">", data(1, 512)],
      ["<", acknowledgement(1)],
      [">", data(2, 100)],
      ["<", acknowledgement(2)],
    ],
    protocol: "tftp",
    decidedAfter: 4,
  },
  {
    title: "a mode that does not exist, after the verdict",
    transport: "udp",
    ports: [49152, 69],
    exchange: [
      [">", write],
      [">", concat(hex("0002"), latin1("a\0binary\0"))],
    ],
    protocol: "tftp",
    attributes: { "tftp.request": ["write"], "tftp.file": ["running-config"], "tftp.mode": "netascii" },
    findings: ["tftp.mode-unknown"],
  },
  {
    title: "an acknowledgement of another block",
    transport: "udp",
    exchange: [
      [">", data(1, 512)],
      ["<", acknowledgement(1)],
      [">", data(2, 512)],
      ["<", acknowledgement(7)],
    ],
    protocol: undefined,
  },
];
