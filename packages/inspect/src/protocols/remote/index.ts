import type { Protocol } from "../../dissector.js";
import { citrix } from "./citrix.js";
import { radmin } from "./radmin.js";
import { rdp } from "./rdp.js";
import { rsh } from "./rsh.js";
import { ssh } from "./ssh.js";
import { teamviewer } from "./teamviewer.js";
import { telnet } from "./telnet.js";
import { vnc } from "./vnc.js";
import { x11 } from "./x11.js";

/** Terminals and desktops at a distance. */
export const remoteProtocols: readonly Protocol[] = [
  ssh,
  telnet,
  rsh,
  rdp,
  vnc,
  teamviewer,
  radmin,
  citrix,
  x11,
];
