import type { Example } from "../../example.js";
import { dtlsExamples } from "./dtls.examples.js";
import { quicExamples } from "./quic.examples.js";
import { tlsExamples } from "./tls.examples.js";

export const securityExamples: readonly Example[] = [...tlsExamples, ...dtlsExamples, ...quicExamples];
