/** Numbers of ONC RPC programs (IANA "RPC Program Numbers") and names of NFS's procedures. */

export const PROGRAM_PORTMAP = 100_000;
export const PROGRAM_NFS = 100_003;
export const PROGRAM_MOUNT = 100_005;

const PROGRAMS: ReadonlyMap<number, string> = new Map([
  [PROGRAM_PORTMAP, "portmap"],
  [100_001, "rstat"],
  [100_002, "rusers"],
  [PROGRAM_NFS, "nfs"],
  [100_004, "ypserv"],
  [PROGRAM_MOUNT, "mount"],
  [100_007, "ypbind"],
  [100_008, "wall"],
  [100_009, "yppasswd"],
  [100_011, "rquota"],
  [100_012, "spray"],
  [100_021, "nlockmgr"],
  [100_024, "status"],
  [100_026, "bootparam"],
  [100_068, "cmsd"],
  [100_083, "ttdbserver"],
  [100_227, "nfs-acl"],
  [100_300, "nisplus"],
  [150_001, "pcnfsd"],
  // VXI-11 (TCP/IP instrument protocol), core channel.
  [395_183, "vxi11-core"],
  [1_298_437, "glusterfs"],
]);

export function programName(program: number): string {
  return PROGRAMS.get(program) ?? String(program);
}

/** RFC 1094 §2.2. */
export const NFS_PROCEDURES_2: readonly string[] = [
  "null",
  "getattr",
  "setattr",
  "root",
  "lookup",
  "readlink",
  "read",
  "writecache",
  "write",
  "create",
  "remove",
  "rename",
  "link",
  "symlink",
  "mkdir",
  "rmdir",
  "readdir",
  "statfs",
];

/** RFC 1813 §3.3. */
export const NFS_PROCEDURES_3: readonly string[] = [
  "null",
  "getattr",
  "setattr",
  "lookup",
  "access",
  "readlink",
  "read",
  "write",
  "create",
  "mkdir",
  "symlink",
  "mknod",
  "remove",
  "rmdir",
  "rename",
  "link",
  "readdir",
  "readdirplus",
  "fsstat",
  "fsinfo",
  "pathconf",
  "commit",
];

/** RFC 7530 §15, RFC 8881 §16. */
export const NFS_PROCEDURES_4: readonly string[] = ["null", "compound"];

/** RFC 1813 §5.2. */
export const MOUNT_PROCEDURES: readonly string[] = ["null", "mnt", "dump", "umnt", "umntall", "export"];
