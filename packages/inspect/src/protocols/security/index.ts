import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { dtlsExamples } from "./dtls.examples.js";
import { dtls } from "./dtls.js";
import { quicExamples } from "./quic.examples.js";
import { quic } from "./quic.js";
import { tlsExamples } from "./tls.examples.js";
import { tls } from "./tls.js";

/** Transport security and its handshakes. */
export const securityProtocols: readonly Protocol[] = [tls, dtls, quic];

export const securityExamples: readonly Example[] = [...tlsExamples, ...dtlsExamples, ...quicExamples];
