import type { Example } from "../../example.js";
import { adbExamples } from "./adb.examples.js";
import { discordExamples } from "./discord.examples.js";
import { dropboxExamples } from "./dropbox.examples.js";
import { lifxExamples } from "./lifx.examples.js";
import { miioExamples } from "./miio.examples.js";
import { spotifyExamples } from "./spotify.examples.js";
import { steamExamples } from "./steam.examples.js";
import { telegramExamples } from "./telegram.examples.js";
import { tplinkShpExamples } from "./tplink-shp.examples.js";
import { tuyaExamples } from "./tuya.examples.js";
import { whatsappExamples } from "./whatsapp.examples.js";
import { yeelightExamples } from "./yeelight.examples.js";
import { zoomExamples } from "./zoom.examples.js";

export const appsExamples: readonly Example[] = [
  ...whatsappExamples,
  ...tuyaExamples,
  ...tplinkShpExamples,
  ...miioExamples,
  ...lifxExamples,
  ...adbExamples,
  ...telegramExamples,
  ...spotifyExamples,
  ...dropboxExamples,
  ...zoomExamples,
  ...discordExamples,
  ...steamExamples,
  ...yeelightExamples,
];
