import type { Example } from "../../example.js";
import { afpExamples } from "./afp.examples.js";
import { dcerpcExamples } from "./dcerpc.examples.js";
import { ftpDataExamples, ftpExamples } from "./ftp.examples.js";
import { kerberosExamples } from "./kerberos.examples.js";
import { ldapExamples } from "./ldap.examples.js";
import { rpcExamples } from "./rpc.examples.js";
import { rsyncExamples } from "./rsync.examples.js";
import { rxExamples } from "./rx.examples.js";
import { smb1Examples } from "./smb1.examples.js";
import { smb2Examples } from "./smb2.examples.js";

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
