import type { Protocol } from "../../dissector.js";
import { bgp } from "./bgp.js";
import { diameter } from "./diameter.js";
import { gtp } from "./gtp.js";
import { ldp } from "./ldp.js";
import { msdp } from "./msdp.js";
import { openflow } from "./openflow.js";
import { pfcp } from "./pfcp.js";
import { tacacs } from "./tacacs.js";
import { teredo } from "./teredo.js";
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
