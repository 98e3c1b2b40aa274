import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { adsExamples } from "./ads.examples.js";
import { ads } from "./ads.js";
import { bacnetExamples } from "./bacnet.examples.js";
import { bacnet } from "./bacnet.js";
import { c1222Examples } from "./c1222.examples.js";
import { c1222 } from "./c1222.js";
import { canethExamples } from "./caneth.examples.js";
import { caneth } from "./caneth.js";
import { cnpIpExamples } from "./cnp-ip.examples.js";
import { cnpIp } from "./cnp-ip.js";
import { dnp3Examples } from "./dnp3.examples.js";
import { dnp3 } from "./dnp3.js";
import { doipExamples } from "./doip.examples.js";
import { doip } from "./doip.js";
import { ethernetIpExamples } from "./ethernet-ip.examples.js";
import { ethernetIp } from "./ethernet-ip.js";
import { ethersioExamples } from "./ethersio.examples.js";
import { ethersio } from "./ethersio.js";
import { finsExamples } from "./fins.examples.js";
import { fins } from "./fins.js";
import { hartIpExamples } from "./hart-ip.examples.js";
import { hartIp } from "./hart-ip.js";
import { hislipExamples } from "./hislip.examples.js";
import { hislip } from "./hislip.js";
import { iec60870Examples } from "./iec60870.examples.js";
import { iec60870 } from "./iec60870.js";
import { knxnetIpExamples } from "./knxnet-ip.examples.js";
import { knxnetIp } from "./knxnet-ip.js";
import { mmsExamples } from "./mms.examples.js";
import { mms } from "./mms.js";
import { modbusExamples } from "./modbus.examples.js";
import { modbus } from "./modbus.js";
import { opcUaExamples } from "./opc-ua.examples.js";
import { opcUa } from "./opc-ua.js";
import { rtpsExamples } from "./rtps.examples.js";
import { rtps } from "./rtps.js";
import { s7commExamples } from "./s7comm.examples.js";
import { s7comm } from "./s7comm.js";
import { s7commPlusExamples } from "./s7comm-plus.examples.js";
import { s7commPlus } from "./s7comm-plus.js";
import { someipExamples } from "./someip.examples.js";
import { someip } from "./someip.js";
import { synchrophasorExamples } from "./synchrophasor.examples.js";
import { synchrophasor } from "./synchrophasor.js";
import { trdpExamples } from "./trdp.examples.js";
import { trdp } from "./trdp.js";
import { v2gtpExamples } from "./v2gtp.examples.js";
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

export const industrialExamples: readonly Example[] = [
  ...modbusExamples,
  ...dnp3Examples,
  ...iec60870Examples,
  ...s7commExamples,
  ...s7commPlusExamples,
  ...mmsExamples,
  ...opcUaExamples,
  ...ethernetIpExamples,
  ...someipExamples,
  ...bacnetExamples,
  ...hartIpExamples,
  ...finsExamples,
  ...c1222Examples,
  ...canethExamples,
  ...knxnetIpExamples,
  ...trdpExamples,
  ...ethersioExamples,
  ...hislipExamples,
  ...cnpIpExamples,
  ...rtpsExamples,
  ...synchrophasorExamples,
  ...adsExamples,
  ...doipExamples,
  ...v2gtpExamples,
];
