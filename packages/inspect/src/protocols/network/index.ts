import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { bgpExamples } from "./bgp.examples.js";
import { bgp } from "./bgp.js";
import { diameterExamples } from "./diameter.examples.js";
import { diameter } from "./diameter.js";
import { gtpExamples } from "./gtp.examples.js";
import { gtp } from "./gtp.js";
import { ldpExamples } from "./ldp.examples.js";
import { ldp } from "./ldp.js";
import { msdpExamples } from "./msdp.examples.js";
import { msdp } from "./msdp.js";
import { openflowExamples } from "./openflow.examples.js";
import { openflow } from "./openflow.js";
import { pfcpExamples } from "./pfcp.examples.js";
import { pfcp } from "./pfcp.js";
import { tacacsExamples } from "./tacacs.examples.js";
import { tacacs } from "./tacacs.js";
import { teredoExamples } from "./teredo.examples.js";
import { teredo } from "./teredo.js";
import { wccpExamples } from "./wccp.examples.js";
import { wccp } from "./wccp.js";

/** Routing, tunnelling control and mobile core. */
export const networkProtocols: readonly Protocol[] = [
  bgp,
  gtp,
  pfcp,
  diameter,
  openflow,
  ldp,
  msdp,
  tacacs,
  teredo,
  wccp,
];

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
