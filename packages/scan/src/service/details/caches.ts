/** Redis and memcached: what their commands for operators say, where they may be given without a log-in. */
import { ConnectFailure } from "../connection.js";
import { textOf } from "../template.js";
import type { DetailReader, Learnt } from "./detail.js";

/** Pairs `name:value` of INFO's answer (Redis, "INFO"), a line each. */
export function readRedisInfo(octets: Uint8Array): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [, name, value] of textOf(octets).matchAll(/^([a-z_]+):([^\r\n]*)\r?$/gm)) {
    if (!fields.has(name!)) fields.set(name!, value!);
  }
  return fields;
}

const REDIS = "Redis key-value store";
const REDIS_SHOWN = ["redis_mode", "os", "arch_bits", "run_id", "uptime_in_seconds", "config_file"] as const;

/** `redis-mode`, `redis-os`, `redis-arch-bits`, `redis-run-id`, `redis-uptime-in-seconds`, `redis-config-file`. */
export const redis: DetailReader = {
  services: ["redis"],
  async read(context): Promise<Learnt | undefined> {
    const connection = await context.open();
    if (connection instanceof ConnectFailure) return undefined;
    connection.write("*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n");
    const reply = await connection.receive((octets) => {
      const head = /^\$(\d{1,6})\r\n/.exec(Buffer.from(octets.subarray(0, 16)).toString("latin1"));
      if (head !== null) return head[0].length + Number(head[1]) + 2;
      return octets[0] === 0x24 ? 0 : -1;
    }, context.waitMs);
    connection.close();
    const fields = reply && readRedisInfo(reply);
    const version = fields?.get("valkey_version") ?? fields?.get("redis_version");
    if (fields === undefined || version === undefined) return undefined;
    const valkey = fields.get("server_name") === "valkey";
    const details: Record<string, string> = {};
    for (const name of REDIS_SHOWN) {
      const value = fields.get(name);
      if (value !== undefined && value !== "")
        details[`redis-${name.replace(/^redis_/, "").replaceAll("_", "-")}`] = value;
    }
    const os = /^(Linux|FreeBSD|Darwin|OpenBSD|NetBSD|Windows)\b/.exec(fields.get("os") ?? "")?.[1];
    // A fork that the match has named by fields of its own keeps its name, and the version that goes with it.
    const named = context.product !== undefined && !valkey && context.product !== REDIS;
    return {
      fields: {
        ...(named ? {} : { product: valkey ? "Valkey" : REDIS, version }),
        ...(os === undefined ? {} : { os }),
      },
      details,
    };
  },
};

/** `memcached-uptime`, `memcached-pointer-size`, `memcached-libevent`. memcached, doc/protocol.txt, "General-purpose statistics". */
export const memcached: DetailReader = {
  services: ["memcache", "memcached"],
  async read(context): Promise<Learnt | undefined> {
    const connection = await context.open();
    if (connection instanceof ConnectFailure) return undefined;
    connection.write("stats\r\n");
    const reply = await connection.receive((octets) => {
      const text = Buffer.from(octets).toString("latin1");
      const end = /^END\r\n/m.exec(text);
      return end !== null ? end.index + end[0].length : /^STAT |^S?T?A?T?$/.test(text) ? 0 : -1;
    }, context.waitMs);
    connection.close();
    if (reply === undefined) return undefined;
    const stats = new Map(
      [...textOf(reply).matchAll(/^STAT (\w+) ([^\r\n]*)\r?$/gm)].map(([, name, value]) => [name!, value!]),
    );
    const version = stats.get("version");
    if (version === undefined) return undefined;
    const details: Record<string, string> = {};
    for (const name of ["uptime", "pointer_size", "libevent"]) {
      const value = stats.get(name);
      if (value !== undefined) details[`memcached-${name.replaceAll("_", "-")}`] = value;
    }
    return {
      fields: { product: "memcached", version },
      cpe: [`cpe:/a:memcached:memcached:${version.replace(/[^\w.]/g, "")}`],
      details,
    };
  },
};
