import type { Protocol } from "../../dissector.js";
import { cassandra } from "./cassandra.js";
import { clickhouse } from "./clickhouse.js";
import { drda } from "./drda.js";
import { memcached } from "./memcached.js";
import { mongodb } from "./mongodb.js";
import { mysql } from "./mysql.js";
import { oracle } from "./oracle.js";
import { postgresql } from "./postgresql.js";
import { redis } from "./redis.js";
import { mssqlTds } from "./tds.js";

/** Databases and caches. */
export const databaseProtocols: readonly Protocol[] = [
  mysql,
  postgresql,
  redis,
  mongodb,
  mssqlTds,
  oracle,
  cassandra,
  memcached,
  drda,
  clickhouse,
];
