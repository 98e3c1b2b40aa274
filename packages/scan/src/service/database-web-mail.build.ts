/** Answers of services of mail and news, with what detection must say of them. */
import { type AnswerExample, seen, specified } from "./database-web.build.js";

export const mailExamples: readonly AnswerExample[] = [
  seen("null", "lmtp", "220 vm Dovecot (Debian) ready.\r\n", {
    product: "Dovecot lmtpd",
    hostname: "vm",
    os: "Debian",
  }),
  specified("null", "lmtp", "220 mail.example Cyrus LMTP 3.6.1-Debian-3.6.1-4+deb12u5 server ready\r\n", {
    product: "Cyrus lmtpd",
    version: "3.6.1",
    hostname: "mail.example",
  }),
  seen("null", "smtp", "220 mail.example ESMTP Exim 4.96 Sat, 21 Nov 2026 20:46:12 +0000\r\n", {
    product: "Exim smtpd",
    version: "4.96",
    hostname: "mail.example",
    cpe: "cpe:/a:exim:exim:4.96",
  }),
  specified("null", "smtp", "220 mail.example ESMTP Postfix (3.7.11)\r\n", {
    product: "Postfix smtpd",
    version: "3.7.11",
  }),
  specified("null", "smtp", "220 mail.example ESMTP Postfix (Debian/GNU)\r\n", {
    product: "Postfix smtpd",
    hostname: "mail.example",
    os: "Debian/GNU",
  }),
  specified(
    "null",
    "smtp",
    "220 mail.example ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2+deb12u2; Sat, 21 Nov 2026 10:00:00 GMT; (No UCE/UBE) logging access from: localhost(OK)-localhost [127.0.0.1]\r\n",
    {
      product: "Sendmail",
      version: "8.17.1.9",
      hostname: "mail.example",
      cpe: "cpe:/a:sendmail:sendmail:8.17.1.9",
    },
  ),
  specified("null", "smtp", "220 mail.example ESMTP OpenSMTPD\r\n", {
    product: "OpenSMTPD",
    hostname: "mail.example",
  }),
  specified(
    "null",
    "smtp",
    "220 mail.example Microsoft ESMTP MAIL Service, Version: 10.0.17763.1697 ready at  Sat, 21 Nov 2026 10:00:00 +0000\r\n",
    { product: "Microsoft IIS smtpd", version: "10.0.17763.1697", os: "Windows" },
  ),
  specified(
    "null",
    "smtp",
    "220 EX01.corp.example Microsoft ESMTP MAIL Service ready at Sat, 21 Nov 2026 10:00:00 +0000\r\n",
    {
      product: "Microsoft Exchange smtpd",
      hostname: "EX01.corp.example",
      cpe: "cpe:/a:microsoft:exchange_server",
    },
  ),
  specified("null", "smtp", "220 mail.example ESMTP Haraka/3.0.3 ready (9D0F1C4B-5D2E)\r\n", {
    product: "Haraka smtpd",
    version: "3.0.3",
  }),
  seen("null", "smtp", "220 localhost Python SMTP 1.4.3\r\n", {
    product: "aiosmtpd",
    version: "1.4.3",
    hostname: "localhost",
  }),
  specified("null", "smtp", "220 mailhog.example ESMTP MailHog\r\n", { product: "MailHog" }),
  specified("null", "smtp", "220 box Mailpit ESMTP Service ready\r\n", { product: "Mailpit" }),
  specified("null", "smtp", "220 mail.example ESMTP MDaemon 23.5.2; Sat, 21 Nov 2026 10:00:00 +0000\r\n", {
    product: "MDaemon smtpd",
    version: "23.5.2",
  }),
  specified("null", "smtp", "220 mail.example ESMTP hMailServer\r\n", { product: "hMailServer smtpd" }),
  specified("null", "smtp", "220 mail.example ESMTP\r\n", {}),
  specified("null", "smtp", "220 mail.example says ESMTP ready\r\n", {}),
  seen(
    "null",
    "imap",
    "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN] Dovecot (Debian) ready.\r\n",
    { product: "Dovecot imapd", os: "Debian", cpe: "cpe:/a:dovecot:dovecot" },
  ),
  specified(
    "null",
    "imap",
    "* OK [CAPABILITY IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE ACL ACL2=UNION] Courier-IMAP ready. Copyright 1998-2018 Double Precision, Inc.  See COPYING for distribution information.\r\n",
    { product: "Courier imapd", info: "of 2018 or later" },
  ),
  specified(
    "null",
    "imap",
    "* OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE STARTTLS AUTH=PLAIN SASL-IR] mail.example Cyrus IMAP 3.6.1-Debian-3.6.1-4+deb12u5 server ready\r\n",
    {
      product: "Cyrus imapd",
      version: "3.6.1",
      hostname: "mail.example",
      info: "3.6.1-4+deb12u5",
      cpe: "cpe:/a:cyrus:imap:3.6.1",
    },
  ),
  specified("null", "imap", "* OK The Microsoft Exchange IMAP4 service is ready. [RQBYADAAMQA=]\r\n", {
    product: "Microsoft Exchange imapd",
    os: "Windows",
  }),
  specified(
    "null",
    "imap",
    "* OK [CAPABILITY IMAP4REV1 I18NLEVEL=1 LITERAL+ SASL-IR LOGIN-REFERRALS STARTTLS] mail.example IMAP4rev1 2007f.404 at Sat, 21 Nov 2026 10:00:00 +0000 (UTC)\r\n",
    { product: "UW imapd", version: "2007f.404", hostname: "mail.example" },
  ),
  specified("null", "imap", "* OK IMAP4rev1 service ready\r\n", {}),
  seen("null", "pop3", "+OK Dovecot (Debian) ready.\r\n", { product: "Dovecot pop3d", os: "Debian" }),
  specified(
    "null",
    "pop3",
    "+OK mail.example Cyrus POP3 3.6.1-Debian-3.6.1-4+deb12u5 server ready <123.456@mail.example>\r\n",
    { product: "Cyrus pop3d", version: "3.6.1" },
  ),
  specified("null", "pop3", "+OK The Microsoft Exchange POP3 service is ready. [RQBYADAAMQA=]\r\n", {
    product: "Microsoft Exchange pop3d",
  }),
  specified("null", "pop3", "+OK POP3 mail.example 2007f.104 server ready <5d2e.1@mail.example>\r\n", {
    product: "UW ipop3d",
    version: "2007f.104",
  }),
  specified("null", "pop3", "+OK Hello there.\r\n", { product: "Courier pop3d" }),
  specified("null", "pop3", "+OK POP3 server ready <1896.697170952@mail.example>\r\n", {}),
  seen(
    "null",
    "sieve",
    '"IMPLEMENTATION" "Dovecot (Debian) Pigeonhole"\r\n"SIEVE" "fileinto reject envelope encoded-character vacation subaddress comparator-i;ascii-numeric relational regex imap4flags copy include variables body enotify environment mailbox date index ihave duplicate mime foreverypart extracttext"\r\n"NOTIFY" "mailto"\r\n"SASL" "PLAIN"\r\n"VERSION" "1.0"\r\nOK "Dovecot (Debian) ready."\r\n',
    { product: "Dovecot Pigeonhole", os: "Debian" },
  ),
  specified(
    "null",
    "sieve",
    '"IMPLEMENTATION" "Cyrus timsieved 3.6.1-Debian-3.6.1-4+deb12u5"\r\n"SASL" "PLAIN"\r\nOK\r\n',
    { product: "Cyrus timsieved", version: "3.6.1" },
  ),
  specified(
    "null",
    "sieve",
    '"IMPLEMENTATION" "Example1 ManageSieved v001"\r\n"SASL" ""\r\n"SIEVE" "fileinto"\r\nOK\r\n',
    { product: "Example1 ManageSieved v001" },
  ),
  specified("null", "nntp", "200 news.example InterNetNews NNRP server INN 2.7.1 ready (posting ok)\r\n", {
    product: "INN",
    version: "2.7.1",
    hostname: "news.example",
    cpe: "cpe:/a:isc:inn:2.7.1",
  }),
  specified(
    "null",
    "nntp",
    "200 news.example Cyrus NNTP 3.6.1-Debian-3.6.1-4+deb12u5 server ready, posting allowed\r\n",
    { product: "Cyrus nntpd", version: "3.6.1" },
  ),
  specified(
    "null",
    "nntp",
    "200 Leafnode NNTP Daemon, version 1.12.0 running at news.example (my fqdn: news.example)\r\n",
    { product: "Leafnode", version: "1.12.0", hostname: "news.example" },
  ),
  specified("null", "nntp", "200 NNTP Service 6.0.6000.16386 Version: 6.0.6000.16386 Posting Allowed \r\n", {
    product: "Microsoft NNTP Service",
    version: "6.0.6000.16386",
  }),
  specified("null", "nntp", "201 news.example ready (no posting)\r\n", {}),
  seen(
    "smtp-help",
    "smtp",
    "214-Commands supported:\r\n214 AUTH STARTTLS HELO EHLO MAIL RCPT DATA BDAT NOOP QUIT RSET HELP\r\n",
    { product: "Exim smtpd" },
  ),
  specified(
    "smtp-help",
    "smtp",
    "214-2.0.0 This is sendmail version 8.17.1.9\r\n214-2.0.0 Topics:\r\n214 2.0.0 End of HELP info\r\n",
    { product: "Sendmail", version: "8.17.1.9" },
  ),
  specified(
    "smtp-help",
    "smtp",
    "214-2.0.0 This is OpenSMTPD\r\n214-2.0.0 To report bugs in the implementation, please contact bugs@openbsd.org\r\n214 2.0.0 with full details\r\n",
    { product: "OpenSMTPD" },
  ),
  specified("smtp-help", "smtp", "214 netqmail home page: http://qmail.org/netqmail\r\n", {
    product: "qmail smtpd",
  }),
  specified("smtp-help", "smtp", "502 5.5.2 Error: command not recognized\r\n", { product: "Postfix smtpd" }),
];
