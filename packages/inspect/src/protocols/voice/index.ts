import type { Protocol } from "../../dissector.js";
import { h323 } from "./h323.js";
import { iax } from "./iax.js";
import { megaco } from "./megaco.js";
import { mgcp } from "./mgcp.js";
import { mumble } from "./mumble.js";
import { rtcp } from "./rtcp.js";
import { rtp } from "./rtp.js";
import { rtsp } from "./rtsp.js";
import { sip } from "./sip.js";
import { skinny } from "./skinny.js";
import { stun } from "./stun.js";
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
