import type { Example } from "../../example.js";
import { bgpExamples } from "./bgp.examples.js";
import { diameterExamples } from "./diameter.examples.js";
import { gtpExamples } from "./gtp.examples.js";
import { ldpExamples } from "./ldp.examples.js";
import { msdpExamples } from "./msdp.examples.js";
import { openflowExamples } from "./openflow.examples.js";
import { pfcpExamples } from "./pfcp.examples.js";
import { tacacsExamples } from "./tacacs.examples.js";
import { teredoExamples } from "./teredo.examples.js";
import { wccpExamples } from "./wccp.examples.js";

export const networkExamples: readonly Example[] = [
  ...bgpExamples,
  ...gtpExamples,
  ...pfcpExamples,
  ...diameterExamples,
  ...openflowExamples,
  ...ldpExamples,
  ...msdpExamples,
  ...tacacsExamples,
  ...teredoExamples,
  ...wccpExamples,
];
