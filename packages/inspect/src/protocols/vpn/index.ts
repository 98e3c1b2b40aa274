import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { ikeExamples } from "./ike.examples.js";
import { ike } from "./ike.js";
import { l2tpExamples } from "./l2tp.examples.js";
import { l2tp } from "./l2tp.js";
import { openvpnExamples } from "./openvpn.examples.js";
import { openvpn } from "./openvpn.js";
import { pptpExamples } from "./pptp.examples.js";
import { pptp } from "./pptp.js";
import { softetherExamples } from "./softether.examples.js";
import { softether } from "./softether.js";
import { tincExamples } from "./tinc.examples.js";
import { tinc } from "./tinc.js";
import { wireguardExamples } from "./wireguard.examples.js";
import { wireguard } from "./wireguard.js";

/** Virtual private networks. */
export const vpnProtocols: readonly Protocol[] = [wireguard, openvpn, ike, l2tp, pptp, tinc, softether];

export const vpnExamples: readonly Example[] = [
  ...wireguardExamples,
  ...openvpnExamples,
  ...ikeExamples,
  ...l2tpExamples,
  ...pptpExamples,
  ...tincExamples,
  ...softetherExamples,
];
