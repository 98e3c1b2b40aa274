import type { Protocol } from "../../dissector.js";
import { enet } from "./enet.js";
import { epicgames } from "./epicgames.js";
import { minecraft } from "./minecraft.js";
import { quake } from "./quake.js";
import { tencentGames } from "./tencent-games.js";
import { worldOfWarcraft } from "./world-of-warcraft.js";

/** Games. */
export const gamesProtocols: readonly Protocol[] = [
  worldOfWarcraft,
  minecraft,
  quake,
  enet,
  tencentGames,
  epicgames,
];
