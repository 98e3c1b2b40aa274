import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const rsyncExamples: readonly Example[] = [
  {
    title: "a client asks for a module",
    transport: "tcp",
    exchange: [
      ["<", latin1("@RSYNCD: 31.0 sha512 md5\n")],
      [">", latin1("@RSYNCD: 31.0\npub\n--server\0")],
      ["<", latin1("@RSYNCD: OK\n")],
    ],
    protocol: "rsync",
    attributes: { "rsync.version": "31.0", "rsync.module": "pub" },
    decidedAfter: 1,
  },
  {
    title: "a greeting without version",
    transport: "tcp",
    exchange: [["<", latin1("@RSYNCD: what\n")]],
    protocol: "rsync",
    findings: ["rsync.version-invalid"],
  },
  {
    title: "another word that begins the same",
    transport: "tcp",
    exchange: [["<", latin1("@RSYNC 31.0\n")]],
    protocol: undefined,
  },
];
