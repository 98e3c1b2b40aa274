import type { Example } from "../../example.js";
import { adsExamples } from "./ads.examples.js";
import { bacnetExamples } from "./bacnet.examples.js";
import { c1222Examples } from "./c1222.examples.js";
import { canethExamples } from "./caneth.examples.js";
import { cnpIpExamples } from "./cnp-ip.examples.js";
import { dnp3Examples } from "./dnp3.examples.js";
import { doipExamples } from "./doip.examples.js";
import { ethernetIpExamples } from "./ethernet-ip.examples.js";
import { ethersioExamples } from "./ethersio.examples.js";
import { finsExamples } from "./fins.examples.js";
import { hartIpExamples } from "./hart-ip.examples.js";
import { hislipExamples } from "./hislip.examples.js";
import { iec60870Examples } from "./iec60870.examples.js";
import { knxnetIpExamples } from "./knxnet-ip.examples.js";
import { mmsExamples } from "./mms.examples.js";
import { modbusExamples } from "./modbus.examples.js";
import { opcUaExamples } from "./opc-ua.examples.js";
import { rtpsExamples } from "./rtps.examples.js";
import { s7commExamples } from "./s7comm.examples.js";
import { s7commPlusExamples } from "./s7comm-plus.examples.js";
import { someipExamples } from "./someip.examples.js";
import { synchrophasorExamples } from "./synchrophasor.examples.js";
import { trdpExamples } from "./trdp.examples.js";
import { v2gtpExamples } from "./v2gtp.examples.js";

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
