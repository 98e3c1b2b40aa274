/** Daemons of Debian 12 for the bed: how each is set up and started. Configurations are as small as they may be. */
import {
  type Bed,
  type BedPort,
  CERTIFICATE,
  CERTIFIED,
  type Daemon,
  KEY,
  TITLE,
} from "./services-bed.build.js";
import { mailDaemons } from "./services-bed-mail.build.js";

const HOST_KEYS = "/mnt/ssh";

/** The usual ports; those whose port another has already are on the second address. */
const at = (port: number, protocol: "tcp" | "udp" = "tcp", address = "127.0.0.1"): BedPort => ({
  address,
  port,
  protocol,
});
const SECOND = "127.0.0.2";

/** Fingerprints of the SSH host's keys, as `ssh-keygen -lf` has them: `256 SHA256:… comment (ED25519)`. */
export function hostKeyFingerprints(bed: Bed): string[] {
  return ["ed25519", "ecdsa", "rsa"].map((kind) =>
    bed.must(["ssh-keygen", "-lf", `${HOST_KEYS}/${kind}.pub`]).stdout.trim(),
  );
}

export const daemons: readonly Daemon[] = [
  {
    name: "OpenSSH",
    package: "openssh-server",
    program: "sshd",
    ports: [at(22)],
    start(bed, program) {
      bed.folder(HOST_KEYS);
      bed.folder("/run/sshd");
      const keys = ["ed25519", "ecdsa", "rsa"].map((kind) => `${HOST_KEYS}/${kind}`);
      for (const [index, kind] of ["ed25519", "ecdsa", "rsa"].entries())
        bed.must(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", keys[index]!]);
      const words = ["-D", "-e", "-f", "/dev/null", "-o", "ListenAddress=127.0.0.1", "-o", "MaxStartups=100"];
      bed.start(this.name, [program, ...words, ...keys.flatMap((key) => ["-h", key])]);
    },
  },
  {
    name: "nginx",
    package: "nginx-light",
    program: "nginx",
    ports: [at(80), at(443)],
    start(bed, program) {
      const folder = bed.folder("/mnt/nginx", "nobody");
      bed.write(`${folder}/index.html`, `<!doctype html><title>${TITLE}</title>`);
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
        .join(" ");
      bed.write(
        `${folder}/nginx.conf`,
        `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1;
        events {}
        http { access_log off; ${temporary} root ${folder}; types { text/html html; }
          server { listen 127.0.0.1:80; }
          server { listen 127.0.0.1:443 ssl; ssl_certificate ${CERTIFICATE}; ssl_certificate_key ${KEY}; } }\n`,
      );
      bed.start(this.name, [program, "-c", `${folder}/nginx.conf`, "-e", "stderr"], "nobody");
    },
  },
  {
    name: "Apache httpd",
    package: "apache2-bin",
    program: "apache2",
    ports: [at(80, "tcp", SECOND)],
    start(bed, program) {
      const folder = bed.folder("/mnt/apache", "nobody");
      bed.write(`${folder}/index.html`, `<!doctype html><title>${TITLE}</title>`);
      bed.write(`${folder}/conf`, [
        `ServerRoot ${folder}`,
        `ServerName ${CERTIFIED}`,
        `PidFile ${folder}/pid`,
        "ErrorLog /dev/stderr",
        ...["mpm_event", "authz_core", "dir"].map(
          (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
        ),
        `Listen ${SECOND}:80`,
        `DocumentRoot ${folder}`,
        "ServerTokens OS",
      ]);
      bed.start(this.name, [program, "-X", "-f", `${folder}/conf`], "nobody");
    },
  },
  {
    name: "lighttpd",
    package: "lighttpd",
    program: "lighttpd",
    ports: [at(8080)],
    start(bed, program) {
      bed.write("/mnt/lighttpd/index.html", `<!doctype html><title>${TITLE}</title>`);
      bed.write("/mnt/lighttpd/conf", [
        `server.document-root = "/mnt/lighttpd"`,
        `server.bind = "127.0.0.1"`,
        "server.port = 8080",
        `index-file.names = ("index.html")`,
      ]);
      bed.start(this.name, [program, "-D", "-f", "/mnt/lighttpd/conf"], "nobody");
    },
  },
  {
    name: "vsftpd",
    package: "vsftpd",
    program: "vsftpd",
    ports: [at(21)],
    start(bed, program) {
      const empty = bed.folder("/mnt/vsftpd/empty");
      bed.write("/mnt/vsftpd/conf", [
        "listen=YES",
        "listen_address=127.0.0.1",
        "background=NO",
        "anonymous_enable=YES",
        `anon_root=${empty}`,
        "ftp_username=nobody",
        "nopriv_user=nobody",
        `secure_chroot_dir=${empty}`,
        "seccomp_sandbox=NO",
        "ssl_enable=YES",
        `rsa_cert_file=${CERTIFICATE}`,
        `rsa_private_key_file=${KEY}`,
      ]);
      bed.start(this.name, [program, "/mnt/vsftpd/conf"]);
    },
  },
  {
    name: "ProFTPD",
    package: "proftpd-core",
    program: "proftpd",
    ports: [at(21, "tcp", SECOND)],
    start(bed, program) {
      const folder = bed.folder("/mnt/proftpd", "nobody");
      bed.write(`${folder}/conf`, [
        `ServerName "bed"`,
        "ServerType standalone",
        `DefaultAddress ${SECOND}`,
        "SocketBindTight on",
        "Port 21",
        "UseIPv6 off",
        "User nobody",
        "Group nogroup",
        `PidFile ${folder}/pid`,
        `ScoreboardFile ${folder}/scoreboard`,
        "DelayTable none",
        "WtmpLog off",
        "TransferLog none",
      ]);
      bed.start(this.name, [program, "-n", "-c", `${folder}/conf`]);
    },
  },
  {
    name: "Redis",
    package: "redis-server",
    program: "redis-server",
    ports: [at(6379)],
    start(bed, program) {
      const words = ["--bind", "127.0.0.1", "--port", "6379", "--save", "", "--dir", "/"];
      bed.start(this.name, [program, ...words], "nobody");
    },
  },
  {
    name: "memcached",
    package: "memcached",
    program: "memcached",
    ports: [at(11211)],
    start(bed, program) {
      bed.start(this.name, [program, "-l", "127.0.0.1", "-p", "11211", "-U", "0"], "nobody");
    },
  },
  {
    name: "dnsmasq",
    package: "dnsmasq-base",
    program: "dnsmasq",
    ports: [at(53), at(53, "udp")],
    start(bed, program) {
      const words = [
        "-k",
        "-C",
        "/dev/null",
        "--listen-address=127.0.0.1",
        "--bind-interfaces",
        "--no-resolv",
      ];
      bed.start(this.name, [program, ...words, "--no-hosts", "--pid-file=", "--user=nobody"]);
    },
  },
  {
    name: "BIND",
    package: "bind9",
    program: "named",
    ports: [at(53, "tcp", SECOND), at(53, "udp", SECOND)],
    start(bed, program) {
      const folder = bed.folder("/mnt/bind", "nobody");
      bed.write(`${folder}/conf`, [
        `options { directory "${folder}"; listen-on { ${SECOND}; }; listen-on-v6 { none; }; pid-file none; session-keyfile none; lock-file none; recursion no; dnssec-validation no; };`,
        "controls {};",
      ]);
      bed.start(this.name, [program, "-g", "-c", `${folder}/conf`, "-n", "1"], "nobody");
    },
  },
  {
    name: "MariaDB",
    package: "mariadb-server-core",
    program: "mariadbd",
    ports: [at(3306)],
    start(bed, program) {
      const folder = bed.folder("/mnt/mariadb", "nobody");
      // Without tables of rights everyone may connect, as from 127.0.0.1 to a server that was installed.
      const words = [
        "--no-defaults",
        `--datadir=${folder}`,
        `--socket=${folder}/socket`,
        "--skip-grant-tables",
      ];
      const small = [
        "--innodb-log-file-size=4M",
        "--innodb-buffer-pool-size=8M",
        "--max-connect-errors=100000",
      ];
      const tls = [`--ssl-cert=${CERTIFICATE}`, `--ssl-key=${KEY}`];
      bed.start(this.name, [program, ...words, ...small, ...tls, "--bind-address=127.0.0.1"], "nobody");
    },
  },
  {
    name: "PostgreSQL",
    package: "postgresql-15",
    program: "postgres",
    ports: [at(5432)],
    start(bed, program) {
      const folder = bed.folder("/mnt/postgresql", "nobody");
      const of = (name: string): string => program.replace(/[^/]+$/, name);
      bed.must([of("initdb"), "-D", folder, "-U", "owner", "--no-sync", "--locale=C"], "nobody");
      const options = ["listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`, "ssl=on"];
      const tls = [`ssl_cert_file=${CERTIFICATE}`, `ssl_key_file=${folder}/key.pem`];
      bed.write(`${folder}/key.pem`, bed.read(KEY), 0o600);
      bed.must(["chown", "nobody", `${folder}/key.pem`]);
      bed.write("/mnt/log/PostgreSQL", "");
      bed.must(["chown", "nobody", "/mnt/log/PostgreSQL"]);
      // Waits until it answers, and no longer says that it is starting up.
      const words = ["start", "-w", "-D", folder, "-l", "/mnt/log/PostgreSQL"];
      bed.must(
        [of("pg_ctl"), ...words, "-o", [...options, ...tls].map((one) => `-c ${one}`).join(" ")],
        "nobody",
      );
    },
  },
  {
    name: "Net-SNMP",
    package: "snmpd",
    program: "snmpd",
    ports: [at(161, "udp")],
    start(bed, program) {
      bed.write("/mnt/snmpd/conf", ["rocommunity public", "sysName bed"]);
      const words = ["-f", "-Lo", "-C", "-c", "/mnt/snmpd/conf", "-I", "-smux", "udp:127.0.0.1:161"];
      bed.start(this.name, [program, ...words], "root", { SNMP_PERSISTENT_DIR: "/mnt/snmpd/state" });
    },
  },
  {
    name: "chrony",
    package: "chrony",
    program: "chronyd",
    ports: [at(123, "udp")],
    start(bed, program) {
      bed.write(
        "/mnt/chrony/conf",
        "allow\nlocal stratum 10\nbindaddress 127.0.0.1\ncmdport 0\npidfile /mnt/chrony/pid\n",
      );
      // The clock is left alone.
      bed.start(this.name, [program, "-x", "-d", "-u", "root", "-f", "/mnt/chrony/conf"]);
    },
  },
  {
    name: "Mosquitto",
    package: "mosquitto",
    program: "mosquitto",
    ports: [at(1883)],
    start(bed, program) {
      bed.write("/mnt/mosquitto/conf", ["listener 1883 127.0.0.1", "allow_anonymous true"]);
      bed.start(this.name, [program, "-c", "/mnt/mosquitto/conf"], "nobody");
    },
  },
  {
    name: "OpenLDAP",
    package: "slapd",
    program: "slapd",
    ports: [at(389), at(636)],
    start(bed, program) {
      bed.write("/mnt/slapd/conf", [
        "include /etc/ldap/schema/core.schema",
        "pidfile /run/slapd.pid",
        `TLSCertificateFile ${CERTIFICATE}`,
        `TLSCertificateKeyFile ${KEY}`,
      ]);
      bed.start(this.name, [
        program,
        "-d",
        "0",
        "-f",
        "/mnt/slapd/conf",
        "-h",
        "ldap://127.0.0.1 ldaps://127.0.0.1",
      ]);
    },
  },
  {
    name: "Samba",
    package: "samba",
    program: "smbd",
    ports: [at(139), at(445)],
    start(bed, program) {
      const folder = bed.folder("/mnt/samba");
      const own = [
        "private dir",
        "lock directory",
        "state directory",
        "cache directory",
        "pid directory",
        "ncalrpc dir",
        "binddns dir",
      ];
      bed.write(`${folder}/conf`, [
        "[global]",
        "workgroup = BED",
        "netbios name = BEDHOST",
        "interfaces = lo",
        "load printers = no",
        "log file = /mnt/log/Samba",
        "map to guest = bad user",
        ...own.map((name) => `${name} = ${folder}`),
      ]);
      bed.start(this.name, [program, "--foreground", "--no-process-group", "-s", `${folder}/conf`]);
    },
  },
  ...mailDaemons,
];
