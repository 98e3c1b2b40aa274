import type { Protocol } from "../../dissector.js";
import { dns } from "./dns.js";
import { dnscrypt } from "./dnscrypt.js";
import { llmnr } from "./llmnr.js";
import { mdns } from "./mdns.js";
import { nbdgm } from "./nbdgm.js";
import { nbns } from "./nbns.js";
import { nbss } from "./nbss.js";

/** Names to addresses. */
export const namesProtocols: readonly Protocol[] = [dns, mdns, llmnr, nbns, nbdgm, nbss, dnscrypt];
