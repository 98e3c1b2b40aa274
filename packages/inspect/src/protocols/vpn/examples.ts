import type { Example } from "../../example.js";
import { ikeExamples } from "./ike.examples.js";
import { l2tpExamples } from "./l2tp.examples.js";
import { openvpnExamples } from "./openvpn.examples.js";
import { pptpExamples } from "./pptp.examples.js";
import { softetherExamples } from "./softether.examples.js";
import { tincExamples } from "./tinc.examples.js";
import { wireguardExamples } from "./wireguard.examples.js";

export const vpnExamples: readonly Example[] = [
  ...wireguardExamples,
  ...openvpnExamples,
  ...ikeExamples,
  ...l2tpExamples,
  ...pptpExamples,
  ...tincExamples,
  ...softetherExamples,
];
