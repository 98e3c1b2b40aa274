import type { Example } from "../../example.js";
import { ajpExamples } from "./ajp.examples.js";
import { fastcgiExamples } from "./fastcgi.examples.js";
import { haproxyExamples } from "./haproxy.examples.js";
import { httpExamples, httpProxyExamples } from "./http.examples.js";
import { http2Examples } from "./http2.examples.js";
import { icapExamples } from "./icap.examples.js";
import { socksExamples } from "./socks.examples.js";
import { websocketExamples } from "./websocket.examples.js";

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
