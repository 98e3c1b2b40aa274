import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { imapExamples } from "./imap.examples.js";
import { imap } from "./imap.js";
import { managesieveExamples } from "./managesieve.examples.js";
import { managesieve } from "./managesieve.js";
import { nntpExamples } from "./nntp.examples.js";
import { nntp } from "./nntp.js";
import { pop3Examples } from "./pop3.examples.js";
import { pop3 } from "./pop3.js";
import { smtpExamples } from "./smtp.examples.js";
import { smtp } from "./smtp.js";

/** Mail and news. */
export const mailProtocols: readonly Protocol[] = [smtp, pop3, imap, nntp, managesieve];

export const mailExamples: readonly Example[] = [
  ...smtpExamples,
  ...pop3Examples,
  ...imapExamples,
  ...nntpExamples,
  ...managesieveExamples,
];
