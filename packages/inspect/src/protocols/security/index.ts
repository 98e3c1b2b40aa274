import type { Protocol } from "../../dissector.js";
import { dtls } from "./dtls.js";
import { quic } from "./quic.js";
import { tls } from "./tls.js";

/** Transport security and its handshakes. */
export const securityProtocols: readonly Protocol[] = [tls, dtls, quic];
