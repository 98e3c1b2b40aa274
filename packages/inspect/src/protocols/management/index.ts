import type { Protocol } from "../../dissector.js";
import { bfd } from "./bfd.js";
import { bjnp } from "./bjnp.js";
import { capwap } from "./capwap.js";
import { chargen } from "./chargen.js";
import { collectd } from "./collectd.js";
import { dhcp } from "./dhcp.js";
import { dhcpv6 } from "./dhcpv6.js";
import { hsrp } from "./hsrp.js";
import { lisp } from "./lisp.js";
import { munin } from "./munin.js";
import { natPmp } from "./nat-pmp.js";
import { netflow } from "./netflow.js";
import { ntp } from "./ntp.js";
import { pcp } from "./pcp.js";
import { ptp } from "./ptp.js";
import { radius } from "./radius.js";
import { rip } from "./rip.js";
import { roughtime } from "./roughtime.js";
import { sflow } from "./sflow.js";
import { slp } from "./slp.js";
import { snmp } from "./snmp.js";
import { ssdp } from "./ssdp.js";
import { syslog } from "./syslog.js";
import { tftp } from "./tftp.js";
import { tivoconnect } from "./tivoconnect.js";
import { wol } from "./wol.js";
import { wsd } from "./wsd.js";
import { xdmcp } from "./xdmcp.js";
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
