/** The bed's daemons for mail: SMTP by two, IMAP and POP3 by one, all of which change to TLS when asked. */
import { type Bed, CERTIFICATE, CERTIFIED, type Daemon, KEY } from "./services-bed.build.js";

const POSTFIX = "/mnt/postfix";
/** Folders of Postfix's queue (its INTERNALS manual), of which it makes none. */
const POSTFIX_QUEUE =
  "active bounce corrupt defer deferred flush hold incoming private public maildrop pid saved trace".split(
    " ",
  );

/** Who Postfix runs as: a user of no other daemon, with a group of his own (postconf(5), mail_owner). */
const POSTFIX_OWNER = "list";

export const mailDaemons: readonly Daemon[] = [
  {
    name: "Exim",
    package: "exim4-daemon-light",
    program: "exim4",
    ports: [{ address: "127.0.0.1", port: 25, protocol: "tcp" }],
    start(bed: Bed, program) {
      const folder = bed.folder("/mnt/exim", "Debian-exim");
      const key = `${folder}/key.pem`;
      bed.write(key, bed.read(KEY), 0o600);
      bed.must(["chown", "Debian-exim", key]);
      bed.write(`${folder}/conf`, [
        "local_interfaces = 127.0.0.1",
        "daemon_smtp_ports = 25",
        `primary_hostname = mail.${CERTIFIED}`,
        `spool_directory = ${folder}`,
        `log_file_path = ${folder}/%slog`,
        `pid_file_path = ${folder}/pid`,
        "host_lookup =",
        "rfc1413_query_timeout = 0s",
        "tls_advertise_hosts = *",
        `tls_certificate = ${CERTIFICATE}`,
        `tls_privatekey = ${key}`,
      ]);
      bed.start(this.name, [program, "-C", `${folder}/conf`, "-bdf"]);
    },
  },
  {
    name: "Postfix",
    package: "postfix",
    program: "postfix",
    ports: [25, 587, 465].map((port) => ({ address: "127.0.0.2", port, protocol: "tcp" })),
    start(bed: Bed, program) {
      // Installed or unpacked: its parts stand where its command does.
      const root = program.replace(/\/usr\/sbin\/postfix$/, "");
      const libraries = `${root}/usr/lib/postfix`;
      for (const name of POSTFIX_QUEUE)
        bed.folder(`${POSTFIX}/queue/${name}`, name === "pid" ? "root" : POSTFIX_OWNER);
      bed.folder(`${POSTFIX}/data`, POSTFIX_OWNER);
      bed.write(`${POSTFIX}/etc/main.cf`, [
        "compatibility_level = 3.6",
        `queue_directory = ${POSTFIX}/queue`,
        `data_directory = ${POSTFIX}/data`,
        `daemon_directory = ${libraries}/sbin`,
        `command_directory = ${root}/usr/sbin`,
        `shlib_directory = ${libraries}`,
        `mail_owner = ${POSTFIX_OWNER}`,
        "setgid_group = mail",
        "default_privs = nobody",
        "inet_interfaces = 127.0.0.2",
        "inet_protocols = ipv4",
        `myhostname = mail.${CERTIFIED}`,
        "mynetworks_style = host",
        "alias_maps =",
        "local_recipient_maps =",
        `import_environment = LD_LIBRARY_PATH=${libraries} MAIL_CONFIG=${POSTFIX}/etc`,
        "smtpd_tls_security_level = may",
        `smtpd_tls_cert_file = ${CERTIFICATE}`,
        `smtpd_tls_key_file = ${KEY}`,
        "smtpd_peername_lookup = no",
      ]);
      // Name, type, private, unprivileged, chroot, wakeup, processes at most, command (master(5)).
      const services = [
        "smtp inet n - n - - smtpd",
        "587 inet n - n - - smtpd -o smtpd_tls_security_level=encrypt",
        "465 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes",
        "cleanup unix n - n - - cleanup",
        "rewrite unix - - n - - trivial-rewrite",
        "tlsmgr unix - - n - 1 tlsmgr",
        "anvil unix - - n - 1 anvil",
        "proxymap unix - - n - - proxymap",
      ];
      bed.write(`${POSTFIX}/etc/master.cf`, services);
      const words = [`${libraries}/sbin/master`, "-c", `${POSTFIX}/etc`, "-d"];
      bed.start(this.name, words, "root", { LD_LIBRARY_PATH: libraries });
    },
  },
  {
    name: "Dovecot",
    package: "dovecot-imapd",
    program: "dovecot",
    ports: [143, 993, 110, 995].map((port) => ({ address: "127.0.0.1", port, protocol: "tcp" })),
    start(bed: Bed, program) {
      bed.write("/mnt/dovecot/conf", [
        "protocols = imap pop3",
        "listen = 127.0.0.1",
        "base_dir = /run/dovecot",
        "log_path = /dev/stderr",
        "ssl = yes",
        `ssl_cert = <${CERTIFICATE}`,
        `ssl_key = <${KEY}`,
        "passdb {",
        "  driver = static",
        "  args = password=none",
        "}",
        "userdb {",
        "  driver = static",
        "  args = uid=nobody gid=nogroup home=/nonexistent",
        "}",
      ]);
      bed.start(this.name, [program, "-F", "-c", "/mnt/dovecot/conf"]);
    },
  },
];
