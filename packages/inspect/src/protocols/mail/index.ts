import type { Protocol } from "../../dissector.js";
import { imap } from "./imap.js";
import { managesieve } from "./managesieve.js";
import { nntp } from "./nntp.js";
import { pop3 } from "./pop3.js";
import { smtp } from "./smtp.js";

/** Mail and news. */
export const mailProtocols: readonly Protocol[] = [smtp, pop3, imap, nntp, managesieve];
