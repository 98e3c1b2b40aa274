import type { Example } from "../../example.js";
import { citrixExamples } from "./citrix.examples.js";
import { radminExamples } from "./radmin.examples.js";
import { rdpExamples } from "./rdp.examples.js";
import { rshExamples } from "./rsh.examples.js";
import { sshExamples } from "./ssh.examples.js";
import { teamviewerExamples } from "./teamviewer.examples.js";
import { telnetExamples } from "./telnet.examples.js";
import { vncExamples } from "./vnc.examples.js";
import { x11Examples } from "./x11.examples.js";

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
