import type { Example } from "../../example.js";
import { bfdExamples } from "./bfd.examples.js";
import { bjnpExamples } from "./bjnp.examples.js";
import { capwapExamples } from "./capwap.examples.js";
import { chargenExamples } from "./chargen.examples.js";
import { collectdExamples } from "./collectd.examples.js";
import { dhcpExamples } from "./dhcp.examples.js";
import { dhcpv6Examples } from "./dhcpv6.examples.js";
import { hsrpExamples } from "./hsrp.examples.js";
import { lispExamples } from "./lisp.examples.js";
import { muninExamples } from "./munin.examples.js";
import { natPmpExamples } from "./nat-pmp.examples.js";
import { netflowExamples } from "./netflow.examples.js";
import { ntpExamples } from "./ntp.examples.js";
import { pcpExamples } from "./pcp.examples.js";
import { ptpExamples } from "./ptp.examples.js";
import { radiusExamples } from "./radius.examples.js";
import { ripExamples } from "./rip.examples.js";
import { roughtimeExamples } from "./roughtime.examples.js";
import { sflowExamples } from "./sflow.examples.js";
import { slpExamples } from "./slp.examples.js";
import { snmpExamples } from "./snmp.examples.js";
import { ssdpExamples } from "./ssdp.examples.js";
import { syslogExamples } from "./syslog.examples.js";
import { tftpExamples } from "./tftp.examples.js";
import { tivoconnectExamples } from "./tivoconnect.examples.js";
import { wolExamples } from "./wol.examples.js";
import { wsdExamples } from "./wsd.examples.js";
import { xdmcpExamples } from "./xdmcp.examples.js";
import { zabbixExamples } from "./zabbix.examples.js";

export const managementExamples: readonly Example[] = [
  ...ntpExamples,
  ...dhcpExamples,
  ...dhcpv6Examples,
  ...ssdpExamples,
  ...snmpExamples,
  ...syslogExamples,
  ...tftpExamples,
  ...radiusExamples,
  ...slpExamples,
  ...natPmpExamples,
  ...pcpExamples,
  ...wsdExamples,
  ...ptpExamples,
  ...bfdExamples,
  ...hsrpExamples,
  ...ripExamples,
  ...netflowExamples,
  ...sflowExamples,
  ...collectdExamples,
  ...zabbixExamples,
  ...muninExamples,
  ...xdmcpExamples,
  ...tivoconnectExamples,
  ...bjnpExamples,
  ...wolExamples,
  ...lispExamples,
  ...capwapExamples,
  ...roughtimeExamples,
  ...chargenExamples,
];
