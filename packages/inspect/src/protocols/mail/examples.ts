import type { Example } from "../../example.js";
import { imapExamples } from "./imap.examples.js";
import { managesieveExamples } from "./managesieve.examples.js";
import { nntpExamples } from "./nntp.examples.js";
import { pop3Examples } from "./pop3.examples.js";
import { smtpExamples } from "./smtp.examples.js";

export const mailExamples: readonly Example[] = [
  ...smtpExamples,
  ...pop3Examples,
  ...imapExamples,
  ...nntpExamples,
  ...managesieveExamples,
];
