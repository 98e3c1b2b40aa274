import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { citrixExamples } from "./citrix.examples.js";
import { citrix } from "./citrix.js";
import { radminExamples } from "./radmin.examples.js";
import { radmin } from "./radmin.js";
import { rdpExamples } from "./rdp.examples.js";
import { rdp } from "./rdp.js";
import { rshExamples } from "./rsh.examples.js";
import { rsh } from "./rsh.js";
import { sshExamples } from "./ssh.examples.js";
import { ssh } from "./ssh.js";
import { teamviewerExamples } from "./teamviewer.examples.js";
import { teamviewer } from "./teamviewer.js";
import { telnetExamples } from "./telnet.examples.js";
import { telnet } from "./telnet.js";
import { vncExamples } from "./vnc.examples.js";
import { vnc } from "./vnc.js";
import { x11Examples } from "./x11.examples.js";
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

export const remoteExamples: readonly Example[] = [
  ...sshExamples,
  ...telnetExamples,
  ...rshExamples,
  ...rdpExamples,
  ...vncExamples,
  ...teamviewerExamples,
  ...radminExamples,
  ...citrixExamples,
  ...x11Examples,
];
