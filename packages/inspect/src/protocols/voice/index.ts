import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { h323Examples } from "./h323.examples.js";
import { h323 } from "./h323.js";
import { iaxExamples } from "./iax.examples.js";
import { iax } from "./iax.js";
import { megacoExamples } from "./megaco.examples.js";
import { megaco } from "./megaco.js";
import { mgcpExamples } from "./mgcp.examples.js";
import { mgcp } from "./mgcp.js";
import { mumbleExamples } from "./mumble.examples.js";
import { mumble } from "./mumble.js";
import { rtcpExamples } from "./rtcp.examples.js";
import { rtcp } from "./rtcp.js";
import { rtpExamples } from "./rtp.examples.js";
import { rtp } from "./rtp.js";
import { rtspExamples } from "./rtsp.examples.js";
import { rtsp } from "./rtsp.js";
import { sipExamples } from "./sip.examples.js";
import { sip } from "./sip.js";
import { skinnyExamples } from "./skinny.examples.js";
import { skinny } from "./skinny.js";
import { stunExamples } from "./stun.examples.js";
import { stun } from "./stun.js";
import { teamspeakExamples } from "./teamspeak.examples.js";
import { teamspeak } from "./teamspeak.js";

/** Signalling and media of calls. */
export const voiceProtocols: readonly Protocol[] = [
  sip,
  rtcp,
  rtp,
  stun,
  rtsp,
  h323,
  iax,
  mgcp,
  megaco,
  skinny,
  mumble,
  teamspeak,
];

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
