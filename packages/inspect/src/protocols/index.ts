/**
 * Every protocol that Palisade knows, by family. A protocol is a file in its family; a family is a folder with a list.
 */
import type { Protocol } from "../dissector.js";
import { appsProtocols } from "./apps/index.js";
import { chatProtocols } from "./chat/index.js";
import { databaseProtocols } from "./database/index.js";
import { filesProtocols } from "./files/index.js";
import { gamesProtocols } from "./games/index.js";
import { industrialProtocols } from "./industrial/index.js";
import { infrastructureProtocols } from "./infrastructure/index.js";
import { mailProtocols } from "./mail/index.js";
import { managementProtocols } from "./management/index.js";
import { mediaProtocols } from "./media/index.js";
import { messagingProtocols } from "./messaging/index.js";
import { namesProtocols } from "./names/index.js";
import { networkProtocols } from "./network/index.js";
import { p2pProtocols } from "./p2p/index.js";
import { remoteProtocols } from "./remote/index.js";
import { securityProtocols } from "./security/index.js";
import { voiceProtocols } from "./voice/index.js";
import { vpnProtocols } from "./vpn/index.js";
import { webProtocols } from "./web/index.js";

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
