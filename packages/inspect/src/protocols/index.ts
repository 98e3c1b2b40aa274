/**
 * Every protocol that Palisade knows, by family. A protocol is a file in its family; a family is a folder with a list.
 */
import type { Protocol } from "../dissector.js";
import type { Example } from "../example.js";
import { appsExamples, appsProtocols } from "./apps/index.js";
import { chatExamples, chatProtocols } from "./chat/index.js";
import { databaseExamples, databaseProtocols } from "./database/index.js";
import { filesExamples, filesProtocols } from "./files/index.js";
import { gamesExamples, gamesProtocols } from "./games/index.js";
import { industrialExamples, industrialProtocols } from "./industrial/index.js";
import { infrastructureExamples, infrastructureProtocols } from "./infrastructure/index.js";
import { mailExamples, mailProtocols } from "./mail/index.js";
import { managementExamples, managementProtocols } from "./management/index.js";
import { mediaExamples, mediaProtocols } from "./media/index.js";
import { messagingExamples, messagingProtocols } from "./messaging/index.js";
import { namesExamples, namesProtocols } from "./names/index.js";
import { networkExamples, networkProtocols } from "./network/index.js";
import { p2pExamples, p2pProtocols } from "./p2p/index.js";
import { remoteExamples, remoteProtocols } from "./remote/index.js";
import { securityExamples, securityProtocols } from "./security/index.js";
import { voiceExamples, voiceProtocols } from "./voice/index.js";
import { vpnExamples, vpnProtocols } from "./vpn/index.js";
import { webExamples, webProtocols } from "./web/index.js";

/** In the order in which candidates are tried, those marked `weak` after all others. */
export const protocols: readonly Protocol[] = [
  ...securityProtocols,
  ...namesProtocols,
  ...managementProtocols,
  ...webProtocols,
  ...mailProtocols,
  ...remoteProtocols,
  ...filesProtocols,
  ...voiceProtocols,
  ...mediaProtocols,
  ...chatProtocols,
  ...databaseProtocols,
  ...messagingProtocols,
  ...industrialProtocols,
  ...networkProtocols,
  ...vpnProtocols,
  ...p2pProtocols,
  ...gamesProtocols,
  ...infrastructureProtocols,
  ...appsProtocols,
];

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
