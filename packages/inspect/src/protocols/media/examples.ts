import type { Example } from "../../example.js";
import { fluteExamples } from "./flute.examples.js";
import { icecastExamples } from "./icecast.examples.js";
import { mpegTsExamples } from "./mpeg-ts.examples.js";
import { rtmpExamples } from "./rtmp.examples.js";

export const mediaExamples: readonly Example[] = [
  ...mpegTsExamples,
  ...rtmpExamples,
  ...fluteExamples,
  ...icecastExamples,
];
