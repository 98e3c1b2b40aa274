import type { Protocol } from "../../dissector.js";
import { adb } from "./adb.js";
import { discord } from "./discord.js";
import { dropbox } from "./dropbox.js";
import { lifx } from "./lifx.js";
import { miio } from "./miio.js";
import { spotify } from "./spotify.js";
import { steam } from "./steam.js";
import { telegram } from "./telegram.js";
import { tplinkShp } from "./tplink-shp.js";
import { tuya } from "./tuya.js";
import { whatsapp } from "./whatsapp.js";
import { yeelight } from "./yeelight.js";
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
