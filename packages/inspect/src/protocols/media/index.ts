import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { fluteExamples } from "./flute.examples.js";
import { flute } from "./flute.js";
import { icecastExamples } from "./icecast.examples.js";
import { icecast } from "./icecast.js";
import { mpegTsExamples } from "./mpeg-ts.examples.js";
import { mpegTs } from "./mpeg-ts.js";
import { rtmpExamples } from "./rtmp.examples.js";
import { rtmp } from "./rtmp.js";

/** Broadcast and streaming media. */
export const mediaProtocols: readonly Protocol[] = [mpegTs, rtmp, flute, icecast];

export const mediaExamples: readonly Example[] = [
  ...mpegTsExamples,
  ...rtmpExamples,
  ...fluteExamples,
  ...icecastExamples,
];
