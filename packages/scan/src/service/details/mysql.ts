/** MySQL and MariaDB: what the server's greeting says (MySQL internals, "Protocol::HandshakeV10"; MariaDB, "Initial Handshake Packet"). */
import { textOf } from "../template.js";
import type { DetailReader, Learnt } from "./detail.js";
import { OctetReader } from "./octet-reader.js";

/** MariaDB from version 10 on says 5.5.5- first, for the sake of old replicas. */
const REPLICA_PREFIX = "5.5.5-";
const CLIENT_SSL = 0x0800;
const CLIENT_PLUGIN_AUTH = 0x0008_0000;

/** What a greeting, or the error that comes in its place, says; undefined where it is neither. */
export function readMysqlGreeting(octets: Uint8Array): Learnt | undefined {
  const reader = new OctetReader(octets);
  reader.skip(4);
  const protocol = reader.u8();
  if (protocol === 0xff) {
    const code = reader.u16(true);
    const message = textOf(reader.bytes(reader.left)).replace(/^#[0-9A-Z]{5}/, "");
    if (reader.short || code < 1000) return undefined;
    const maria = /MariaDB/i.test(message);
    return {
      fields: maria ? { product: "MariaDB" } : {},
      details: { "mysql-error": `${code} ${message}` },
    };
  }
  if (protocol !== 10) return undefined;
  const said = textOf(reader.untilZero());
  reader.skip(4 + 8 + 1);
  const low = reader.u16(true);
  reader.skip(1 + 2);
  const capabilities = low + reader.u16(true) * 0x1_0000;
  const saltBytes = reader.u8();
  if (reader.short) return undefined;
  reader.skip(10 + Math.max(13, saltBytes - 8));
  const plugin = (capabilities & CLIENT_PLUGIN_AUTH) === 0 ? "" : textOf(reader.untilZero());
  const version = said.startsWith(REPLICA_PREFIX) ? said.slice(REPLICA_PREFIX.length) : said;
  const number = /^\d+(?:\.\d+)*/.exec(version)?.[0];
  const maria = /mariadb/i.test(said);
  return {
    ...(number === undefined
      ? {}
      : {
          fields: { product: maria ? "MariaDB" : "MySQL", version: number },
          cpe: [maria ? `cpe:/a:mariadb:mariadb:${number}` : `cpe:/a:oracle:mysql:${number}`],
        }),
    details: {
      "mysql-version": said,
      "mysql-tls": (capabilities & CLIENT_SSL) === 0 ? "no" : "yes",
      ...(plugin === "" ? {} : { "mysql-auth-plugin": plugin }),
    },
  };
}

/** `mysql-version` as the server writes it, `mysql-tls`, `mysql-auth-plugin`, `mysql-error`. */
export const mysql: DetailReader = {
  services: ["mysql"],
  async read({ answer }) {
    const learnt = readMysqlGreeting(answer);
    return learnt;
  },
};
