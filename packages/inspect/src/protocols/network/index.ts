import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { bgpExamples } from "./bgp.examples.js";
import { bgp } from "./bgp.js";
import { diameterExamples } from "./diameter.examples.js";
import { diameter } from "./diameter.js";
import { gtpExamples } from "./gtp.examples.js";
import { gtp } from "./gtp.js";
import { openflowExamples } from "./openflow.examples.js";
import { openflow } from "./openflow.js";
import { pfcpExamples } from "./pfcp.examples.js";
import { pfcp } from "./pfcp.js";

/** Routing, tunnelling control and mobile core. */
export const networkProtocols: readonly Protocol[] = [bgp, gtp, pfcp, diameter, openflow];

export const networkExamples: readonly Example[] = [
  ...bgpExamples,
  ...gtpExamples,
  ...pfcpExamples,
  ...diameterExamples,
  ...openflowExamples,
];
