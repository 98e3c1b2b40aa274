import type { Protocol } from "../../dissector.js";
import { ike } from "./ike.js";
import { l2tp } from "./l2tp.js";
import { openvpn } from "./openvpn.js";
import { pptp } from "./pptp.js";
import { softether } from "./softether.js";
import { tinc } from "./tinc.js";
import { wireguard } from "./wireguard.js";

/** Virtual private networks. */
export const vpnProtocols: readonly Protocol[] = [wireguard, openvpn, ike, l2tp, pptp, tinc, softether];
