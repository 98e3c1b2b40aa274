import type { Protocol } from "../../dissector.js";
import { flute } from "./flute.js";
import { icecast } from "./icecast.js";
import { mpegTs } from "./mpeg-ts.js";
import { rtmp } from "./rtmp.js";

/** Broadcast and streaming media. */
export const mediaProtocols: readonly Protocol[] = [mpegTs, rtmp, flute, icecast];
