/**
 * Names of services by port: for `-p http`, and for what a result calls an open port before anybody has asked it.
 *
 * Written by hand. Ports and names are those of IANA's "Service Name and Transport Protocol Port Number Registry" (RFC 6335)
 * where it has one that people use; where software is commonly found at a port that is registered for something nobody runs,
 * or for nothing, the name is that of the software. A name says what a port is for, never what is there.
 */

/** What ports are counted by: the transport, or IP itself, whose "ports" are protocol numbers. */
export type PortProtocol = "tcp" | "udp" | "sctp" | "ip";

/** The service that a port is for; undefined where the table has none. `ip`: the protocol of that number. */
export function serviceName(port: number, protocol: PortProtocol): string | undefined {
  return tableOf(protocol).names.get(port);
}

/** The ports of the service of exactly that name, in lower case; empty where the table has none. */
export function servicePorts(name: string, protocol: PortProtocol): readonly number[] {
  return tableOf(protocol).ports.get(name) ?? [];
}

/** All names of a protocol, in the order of their first ports. */
export function serviceNames(protocol: PortProtocol): Iterable<string> {
  return tableOf(protocol).ports.keys();
}

/** All ports that have a name, ascending. */
export function namedPorts(protocol: PortProtocol): readonly number[] {
  return [...tableOf(protocol).names.keys()].sort((a, b) => a - b);
}

interface Table {
  readonly names: ReadonlyMap<number, string>;
  readonly ports: ReadonlyMap<string, readonly number[]>;
}

const LETTERS = { tcp: "t", udp: "u", sctp: "s" } as const;
const built = new Map<PortProtocol, Table>();

/** Built when a name of the protocol is first asked for: most scans need one only for their results, and of one protocol. */
function tableOf(protocol: PortProtocol): Table {
  let table = built.get(protocol);
  if (table === undefined) {
    table = protocol === "ip" ? readTable(PROTOCOLS, "t") : readTable(SERVICES, LETTERS[protocol]);
    built.set(protocol, table);
  }
  return table;
}

function readTable(text: string, letter: string): Table {
  const names = new Map<number, string>();
  const ports = new Map<string, number[]>();
  for (const [, first, last, letters, name] of text.matchAll(ENTRY)) {
    if (!(letters ?? "t").includes(letter)) continue;
    for (let port = Number(first); port <= Number(last ?? first); port += 1) {
      names.set(port, name!);
      const list = ports.get(name!);
      if (list === undefined) ports.set(name!, [port]);
      else list.push(port);
    }
  }
  return { names, ports };
}

/** `port=name`, `first-last=name`, and before the `=` a `/` with the transports where it is not TCP alone: t, u, s. */
const ENTRY = /(\d+)(?:-(\d+))?(?:\/([tus]+))?=(\S+)/g;

