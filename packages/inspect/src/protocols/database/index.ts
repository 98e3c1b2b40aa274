import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { cassandraExamples } from "./cassandra.examples.js";
import { cassandra } from "./cassandra.js";
import { clickhouseExamples } from "./clickhouse.examples.js";
import { clickhouse } from "./clickhouse.js";
import { drdaExamples } from "./drda.examples.js";
import { drda } from "./drda.js";
import { memcachedExamples } from "./memcached.examples.js";
import { memcached } from "./memcached.js";
import { mongodbExamples } from "./mongodb.examples.js";
import { mongodb } from "./mongodb.js";
import { mysqlExamples } from "./mysql.examples.js";
import { mysql } from "./mysql.js";
import { oracleExamples } from "./oracle.examples.js";
import { oracle } from "./oracle.js";
import { postgresqlExamples } from "./postgresql.examples.js";
import { postgresql } from "./postgresql.js";
import { redisExamples } from "./redis.examples.js";
import { redis } from "./redis.js";
import { tdsExamples } from "./tds.examples.js";
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

export const databaseExamples: readonly Example[] = [
  ...mysqlExamples,
  ...postgresqlExamples,
  ...redisExamples,
  ...mongodbExamples,
  ...tdsExamples,
  ...oracleExamples,
  ...cassandraExamples,
  ...memcachedExamples,
  ...drdaExamples,
  ...clickhouseExamples,
];
