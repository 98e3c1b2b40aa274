export const scanHelp = `palisade scan: ports of hosts, open, closed and filtered

Usage: palisade scan TARGET… [OPTIONS]

TARGET is an address, a prefix (192.0.2.0/24), octet ranges (192.0.2.1-20,99),
or a name. nmap's short forms are understood where they are listed.

Targets
  -iL, --targets-from FILE   targets from a file; "-" is standard input
       --exclude LIST        never these, separated by commas
       --excludefile FILE    never those in the file
       --scope FILE          refuse to scan anything that is not in the file
       --resolve-all         all addresses of a name, not only the first
  -6,  --ipv6                addresses of names are IPv6
  -sL, --list                list the targets, send nothing
       --skip-cdn            of addresses of CDNs and WAFs, ask 80 and 443 only

Hosts
  by default those on a link of ours are asked by ARP or ND, others by ICMP echo,
  SYN to 443, ACK to 80 and ICMP timestamp; those that are up are scanned
  -Pn, --skip-discovery      take every target for up
  -sn, --hosts-only          look for hosts, ask no port
  -PE -PP -PM                ping by ICMP echo, timestamp, address mask
  -PS[PORTS] -PA -PU -PY     by TCP SYN, TCP ACK, UDP, SCTP INIT
  -PO[PROTOCOLS]             by IP protocols; --ping NAME[:LIST] is the same
       --disable-arp-ping    ping hosts on our links as well
  -R,  --reverse-names       look up the names of addresses (-n does not, the default)
       --dns-servers LIST    by these: 192.0.2.53,127.0.0.1:5353

Ports
  -p,  --ports LIST          22,80,1000-2000, "-" for 1-65535, names (http*)
       --exclude-ports LIST  never these
  -F,  --fast                the 100 most usual
       --top-ports N         the N most usual (default 1000)

Techniques
       --technique NAME      syn, connect, udp, fin, null, xmas, ack, window,
                             maimon, sctp-init or ip-protocol; by default syn
                             where raw sockets are permitted, else connect
  -sS -sT -sU -sF -sN -sX -sA -sW -sM -sY -sO
                             the same by nmap's letters, in that order
       several can be given: -sS -sU -p T:80,U:53
  -e,  --interface IFACE     probes leave by this interface
       --iflist              list the interfaces of this machine
       --canaries N          ports nobody uses that are asked of hosts with many
                             open ones, to tell tarpits (default 4)

Services
  -sV, --service-detection   ask open ports what serves them
       --version-intensity N 0 to 9 (default 7); --version-light is 2, --version-all 9
       --service-probes FILE probes and matches of your own (docs/services.md), or in
                             nmap's format, instead of the built-in ones

For tests of detection systems; reports say that it was done (use -Pn: pings are
not disguised)
  -D,  --decoys LIST         192.0.2.1,ME,RND:5: probes also seem to come from there
  -f, -ff, --mtu N           cut probes into fragments of 8, 16, N octets
       --ttl N               hops that probes may take
  -g,  --source-port N       probes come from this port
       --badsum              probes have wrong checksums
       --data-length N       random octets behind each probe

Pace
  -T0 … -T5, --timing N      nmap's templates (default 3)
       --min-rate N, --max-rate N   probes per second
       --max-retries N       times that a probe is sent again
       --defeat-icmp-ratelimit   do not wait for hosts that limit ICMP errors;
                             silent UDP ports are closed|filtered then
       --scan-delay TIME     between two probes: 250ms, 2s
       --host-timeout TIME   give up on hosts that have not answered all by then

Results
       --format FORMAT       table (default), json, jsonl, xml, grepable, csv
  -o,  --output FILE         there instead of on standard output
  -oX, -oG, -oJ, -oC, -oN FILE   also as XML, grepable, JSON, CSV, table;
                             "-" is standard output, in place of the table
  -oA BASE                   also as BASE.txt, .xml, .gnmap and .json
       --all-states          list closed and filtered ports one by one
       --open                list open ports only
       --diff OLD.json       also what changed since a scan that was kept as JSON
       --pcap FILE           all packets, as pcapng
       --dry-run             print what would be sent or connected to; do neither
  -v,  --verbose             tell open ports as they are found
       --stats-every TIME    tell how far it is, as a line that stays
       --no-progress         no progress bar; no keys either
  Keys while it runs: p pauses, v as -v, any other says how far it is

Going on, reproducing
       --resume FILE         keep what is known in FILE, every few seconds; where it
                             is there, go on from it. Alone: as it was begun
       --seed N              of the order in which ports are asked
       --shard I/N           the Ith of N parts of the work; wants the --seed that
                             all parts have

       --help, --version

Exit status: 0 done, 2 bad usage or targets, 3 not permitted, 129, 130 and 143
stopped by SIGHUP, Ctrl-C and SIGTERM before the end

Examples
  palisade scan 192.0.2.7
  palisade scan -sT -p 22,80,443 192.0.2.0/28
  sudo palisade scan -sS -p- 192.0.2.7 -oX scan.xml
  sudo palisade scan -sV 192.0.2.0/24 -oJ today.json --diff yesterday.json
  sudo palisade scan -sn 192.0.2.0/24
  sudo palisade scan 10.0.0.0/8 -p 443 --max-rate 50000 --resume night.scan
`;