const SERVICES = `
1=tcpmux 5=rje 7/tu=echo 9/tus=discard 11=systat 13/tu=daytime 15=netstat 17/tu=qotd 18=msp 19/tu=chargen
20/ts=ftp-data 21/ts=ftp 22/ts=ssh 23=telnet 25=smtp 37/tu=time 39/u=rlp 42/tu=nameserver 43=whois
49/tu=tacacs 50=re-mail-ck 53/tu=domain 67/u=bootps 68/u=bootpc 69/u=tftp 70=gopher 79=finger 80/tus=http
81=http-alt 82=xfer 83=mit-ml-dev 88/tu=kerberos 95=supdup 99=metagram 101=hostname 102=iso-tsap
104=acr-nema 105=csnet-ns 106=poppassd 107=rtelnet 109=pop2 110=pop3 111/tu=rpcbind 113=ident 115=sftp
117=uucp-path 118=sqlserv 119=nntp 123/u=ntp 129=pwdgen 130=cisco-fna 135/tu=msrpc 137/tu=netbios-ns
138/u=netbios-dgm 139=netbios-ssn 143=imap 144=news 150=sql-net 153=sgmp 156=sqlsrv 158=pcmail-srv
161/tu=snmp 162/tu=snmptrap 163=cmip-man 164=cmip-agent 170=print-srv 174=mailq 177/tu=xdmcp 178=nextstep
179/ts=bgp 194=irc 199=smux 201=at-rtmp 202=at-nbp 204=at-echo 206=at-zis 209=qmtp 210=z39-50 213/tu=ipx
218=mpp 220=imap3 256=rap 259=esro-gen 264=bgmp 280=http-mgmt 300=http-management 311=asip-webadmin
319/u=ptp-event 320/u=ptp-general 345=pawserv 346=zserv 350=matip-type-a 351=matip-type-b 363/u=rsvp-tunnel
366=odmr 369=rpc2portmap 370/tu=codaauth2 371=clearcase 383=hp-alarm-mgr 387=aurp 388=unidata-ldm
389/tu=ldap 401=ups 406=imsp 407/tu=timbuktu 411=direct-connect 427/tu=svrloc 433=nnsp 434/u=mobile-ip
443/tus=https 444=snpp 445=microsoft-ds 458=appleqtc 464/tu=kpasswd 465=smtps 475=tcpnethaspsrv 487=saft
491=golive 497/tu=dantz 500/tu=isakmp 502=modbus 504=citadel 510=fcp 512=exec 513=login 514=shell
515=printer 512/u=biff 513/u=who 514/u=syslog 517/u=talk 518/u=ntalk 519=utime 520/u=rip 521/u=ripng
523=ibm-db2 524=ncp 525/u=timed 530=courier 531=conference 532=netnews 533/u=netwall 538=gdomap 540=uucp
541=fortimanager 543=klogin 544=kshell 546/u=dhcpv6-client 547/u=dhcpv6-server 548=afp 554/tu=rtsp
556=remotefs 563=nntps 564=9pfs 587=submission 591=http-filemaker 593=http-rpc-epmap 601=syslog-conn
604=tunnel 607=nqs 623/tu=asf-rmcp 625=apple-xsrvr-admin 626/u=serialnumberd 628=qmqp 631/tu=ipp
635/u=rlzdbase 636=ldaps 639=msdp 641=repcmd 646/tu=ldp 647=dhcp-failover 648=rrp 651=ieee-mms 654=aodv
655/tu=tinc 657=rmc 660=mac-srvr-admin 664/tu=asf-secure-rmcp 666=doom 674=acap 683=corba-iiop
684=corba-iiop-ssl 689=nmap 691=ms-exchange-routing 694/u=ha-cluster 695=ieee-mms-ssl 698/u=olsr 700=epp
701=lmp 702=iris-beep 705=agentx 706=silc 711=cisco-tdp 749/tu=kerberos-adm 750/tu=kerberos4
751=kerberos-master 752/u=passwd-server 754=krb-prop 760=krbupdate 765=webster 767=phonebook 775=entomb
777=multiling-http 782=hp-managed-node 783=spamassassin 800=mdbs-daemon 808=ccproxy-http 829=pkix-3-ca-ra
830=netconf-ssh 831=netconf-beep 843=flash-policy 847=dhcp-failover2 848/tu=gdoi 853/tu=domain-s 860=iscsi
861=owamp-control 862=twamp-control 871=supfilesrv 873=rsync 888=accessbuilder 900=omginitialrefs 901=swat
902=vmware-auth 903=vmware-console 910=kink 911=xact-backup 912=apex-mesh 953=rndc 987=sbs-sharepoint
989=ftps-data 990=ftps 991=nas 992=telnets 993=imaps 994=ircs 995=pop3s 999=garcon 1000=cadlock 1010=surf
1021/tus=exp1 1022/tus=exp2 1023=netvenuechat 1080=socks 1090=ff-fms 1091=ff-sm 1093=proofd 1094=rootd
1098=rmiactivation 1099=rmiregistry 1100=mctp 1109=kpop 1110/u=nfsd-keepalive 1111=lmsocialserver
1114=mini-sql 1167/tus=cisco-ipsla 1169=tripwire 1178=skkserv 1194/tu=openvpn 1198=cajo-discovery 1200=scol
1214=kazaa 1220=qt-serveradmin 1234=search-agent 1241=nessus 1270=opsmgr 1311=dell-openmanage
1337=menandmice-dns 1344=icap 1352=lotusnote 1400=sonos 1414=ibm-mqseries 1417=timbuktu-srv1
1418=timbuktu-srv2 1419=timbuktu-srv3 1420=timbuktu-srv4 1433=ms-sql-s 1434/tu=ms-sql-m 1494=citrix-ica
1500=vlsi-lm 1501=sas-3 1503=t120 1512=wins 1521=oracle 1522=oracle-alt 1524=ingreslock 1525=oracle-prospero
1526=oracle-tns-alt 1530=rap-service 1533=sametime 1547=laplink 1550=3m-image-lm 1556=veritas-pbx
1580=tivoli-tsm 1581=tivoli-tsm-ssl 1582=tivoli-tsm-admin 1583=pervasive-sql 1589=cisco-vqp
1604/u=citrix-browser 1645/u=radius-old 1646/u=radacct-old 1666=perforce 1649=kermit 1677=groupwise 1688=kms
1701/u=l2tp 1718/u=h323gatedisc 1719/u=h323gatestat 1720/ts=h323hostcall 1723=pptp 1741=ciscoworks
1755/tu=ms-streaming 1761=landesk-cba 1782=hp-hcip 1801/tu=msmq 1812/u=radius 1813/u=radacct 1863=msnp
1883=mqtt 1886=leoip 1900/u=ssdp 1911=niagara-fox 1935=rtmp 1947=hasp-lm 1962=pcworx
1967/u=cisco-ipsla-control 1970=netop-rc 1984=bigbrother 1985/u=hsrp 1998=x25-svc-port 1999=tcp-id-port
2000=cisco-sccp 2001=dc 2002=globe 2003=graphite 2004=graphite-pickle 2049/tus=nfs 2055/u=netflow
2065=dlsrpn 2067=dlswpn 2082=cpanel 2083=cpanel-ssl 2086=whm 2087=whm-ssl 2095=webmail 2096=webmail-ssl
2100=oracle-xdb-ftp 2103=msmq-rpc 2105=msmq-rpc2 2107=msmq-mgmt 2111=dsatp 2121=ftp-alt 2123/u=gtp-control
2152/u=gtp-user 2181=zookeeper 2190=tivoconnect 2195=apple-push 2196=apple-push-feedback 2222=ssh-alt
2223/u=rockwell-csp2 2225/s=rcip-itu 2301=compaq-insight 2332=sierra-modem 2362/u=digi-advp 2375=docker
2376=docker-s 2377=docker-swarm 2379=etcd-client 2380=etcd-server 2381=compaq-insight-ssl 2401=cvspserver
2404=iec-104 2427/u=mgcp-gateway 2433=codasrv-se 2443=powerclientcsf 2455=codesys 2483/tu=oracle-ttc
2484/tu=oracle-ttc-ssl 2525=smtp-alt 2598=citrix-session 2600=zebrasrv 2601=zebra 2602=ripd 2603=ripngd
2604=ospfd 2605=bgpd 2606=ospf6d 2607=ospfapi 2608=isisd 2628=dict 2638=sybase-anywhere 2701=sms-rcinfo
2702=sms-remctrl 2725=msolap 2727/u=mgcp-callagent 2761=dicom-iscl 2762=dicom-tls 2775=smpp 2809=corbaloc
2811=gsiftp 2869=upnp-events 2888=zookeeper-peer 2904/s=m2ua 2905/s=m3ua 2944/us=megaco-h248
2945/us=h248-binary 2947=gpsd 2967=symantec-av 2968=enpp 3000=web-dev 3001=web-dev-alt 3020=cifs 3031=eppc
3050=firebird 3052=apc-powerchute 3074/u=xbox 3097/s=itu-bicc-stc 3128=squid-http 3130/u=icpv2 3205=isns
3225=fcip 3260=iscsi-target 3268=globalcat-ldap 3269=globalcat-ldaps 3283/tu=net-assistant 3299=saprouter
3300=ceph-mon 3306=mysql 3310=clamd 3333=dec-notes 3351=btrieve 3372=msdtc 3386/u=gtp-prime
3389/tu=ms-wbt-server 3391/u=rd-gateway 3396=novell-printing 3401=squid-ipc 3435=pacom 3478/tu=stun 3493=nut
3517=802-11-iapp 3527=beserver-msg 3535=ms-la 3541=voispeed-port 3544/u=teredo 3565/s=m2pa 3632=distccd
3659/tu=apple-sasl 3671/tu=knx-ip 3679=newton-dock 3689=daap 3690=svn 3702/u=ws-discovery 3724=wow
3749=cimtrak 3784/u=bfd-control 3785/u=bfd-echo 3799/u=radius-dynauth 3868/ts=diameter 3863/s=asap-sctp
3864/s=asap-sctp-tls 3880=igrs 3872=oracle-oem-agent 3899=itv-control 3910=prnrequest 3911=prnstatus
3943=tetrinet 3945=emcads 3986=mapper-ws 4000=remoteanything 4022/u=dnox 4045/tu=nfs-lockd 4064=ice-srouter
4111=xgrid 4125=rww 4190=sieve 4242=vrml-multi 4321=rwhois 4333/ts=msql 4343=unicall 4353/tu=f5-iquery
4369=epmd 4373=remctl 4443=pharos 4444=krb524 4445=upnotifyp 4446=n1-fwp 4460=ntske 4500/u=nat-t-ike
4502/s=a25-fap-fgw 4505=salt-publish 4506=salt-return 4555=rsip 4567=galera 4569/u=iax 4646=nomad-http
4647=nomad-rpc 4648=nomad-serf 4660=mosmig 4662=edonkey 4672/u=edonkey-udp 4711/s=trinity-dist
4713=pulseaudio 4730=gearman 4739/tus=ipfix 4740/tus=ipfixs 4786=cisco-smart-install 4789/u=vxlan
4840=opcua-tcp 4843=opcua-tls 4848=glassfish-admin 4880=hislip 4899=radmin 4911=niagara-foxs 4949=munin
5000=upnp 5001=commplex-link 5002=rfe 5003=filemaker 5004/u=rtp 5005/u=rtcp 5006=wsm-server 5007=melsec
5009=airport-admin 5022=mssql-mirror 5038=asterisk-ami 5050=mmcc 5051=ita-agent 5054=rlm 5055=unot
5060/tus=sip 5061/tus=sips 5080=onscreen 5082=qcp 5085=llrp 5090/s=car 5091/s=cxtp 5093/u=sentinel-lm
5094/tu=hart-ip 5100=socalia 5101=talarian-tcp 5120=barracuda-bbs 5150=atmp 5190=aol 5201/tu=iperf3
5215/s=noteza 5222=xmpp-client 5223=xmpp-client-ssl 5246/u=capwap-control 5247/u=capwap-data
5269=xmpp-server 5280=xmpp-bosh 5281=xmpp-bosh-ssl 5298=xmpp-presence 5308=cfengine 5349/tu=stuns
5351/u=nat-pmp 5353/tu=mdns 5355/u=llmnr 5357=wsdapi 5358=wsdapi-s 5400=excerpt 5405/u=corosync
5431=park-agent 5432=postgresql 5433=postgresql-alt 5445/ts=smbdirect 5454=apc-5454 5500=hotline
5554=sgi-esphttp 5555=adb 5556=freeciv 5560=isqlplus 5566=westec-connect 5601=kibana 5631=pcanywhere-data
5632/u=pcanywhere-stat 5666=nrpe 5667=nsca 5671=amqps 5672/ts=amqp 5675/s=v5ua 5678=rrac 5683/tu=coap
5684/tu=coaps 5693=ncpa 5718=dpm 5800-5803=vnc-http 5850=icmpd 5858=node-debug 5868/ts=diameters
5900-5906=vnc 5910/ts=cm 5911/ts=cpdlc 5912/s=fis 5913/s=ads-c 5938/tu=teamviewer 5984=couchdb 5985=winrm
5986=winrm-s 5987=wbem-rmi 5988=wbem-http 5989=wbem-https 5999=cvsup 6000-6009=x11 6064=ndl-ahp-svc
6080=novnc 6081/u=geneve 6082=varnish-admin 6112=dtspc 6129=dameware 6160=veeam-deploy 6346/tu=gnutella
6347=gnutella2 6379=redis 6380=redis-tls 6432=pgbouncer 6443=kubernetes-api 6444=sge-qmaster 6445=sge-execd
6454/u=artnet 6502=boks-servm 6514/tu=syslog-tls 6543=mythtv 6556=check-mk 6566=sane 6567=esp 6600=mpd
6633=openflow-old 6635/u=mpls-udp 6640=ovsdb 6653=openflow 6660-6669=irc-alt 6679=ircs-alt 6689=tsa
6696/u=babel 6697=ircs-u 6699=napster 6704/s=frc-hp 6705/s=frc-mp 6706/s=frc-lp 6789=ibm-db2-admin
6881-6889=bittorrent 6901=jetstream 6969=acmsoda 6970/s=conductor-mpx 7000=afs3-fileserver 7001=weblogic
7002=weblogic-ssl 7003/u=afs3-vlserver 7004=afs3-kaserver 7007=afs3-bos 7070=realserver 7077=spark-master
7100=font-service 7144=peercast 7199=cassandra-jmx 7443=oracleas-https 7473=neo4j-https 7474=neo4j-http
7510=ovhpas 7547=cwmp 7626/s=simco 7627=soap-http 7657=i2p-console 7676=imqbrokerd 7687=neo4j-bolt
7701/s=nfapi 7777=cbt 7778=interwise 7779=vstat 7787=popup-reminders 7878=owms 7911=isc-omapi
7946/tu=docker-gossip 7990=bitbucket 7999=bitbucket-ssh 8000=http-alt 8001=vcom-tunnel
8002=teradataordbms 8005=tomcat-shutdown 8006=proxmox 8008=http-alt 8009=ajp13 8010=xmpp-admin
8014=epo-agent 8020=hdfs-namenode 8025=mailhog 8030=yarn-scheduler 8032=yarn-manager 8042=yarn-node
8069=odoo 8080=http-proxy 8081=http-alt 8082=us-cli 8083=influxdb-admin 8086=influxdb 8087=riak-pb
8088=radan-http 8089=splunkd 8090=confluence 8091=couchbase 8096=jellyfin 8098=riak-http 8100=xprint-server
8111=teamcity 8112=deluge-web 8118=privoxy 8123=home-assistant 8125/u=statsd 8139=puppet-agent 8140=puppet
8161=activemq-web 8172=msdeploy 8180=tomcat-alt 8181=intermapper 8188=yarn-timeline 8200=vault
8222=vmware-http 8282/s=libelle 8291=winbox 8300=consul-rpc 8301/tu=consul-lan 8302/tu=consul-wan
8333=bitcoin 8332=bitcoin-rpc 8338=maltrail 8383=m2mservices 8384=syncthing-gui 8400=cvd
8403=commvault-event 8443=https-alt 8444=https-alt 8471/ts=pim-port 8472/u=vxlan-linux
8480=hdfs-journal 8500=consul-http 8530=wsus 8531=wsus-ssl 8545=ethereum-rpc 8554=rtsp-alt
8600/tu=consul-dns 8649=ganglia 8728=mikrotik-api 8729=mikrotik-api-ssl 8800=sunwebadmin 8834=nessus-web
8873=dxspider 8880=cddbp-alt 8883=mqtts 8888=http-alt 8889=ddi-tcp-2 8899=ospf-lite 8983=solr
8989=sunwebadmins 9000=cslistener 9001=tor-orport 9002=dynamid 9009=pichat 9030=tor-dirport 9040=tor-trans
9042=cassandra-cql 9043=websphere-admin-ssl 9050=tor-socks 9051=tor-control 9060=websphere-admin 9080=glrpc
9082/s=lcs-ap 9084/s=aurora 9090=websm 9091=transmission-web 9092=kafka 9093=alertmanager 9094=kafka-alt
9100=jetdirect 9101=bacula-director 9102=bacula-file 9103=bacula-storage 9104=mysqld-exporter 9119=mxit
9152=ms-sql2000 9160=cassandra-thrift 9200=elasticsearch 9300=elasticsearch-transport 9389=ad-web-services
9391=openvas-manager 9392=openvas-web 9390=openvas 9418=git 9419=veeam-rest 9443=tungsten-https
9500=ismserver 9535=mngsuite 9600/tu=omron-fins 9618=condor 9666=zoomcp 9667=xmms2 9876=sd 9898=monkeycom
9899/u=sctp-tunneling 9900/s=iua 9901/s=enrp-sctp 9902/s=enrp-sctp-tls 9929=nping-echo 9981=tvheadend
9987/u=teamspeak3 9993/u=zerotier 9998=distinct32 9999=distinct 10000/tu=webmin 10001/u=ubiquiti-discovery
10082=amandaidx 10083=amidxtape 10050=zabbix-agent 10051=zabbix-trapper 10080=amanda 10110=nmea-0183
10161/u=snmp-tls 10162/u=snmptrap-tls 10250=kubelet 10255=kubelet-readonly 10256=kube-proxy-health
10257=kube-controller 10259=kube-scheduler 10443=fortinet-sslvpn 10514=syslog-tls-alt 10809=nbd
10933=octopus 11111=vce 11112=dicom 11210=couchbase-data 11211/tu=memcache 11371=hkp 11434=ollama
11967=sysinfo-sp 11997/s=wmereceiving 11998/s=wmedistribution 11999/s=wmereporting 12000=entextxid
12345=italk 12489=nsclient 13306=mysql-alt 13720=bprd 13721=bpdbm 13722=bpjava-msvc 13724=vnetd 13782=bpcd
13783=vopied 14001/ts=sua 15000=hydap 15672=rabbitmq-web 16080=osxwebadmin 16509=libvirt 16514=libvirt-tls
16992=amt-soap-http 16993=amt-soap-https 16994=amt-redir-tcp 16995=amt-redir-tls 17185/u=wdbrpc
17500/tu=db-lsp 18080=monero-p2p 18081=monero-rpc 18181=opsec-cvp 18245=ge-srtp 18264=checkpoint-ca
19132/u=minecraft-bedrock 19150=gkrellm 19283=keysrvr 19999/tu=netdata 20000/tu=dnp 20049/ts=nfsrdma
20256=pcom 22000/tu=syncthing 22222=easyengine 23472/u=wireless-adb 24007=glusterd 24554=binkp 24800=synergy
25471/s=rna 25565=minecraft 25575=minecraft-rcon 25672=rabbitmq-dist 26000/u=quake 26257=cockroachdb
27000=flexlm 27015/tu=steam-source 27017=mongodb 27018=mongodb-shard 27019=mongodb-config
27036/tu=steam-remote 27960/u=quake3 28015=rethinkdb 28017=mongodb-web 29118/s=sgsap 29168/s=sbcap
29169/s=iuhsctpassoc 30100/s=rwp 30303/tu=ethereum-p2p 30718/tu=lantronix 31416=boinc 32400=plex
32764=router-backdoor 33060=mysqlx 33434/u=traceroute 33848/u=jenkins-discovery 34567=dvr-control
34962/tu=profinet-rt 34963/tu=profinet-rtm 34964/tu=profinet-cm 34980/tu=ethercat 36412/s=s1-control
36422/s=x2-control 36423/s=slmap 36424/s=nq-ap 36443/s=m2ap 36444/s=m3ap 36462/s=xw-control 37777=dahua-dvr
37810/u=dahua-discovery 38412/s=ng-control 38422/s=xn-control 38462/s=e1-interface 38472/s=f1-control
41230/u=z-wave-s 41641/u=tailscale 41794/tu=crestron-cip 41795=crestron-ctp 44818/tu=ethernet-ip
47001=winrm-local 47808/tu=bacnet 48101=iot-telnet 49152=upnp-alt 50000=sap-ibm-db2 50013=sap-start
50030=hadoop-jobtracker 50060=hadoop-tasktracker 50070=hdfs-namenode-http 50075=hdfs-datanode-http
50090=hdfs-secondary 51413/tu=transmission-bt 51820/u=wireguard 55443=yeelight 61613=stomp 61616=activemq
62078=iphone-sync 64738/tu=mumble
`;

