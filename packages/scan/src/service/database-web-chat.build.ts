/** Answers of services of talk, with what detection must say of them. */
import { type AnswerExample, seen, specified } from "./database-web.build.js";

export const chatExamples: readonly AnswerExample[] = [
  seen("null", "irc", ":localhost NOTICE * :BitlBee-IRCd initialized, please go on\r\n", {
    product: "BitlBee",
    hostname: "localhost",
  }),
  seen("null", "irc", ":irc.example NOTICE * :*** Looking up your hostname...\r\n", {
    hostname: "irc.example",
  }),
  specified("null", "irc", "NOTICE AUTH :*** Processing connection to irc.example\r\n", {}),
  specified(
    "null",
    "teamspeak3",
    'TS3\n\rWelcome to the TeamSpeak 3 ServerQuery interface, type "help" for a list of commands and "help <command>" for information on a specific command.\n\r',
    { product: "TeamSpeak 3 ServerQuery" },
  ),
  seen(
    "null",
    "mumble",
    '\x00\x00\x00\x00\x00)\x08\x84\x86\x04\x12\x071.3.4-4\x1a\x03X11"\x15Linux 6.18.44-fc-v595',
    { product: "Mumble server", version: "1.3.4-4" },
  ),
  seen("irc-version", "irc", ":irc.example 451 * VERSION :You have not registered.\r\n", {
    product: "InspIRCd",
    hostname: "irc.example",
    cpe: "cpe:/a:inspircd:inspircd",
  }),
  seen("irc-version", "irc", ":irc.example 451 * :Connection not registered\r\n", {
    product: "ngIRCd",
    hostname: "irc.example",
    cpe: "cpe:/a:barton:ngircd",
  }),
  seen("irc-version", "irc", ":localhost 451 * :Register first\r\n", {
    product: "BitlBee",
    hostname: "localhost",
  }),
  specified("irc-version", "irc", ":irc.example 451 VERSION :You have not registered\r\n", {
    product: "UnrealIRCd",
    hostname: "irc.example",
  }),
  specified("irc-version", "irc", ":irc.example 351 * InspIRCd-3.15.0. irc.example :\r\n", {
    product: "InspIRCd",
  }),
  specified("irc-version", "irc", ":irc.example 451 * :You have not registered\r\n", {}),
  seen(
    "xmpp-stream",
    "xmpp-client",
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xml:lang='en' xmlns:stream='http://etherx.jabber.org/streams' id=''><stream:error><improper-addressing xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>A &apos;to&apos; attribute is required on stream headers</text></stream:error></stream:stream>",
    { product: "Prosody", cpe: "cpe:/a:prosody:prosody" },
  ),
  seen(
    "xmpp-stream",
    "xmpp-server",
    "<?xml version='1.0'?><stream:stream version='1.0' xmlns:db='jabber:server:dialback' id='d359b26c-8f1c-4b53-89c8-47059213f758' xml:lang='en' to='' xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from=''><stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>No stream features to offer</text></stream:error></stream:stream>",
    { product: "Prosody" },
  ),
  seen(
    "xmpp-stream",
    "xmpp-client",
    "<?xml version='1.0'?><stream:stream id='16968228990403130785' version='1.0' xml:lang='en' xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client'><stream:error><improper-addressing xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xml:lang='en' xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Missing &apos;to&apos; attribute</text></stream:error></stream:stream>",
    { product: "ejabberd", cpe: "cpe:/a:process-one:ejabberd" },
  ),
  seen(
    "xmpp-stream",
    "xmpp-server",
    "<?xml version='1.0'?><stream:stream id='2311487739454730364' version='1.0' xml:lang='en' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:server'><stream:error><invalid-namespace xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
    { product: "ejabberd" },
  ),
  specified(
    "xmpp-stream",
    "xmpp-server",
    "<?xml version='1.0'?><stream:stream xmlns:db='jabber:server:dialback' xmlns='jabber:server' id='1'>",
    {},
  ),
  specified(
    "xmpp-stream",
    "xmpp-client",
    "<?xml version='1.0'?><stream:stream id='1' version='1.0' xmlns='jabber:client' from='a.example'>",
    {},
  ),
  seen("mumble-ping", "mumble", "\x00\x01\x03\x04Palisade\x00\x00\x00\x00\x00\x00\x03\xe8\x00\x01\x19@", {
    product: "Mumble server",
    version: "1.3.4",
    info: "at most 1000 users, 72000 bit/s",
    cpe: "cpe:/a:mumble:mumble:1.3.4",
  }),
];
