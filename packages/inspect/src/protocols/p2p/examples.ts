import type { Example } from "../../example.js";
import { bitcoinExamples } from "./bitcoin.examples.js";
import { bittorrentExamples } from "./bittorrent.examples.js";
import { directconnectExamples } from "./directconnect.examples.js";
import { edonkeyExamples } from "./edonkey.examples.js";
import { ethereumExamples } from "./ethereum.examples.js";
import { gnutellaExamples } from "./gnutella.examples.js";
import { moneroExamples } from "./monero.examples.js";
import { soulseekExamples } from "./soulseek.examples.js";
import { stratumExamples } from "./stratum.examples.js";
import { syncthingExamples } from "./syncthing.examples.js";

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
