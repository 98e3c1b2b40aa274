import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

// RFC 5424 §6.5 and RFC 3164 §5.4, their examples with names of our own.
const structured = "<34>1 2003-10-11T22:14:15.003Z attic.example.com su - ID47 - 'su root' failed";
const traditional = "<165>Aug  4 05:14:15 cellar sshd[812]: connection closed";
const iso = "<13>2003-10-11T22:14:15.003+02:00 attic cron[5]: done";
const plain = "<189>45: %SYS-5-CONFIG_I: Configured from console";

export const syslogExamples: readonly Example[] = [
  {
    title: "a message of version 1, then one without",
    transport: "udp",
    ports: [49152, 514],
    exchange: [
      [">", latin1(structured)],
      [">", latin1(traditional)],
    ],
    protocol: "syslog",
    attributes: {
      "syslog.facility": [4, 20],
      "syslog.severity": [2, 5],
      "syslog.host": ["attic.example.com", "cellar"],
      "syslog.application": ["su", "sshd"],
    },
    decidedAfter: 1,
  },
  {
    title: "a time stamp decides on any port",
    transport: "udp",
    exchange: [[">", latin1(iso)]],
    protocol: "syslog",
    attributes: {
      "syslog.facility": [1],
      "syslog.severity": [5],
      "syslog.host": ["attic"],
      "syslog.application": ["cron"],
    },
  },
  {
    title: "any text on port 514, then a priority that does not exist",
    transport: "udp",
    ports: [49152, 514],
    exchange: [
      [">", latin1(plain)],
      [">", latin1("<192>text")],
    ],
    protocol: "syslog",
    attributes: { "syslog.facility": [23], "syslog.severity": [5] },
    findings: ["syslog.priority-wrong"],
  },
  {
    title: "what network devices send, on any port",
    transport: "udp",
    exchange: [
      [">", latin1("<189>29: *Aug  4 05:14:15.123: %SYS-5-CONFIG_I: Configured from console")],
      [">", latin1("<166>Oct 11 2003 22:14:15 gateway : %ASA-6-302013: Built connection")],
      [">", latin1('<188>date=2003-10-11 time=22:14:15 devname="gateway"')],
    ],
    protocol: "syslog",
    attributes: {
      "syslog.facility": [23, 20],
      "syslog.severity": [5, 6, 4],
      "syslog.host": ["gateway"],
    },
    decidedAfter: 1,
  },
  {
    title: "a stream of lines",
    transport: "tcp",
    ports: [49152, 601],
    exchange: [[">", latin1(`${traditional}\n${iso}\n`)]],
    protocol: "syslog",
    attributes: {
      "syslog.facility": [20, 1],
      "syslog.severity": [5],
      "syslog.host": ["cellar", "attic"],
      "syslog.application": ["sshd", "cron"],
    },
  },
  {
    title: "a stream of counted messages",
    transport: "tcp",
    exchange: [[">", latin1(`${structured.length} ${structured}${traditional.length} ${traditional}`)]],
    protocol: "syslog",
    attributes: {
      "syslog.facility": [4, 20],
      "syslog.severity": [2, 5],
      "syslog.host": ["attic.example.com", "cellar"],
      "syslog.application": ["su", "sshd"],
    },
  },
  {
    title: "markup is no priority",
    transport: "tcp",
    exchange: [[">", latin1("<html><head><title>text</title></head></html>\n")]],
    protocol: undefined,
  },
];
