import type { Example } from "../../example.js";
import { cassandraExamples } from "./cassandra.examples.js";
import { clickhouseExamples } from "./clickhouse.examples.js";
import { drdaExamples } from "./drda.examples.js";
import { memcachedExamples } from "./memcached.examples.js";
import { mongodbExamples } from "./mongodb.examples.js";
import { mysqlExamples } from "./mysql.examples.js";
import { oracleExamples } from "./oracle.examples.js";
import { postgresqlExamples } from "./postgresql.examples.js";
import { redisExamples } from "./redis.examples.js";
import { tdsExamples } from "./tds.examples.js";

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
