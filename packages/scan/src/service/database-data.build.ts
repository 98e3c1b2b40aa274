/**
 * What services say, octet by octet, to the probes of the database: each as the daemon of Debian 12 of that version said it in November 2026.
 * Names of hosts, kernels and files are replaced by others of the same length where lengths count, and long answers are cut off.
 */

export interface RecordedAnswer {
  /** What said it. */
  readonly title: string;
  /** The name of the probe that was answered. */
  readonly probe: string;
  /** A character an octet (ISO 8859-1). */
  readonly answer: string;
  readonly expected: {
    readonly service: string;
    readonly product?: string;
    readonly version?: string;
    readonly hostname?: string;
    readonly os?: string;
    /** The first. */
    readonly cpe?: string;
  };
}

export const recordedAnswers: readonly RecordedAnswer[] = [
  {
    title: "MariaDB 10.11.19 that has no account for this host",
    probe: "null",
    answer: "D\x00\x00\x00\xffj\x04Host 'localhost' is not allowed to connect to this MariaDB server",
    expected: { service: "mysql", product: "MariaDB", cpe: "cpe:/a:mariadb:mariadb" },
  },
  {
    title: "PostgreSQL 15.18 of Debian",
    probe: "postgresql-start",
    answer:
      "E\x00\x00\x00ySFATAL\x00VFATAL\x00C28000\x00Mno PostgreSQL user name specified in startup packet\x00Fpostmaster.c\x00L2349\x00RProcessStartupPacket\x00\x00",
    expected: {
      service: "postgresql",
      product: "PostgreSQL",
      version: "15",
      cpe: "cpe:/a:postgresql:postgresql:15",
    },
  },
  {
    title: "Redis 7.0.15",
    probe: "redis-info",
    answer:
      "$4934\r\n# Server\r\nredis_version:7.0.15\r\nredis_git_sha1:00000000\r\nredis_git_dirty:0\r\nredis_build_id:ae4d7c971a948f0\r\nredis_mode:standalone\r\nos:Linux 6.12.48-example x86_64\r\narch_bits:64\r\nmonotonic_clock:POSIX clock_gettime\r\nmultiplexing_api:epoll\r\natomicvar_api:c11-builtin\r\ngcc_version:12.2.0\r\nprocess_id:15015\r\nprocess_supervised:no\r\nrun_id:5300cce8a8f8f7fac756a0c66429cb31b3622344\r\n",
    expected: {
      service: "redis",
      product: "Redis key-value store",
      version: "7.0.15",
      os: "Linux",
      cpe: "cpe:/a:redis:redis:7.0.15",
    },
  },
  {
    title: "Redis 7.0.15 with a password",
    probe: "redis-info",
    answer: "-NOAUTH Authentication required.\r\n",
    expected: { service: "redis", product: "Redis key-value store", cpe: "cpe:/a:redis:redis" },
  },
  {
    title: "Redis Sentinel 7.0.15",
    probe: "redis-info",
    answer:
      "$2571\r\n# Server\r\nredis_version:7.0.15\r\nredis_git_sha1:00000000\r\nredis_git_dirty:0\r\nredis_build_id:ae4d7c971a948f0\r\nredis_mode:sentinel\r\nos:Linux 6.12.48-example x86_64\r\narch_bits:64\r\nmonotonic_clock:POSIX clock_gettime\r\nmultiplexing_api:epoll\r\natomicvar_api:c11-builtin\r\ngcc_version:12.2.0\r\nprocess_id:15020\r\nprocess_supervised:no\r\nrun_id:8738a75591649a567bb5347f8bd2e2609257b794\r\n",
    expected: {
      service: "redis",
      product: "Redis Sentinel",
      version: "7.0.15",
      os: "Linux",
      cpe: "cpe:/a:redis:redis:7.0.15",
    },
  },
  {
    title: "memcached 1.6.18",
    probe: "version-line",
    answer: "VERSION 1.6.18\r\n",
    expected: {
      service: "memcache",
      product: "memcached",
      version: "1.6.18",
      cpe: "cpe:/a:memcached:memcached:1.6.18",
    },
  },
  {
    title: "memcached 1.6.18 over UDP",
    probe: "memcache-version-udp",
    answer: "Pa\x00\x00\x00\x01\x00\x00VERSION 1.6.18\r\n",
    expected: {
      service: "memcache",
      product: "memcached",
      version: "1.6.18",
      cpe: "cpe:/a:memcached:memcached:1.6.18",
    },
  },
  {
    title: "Tarantool 2.6.0",
    probe: "null",
    answer:
      "Tarantool 2.6.0 (Binary) aa35b3df-6fd1-44b8-98f7-bc08ea0a8250  \nUuxdBUE4VNNTk8+GwfwK1A3mYttLzo3STMBaUmwB23M=                   \n",
    expected: { service: "tarantool", product: "Tarantool", version: "2.6.0" },
  },
  {
    title: "Tarantool 2.6.0, its console",
    probe: "null",
    answer:
      "Tarantool 2.6.0 (Lua console)                                  \ntype 'help' for interactive help                               \n",
    expected: { service: "tarantool", product: "Tarantool", version: "2.6.0" },
  },
  {
    title: "InfluxDB 1.6.7",
    probe: "http-get",
    answer:
      "HTTP/1.0 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nX-Influxdb-Build: OSS\r\nX-Influxdb-Version: 1.6.7~rc0\r\nDate: Sat, 21 Nov 2026 20:55:39 GMT\r\nContent-Length: 19\r\n\r\n404 page not found\n",
    expected: {
      service: "http",
      product: "InfluxDB",
      version: "1.6.7~rc0",
      cpe: "cpe:/a:influxdata:influxdb:1.6.7~rc0",
    },
  },
  {
    title: "Redis, asked in HTTP",
    probe: "http-get",
    answer: "-ERR wrong number of arguments for 'get' command\r\n",
    expected: { service: "redis", product: "Redis key-value store" },
  },
  {
    title: "Gearman 1.1.20",
    probe: "version-line",
    answer: "OK 1.1.20+ds\n",
    expected: { service: "gearman", product: "Gearman job server", version: "1.1.20+ds" },
  },
  {
    title: "Munin 2.0.73, its greeting",
    probe: "null",
    answer: "# munin node at mhost.example\n",
    expected: {
      service: "munin",
      product: "Munin node",
      hostname: "mhost.example",
      cpe: "cpe:/a:munin-monitoring:munin",
    },
  },
  {
    title: "Munin 2.0.73",
    probe: "version-line",
    answer: "munins node on mhost.example version: 2.0.73\n",
    expected: {
      service: "munin",
      product: "Munin node",
      version: "2.0.73",
      hostname: "mhost.example",
      cpe: "cpe:/a:munin-monitoring:munin:2.0.73",
    },
  },
  {
    title: "NATS 2.9.10",
    probe: "null",
    answer:
      'INFO {"server_id":"NA2TSAR3XRCPTYUXN7LLZFRLDLC6OJYA3DAQTMXZQBHJVP6D33IMNIJG","server_name":"NA2TSAR3XRCPTYUXN7LLZFRLDLC6OJYA3DAQTMXZQBHJVP6D33IMNIJG","version":"2.9.10","proto":1,"go":"go1.19.8","host":"127.0.0.1","port":4222,"headers":true,"max_payload":1048576,"client_id":37,"client_ip":"127.0.0.1"} \r\n',
    expected: {
      service: "nats",
      product: "NATS server",
      version: "2.9.10",
      cpe: "cpe:/a:nats:nats_server:2.9.10",
    },
  },
  {
    title: "NATS 2.9.10, asked in HTTP",
    probe: "http-get",
    answer:
      'INFO {"server_id":"NA2TSAR3XRCPTYUXN7LLZFRLDLC6OJYA3DAQTMXZQBHJVP6D33IMNIJG","server_name":"NA2TSAR3XRCPTYUXN7LLZFRLDLC6OJYA3DAQTMXZQBHJVP6D33IMNIJG","version":"2.9.10","proto":1,"go":"go1.19.8","host":"127.0.0.1","port":4222,"headers":true,"max_payload":1048576,"client_id":38,"client_ip":"127.0.0.1"} \r\n-ERR \'Unknown Protocol Operation\'\r\n',
    expected: {
      service: "nats",
      product: "NATS server",
      version: "2.9.10",
      cpe: "cpe:/a:nats:nats_server:2.9.10",
    },
  },
  {
    title: "Music Player Daemon 0.23.12",
    probe: "null",
    answer: "OK MPD 0.23.5\n",
    expected: {
      service: "mpd",
      product: "Music Player Daemon",
      version: "0.23.5",
      cpe: "cpe:/a:musicpd:music_player_daemon",
    },
  },
  {
    title: "beanstalkd 1.12",
    probe: "beanstalkd-stats",
    answer:
      'OK 960\r\n---\ncurrent-jobs-urgent: 0\ncurrent-jobs-ready: 0\ncurrent-jobs-reserved: 0\ncurrent-jobs-delayed: 0\ncurrent-jobs-buried: 0\ncmd-put: 0\ncmd-peek: 0\ncmd-peek-ready: 0\ncmd-peek-delayed: 0\ncmd-peek-buried: 0\ncmd-reserve: 0\ncmd-reserve-with-timeout: 0\ncmd-delete: 0\ncmd-release: 0\ncmd-use: 0\ncmd-watch: 0\ncmd-ignore: 0\ncmd-bury: 0\ncmd-kick: 0\ncmd-touch: 0\ncmd-stats: 3\ncmd-stats-job: 0\ncmd-stats-tube: 0\ncmd-list-tubes: 0\ncmd-list-tube-used: 0\ncmd-list-tubes-watched: 0\ncmd-pause-tube: 0\njob-timeouts: 0\ntotal-jobs: 0\nmax-job-size: 65535\ncurrent-tubes: 1\ncurrent-connections: 3\ncurrent-producers: 0\ncurrent-workers: 0\ncurrent-waiting: 0\ntotal-connections: 35\npid: 15143\nversion: "1.12"\nrusage-utime: 0.004190\nrusage-stime: 0.008637\nuptime: 1507\nbinlog-oldest-index: 0\nbinlog-current-index: 0\nbinlog-records-migrated: 0\nbinlog-records-written: 0\nbinlog-max-size: 10485760\ndraining: false\nid: 13714b8b3546452d\nhostname: ab\nos: #1 SMP PREEMPT_DYNAMIC @0\nplatform: x86_64\n\r\n',
    expected: { service: "beanstalkd", product: "beanstalkd", version: "1.12", hostname: "ab" },
  },
  {
    title: "beanstalkd 1.12, asked in HTTP",
    probe: "http-get",
    answer: "UNKNOWN_COMMAND\r\nUNKNOWN_COMMAND\r\n",
    expected: { service: "beanstalkd", product: "beanstalkd" },
  },
  {
    title: "RabbitMQ 3.10.8",
    probe: "amqp-protocol",
    answer:
      "\x01\x00\x00\x00\x00\x01\xeb\x00\n\x00\n\x00\t\x00\x00\x01\xc6\x0ccapabilitiesF\x00\x00\x00\xc7\x12publisher_confirmst\x01\x1aexchange_exchange_bindingst\x01\nbasic.nackt\x01\x16consumer_cancel_notifyt\x01\x12connection.blockedt\x01\x13consumer_prioritiest\x01\x1cauthentication_failure_closet\x01\x10per_consumer_qost\x01\x0fdirect_reply_tot\x01\x0ccluster_nameS\x00\x00\x00\x04r@ab\tcopyrightS\x00\x00\x007Copyright (c) 2007-2022 VMware, Inc. or its affiliates.\x0binformationS\x00\x00\x009Licensed under the MPL 2.0. Website: https://rabbitmq.com\x08platformS\x00\x00\x00\x11Erlang/OTP 25.2.3\x07productS\x00\x00\x00\x08RabbitMQ\x07versionS\x00\x00\x00\x063.10.8\x00\x00\x00\x0ePLAIN AMQPLAIN\x00\x00\x00\x05en_US\xce",
    expected: {
      service: "amqp",
      product: "RabbitMQ",
      version: "3.10.8",
      cpe: "cpe:/a:vmware:rabbitmq:3.10.8",
    },
  },
  {
    title: "RabbitMQ 3.10.8, asked in HTTP",
    probe: "http-get",
    answer: "AMQP\x00\x00\t\x01",
    expected: { service: "amqp" },
  },
  {
    title: "RabbitMQ 3.10.8, STOMP",
    probe: "stomp-connect",
    answer:
      "CONNECTED\nserver:RabbitMQ/3.10.8\nsession:session-BGJqT4Ts29-LKx6kAiA-Zw\nheart-beat:0,0\nversion:1.2\n\n\x00\n",
    expected: {
      service: "stomp",
      product: "RabbitMQ",
      version: "3.10.8",
      cpe: "cpe:/a:vmware:rabbitmq:3.10.8",
    },
  },
  {
    title: "etcd 3.4.23",
    probe: "http-version",
    answer:
      'HTTP/1.0 200 OK\r\nAccess-Control-Allow-Headers: accept, content-type, authorization\r\nAccess-Control-Allow-Methods: POST, GET, OPTIONS, PUT, DELETE\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: application/json\r\nDate: Sat, 21 Nov 2026 20:55:39 GMT\r\nContent-Length: 45\r\n\r\n{"etcdserver":"3.4.23","etcdcluster":"3.4.0"}',
    expected: { service: "http", product: "etcd", version: "3.4.23", cpe: "cpe:/a:etcd:etcd:3.4.23" },
  },
  {
    title: "Syncthing 1.19.2",
    probe: "http-get",
    answer:
      "HTTP/1.0 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nDate: Sat, 21 Nov 2026 20:55:39 GMT\r\nContent-Length: 17\r\n\r\nHost check error\n",
    expected: { service: "http", product: "Syncthing", cpe: "cpe:/a:syncthing:syncthing" },
  },
  {
    title: "Apache ZooKeeper 3.8.0",
    probe: "zookeeper-srvr",
    answer:
      "Zookeeper version: 3.8.0-$\x7bmvngit.commit.id}, built on 2024-12-29 17:54 UTC\nLatency min/avg/max: 0/0.0/0\nReceived: 6\nSent: 3\nConnections: 1\nOutstanding: 0\nZxid: 0x0\nMode: standalone\nNode count: 5\n",
    expected: {
      service: "zookeeper",
      product: "Apache ZooKeeper",
      version: "3.8.0",
      cpe: "cpe:/a:apache:zookeeper:3.8.0",
    },
  },
  {
    title: "Mosquitto 2.0.11",
    probe: "mqtt-connect",
    answer: " \x02\x00\x00\x90\x04\x00\x01\x00\x001-\x00\x13$SYS/broker/versionmosquitto version 2.0.11",
    expected: {
      service: "mqtt",
      product: "Eclipse Mosquitto",
      version: "2.0.11",
      cpe: "cpe:/a:eclipse:mosquitto:2.0.11",
    },
  },
  {
    title: "Zabbix agent 6.0.14",
    probe: "zabbix-agent",
    answer: "ZBXD\x01\x06\x00\x00\x00\x00\x00\x00\x006.0.14",
    expected: {
      service: "zabbix-agent",
      product: "Zabbix agent",
      version: "6.0.14",
      cpe: "cpe:/a:zabbix:zabbix:6.0.14",
    },
  },
  {
    title: "the Erlang port mapper of Erlang/OTP 25",
    probe: "epmd-names",
    answer: "\x00\x00\x11\x11name r at port 25672\n",
    expected: { service: "epmd", product: "Erlang port mapper", cpe: "cpe:/a:erlang:erlang%2fotp" },
  },
  {
    title: "tgt 1.0.85",
    probe: "iscsi-login",
    answer:
      "#\x81\x00\x00\x00\x00\x00'\x80\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00TargetPortalGroupTag=1\x00AuthMethod=None\x00\x00",
    expected: { service: "iscsi-target" },
  },
  {
    title: "OpenLDAP 2.5.13",
    probe: "ldap-root",
    answer:
      "0\x82\x03`\x02\x01\x01d\x82\x03Y\x04\x000\x82\x03S0%\x04\x0bobjectClass1\x16\x04\x03top\x04\x0fOpenLDAProotDSE0*\x04\x15structuralObjectClass1\x11\x04\x0fOpenLDAProotDSE0\x1c\x04\rconfigContext1\x0b\x04\tcn=config0%\x04\x0enamingContexts1\x13\x04\x11dc=example,dc=org0\x81\xce\x04\x10supportedControl1\x81\xb9\x04\x182.16.840.1.113730.3.4.18\x04\x172.16.840.1.113730.3.4.2\x04\x171.3.6.1.4.1.4203.1.10.1\x04\x0c1.3.6.1.1.22\x04\x161.2.840.113556.1.4.319\x04\x171.2.826.0.1.3344810.2.3\x04\x0e1.3.6.1.1.13.2\x04\x0e1.3.6.1.1.13.1\x04\x0c1.3.6.1.1.120u\x04\x12supportedExtension1_\x04\x171.3.6.1.4.1.4203.1.11.1\x04\x171.3.6.1.4.1.4203.1.11.3\x04\x0b1.3.6.1.1.8\x04\x0e1.3.6.1.1.21.3\x04\x0e1.3.6.1.1.21.10\x81\x9c\x04\x11supportedFeatures1\x81\x86\x04\x0c1.3.6.1.1.14\x04\x161.3.6.1.4.1.4203.1.5.1\x04\x161.3.6.1.4.1.4203.1.5.2\x04\x161.3.6.1.4.1.4203.1.5.3\x04\x161.3.6.1.4.1.4203.1.5.4\x04\x161.3.6.1.4.1.4203.1.5.50\x1b\x04\x14supportedLDAPVersion1\x03\x04\x0130\x81\x80\x04\x17supportedSASLMechanisms1e\x04\rSCRAM-SHA-512\x04\rSCRAM-SHA-384\x04\rSCRAM-SHA-256\x04\rSCRAM-SHA-224\x04\x0bSCRAM-SHA-1\x04\nDIGEST-MD5\x04\x08CRAM-MD5\x04\x04NTLM0\r\x04\x07entryDN1\x02\x04\x000#\x04\x11subschemaSubentry1\x0e\x04\x0ccn=Subschema0\x0c\x02\x01\x01e\x07\n\x01\x00\x04\x00\x04\x00",
    expected: { service: "ldap", product: "OpenLDAP", cpe: "cpe:/a:openldap:openldap" },
  },
  {
    title: "MIT Kerberos 1.20.1",
    probe: "kerberos-request",
    answer:
      "~\x81\x840\x81\x81\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\xa4\x11\x18\x0f20261121205331Z\xa5\x05\x02\x03\x06\xd9\xab\xa6\x03\x02\x01\x06\xa7\t\x1b\x07INVALID\xa8\x0e0\x0c\xa0\x03\x02\x01\x01\xa1\x050\x03\x1b\x01p\xa9\t\x1b\x07INVALID\xaa\x1c0\x1a\xa0\x03\x02\x01\x02\xa1\x130\x11\x1b\x06krbtgt\x1b\x07INVALID\xab\x12\x1b\x10CLIENT_NOT_FOUND",
    expected: { service: "kerberos", product: "MIT Kerberos", cpe: "cpe:/a:mit:kerberos_5" },
  },
  {
    title: "MIT Kerberos 1.20.1 over TCP",
    probe: "kerberos-request-tcp",
    answer:
      "\x00\x00\x00\x87~\x81\x840\x81\x81\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\xa4\x11\x18\x0f20261121205331Z\xa5\x05\x02\x03\x06\xd9\xab\xa6\x03\x02\x01\x06\xa7\t\x1b\x07INVALID\xa8\x0e0\x0c\xa0\x03\x02\x01\x01\xa1\x050\x03\x1b\x01p\xa9\t\x1b\x07INVALID\xaa\x1c0\x1a\xa0\x03\x02\x01\x02\xa1\x130\x11\x1b\x06krbtgt\x1b\x07INVALID\xab\x12\x1b\x10CLIENT_NOT_FOUND",
    expected: { service: "kerberos", product: "MIT Kerberos", cpe: "cpe:/a:mit:kerberos_5" },
  },
  {
    title: "BIND 9.18.49",
    probe: "dns-version",
    answer:
      "Pa\x84\x00\x00\x01\x00\x01\x00\x01\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03\xc0\x0c\x00\x10\x00\x03\x00\x00\x00\x00\x00\x19\x189.18.49-1~deb12u3-Debian\xc0\x0c\x00\x02\x00\x03\x00\x00\x00\x00\x00\x02\xc0\x0c",
    expected: {
      service: "domain",
      product: "ISC BIND",
      version: "9.18.49-1~deb12u3",
      os: "Debian Linux",
      cpe: "cpe:/a:isc:bind:9.18.49",
    },
  },
  {
    title: "dnsmasq 2.90",
    probe: "dns-version",
    answer:
      "Pa\x84\x80\x00\x01\x00\x01\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03\xc0\x0c\x00\x10\x00\x03\x00\x00\x00\x00\x00\r\x0cdnsmasq-2.90",
    expected: {
      service: "domain",
      product: "dnsmasq",
      version: "2.90",
      cpe: "cpe:/a:thekelleys:dnsmasq:2.90",
    },
  },
  {
    title: "Unbound 1.17.1",
    probe: "dns-version",
    answer:
      "Pa\x80\x80\x00\x01\x00\x01\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03\xc0\x0c\x00\x10\x00\x03\x00\x00\x00\x00\x00\x0f\x0eunbound 1.17.1",
    expected: {
      service: "domain",
      product: "Unbound",
      version: "1.17.1",
      cpe: "cpe:/a:nlnetlabs:unbound:1.17.1",
    },
  },
  {
    title: "PowerDNS Authoritative Server 4.7.3",
    probe: "dns-version",
    answer:
      "Pa\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03\xc0\x0c\x00\x10\x00\x03\x00\x00\x00\x05\x00$#PowerDNS Authoritative Server 4.7.3",
    expected: {
      service: "domain",
      product: "PowerDNS Authoritative Server",
      version: "4.7.3",
      cpe: "cpe:/a:powerdns:authoritative:4.7.3",
    },
  },
  {
    title: "PowerDNS Recursor 4.8.8",
    probe: "dns-version",
    answer:
      "Pa\x80\x80\x00\x01\x00\x01\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03\xc0\x0c\x00\x10\x00\x03\x00\x01MA\x00\x18\x17PowerDNS Recursor 4.8.8",
    expected: {
      service: "domain",
      product: "PowerDNS Recursor",
      version: "4.8.8",
      cpe: "cpe:/a:powerdns:recursor:4.8.8",
    },
  },
  {
    title: "Knot DNS 3.2.6",
    probe: "dns-version",
    answer:
      "Pa\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03\xc0\x0c\x00\x10\x00\x03\x00\x00\x00\x00\x00\x0f\x0eKnot DNS 3.2.6",
    expected: { service: "domain", product: "Knot DNS", version: "3.2.6" },
  },
  {
    title: "NSD 4.6.1",
    probe: "dns-version",
    answer:
      "Pa\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03\xc0\x0c\x00\x10\x00\x03\x00\x00\x00\x00\x00\n\tNSD 4.6.1",
    expected: {
      service: "domain",
      product: "NSD",
      version: "4.6.1",
      cpe: "cpe:/a:nlnetlabs:name_server_daemon:4.6.1",
    },
  },
  {
    title: "BIND 9.18.49 over TCP",
    probe: "dns-version-tcp",
    answer:
      "\x00QPa\x84\x00\x00\x01\x00\x01\x00\x01\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03\xc0\x0c\x00\x10\x00\x03\x00\x00\x00\x00\x00\x19\x189.18.49-1~deb12u3-Debian\xc0\x0c\x00\x02\x00\x03\x00\x00\x00\x00\x00\x02\xc0\x0c",
    expected: {
      service: "domain",
      product: "ISC BIND",
      version: "9.18.49-1~deb12u3",
      os: "Debian Linux",
      cpe: "cpe:/a:isc:bind:9.18.49",
    },
  },
  {
    title: "dnsmasq 2.90 over TCP",
    probe: "dns-version-tcp",
    answer:
      "\x007Pa\x84\x80\x00\x01\x00\x01\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03\xc0\x0c\x00\x10\x00\x03\x00\x00\x00\x00\x00\r\x0cdnsmasq-2.90",
    expected: {
      service: "domain",
      product: "dnsmasq",
      version: "2.90",
      cpe: "cpe:/a:thekelleys:dnsmasq:2.90",
    },
  },
  {
    title: "NTPsec 1.2.2",
    probe: "ntp-variables",
    answer:
      '&\x82Pa\x05\x15\x00\x00\x00\x00\x01dleap=0, stratum=6, precision=-24, rootdelay=0.000, rootdisp=11.481,\r\nrefid=127.127.1.0, reftime=0xeeac83a5.bbd31cee, tc=6, peer=17767,\r\noffset=0.000000, frequency=0.000000, sys_jitter=0.000000,\r\nclk_jitter=0.000029, clock=0xeeac83cb.71175cca, processor="x86_64",\r\nsystem="Linux/6.12.48-example", version="ntpd ntpsec-1.2.2",\r\nclk_wander=0.000000, mintc=0\r\n',
    expected: {
      service: "ntp",
      product: "NTPsec",
      version: "1.2.2",
      os: "Linux/6.12.48-example",
      cpe: "cpe:/a:ntpsec:ntpsec:1.2.2",
    },
  },
  {
    title: "NTPsec 1.2.2, the time",
    probe: "ntp-time",
    answer:
      "$\x06\x06\xe8\x00\x00\x00\x00\x00\x00\x02\xf0\x7f\x7f\x01\x00\xee\xac\x83\xa5\xbb\xd3\x1c\xee\x01\x02\x03\x04\x05\x06\x07\x08\xee\xac\x83\xcbq\x13O\xed\xee\xac\x83\xcbq\x18\xf59",
    expected: { service: "ntp" },
  },
  {
    title: "Net-SNMP 5.9.3",
    probe: "snmp-engine",
    answer:
      '0n\x02\x01\x030\x0f\x02\x02Pa\x02\x03\x00\xff\xe3\x04\x01\x00\x02\x01\x03\x04"0 \x04\x11\x80\x00\x1f\x88\x80\xe0\xe6\xf4Zh\xff\x01k\x00\x00\x00\x00\x02\x01\x01\x02\x02\x05\xe3\x04\x00\x04\x00\x04\x0004\x04\x11\x80\x00\x1f\x88\x80\xe0\xe6\xf4Zh\xff\x01k\x00\x00\x00\x00\x04\x00\xa8\x1d\x02\x02Pa\x02\x01\x00\x02\x01\x000\x110\x0f\x06\n+\x06\x01\x06\x03\x0f\x01\x01\x04\x00A\x01\x03',
    expected: { service: "snmp", product: "Net-SNMP", cpe: "cpe:/a:net-snmp:net-snmp" },
  },
  {
    title: "rpcbind 1.2.6",
    probe: "rpc-programs",
    answer:
      "Pali\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x86\xa0\x00\x00\x00\x04\x00\x00\x00\x06\x00\x00\x00o\x00\x00\x00\x01\x00\x01\x86\xa0\x00\x00\x00\x03\x00\x00\x00\x06\x00\x00\x00o\x00\x00\x00\x01\x00\x01\x86\xa0\x00\x00\x00\x02\x00\x00\x00\x06\x00\x00\x00o\x00\x00\x00\x01\x00\x01\x86\xa0\x00\x00\x00\x04\x00\x00\x00\x11\x00\x00\x00o\x00\x00\x00\x01\x00\x01\x86\xa0\x00\x00\x00\x03\x00\x00\x00\x11\x00\x00\x00o\x00\x00\x00\x01\x00\x01\x86\xa0\x00\x00\x00\x02\x00\x00\x00\x11\x00\x00\x00o\x00\x00\x00\x00",
    expected: { service: "rpcbind", product: "rpcbind", version: "2-4" },
  },
  {
    title: "rpcbind 1.2.6 over TCP",
    probe: "rpc-programs-tcp",
    answer:
      "\x80\x00\x00\x94Pali\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x86\xa0\x00\x00\x00\x04\x00\x00\x00\x06\x00\x00\x00o\x00\x00\x00\x01\x00\x01\x86\xa0\x00\x00\x00\x03\x00\x00\x00\x06\x00\x00\x00o\x00\x00\x00\x01\x00\x01\x86\xa0\x00\x00\x00\x02\x00\x00\x00\x06\x00\x00\x00o\x00\x00\x00\x01\x00\x01\x86\xa0\x00\x00\x00\x04\x00\x00\x00\x11\x00\x00\x00o\x00\x00\x00\x01\x00\x01\x86\xa0\x00\x00\x00\x03\x00\x00\x00\x11\x00\x00\x00o\x00\x00\x00\x01\x00\x01\x86\xa0\x00\x00\x00\x02\x00\x00\x00\x11\x00\x00\x00o\x00\x00\x00\x00",
    expected: { service: "rpcbind", product: "rpcbind", version: "2-4" },
  },
  {
    title: "Kamailio 5.6.3",
    probe: "sip-options-udp",
    answer:
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP probe.invalid:5060;branch=z9hG4bK50616c69;rport=54349;received=127.0.0.1\r\nFrom: <sip:probe@probe.invalid>;tag=50616c69\r\nTo: <sip:probe.invalid>;tag=9dd61ff61e802d8e2bef5f14621ef3c2.c424edea\r\nCall-ID: 50616c69736164@probe.invalid\r\nCSeq: 1 OPTIONS\r\nServer: kamailio (5.6.3 (x86_64/linux))\r\nContent-Length: 0\r\n\r\n",
    expected: {
      service: "sip",
      product: "Kamailio",
      version: "5.6.3",
      cpe: "cpe:/a:kamailio:kamailio:5.6.3",
    },
  },
  {
    title: "Kamailio 5.6.3 over TCP",
    probe: "sip-options",
    answer:
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP probe.invalid:5060;branch=z9hG4bK50616c69;rport=45806;received=127.0.0.1\r\nFrom: <sip:probe@probe.invalid>;tag=50616c69\r\nTo: <sip:probe.invalid>;tag=9dd61ff61e802d8e2bef5f14621ef3c2.c424edea\r\nCall-ID: 50616c69736164@probe.invalid\r\nCSeq: 1 OPTIONS\r\nServer: kamailio (5.6.3 (x86_64/linux))\r\nContent-Length: 0\r\n\r\n",
    expected: {
      service: "sip",
      product: "Kamailio",
      version: "5.6.3",
      cpe: "cpe:/a:kamailio:kamailio:5.6.3",
    },
  },
  {
    title: "coturn 4.6.1",
    probe: "stun-binding",
    answer:
      "\x01\x01\x00<!\x12\xa4B\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\x00 \x00\x08\x00\x01\x93X^\x12\xa4C\x00\x01\x00\x08\x00\x01\xb2J\x7f\x00\x00\x01\x80+\x00\x08\x00\x01\r\x96\x7f\x00\x00\x01\x80\"\x00\x14Coturn-4.6.1 'Gorst'",
    expected: {
      service: "stun",
      product: "coturn",
      version: "4.6.1",
      cpe: "cpe:/a:coturn_project:coturn:4.6.1",
    },
  },
  {
    title: "coturn 4.6.1 over TCP",
    probe: "stun-binding-tcp",
    answer:
      "\x01\x01\x00<!\x12\xa4B\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\x00 \x00\x08\x00\x01\xe2\xdc^\x12\xa4C\x00\x01\x00\x08\x00\x01\xc3\xce\x7f\x00\x00\x01\x80+\x00\x08\x00\x01\r\x96\x7f\x00\x00\x01\x80\"\x00\x14Coturn-4.6.1 'Gorst'",
    expected: {
      service: "stun",
      product: "coturn",
      version: "4.6.1",
      cpe: "cpe:/a:coturn_project:coturn:4.6.1",
    },
  },
  {
    title: "strongSwan 5.9.8",
    probe: "ike-2",
    answer:
      'Palisade\x9d\x88\xa8\xab\x0cg\xf2\xa4) " \x00\x00\x00\x00\x00\x00\x00$\x00\x00\x00\x08\x00\x00\x00\x0e',
    expected: { service: "isakmp" },
  },
  {
    title: "strongSwan 5.9.8, version 1",
    probe: "ike-1",
    answer:
      "PalisadeO\xc9\x12\xdb%\xa4\xf8Y\x0b\x10\x05\x00\xb7\xa8\x86\xa3\x00\x00\x00(\x00\x00\x00\x0c\x00\x00\x00\x01\x01\x00\x00\x0e",
    expected: { service: "isakmp" },
  },
  {
    title: "OpenVPN 2.6.14",
    probe: "openvpn-reset",
    answer: '@!\n\xb1\xfa>Ci"\x01\x00\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08\x00\x00\x00\x00',
    expected: { service: "openvpn", product: "OpenVPN", cpe: "cpe:/a:openvpn:openvpn" },
  },
  {
    title: "xl2tpd 1.3.18",
    probe: "l2tp-start",
    answer:
      "\xc8\x02\x00cPa\x00\x00\x00\x00\x00\x01\x80\x08\x00\x00\x00\x00\x00\x02\x80\x08\x00\x00\x00\x02\x01\x00\x80\n\x00\x00\x00\x03\x00\x00\x00\x03\x80\n\x00\x00\x00\x04\x00\x00\x00\x00\x00\x08\x00\x00\x00\x06\x06\x90\x80\x08\x00\x00\x00\x07ab\x00\x13\x00\x00\x00\x08xelerance.com\x80\x08\x00\x00\x00\t\x99\x1d\x80\x08\x00\x00\x00\n\x00\x04",
    expected: { service: "l2tp", product: "xl2tpd", hostname: "ab" },
  },
  {
    title: "pptpd 1.4.0",
    probe: "pptp-start",
    answer:
      "\x00\x9c\x00\x01\x1a+<M\x00\x02\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01local\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00linux\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    expected: {
      service: "pptp",
      product: "Poptop pptpd",
      hostname: "local",
      os: "Linux",
      cpe: "cpe:/o:linux:linux_kernel",
    },
  },
  {
    title: "Dante 1.4.2",
    probe: "socks5-greeting",
    answer: "\x05\x00",
    expected: { service: "socks" },
  },
  {
    title: "Tor 0.4.9.11, SOCKS asked in HTTP",
    probe: "http-get",
    answer:
      "HTTP/1.0 501 Tor is not an HTTP Proxy\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<html>\n<head>\n<title>This is a SOCKS Proxy, Not An HTTP Proxy</title>\n</head>\n<body>\n<h1>This is a SOCKS proxy, not an HTTP proxy.</h1>\n<p>\nIt appears you have configured your web browser to use this Tor port as\nan HTTP proxy.\n</p>\n<p>\nThis is not correct: This port is configured as a SOCKS proxy, not\nan HTTP proxy. If you need an H",
    expected: { service: "socks", product: "Tor SOCKS proxy", cpe: "cpe:/a:torproject:tor" },
  },
  {
    title: "Tor 0.4.9.11, control",
    probe: "tor-protocolinfo",
    answer:
      '250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE="/run/tor/control.authcookie"\r\n250-VERSION Tor="0.4.9.11"\r\n250 OK\r\n',
    expected: {
      service: "tor-control",
      product: "Tor",
      version: "0.4.9.11",
      cpe: "cpe:/a:torproject:tor:0.4.9.11",
    },
  },
  {
    title: "Tor 0.4.9.11, control asked in HTTP",
    probe: "http-get",
    answer:
      "HTTP/1.0 501 Tor ControlPort is not an HTTP proxy\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<html>\n<head>\n<title>Tor's ControlPort is not an HTTP proxy</title>\n</head>\n<body>\n<h1>Tor's ControlPort is not an HTTP proxy</h1>\n<p>\nIt appears you have configured your web browser to use Tor's control port as an HTTP proxy.\nThis is not correct: Tor's default SOCKS proxy port is 9050.\nPlease configure your client accor",
    expected: { service: "tor-control", product: "Tor control port", cpe: "cpe:/a:torproject:tor" },
  },
  {
    title: "Transmission 3.00",
    probe: "http-get",
    answer:
      "HTTP/1.0 301 Moved Permanently\r\nServer: Transmission\r\nLocation: /transmission/web/\r\nContent-Type: text/html; charset=ISO-8859-1\r\n\r\n<h1>301: Moved Permanently</h1>",
    expected: { service: "http", product: "Transmission", cpe: "cpe:/a:transmissionbt:transmission" },
  },
  {
    title: "MiniDLNA 1.3.0",
    probe: "http-get",
    answer:
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 592\r\nServer: Debian DLNADOC/1.50 UPnP/1.0 MiniDLNA/1.3.0\r\nDate: Sat, 21 Nov 2026 20:55:39 GMT\r\nEXT:\r\n\r\n<HTML><HEAD><TITLE>MiniDLNA 1.3.0</TITLE></HEAD><BODY><div style="text-align: center"><h2>MiniDLNA status</h2></div><h3>Media library</h3><table border=1 cellpadding=10><tr><td>Audio files</td><td>0</td></tr><tr><td>Video files</td><td>0</t',
    expected: { service: "http", product: "MiniDLNA", version: "1.3.0", os: "Debian" },
  },
];
