/** All readers of details. */
import { memcached, redis } from "./caches.js";
import type { DetailReader } from "./detail.js";
import { http } from "./http.js";
import { mongodb } from "./mongodb.js";
import { mssql } from "./mssql.js";
import { mysql } from "./mysql.js";
import { postgresql } from "./postgresql.js";
import { rdp } from "./rdp.js";
import { smb } from "./smb.js";
import { ssh } from "./ssh.js";
import { startTls } from "./start-tls.js";

export const detailReaders: readonly DetailReader[] = [
  http,
  ssh,
  smb,
  rdp,
  mysql,
  postgresql,
  mongodb,
  redis,
  memcached,
  mssql,
  startTls,
];
