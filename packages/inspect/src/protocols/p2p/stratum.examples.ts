import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const stratumExamples: readonly Example[] = [
  {
    title: "a miner of Bitcoin subscribes and is authorised",
    transport: "tcp",
    exchange: [
      [">", latin1('{"id": 1, "method": "mining.subscribe", "params": ["cgminer/4.10.0"]}\n')],
      ["<", latin1('{"id":1,"result":[[["mining.notify","ae68"]],"08000002",4],"error":null}\n')],
      [">", latin1('{"params": ["bob.worker1", "x"], "id": 2, "method": "mining.authorize"}\n')],
    ],
    protocol: "stratum",
    attributes: {
      "stratum.method": ["mining.subscribe", "mining.authorize"],
      "stratum.agent": "cgminer/4.10.0",
      "stratum.user": ["bob.worker1"],
    },
    findings: ["stratum.mining"],
    decidedAfter: 1,
  },
  {
    title: "a miner of Monero logs in",
    transport: "tcp",
    exchange: [
      [
        ">",
        latin1(
          '{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"48edfHu7V9Z84YzzMa6fUueoELZ9","pass":"x","agent":"XMRig/6.20.0"}}\n',
        ),
      ],
    ],
    protocol: "stratum",
    attributes: {
      "stratum.method": ["login"],
      "stratum.agent": "XMRig/6.20.0",
      "stratum.user": ["48edfHu7V9Z84YzzMa6fUueoELZ9"],
    },
    findings: ["stratum.mining"],
  },
  {
    title: "a line that is no object is a finding",
    transport: "tcp",
    exchange: [["<", latin1('{"id":null,"method":"mining.set_difficulty","params":[2]}\n[]\n')]],
    protocol: "stratum",
    attributes: { "stratum.method": ["mining.set_difficulty"] },
    findings: ["stratum.mining", "stratum.line-malformed"],
  },
  {
    title: "another method is nobody's",
    transport: "tcp",
    exchange: [[">", latin1('{"id":1,"method":"logout","params":{"login":"x"}}\n')]],
    protocol: undefined,
  },
];
