/** Answers of services of the transfer of files, with what detection must say of them. */
import { type AnswerExample, seen, specified } from "./database-web.build.js";

export const filesExamples: readonly AnswerExample[] = [
  seen("null", "ftp", "220 (vsFTPd 3.0.3)\r\n", {
    product: "vsftpd",
    version: "3.0.3",
    cpe: "cpe:/a:vsftpd_project:vsftpd:3.0.3",
  }),
  specified("null", "ftp", "220 ProFTPD 1.3.8 Server (Debian) [192.0.2.7]\r\n", {
    product: "ProFTPD",
    version: "1.3.8",
    info: "Debian",
    cpe: "cpe:/a:proftpd:proftpd:1.3.8",
  }),
  seen("null", "ftp", "220 ProFTPD Server (ProFTPD) [127.0.0.1]\r\n", {
    product: "ProFTPD",
    info: "ProFTPD",
  }),
  seen(
    "null",
    "ftp",
    "220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\r\n220-You are user number 1 of 50 allowed.\r\n220-Local time is now 20:44. Server port: 24223.\r\n220-IPv6 connections are also welcome on this server.\r\n220 You will be disconnected after 15 minutes of inactivity.\r\n",
    { product: "Pure-FTPd", info: "[privsep] [TLS]" },
  ),
  specified(
    "null",
    "ftp",
    "220-FileZilla Server 1.8.1\r\n220 Please visit https://filezilla-project.org/\r\n",
    { product: "FileZilla Server", version: "1.8.1" },
  ),
  specified("null", "ftp", "220 Microsoft FTP Service\r\n", { product: "Microsoft ftpd", os: "Windows" }),
  specified("null", "ftp", "220 ftp.example FTP server (tnftpd 20200704) ready.\r\n", {
    product: "tnftpd",
    version: "20200704",
  }),
  seen("null", "ftp", "220 localhost FTP server (GNU inetutils 2.4) ready.\r\n", {
    product: "GNU inetutils ftpd",
    version: "2.4",
    hostname: "localhost",
  }),
  specified("null", "ftp", "220 ftp.example FTP server (Version 6.4/OpenBSD/Linux-ftpd-0.17) ready.\r\n", {
    product: "Linux ftpd",
    version: "0.17",
    os: "Linux",
  }),
  specified("null", "ftp", "220 ftp.example FTP server (Version 6.00LS) ready.\r\n", {
    product: "BSD ftpd",
    version: "6.00LS",
  }),
  seen("null", "ftp", "220 pyftpdlib 1.5.7 ready.\r\n", { product: "pyftpdlib", version: "1.5.7" }),
  seen("null", "ftp", "220 Twisted 22.4.0 FTP Server\r\n", { product: "Twisted ftpd", version: "22.4.0" }),
  specified("null", "ftp", "220 Serv-U FTP Server v15.4 ready...\r\n", {
    product: "Serv-U ftpd",
    version: "15.4",
  }),
  specified("null", "ftp", "220 gw MikroTik FTP server (MikroTik 6.49.10) ready\r\n", {
    product: "MikroTik ftpd",
    version: "6.49.10",
    os: "RouterOS",
  }),
  specified("null", "ftp", "220 ftp server ready.\r\n", {}),
  seen("null", "rsync", "@RSYNCD: 32.0 sha512 sha256 sha1 md5 md4\nhello motd\n\n", {
    product: "rsync",
    info: "protocol 32.0",
    cpe: "cpe:/a:samba:rsync",
  }),
  seen(
    "null",
    "svn",
    "( success ( 2 2 ( ) ( edit-pipeline svndiff1 accepts-svndiff2 absent-entries commit-revprops depth log-revprops atomic-revprops partial-replay inherited-props ephemeral-txnprops file-revs-reverse list ) ) ) ",
    { product: "Apache Subversion", cpe: "cpe:/a:apache:subversion" },
  ),
  seen(
    "null",
    "http",
    "HTTP/1.0 200 OK\nContent-Type: text/plain\nConnection: close\n\nargv /distccd\n<distccstats>\ndcc_tcp_accept 6\ndcc_rej_bad_req 3\ndcc_rej_overload 0\ndcc_compile_ok 0\ndcc_compile_error 0\ndcc_compile_timeout 0\ndcc_cli_disconnect 0\ndcc_other 2\ndcc_longest_job none\ndcc_longest_job_compiler none\ndcc_longest_job_time_msecs -1\ndcc_max_kids 4\ndcc_avg_kids1 0\ndcc_avg_kids2 0\ndcc_avg_kids3 0\ndcc_current_load 9\ndcc_load1 3.41\ndcc_load2 2.35\ndcc_load3 2.67\ndcc_num_compiles1 0\ndcc_num_compiles2 0\ndcc_num_compiles3 0\ndcc_num_procstate_D 0\ndcc_max_RSS 3608\ndcc_max_RSS_name (distccd)\ndcc_io_rate -1\ndcc_free_space 68973 MB\n</distccstats>\n",
    { product: "distcc statistics" },
  ),
  seen("git-upload-pack", "git", "003aERR access denied or repository not exported: /no-such", {
    product: "Git daemon",
  }),
  specified("cvs-pserver", "cvspserver", "cvs [pserver aborted]: bad auth protocol start: \n", {
    product: "CVS pserver",
  }),
  specified("cvs-pserver", "cvspserver", "cvs [server aborted]: bad auth protocol start: \n", {
    product: "CVS server",
  }),
  seen(
    "smb-negotiate",
    "microsoft-ds",
    "\x00\x00\x00\xca\xfeSMB@\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00A\x00\x01\x00\x02\x03\x00\x00smbhost\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x80\x00\x00\x00\x80\x00\x00\x00\x80\x00z\x18N\xa9\xf9y\xdd\x01\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00J\x00\x00\x00\x00\x00`H\x06\x06+\x06\x01\x05\x05\x02\xa0>0<\xa0\x0e0\x0c\x06\n+\x06\x01\x04\x01\x827\x02\x02\n\xa3*0(\xa0&\x1b$not_defined_in_RFC4178@please_ignore",
    { product: "Samba smbd", hostname: "smbhost", cpe: "cpe:/a:samba:samba" },
  ),
  specified(
    "smb-negotiate",
    "microsoft-ds",
    "\x00\x00\x00\xca\xfeSMB@\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00A\x00\x01\x00\x02\x03\x00\x00\x91L/\xd0Z\x11\x9bN\x8fa*w\x03\xc9\xd4\x10\x07\x00\x00\x00\x00\x00\x80\x00\x00\x00\x80\x00\x00\x00\x80\x00z\x18N\xa9\xf9y\xdd\x01\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00J\x00\x00\x00\x00\x00`v\x06\x06+\x06\x01\x05\x05\x02\xa0l0j\xa0<0:\x06\n+\x06\x01\x04\x01\x827\x02\x02\x1e\x06\t*\x86H\x82\xf7\x12\x01\x02\x02\x06\n+\x06\x01\x04\x01\x827\x02\x02\n",
    { product: "Microsoft Windows SMB", os: "Windows", cpe: "cpe:/o:microsoft:windows" },
  ),
  specified(
    "smb-negotiate",
    "microsoft-ds",
    "\x00\x00\x00\xca\xfeSMB@\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00A\x00\x01\x00\x02\x03\x00\x00\x91L/\xd0Z\x11\x9bN\x8fa*w\x03\xc9\xd4\x10",
    {},
  ),
  specified("smb-negotiate", "microsoft-ds", "\x00\x00\x00#\xffSMBr\x00\x00\x00\x00\x88\x01\xc8", {}),
  specified(
    "afp-status",
    "afp",
    "\x01\x03\x00\x01\x00\x00\x00\x00\x00\x00\x00!\x00\x00\x00\x00\x00\x12\x00\x00\x00\x00\x00\x00\x8f\xfb\x03nas\x00\x00\x00\x00\x0eNetatalk3.1.15",
    { product: "Netatalk", version: "3.1.15", cpe: "cpe:/a:netatalk:netatalk:3.1.15" },
  ),
  specified(
    "afp-status",
    "afp",
    "\x01\x03\x00\x01\x00\x00\x00\x00\x00\x00\x00\x1f\x00\x00\x00\x00\x00\x14\x00\x00\x00\x00\x00\x00\x8f\xfb\x04mini\x00\x00\x00\x00\x00\nMacmini8,1",
    { product: "Apple AFP server", info: "Macmini8,1" },
  ),
  specified(
    "afp-status",
    "afp",
    "\x01\x03\x00\x01\x00\x00\x00\x00\x00\x00\x00\x16\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x8f\xfb\x01x\x00\x00\x00\x00\x05Other",
    {},
  ),
  seen("tftp-read", "tftp", "\x00\x05\x00\x01File not found\x00", { info: "File not found" }),
];
