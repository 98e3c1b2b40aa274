import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { dnsExamples } from "./dns.examples.js";
import { dns } from "./dns.js";
import { dnscryptExamples } from "./dnscrypt.examples.js";
import { dnscrypt } from "./dnscrypt.js";
import { llmnrExamples } from "./llmnr.examples.js";
import { llmnr } from "./llmnr.js";
import { mdnsExamples } from "./mdns.examples.js";
import { mdns } from "./mdns.js";
import { nbdgmExamples } from "./nbdgm.examples.js";
import { nbdgm } from "./nbdgm.js";
import { nbnsExamples } from "./nbns.examples.js";
import { nbns } from "./nbns.js";
import { nbssExamples } from "./nbss.examples.js";
import { nbss } from "./nbss.js";

/** Names to addresses. */
export const namesProtocols: readonly Protocol[] = [dns, mdns, llmnr, nbns, nbdgm, nbss, dnscrypt];

export const namesExamples: readonly Example[] = [
  ...dnsExamples,
  ...mdnsExamples,
  ...llmnrExamples,
  ...nbnsExamples,
  ...nbdgmExamples,
  ...nbssExamples,
  ...dnscryptExamples,
];
