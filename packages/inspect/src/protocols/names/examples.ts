import type { Example } from "../../example.js";
import { dnsExamples } from "./dns.examples.js";
import { dnscryptExamples } from "./dnscrypt.examples.js";
import { llmnrExamples } from "./llmnr.examples.js";
import { mdnsExamples } from "./mdns.examples.js";
import { nbdgmExamples } from "./nbdgm.examples.js";
import { nbnsExamples } from "./nbns.examples.js";
import { nbssExamples } from "./nbss.examples.js";

export const namesExamples: readonly Example[] = [
  ...dnsExamples,
  ...mdnsExamples,
  ...llmnrExamples,
  ...nbnsExamples,
  ...nbdgmExamples,
  ...nbssExamples,
  ...dnscryptExamples,
];
