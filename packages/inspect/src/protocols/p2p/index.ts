import type { Protocol } from "../../dissector.js";
import { bitcoin } from "./bitcoin.js";
import { bittorrent } from "./bittorrent.js";
import { directconnect } from "./directconnect.js";
import { edonkey } from "./edonkey.js";
import { ethereum } from "./ethereum.js";
import { gnutella } from "./gnutella.js";
import { monero } from "./monero.js";
import { soulseek } from "./soulseek.js";
import { stratum } from "./stratum.js";
import { syncthing } from "./syncthing.js";

/** Peer-to-peer overlays and currencies. */
export const p2pProtocols: readonly Protocol[] = [
  bittorrent,
  gnutella,
  edonkey,
  bitcoin,
  ethereum,
  monero,
  syncthing,
  soulseek,
  directconnect,
  stratum,
];
