import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { bitcoinExamples } from "./bitcoin.examples.js";
import { bitcoin } from "./bitcoin.js";
import { bittorrentExamples } from "./bittorrent.examples.js";
import { bittorrent } from "./bittorrent.js";
import { directconnectExamples } from "./directconnect.examples.js";
import { directconnect } from "./directconnect.js";
import { edonkeyExamples } from "./edonkey.examples.js";
import { edonkey } from "./edonkey.js";
import { ethereumExamples } from "./ethereum.examples.js";
import { ethereum } from "./ethereum.js";
import { gnutellaExamples } from "./gnutella.examples.js";
import { gnutella } from "./gnutella.js";
import { moneroExamples } from "./monero.examples.js";
import { monero } from "./monero.js";
import { soulseekExamples } from "./soulseek.examples.js";
import { soulseek } from "./soulseek.js";
import { stratumExamples } from "./stratum.examples.js";
import { stratum } from "./stratum.js";
import { syncthingExamples } from "./syncthing.examples.js";
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

export const p2pExamples: readonly Example[] = [
  ...bittorrentExamples,
  ...gnutellaExamples,
  ...edonkeyExamples,
  ...bitcoinExamples,
  ...ethereumExamples,
  ...moneroExamples,
  ...syncthingExamples,
  ...soulseekExamples,
  ...directconnectExamples,
  ...stratumExamples,
];
