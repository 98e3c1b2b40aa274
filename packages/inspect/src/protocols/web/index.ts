import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { ajpExamples } from "./ajp.examples.js";
import { ajp } from "./ajp.js";
import { fastcgiExamples } from "./fastcgi.examples.js";
import { fastcgi } from "./fastcgi.js";
import { haproxyExamples } from "./haproxy.examples.js";
import { haproxy } from "./haproxy.js";
import { httpExamples, httpProxyExamples } from "./http.examples.js";
import { http } from "./http.js";
import { httpProxy } from "./http-proxy.js";
import { http2Examples } from "./http2.examples.js";
import { http2 } from "./http2.js";
import { icapExamples } from "./icap.examples.js";
import { icap } from "./icap.js";
import { socksExamples } from "./socks.examples.js";
import { socks } from "./socks.js";
import { websocketExamples } from "./websocket.examples.js";
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

export const webExamples: readonly Example[] = [
  ...httpExamples,
  ...httpProxyExamples,
  ...http2Examples,
  ...websocketExamples,
  ...icapExamples,
  ...socksExamples,
  ...haproxyExamples,
  ...fastcgiExamples,
  ...ajpExamples,
];
