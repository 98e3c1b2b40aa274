/** Octets that every dissector takes or refuses, by family: for tests, the fuzzer and the documents. */
import type { Example } from "../example.js";
import { appsExamples } from "./apps/examples.js";
import { chatExamples } from "./chat/examples.js";
import { databaseExamples } from "./database/examples.js";
import { filesExamples } from "./files/examples.js";
import { gamesExamples } from "./games/examples.js";
import { industrialExamples } from "./industrial/examples.js";
import { infrastructureExamples } from "./infrastructure/examples.js";
import { mailExamples } from "./mail/examples.js";
import { managementExamples } from "./management/examples.js";
import { mediaExamples } from "./media/examples.js";
import { messagingExamples } from "./messaging/examples.js";
import { namesExamples } from "./names/examples.js";
import { networkExamples } from "./network/examples.js";
import { p2pExamples } from "./p2p/examples.js";
import { remoteExamples } from "./remote/examples.js";
import { securityExamples } from "./security/examples.js";
import { voiceExamples } from "./voice/examples.js";
import { vpnExamples } from "./vpn/examples.js";
import { webExamples } from "./web/examples.js";

export const examples: readonly Example[] = [
  ...securityExamples,
  ...namesExamples,
  ...managementExamples,
  ...webExamples,
  ...mailExamples,
  ...remoteExamples,
  ...filesExamples,
  ...voiceExamples,
  ...mediaExamples,
  ...chatExamples,
  ...databaseExamples,
  ...messagingExamples,
  ...industrialExamples,
  ...networkExamples,
  ...vpnExamples,
  ...p2pExamples,
  ...gamesExamples,
  ...infrastructureExamples,
  ...appsExamples,
];
