import type { Example } from "../../example.js";
import { h323Examples } from "./h323.examples.js";
import { iaxExamples } from "./iax.examples.js";
import { megacoExamples } from "./megaco.examples.js";
import { mgcpExamples } from "./mgcp.examples.js";
import { mumbleExamples } from "./mumble.examples.js";
import { rtcpExamples } from "./rtcp.examples.js";
import { rtpExamples } from "./rtp.examples.js";
import { rtspExamples } from "./rtsp.examples.js";
import { sipExamples } from "./sip.examples.js";
import { skinnyExamples } from "./skinny.examples.js";
import { stunExamples } from "./stun.examples.js";
import { teamspeakExamples } from "./teamspeak.examples.js";

export const voiceExamples: readonly Example[] = [
  ...sipExamples,
  ...rtcpExamples,
  ...rtpExamples,
  ...stunExamples,
  ...rtspExamples,
  ...h323Examples,
  ...iaxExamples,
  ...mgcpExamples,
  ...megacoExamples,
  ...skinnyExamples,
  ...mumbleExamples,
  ...teamspeakExamples,
];