/** IANA, "Assigned Internet Protocol Numbers". */
const PROTOCOLS = `
0=hopopt 1=icmp 2=igmp 3=ggp 4=ipv4 5=st 6=tcp 7=cbt 8=egp 9=igp 12=pup 16=chaos 17=udp 20=hmp 22=xns-idp
27=rdp 28=irtp 29=iso-tp4 33=dccp 36=xtp 37=ddp 40=il 41=ipv6 42=sdrp 43=ipv6-route 44=ipv6-frag 45=idrp
46=rsvp 47=gre 48=dsr 50=esp 51=ah 53=swipe 54=narp 55=mobile 56=tlsp 57=skip 58=ipv6-icmp 59=ipv6-nonxt
60=ipv6-opts 73=cphb 80=iso-ip 81=vmtp 88=eigrp 89=ospfigp 92=mtp 93=ax25 94=ipip 97=etherip 98=encap
103=pim 105=scps 108=ipcomp 110=compaq-peer 111=ipx-in-ip 112=vrrp 113=pgm 115=l2tp 118=stp 120=uti 121=smp
124=isis-over-ipv4 126=crtp 130=sps 131=pipe 132=sctp 133=fc 134=rsvp-e2e-ignore 135=mobility-header
136=udplite 137=mpls-in-ip 138=manet 139=hip 140=shim6 141=wesp 142=rohc 143=ethernet 253=exp1 254=exp2
`;
