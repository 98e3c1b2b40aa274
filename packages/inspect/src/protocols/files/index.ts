import type { Protocol } from "../../dissector.js";
import { afp } from "./afp.js";
import { dcerpc } from "./dcerpc.js";
import { ftp } from "./ftp.js";
import { ftpData } from "./ftp-data.js";
import { kerberos } from "./kerberos.js";
import { cldap, ldap } from "./ldap.js";
import { nfs, rpc } from "./rpc.js";
import { rsync } from "./rsync.js";
import { rx } from "./rx.js";
import { smb1 } from "./smb1.js";
import { smb2 } from "./smb2.js";

/** File transfer, file sharing, and the directories and remote procedures they stand on. */
export const filesProtocols: readonly Protocol[] = [
  ftp,
  ftpData,
  rsync,
  smb2,
  smb1,
  kerberos,
  ldap,
  cldap,
  dcerpc,
  rpc,
  nfs,
  afp,
  rx,
];
