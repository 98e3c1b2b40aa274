import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { afpExamples } from "./afp.examples.js";
import { afp } from "./afp.js";
import { dcerpcExamples } from "./dcerpc.examples.js";
import { dcerpc } from "./dcerpc.js";
import { ftpDataExamples, ftpExamples } from "./ftp.examples.js";
import { ftp } from "./ftp.js";
import { ftpData } from "./ftp-data.js";
import { kerberosExamples } from "./kerberos.examples.js";
import { kerberos } from "./kerberos.js";
import { ldapExamples } from "./ldap.examples.js";
import { cldap, ldap } from "./ldap.js";
import { rpcExamples } from "./rpc.examples.js";
import { nfs, rpc } from "./rpc.js";
import { rsyncExamples } from "./rsync.examples.js";
import { rsync } from "./rsync.js";
import { rxExamples } from "./rx.examples.js";
import { rx } from "./rx.js";
import { smb1Examples } from "./smb1.examples.js";
import { smb1 } from "./smb1.js";
import { smb2Examples } from "./smb2.examples.js";
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

export const filesExamples: readonly Example[] = [
  ...ftpExamples,
  ...ftpDataExamples,
  ...rsyncExamples,
  ...smb2Examples,
  ...smb1Examples,
  ...kerberosExamples,
  ...ldapExamples,
  ...dcerpcExamples,
  ...rpcExamples,
  ...afpExamples,
  ...rxExamples,
];
