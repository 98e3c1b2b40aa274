import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { bfdExamples } from "./bfd.examples.js";
import { bfd } from "./bfd.js";
import { bjnpExamples } from "./bjnp.examples.js";
import { bjnp } from "./bjnp.js";
import { capwapExamples } from "./capwap.examples.js";
import { capwap } from "./capwap.js";
import { chargenExamples } from "./chargen.examples.js";
import { chargen } from "./chargen.js";
import { collectdExamples } from "./collectd.examples.js";
import { collectd } from "./collectd.js";
import { dhcpExamples } from "./dhcp.examples.js";
import { dhcp } from "./dhcp.js";
import { dhcpv6Examples } from "./dhcpv6.examples.js";
import { dhcpv6 } from "./dhcpv6.js";
import { hsrpExamples } from "./hsrp.examples.js";
import { hsrp } from "./hsrp.js";
import { lispExamples } from "./lisp.examples.js";
import { lisp } from "./lisp.js";
import { muninExamples } from "./munin.examples.js";
import { munin } from "./munin.js";
import { natPmpExamples } from "./nat-pmp.examples.js";
import { natPmp } from "./nat-pmp.js";
import { netflowExamples } from "./netflow.examples.js";
import { netflow } from "./netflow.js";
import { ntpExamples } from "./ntp.examples.js";
import { ntp } from "./ntp.js";
import { pcpExamples } from "./pcp.examples.js";
import { pcp } from "./pcp.js";
import { ptpExamples } from "./ptp.examples.js";
import { ptp } from "./ptp.js";
import { radiusExamples } from "./radius.examples.js";
import { radius } from "./radius.js";
import { ripExamples } from "./rip.examples.js";
import { rip } from "./rip.js";
import { roughtimeExamples } from "./roughtime.examples.js";
import { roughtime } from "./roughtime.js";
import { sflowExamples } from "./sflow.examples.js";
import { sflow } from "./sflow.js";
import { slpExamples } from "./slp.examples.js";
import { slp } from "./slp.js";
import { snmpExamples } from "./snmp.examples.js";
import { snmp } from "./snmp.js";
import { ssdpExamples } from "./ssdp.examples.js";
import { ssdp } from "./ssdp.js";
import { syslogExamples } from "./syslog.examples.js";
import { syslog } from "./syslog.js";
import { tftpExamples } from "./tftp.examples.js";
import { tftp } from "./tftp.js";
import { tivoconnectExamples } from "./tivoconnect.examples.js";
import { tivoconnect } from "./tivoconnect.js";
import { wolExamples } from "./wol.examples.js";
import { wol } from "./wol.js";
import { wsdExamples } from "./wsd.examples.js";
import { wsd } from "./wsd.js";
import { xdmcpExamples } from "./xdmcp.examples.js";
import { xdmcp } from "./xdmcp.js";
import { zabbixExamples } from "./zabbix.examples.js";
import { zabbix } from "./zabbix.js";

/** Time, configuration and supervision of hosts and networks. */
export const managementProtocols: readonly Protocol[] = [
  ntp,
  dhcp,
  dhcpv6,
  ssdp,
  snmp,
  syslog,
  tftp,
  radius,
  slp,
  natPmp,
  pcp,
  wsd,
  ptp,
  bfd,
  hsrp,
  rip,
  netflow,
  sflow,
  collectd,
  zabbix,
  munin,
  xdmcp,
  tivoconnect,
  bjnp,
  wol,
  lisp,
  capwap,
  roughtime,
  chargen,
];

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
