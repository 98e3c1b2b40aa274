import type { Protocol } from "../../dissector.js";
import { ads } from "./ads.js";
import { bacnet } from "./bacnet.js";
import { c1222 } from "./c1222.js";
import { caneth } from "./caneth.js";
import { cnpIp } from "./cnp-ip.js";
import { dnp3 } from "./dnp3.js";
import { doip } from "./doip.js";
import { ethernetIp } from "./ethernet-ip.js";
import { ethersio } from "./ethersio.js";
import { fins } from "./fins.js";
import { hartIp } from "./hart-ip.js";
import { hislip } from "./hislip.js";
import { iec60870 } from "./iec60870.js";
import { knxnetIp } from "./knxnet-ip.js";
import { mms } from "./mms.js";
import { modbus } from "./modbus.js";
import { opcUa } from "./opc-ua.js";
import { rtps } from "./rtps.js";
import { s7comm } from "./s7comm.js";
import { s7commPlus } from "./s7comm-plus.js";
import { someip } from "./someip.js";
import { synchrophasor } from "./synchrophasor.js";
import { trdp } from "./trdp.js";
import { v2gtp } from "./v2gtp.js";

/** Automation, metering and vehicles. */
export const industrialProtocols: readonly Protocol[] = [
  modbus,
  dnp3,
  iec60870,
  s7comm,
  s7commPlus,
  mms,
  opcUa,
  ethernetIp,
  someip,
  bacnet,
  hartIp,
  fins,
  c1222,
  caneth,
  knxnetIp,
  trdp,
  ethersio,
  hislip,
  cnpIp,
  rtps,
  synchrophasor,
  ads,
  doip,
  v2gtp,
];
