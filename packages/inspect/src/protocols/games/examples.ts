import type { Example } from "../../example.js";
import { enetExamples } from "./enet.examples.js";
import { epicgamesExamples } from "./epicgames.examples.js";
import { minecraftExamples } from "./minecraft.examples.js";
import { quakeExamples } from "./quake.examples.js";
import { tencentGamesExamples } from "./tencent-games.examples.js";
import { worldOfWarcraftExamples } from "./world-of-warcraft.examples.js";

export const gamesExamples: readonly Example[] = [
  ...worldOfWarcraftExamples,
  ...minecraftExamples,
  ...quakeExamples,
  ...enetExamples,
  ...tencentGamesExamples,
  ...epicgamesExamples,
];
