import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { adbExamples } from "./adb.examples.js";
import { adb } from "./adb.js";
import { discordExamples } from "./discord.examples.js";
import { discord } from "./discord.js";
import { dropboxExamples } from "./dropbox.examples.js";
import { dropbox } from "./dropbox.js";
import { lifxExamples } from "./lifx.examples.js";
import { lifx } from "./lifx.js";
import { miioExamples } from "./miio.examples.js";
import { miio } from "./miio.js";
import { spotifyExamples } from "./spotify.examples.js";
import { spotify } from "./spotify.js";
import { steamExamples } from "./steam.examples.js";
import { steam } from "./steam.js";
import { telegramExamples } from "./telegram.examples.js";
import { telegram } from "./telegram.js";
import { tplinkShpExamples } from "./tplink-shp.examples.js";
import { tplinkShp } from "./tplink-shp.js";
import { tuyaExamples } from "./tuya.examples.js";
import { tuya } from "./tuya.js";
import { whatsappExamples } from "./whatsapp.examples.js";
import { whatsapp } from "./whatsapp.js";
import { yeelightExamples } from "./yeelight.examples.js";
import { yeelight } from "./yeelight.js";
import { zoomExamples } from "./zoom.examples.js";
import { zoom } from "./zoom.js";

/** Applications with a wire protocol of their own. */
export const appsProtocols: readonly Protocol[] = [
  whatsapp,
  telegram,
  spotify,
  dropbox,
  zoom,
  discord,
  steam,
  tuya,
  tplinkShp,
  lifx,
  miio,
  adb,
  yeelight,
];

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
