import { concat, latin1, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

function message(flags: number, body: Uint8Array): Uint8Array {
  return concat(latin1("ZBXD"), flags, le32(body.length), le32(0), body);
}

const checks = message(1, latin1('{"request":"active checks","host":"attic","version":"6.4"}'));
const answer = message(1, latin1('{"response":"success","data":[]}'));

export const zabbixExamples: readonly Example[] = [
  {
    title: "an agent asks what to watch",
    transport: "tcp",
    exchange: [
      [">", checks],
      ["<", answer],
    ],
    protocol: "zabbix",
    attributes: { "zabbix.request": ["active checks"], "zabbix.host": ["attic"] },
    decidedAfter: 1,
  },
  {
    title: "a compressed message",
    transport: "tcp",
    exchange: [[">", message(3, new Uint8Array(40).fill(0x78))]],
    protocol: "zabbix",
    attributes: { "zabbix.compressed": true },
  },
  {
    title: "an agent is asked in plain text and answers",
    transport: "tcp",
    ports: [49152, 10050],
    exchange: [
      [">", latin1("agent.ping\n")],
      ["<", message(1, latin1("1"))],
    ],
    protocol: "zabbix",
    attributes: { "zabbix.item": ["agent.ping"] },
    decidedAfter: 2,
  },
  {
    title: "flags that nobody sends, after the verdict",
    transport: "tcp",
    exchange: [
      [">", checks],
      ["<", message(9, latin1("{}"))],
    ],
    protocol: "zabbix",
    attributes: { "zabbix.request": ["active checks"], "zabbix.host": ["attic"] },
    findings: ["zabbix.flags-unknown"],
  },
  {
    title: "a signature of another program",
    transport: "tcp",
    exchange: [[">", latin1("ZBXE\x01 0000 0000 {}")]],
    protocol: undefined,
  },
];
