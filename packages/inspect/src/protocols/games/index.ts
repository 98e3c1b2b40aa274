import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { enetExamples } from "./enet.examples.js";
import { enet } from "./enet.js";
import { epicgamesExamples } from "./epicgames.examples.js";
import { epicgames } from "./epicgames.js";
import { minecraftExamples } from "./minecraft.examples.js";
import { minecraft } from "./minecraft.js";
import { quakeExamples } from "./quake.examples.js";
import { quake } from "./quake.js";
import { tencentGamesExamples } from "./tencent-games.examples.js";
import { tencentGames } from "./tencent-games.js";
import { worldOfWarcraftExamples } from "./world-of-warcraft.examples.js";
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

export const gamesExamples: readonly Example[] = [
  ...worldOfWarcraftExamples,
  ...minecraftExamples,
  ...quakeExamples,
  ...enetExamples,
  ...tencentGamesExamples,
  ...epicgamesExamples,
];
