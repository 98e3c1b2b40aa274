import type { Protocol } from "../../dissector.js";
import { ajp } from "./ajp.js";
import { fastcgi } from "./fastcgi.js";
import { haproxy } from "./haproxy.js";
import { http } from "./http.js";
import { httpProxy } from "./http-proxy.js";
import { http2 } from "./http2.js";
import { icap } from "./icap.js";
import { socks } from "./socks.js";
import { websocket } from "./websocket.js";

/** HTTP, what it carries, and what carries it. */
export const webProtocols: readonly Protocol[] = [
  http,
  httpProxy,
  http2,
  websocket,
  icap,
  socks,
  haproxy,
  fastcgi,
  ajp,
];
